// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/network/range_method.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/quantize/batch_rows.h"
#include "core/workflow/samples/feed.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace halftone {

namespace {

constexpr int64_t kSamples = 32;
constexpr double kEnoughDb = 30, kBetterDb = 1, kLittleDb = 6, kMostS = 20;

/// The outputs of fp32 for some samples, and how far a plan is from them.
class Outputs {
public:
    Outputs(Plan& fp32, const JudgedOutput& judged, const Samples& samples, const std::vector<int64_t>& indices,
            const Job& job)
        : m_fp32(fp32), m_judged(judged), m_samples(samples), m_indices(evenlySpread(kSamples, indices)), m_job(job) {
        forEachBatch([&] {
            m_fp32.run();
            std::vector<std::vector<float>>& kept = m_outputs.emplace_back();
            for (size_t i = 0; i < m_fp32.outputCount(); ++i)
                kept.emplace_back(m_fp32.output(i).begin(), m_fp32.output(i).end());
        });
    }

    int64_t samples() const { return std::ssize(m_indices); }

    std::optional<double> sqnrDb(Plan& plan) const {
        std::vector<double> signal(m_fp32.outputCount()), error(m_fp32.outputCount());
        size_t batch = 0;
        forEachBatch([&] {
            for (size_t i = 0; i < m_fp32.inputCount(); ++i)
                std::ranges::copy(m_fp32.input(i), plan.input(i).begin());
            plan.run();
            for (size_t i = 0; i < signal.size(); ++i) {
                size_t at = 0;
                forEachPair(m_outputs[batch][i], plan.output(i), [&](double exact, double found) {
                    if (!counts(i, at++))
                        return;
                    signal[i] += exact * exact;
                    error[i] += (found - exact) * (found - exact);
                });
            }
            ++batch;
        });
        double noise = 0;
        for (size_t i = 0; i < signal.size(); ++i)
            noise += signal[i] > 0 ? error[i] / signal[i] / static_cast<double>(signal.size()) : 0;
        return noise > 0 ? std::optional(-10 * std::log10(noise)) : std::nullopt;
    }

private:
    /// Of boxes the scores alone: places are numbers of pixels, beside which no score would count.
    bool counts(size_t output, size_t element) const {
        if (m_judged.kind != OutputKind::Boxes || output != m_judged.output)
            return true;
        const size_t ofSample = boxValues(m_judged) * boxAnchors(m_judged);
        return boxValueOf(m_judged, element % ofSample) >= kBoxPlaces;
    }

    template <class Visit>
    static void forEachPair(std::span<const float> exact, std::span<const float> found, const Visit& visit) {
        for (size_t i = 0; i < exact.size(); ++i) // what is not finite keeps its place and does not count
            visit(std::isfinite(exact[i]) ? exact[i] : 0.0,
                  std::isfinite(exact[i]) && std::isfinite(found[i]) ? found[i] : 0.0);
    }

    template <class Visit> void forEachBatch(const Visit& visit) const {
        const size_t batch = samplesIn(m_fp32.inputShape(0));
        for (size_t first = 0; first < m_indices.size(); first += batch) {
            m_job.checkCancelled();
            fillBatch(m_fp32, m_samples, m_indices, first);
            visit();
        }
    }

    Plan& m_fp32;
    const JudgedOutput& m_judged;
    const Samples& m_samples;
    std::vector<int64_t> m_indices;
    const Job& m_job;
    std::vector<std::vector<std::vector<float>>> m_outputs; // by batch and output
};

std::string decibels(const std::optional<double>& sqnrDb) {
    return sqnrDb ? fmt::format("{:.1f} dB", *sqnrDb) : "all";
}

double orExact(const std::optional<double>& sqnrDb) {
    return sqnrDb.value_or(std::numeric_limits<double>::infinity());
}

} // namespace

std::optional<Diagnostic> RangeMethodChoice::told() const {
    if (tried.size() < 2)
        return std::nullopt;
    std::vector<std::string> others;
    std::optional<double> kept;
    for (const TriedRanges& each : tried)
        if (each.method == method)
            kept = each.sqnrDb;
        else
            others.push_back(fmt::format("{} {}", nameIn(each.method), decibels(each.sqnrDb)));
    const bool destroys = kept && *kept < kLittleDb;
    return Diagnostic{destroys ? Severity::Warning : Severity::Info, "ranges-chosen", "",
                      fmt::format("Ranges are found by {}: so int8 keeps {} of the outputs on {} samples (signal to "
                                  "noise); by {}.{}",
                                  nameIn(method), decibels(kept), samples, join(others, ", by "),
                                  destroys
                                      ? " That leaves little of them: let the planner tell which layers to keep in "
                                        "fp32."
                                      : "")};
}

RangeMethodChoice chooseRangeMethod(Plan& fp32, const JudgedOutput& judged, const Samples& samples,
                                    const std::vector<int64_t>& indices,
                                    const std::function<Graph(RangeMethod)>& quantized, const Job& job) {
    const int64_t start = nowNs();
    const Outputs outputs(fp32, judged, samples, indices, job);
    RangeMethodChoice choice;
    choice.samples = outputs.samples();
    double best = 0;
    for (const RangeMethod method : {RangeMethod::Mse, RangeMethod::Percentile, RangeMethod::MinMax}) {
        if (!choice.tried.empty() && secondsSince(start) > kMostS)
            break;
        constexpr bool kTimeKernels = false; // sums are exact whichever runs
        Plan int8 = compile(quantized(method), {Precision::Int8, kTimeKernels}, job);
        const std::optional<double> sqnrDb = outputs.sqnrDb(int8);
        choice.tried.push_back({method, sqnrDb});
        if (method == RangeMethod::Mse ||
            orExact(sqnrDb) > best + (choice.method == RangeMethod::Mse ? kBetterDb : 0)) {
            choice.method = method;
            best = orExact(sqnrDb);
        }
        if (method == RangeMethod::Mse && best >= kEnoughDb)
            break;
    }
    return choice;
}

} // namespace halftone
