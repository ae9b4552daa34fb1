// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/kernel_choice.h"

#include "core/base/clock.h"
#include "core/engine/plan/plan_impl.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <mutex>
#include <omp.h>

namespace halftone::engine {

namespace {

constexpr double kClearlyFaster = 0.95;
constexpr int kRounds = 3;       // after one to warm up
constexpr double kBudgetMs = 10; // for all candidates of a step, as long as each has run twice

/// Ones, so that no scale is 0.
AlignedBytes filled(const Desc& desc) {
    AlignedBytes bytes(std::max<size_t>(desc.get_size(), 1));
    if (desc.get_data_type() == DataType::f32)
        std::fill_n(reinterpret_cast<float*>(bytes.data()), desc.get_size() / sizeof(float), 1.0F);
    return bytes;
}

/// A candidate with memory of its own.
class Trial {
public:
    explicit Trial(const KernelCandidate& candidate) : m_candidate(candidate) {
        for (const auto& [id, desc] : candidate.args) {
            m_bytes.push_back(filled(desc));
            m_handles.emplace_back(desc, cpuEngine(), m_bytes.back().data());
            m_args.push_back({id, m_handles.back().get()});
        }
    }

    double runMs(dnnl::stream& stream) const {
        const int64_t start = nowNs();
        dnnl_primitive_execute(m_candidate.primitive.get(), stream.get(), static_cast<int>(m_args.size()),
                               m_args.data());
        stream.wait();
        return static_cast<double>(nowNs() - start) / 1e6;
    }

private:
    const KernelCandidate& m_candidate;
    std::vector<AlignedBytes> m_bytes;
    std::vector<dnnl::memory> m_handles;
    std::vector<dnnl_exec_arg_t> m_args;
};

struct Timing {
    double fastestMs = std::numeric_limits<double>::max();
    bool wonAll = true; // faster than the first candidate in every round
};

/// All candidates in turn, round by round: what slows the machine down for a while slows all of them.
std::vector<Timing> timeInTurn(const std::vector<KernelCandidate>& candidates) {
    const std::vector<Trial> trials(candidates.begin(), candidates.end());
    std::vector<Timing> timings(trials.size());
    dnnl::stream stream(cpuEngine());
    double spentMs = 0;
    for (const Trial& trial : trials)
        spentMs += trial.runMs(stream); // generates, warms up
    // A candidate that was once slower than the first one is not taken, so the first one may have won already.
    const auto isOpen = [&] {
        return std::any_of(timings.begin() + 1, timings.end(), [](const Timing& t) { return t.wonAll; });
    };
    for (int round = 0; round < kRounds && isOpen() && (round == 0 || spentMs < kBudgetMs); ++round) {
        double firstMs = 0;
        for (size_t i = 0; i < trials.size(); ++i) {
            const double ms = trials[i].runMs(stream);
            spentMs += ms;
            timings[i].fastestMs = std::min(timings[i].fastestMs, ms);
            if (i == 0)
                firstMs = ms;
            timings[i].wonAll = timings[i].wonAll && ms < firstMs;
        }
    }
    return timings;
}

/// Figures with three digits: 0.0123 ms, 1.23 ms.
std::string shown(double ms) {
    return fmt::format("{:.3g} ms", ms);
}

} // namespace

bool isGenerated(const std::string& kernel) {
    return kernel.starts_with("jit") || kernel.starts_with("br");
}

bool isWorthRunning(const std::string& kernel, const std::string& beside) {
    const auto isa = [](const std::string& name) { return name.substr(std::min(name.find(':'), name.size())); };
    return isGenerated(kernel) && isa(kernel) == isa(beside);
}

KernelChoice chooseKernel(const std::string& problem, const std::vector<KernelCandidate>& candidates) {
    if (candidates.size() < 2)
        return {};
    static std::map<std::string, KernelChoice> known;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const std::string key = fmt::format("{} threads: {}", omp_get_max_threads(), problem);
    if (const auto found = known.find(key); found != known.end())
        return found->second;
    const std::vector<Timing> timings = timeInTurn(candidates);
    KernelChoice choice;
    for (size_t i = 0; i < candidates.size(); ++i)
        choice.reason += fmt::format("{}{} {}", i > 0 ? ", " : "", candidates[i].kernel, shown(timings[i].fastestMs));
    const auto best = static_cast<size_t>(std::ranges::min_element(timings, {}, &Timing::fastestMs) - timings.begin());
    const bool clearly = timings[best].wonAll && timings[best].fastestMs < kClearlyFaster * timings.front().fastestMs;
    choice.index = clearly ? best : 0;
    choice.reason += clearly ? ": took the faster one" : ": kept oneDNN's first choice";
    known.emplace(key, choice);
    return choice;
}

} // namespace halftone::engine
