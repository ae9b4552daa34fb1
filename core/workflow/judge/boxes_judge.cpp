// SPDX-License-Identifier: GPL-3.0-or-later
// Boxes of a detector: decoded, thinned out (non-maximum suppression by class), and looked for in the other precision.
#include "core/workflow/judge/judges.h"

#include <algorithm>

namespace halftone {

namespace {

constexpr float kLeastScore = 0.25F; // what detectors are used with (Ultralytics' predict)
constexpr double kSuppressed = 0.7;  // overlap with a better box of the class
constexpr double kSame = 0.5;        // overlap of a box that is found again
constexpr size_t kMostBoxes = 300;

struct Box {
    double left = 0, top = 0, right = 0, bottom = 0;
    float score = 0;
    size_t kind = 0;
};

double overlap(const Box& a, const Box& b) {
    const double width = std::min(a.right, b.right) - std::max(a.left, b.left),
                 height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (width <= 0 || height <= 0)
        return 0;
    const double both = width * height;
    const auto area = [](const Box& box) { return (box.right - box.left) * (box.bottom - box.top); };
    return both / (area(a) + area(b) - both);
}

/// Greedily, the best score first, within each class.
std::vector<Box> thinnedOut(std::vector<Box> boxes) {
    std::ranges::stable_sort(boxes, std::ranges::greater(), &Box::score);
    std::vector<Box> kept;
    for (const Box& box : boxes) {
        const bool isBeaten = std::ranges::any_of(
            kept, [&](const Box& better) { return better.kind == box.kind && overlap(better, box) > kSuppressed; });
        if (!isBeaten)
            kept.push_back(box);
        if (kept.size() == kMostBoxes)
            break;
    }
    return kept;
}

class BoxesJudge final : public OutputJudge {
public:
    explicit BoxesJudge(const JudgedOutput& output)
        : m_valuesFirst(output.layout == BoxLayout::ValuesFirst), m_anchors(boxAnchors(output)),
          m_values(boxValues(output)) {}

    double add(const JudgedRow& row) override {
        const std::vector<Box> exact = boxesOf(row.fp32), found = boxesOf(row.other);
        std::vector<bool> taken(found.size());
        int64_t matched = 0;
        for (const Box& box : exact) {
            size_t best = found.size();
            double largest = kSame;
            for (size_t i = 0; i < found.size(); ++i)
                if (!taken[i] && found[i].kind == box.kind && overlap(box, found[i]) >= largest) {
                    largest = overlap(box, found[i]);
                    best = i;
                }
            if (best < found.size()) {
                taken[best] = true;
                ++matched;
            }
        }
        m_exact += std::ssize(exact);
        m_found += std::ssize(found);
        m_matched += matched;
        const auto all = std::max(exact.size(), found.size());
        return all == 0 ? 1 : static_cast<double>(matched) / static_cast<double>(all);
    }

    std::vector<Measure> result() const override {
        return {shareOf(MeasureKind::BoxesFound, m_matched, m_exact),
                shareOf(MeasureKind::BoxesExtra, m_found - m_matched, m_found)};
    }

private:
    float at(std::span<const float> values, size_t anchor, size_t value) const {
        return values[m_valuesFirst ? value * m_anchors + anchor : anchor * m_values + value];
    }

    /// Centre, width and height, then (anchors first) how sure it is that there is anything, then the classes.
    std::vector<Box> boxesOf(std::span<const float> values) const {
        std::vector<Box> boxes;
        const size_t firstClass = m_valuesFirst ? kBoxPlaces : kBoxPlaces + 1;
        for (size_t anchor = 0; anchor < m_anchors; ++anchor) {
            const float sure = m_valuesFirst ? 1 : at(values, anchor, kBoxPlaces);
            Box box;
            for (size_t value = firstClass; value < m_values; ++value)
                if (const float score = sure * at(values, anchor, value); score > box.score) {
                    box.score = score;
                    box.kind = value - firstClass;
                }
            if (!(box.score >= kLeastScore))
                continue;
            const double x = at(values, anchor, 0), y = at(values, anchor, 1), width = at(values, anchor, 2),
                         height = at(values, anchor, 3);
            box.left = x - width / 2;
            box.right = x + width / 2;
            box.top = y - height / 2;
            box.bottom = y + height / 2;
            boxes.push_back(box);
        }
        return thinnedOut(std::move(boxes));
    }

    bool m_valuesFirst;
    size_t m_anchors, m_values;
    int64_t m_exact = 0, m_found = 0, m_matched = 0; // boxes
};

} // namespace

std::unique_ptr<OutputJudge> boxesJudge(const JudgedOutput& output) {
    return std::make_unique<BoxesJudge>(output);
}

} // namespace halftone
