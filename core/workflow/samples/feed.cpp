// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/feed.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/quantize/batch_rows.h"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <omp.h>

namespace halftone {

namespace {

constexpr size_t kAheadBytes = size_t{64} << 20;

/// Batches for the first input of a plan, some ahead: decoding is shared among the threads, which then all compute
/// again. A thread of its own for decoding would take its time from theirs.
class Ahead {
public:
    /// `most`: samples that are decoded at once, rounded up to whole batches.
    Ahead(const Plan& plan, size_t sampleSize, const Samples& samples, std::span<const int64_t> indices, size_t most)
        : m_samples(samples), m_indices(indices), m_batch(samplesIn(plan.inputShape(0))), m_each(sampleSize) {
        const size_t fitting = std::max<size_t>(kAheadBytes / std::max<size_t>(m_each * sizeof(float), 1), 1);
        const size_t batches = (std::min({fitting, most, indices.size()}) + m_batch - 1) / m_batch;
        m_capacity = batches * m_batch;
        m_values.resize(m_capacity * m_each);
    }

    /// Moves to the next batch; false at the end. The last batch repeats its last sample. Incomplete once `stopped`.
    bool next(const std::function<bool()>& stopped) {
        m_begin = std::min(m_begin + m_batch, m_ready.size());
        while (m_ready.size() - m_begin < m_batch && m_asked < m_indices.size())
            prepare(stopped);
        const size_t rows = batch().size();
        if (rows == 0)
            return false;
        for (size_t row = rows; row < m_batch; ++row)
            std::ranges::copy(slot(m_begin + rows - 1), slot(m_begin + row).begin());
        return true;
    }

    std::span<const int64_t> batch() const {
        return std::span(m_ready).subspan(m_begin, std::min(m_batch, m_ready.size() - m_begin));
    }
    std::span<const float> values() const { return std::span(m_values).subspan(m_begin * m_each, m_batch * m_each); }

private:
    std::span<float> slot(size_t place) { return std::span(m_values).subspan(place * m_each, m_each); }

    /// Decodes into the slots behind those that are still to be given out, and closes the gaps of damaged samples.
    void prepare(const std::function<bool()>& stopped) {
        for (size_t place = m_begin; place < m_ready.size(); ++place)
            std::ranges::copy(slot(place), slot(place - m_begin).begin());
        m_ready.erase(m_ready.begin(), m_ready.begin() + static_cast<ptrdiff_t>(m_begin));
        m_begin = 0;
        const size_t kept = m_ready.size(), count = std::min(m_capacity - kept, m_indices.size() - m_asked);
        std::vector<std::exception_ptr> failures(count);
        std::vector<char> good(count, 1);
#pragma omp parallel for schedule(dynamic)
        for (size_t i = 0; i < count; ++i) {
            if (stopped())
                continue;
            try {
                good[i] = m_samples.tryFill(m_indices[m_asked + i], slot(kept + i));
            } catch (...) {
                failures[i] = std::current_exception();
            }
        }
        for (const std::exception_ptr& failure : failures)
            if (failure)
                std::rethrow_exception(failure); // the first, whichever thread met it
        for (size_t i = 0; i < count; ++i) {
            if (!good[i]) {
                ++m_damaged;
                continue;
            }
            if (m_ready.size() != kept + i)
                std::ranges::copy(slot(kept + i), slot(m_ready.size()).begin());
            m_ready.push_back(m_indices[m_asked + i]);
        }
        m_asked += count;
        if (2 * m_damaged > m_indices.size())
            throw Error(ErrorCode::BadInput,
                        fmt::format("{} of {} samples cannot be read, so there are too few left. The first one: {}",
                                    m_damaged, m_indices.size(), m_samples.damaged().begin()->second));
    }

    const Samples& m_samples;
    std::span<const int64_t> m_indices;
    size_t m_batch, m_each, m_capacity = 0; // m_capacity in samples
    size_t m_asked = 0, m_damaged = 0;
    std::vector<int64_t> m_ready; // the samples in the slots
    size_t m_begin = 0;           // slot of the current batch
    std::vector<float> m_values;
};

Ahead aheadFor(Plan& plan, const Samples& samples, std::span<const int64_t> indices, size_t most) {
    return {plan, plan.input(0).size() / samplesIn(plan.inputShape(0)), samples, indices, most};
}

void copyBatch(Plan& plan, const Ahead& ahead, const Samples& samples) {
    std::ranges::copy(ahead.values(), plan.input(0).begin());
    const std::span<const int64_t> batch = ahead.batch();
    const size_t samplesTogether = samplesIn(plan.inputShape(0));
    for (size_t input = 1; input < plan.inputCount(); ++input) {
        const std::span<float> memory = plan.input(input);
        // A state has its layers first and an option no dimensions: they are one for the batch.
        const bool hasBatch = samplesIn(plan.inputShape(input)) == samplesTogether;
        const size_t rows = hasBatch ? samplesTogether : 1, each = memory.size() / rows;
        for (size_t i = 0; i < rows; ++i)
            samples.fillFurther(input, batch[std::min(i, batch.size() - 1)], memory.subspan(i * each, each));
    }
}

} // namespace

void fillBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, size_t first) {
    Ahead ahead = aheadFor(plan, samples, std::span(indices).subspan(first), samplesIn(plan.inputShape(0)));
    if (ahead.next([] { return false; }))
        copyBatch(plan, ahead, samples);
}

double decodingS(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices) {
    std::vector<float> sample(plan.input(0).size() / samplesIn(plan.inputShape(0)));
    const int64_t start = nowNs();
    samples.tryFill(indices.front(), sample);
    return secondsSince(start) / omp_get_max_threads();
}

void forEachBatch(Plan& plan, const Samples& samples, const std::vector<int64_t>& indices, Stages& stages,
                  const std::function<void(std::span<const int64_t> batch)>& visit,
                  const std::function<bool()>& enough) {
    Ahead ahead = aheadFor(plan, samples, indices, 4 * static_cast<size_t>(omp_get_max_threads()));
    size_t done = 0;
    while (ahead.next([&] { return stages.cancelled(); })) {
        stages.checkCancelled();
        copyBatch(plan, ahead, samples);
        visit(ahead.batch());
        done += ahead.batch().size();
        stages.progress(static_cast<double>(done) / static_cast<double>(indices.size()));
        if (enough && enough())
            break;
    }
    stages.checkCancelled();
    stages.progress(1);
}

} // namespace halftone
