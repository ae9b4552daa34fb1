#include "core/workflow/feed.h"

#include <algorithm>

namespace halftone {

void fillBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, size_t first) {
    for (size_t input = 0; input < plan.inputCount(); ++input) {
        const std::span<float> memory = plan.input(input);
        const Shape& shape = plan.inputShape(input);
        const size_t batch = shape.empty() ? 1 : static_cast<size_t>(shape[0]);
        const size_t each = memory.size() / std::max<size_t>(batch, 1);
        for (size_t i = 0; i < batch; ++i)
            samples.fill(indices[std::min(first + i, indices.size() - 1)], memory.subspan(i * each, each));
    }
}

void forEachBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, Stages& stages,
                  const std::function<void(size_t first, size_t count)>& visit) {
    const Shape& shape = plan.inputShape(0);
    const size_t batch = shape.empty() ? 1 : static_cast<size_t>(shape[0]);
    for (size_t first = 0; first < indices.size(); first += batch) {
        fillBatch(plan, samples, indices, first);
        visit(first, std::min(batch, indices.size() - first));
        stages.progress(static_cast<double>(std::min(first + batch, indices.size())) /
                        static_cast<double>(indices.size()));
    }
}

} // namespace halftone
