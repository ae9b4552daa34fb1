#include "core/workflow/feed.h"

#include <algorithm>
#include <exception>
#include <omp.h>

namespace halftone {

namespace {

constexpr size_t kAheadBytes = size_t{64} << 20;

size_t rowsOf(const Shape& shape) {
    return shape.empty() ? 1 : static_cast<size_t>(shape[0]);
}

/// Samples for the first input of a plan, some batches ahead: decoding them is shared among the threads, which then all
/// compute again. A thread of its own for decoding would take its time from theirs.
class Ahead {
public:
    Ahead(const Plan& plan, size_t sampleSize, const Samples& samples, const std::vector<int64_t>& indices)
        : m_samples(samples), m_indices(indices), m_batch(rowsOf(plan.inputShape(0))), m_each(sampleSize) {
        const size_t fitting = kAheadBytes / std::max<size_t>(m_each * sizeof(float), 1);
        const size_t wanted = std::clamp<size_t>(fitting, 1, 4 * static_cast<size_t>(omp_get_max_threads()));
        const size_t batches = (std::min(wanted, indices.size()) + m_batch - 1) / m_batch;
        m_values.resize(batches * m_batch * m_each);
    }

    /// The batch from sample `first` on; the last batch repeats its last sample. Incomplete once `stopped`.
    std::span<const float> batch(size_t first, const std::function<bool()>& stopped) {
        if (m_prepared == 0 || first < m_first || first >= m_first + m_prepared)
            prepare(first, stopped);
        return std::span(m_values).subspan((first - m_first) * m_each, m_batch * m_each);
    }

private:
    std::span<float> sample(size_t position) { return std::span(m_values).subspan(position * m_each, m_each); }

    void prepare(size_t first, const std::function<bool()>& stopped) {
        m_first = first;
        m_prepared = std::min(m_values.size() / std::max<size_t>(m_each, 1), m_indices.size() - first);
        std::vector<std::exception_ptr> failures(m_prepared);
#pragma omp parallel for schedule(dynamic)
        for (size_t i = 0; i < m_prepared; ++i) {
            if (stopped())
                continue;
            try {
                m_samples.fill(m_indices[first + i], sample(i));
            } catch (...) {
                failures[i] = std::current_exception();
            }
        }
        for (const std::exception_ptr& failure : failures)
            if (failure)
                std::rethrow_exception(failure); // the first, whichever thread met it
        for (size_t i = m_prepared; i % m_batch != 0; ++i)
            std::ranges::copy(sample(m_prepared - 1), sample(i).begin());
    }

    const Samples& m_samples;
    const std::vector<int64_t>& m_indices;
    size_t m_batch, m_each;
    size_t m_first = 0, m_prepared = 0; // samples
    std::vector<float> m_values;
};

Ahead aheadFor(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices) {
    return {plan, plan.input(0).size() / rowsOf(plan.inputShape(0)), samples, indices};
}

void fill(Plan& plan, Ahead& ahead, const Samples& samples, const std::vector<int64_t>& indices, size_t first,
          const std::function<bool()>& stopped) {
    std::ranges::copy(ahead.batch(first, stopped), plan.input(0).begin());
    for (size_t input = 1; input < plan.inputCount(); ++input) {
        const std::span<float> memory = plan.input(input);
        const size_t rows = rowsOf(plan.inputShape(input)), each = memory.size() / rows;
        for (size_t i = 0; i < rows; ++i)
            samples.fillFurther(input, indices[std::min(first + i, indices.size() - 1)], memory.subspan(i * each, each));
    }
}

} // namespace

void fillBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, size_t first) {
    const size_t end = std::min(first + rowsOf(plan.inputShape(0)), indices.size());
    const std::vector<int64_t> own(indices.begin() + static_cast<ptrdiff_t>(first),
                                   indices.begin() + static_cast<ptrdiff_t>(end));
    Ahead ahead = aheadFor(plan, samples, own);
    fill(plan, ahead, samples, own, 0, [] { return false; });
}

void forEachBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, Stages& stages,
                  const std::function<void(size_t first, size_t count)>& visit) {
    const size_t batch = rowsOf(plan.inputShape(0));
    Ahead ahead = aheadFor(plan, samples, indices);
    for (size_t first = 0; first < indices.size(); first += batch) {
        fill(plan, ahead, samples, indices, first, [&] { return stages.cancelled(); });
        stages.checkCancelled();
        visit(first, std::min(batch, indices.size() - first));
        stages.progress(static_cast<double>(std::min(first + batch, indices.size())) /
                        static_cast<double>(indices.size()));
    }
}

} // namespace halftone
