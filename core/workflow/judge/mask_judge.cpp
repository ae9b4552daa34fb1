// SPDX-License-Identifier: GPL-3.0-or-later
// A class for each pixel: intersection over union of what both precisions mark.
#include "core/workflow/judge/judges.h"

#include <algorithm>

namespace halftone {

namespace {

class MaskJudge final : public OutputJudge {
public:
    explicit MaskJudge(const Shape& shape)
        : m_classes(static_cast<size_t>(shape[0])), m_pixels(static_cast<size_t>(shape[1] * shape[2])) {}

    double add(const JudgedRow& row) override {
        const std::vector<size_t> exact = marked(row.fp32, row.fp32), found = marked(row.other, row.fp32);
        const size_t kinds = std::max<size_t>(m_classes, 2);
        std::vector<int64_t> both(kinds), either(kinds);
        for (size_t i = 0; i < m_pixels; ++i) {
            if (exact[i] == found[i]) {
                ++both[exact[i]];
                ++either[exact[i]];
                continue;
            }
            ++either[exact[i]];
            ++either[found[i]];
        }
        double sum = 0;
        int64_t present = 0;
        for (size_t kind = m_classes == 1 ? 1 : 0; kind < kinds; ++kind) // of one channel the marked pixels alone
            if (either[kind] > 0) {
                sum += static_cast<double>(both[kind]) / static_cast<double>(either[kind]);
                ++present;
            }
        m_unions.push_back(present > 0 ? sum / static_cast<double>(present) : 1);
        return m_unions.back();
    }

    std::vector<Measure> result() const override { return {meanOf(MeasureKind::MaskIou, m_unions, 0, 1)}; }

private:
    /// The class of each pixel; of one channel whether it is above one half, or above 0 where `fp32` holds no
    /// probabilities.
    std::vector<size_t> marked(std::span<const float> values, std::span<const float> fp32) const {
        std::vector<size_t> classes(m_pixels);
        if (m_classes == 1) {
            const auto [least, most] = std::ranges::minmax(fp32);
            const float limit = least >= 0 && most <= 1 ? 0.5F : 0;
            for (size_t i = 0; i < m_pixels; ++i)
                classes[i] = values[i] > limit;
            return classes;
        }
        for (size_t i = 0; i < m_pixels; ++i)
            for (size_t c = 1; c < m_classes; ++c)
                if (values[c * m_pixels + i] > values[classes[i] * m_pixels + i])
                    classes[i] = c;
        return classes;
    }

    size_t m_classes, m_pixels;
    std::vector<double> m_unions; // by sample
};

} // namespace

std::unique_ptr<OutputJudge> maskJudge(const JudgedOutput& output) {
    return std::make_unique<MaskJudge>(output.shape);
}

} // namespace halftone
