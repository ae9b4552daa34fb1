// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of scores that are read as text: greedy decoding of connectionist temporal classification (Graves et al., 2006).
#include "core/workflow/judge/judges.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace halftone {

namespace {

using Letters = std::vector<int64_t>;

Letters best(std::span<const float> values, size_t steps) {
    const size_t classes = values.size() / steps;
    Letters letters(steps);
    for (size_t step = 0; step < steps; ++step) {
        const auto row = values.subspan(step * classes, classes);
        letters[step] = std::ranges::max_element(row) - row.begin();
    }
    return letters;
}

/// Repeated letters are one, blanks part them.
Letters collapsed(const Letters& steps, int64_t blank) {
    Letters text;
    for (size_t i = 0; i < steps.size(); ++i)
        if (steps[i] != blank && (i == 0 || steps[i] != steps[i - 1]))
            text.push_back(steps[i]);
    return text;
}

/// Levenshtein distance.
int64_t edits(const Letters& a, const Letters& b) {
    std::vector<int64_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (const auto& letter : a) {
        int64_t diagonal = row[0]++;
        for (size_t j = 0; j < b.size(); ++j) {
            const int64_t substituted = diagonal + (letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

class SequenceJudge final : public OutputJudge {
public:
    SequenceJudge(size_t steps, int64_t classes) : m_steps(steps), m_blanks{0, classes - 1} {}

    double add(const JudgedRow& row) override {
        const Letters exact = best(row.fp32, m_steps), found = best(row.other, m_steps);
        std::array<double, 2> kept{};
        for (size_t i = 0; i < m_blanks.size(); ++i) {
            m_seen[i] += std::ranges::count(exact, m_blanks[i]);
            const Letters wanted = collapsed(exact, m_blanks[i]), got = collapsed(found, m_blanks[i]);
            const int64_t wrong = edits(wanted, got);
            m_equal[i] += wrong == 0;
            m_wrong[i] += wrong;
            m_letters[i] += std::ssize(wanted);
            kept[i] = 1 - std::min(1.0, static_cast<double>(wrong) /
                                            static_cast<double>(std::max<int64_t>(std::ssize(wanted), 1)));
        }
        ++m_samples;
        return kept[blank()];
    }

    std::vector<Measure> result() const override {
        const size_t i = blank();
        return {shareOf(MeasureKind::TextsEqual, m_equal[i], m_samples),
                {MeasureKind::LetterErrors,
                 static_cast<double>(m_wrong[i]) / static_cast<double>(std::max<int64_t>(m_letters[i], 1)),
                 {},
                 m_samples}};
    }

private:
    /// The first or the last class means that there is no letter: the one that is seen more often.
    size_t blank() const { return m_seen[1] > m_seen[0] ? 1 : 0; }

    size_t m_steps;
    std::array<int64_t, 2> m_blanks;
    std::array<int64_t, 2> m_seen{}, m_equal{}, m_wrong{}, m_letters{}; // by the class that is the blank
    int64_t m_samples = 0;
};

} // namespace

std::unique_ptr<OutputJudge> sequenceJudge(const JudgedOutput& output) {
    return std::make_unique<SequenceJudge>(static_cast<size_t>(std::max<int64_t>(output.shape[0], 1)), output.shape[1]);
}

} // namespace halftone
