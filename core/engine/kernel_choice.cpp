#include "core/engine/kernel_choice.h"

#include "core/base/clock.h"
#include "core/engine/plan_impl.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <mutex>
#include <omp.h>

namespace halftone::engine {

namespace {

constexpr double kClearlyFaster = 0.95;
constexpr int kRuns = 2;                 // after one to warm up
constexpr int64_t kBudgetNs = 4'000'000; // for one candidate, as long as it has run twice

/// Ones, so that no scale is 0.
AlignedBytes filled(const Desc& desc) {
    AlignedBytes bytes(std::max<size_t>(desc.get_size(), 1));
    if (desc.get_data_type() == DataType::f32)
        std::fill_n(reinterpret_cast<float*>(bytes.data()), desc.get_size() / sizeof(float), 1.0F);
    return bytes;
}

double runMs(const KernelCandidate& candidate) {
    std::vector<AlignedBytes> memory;
    std::vector<dnnl::memory> handles;
    std::vector<dnnl_exec_arg_t> args;
    for (const auto& [id, desc] : candidate.args) {
        memory.push_back(filled(desc));
        handles.emplace_back(desc, cpuEngine(), memory.back().data());
        args.push_back({id, handles.back().get()});
    }
    dnnl::stream stream(cpuEngine());
    int64_t fastest = std::numeric_limits<int64_t>::max(), spent = 0;
    for (int run = 0; run <= kRuns && (run < 2 || spent < kBudgetNs); ++run) {
        const int64_t start = nowNs();
        dnnl_primitive_execute(candidate.primitive.get(), stream.get(), static_cast<int>(args.size()), args.data());
        stream.wait();
        const int64_t duration = nowNs() - start;
        spent += duration;
        if (run > 0)
            fastest = std::min(fastest, duration);
    }
    return static_cast<double>(fastest) / 1e6;
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
    std::vector<double> ms;
    KernelChoice choice;
    for (const KernelCandidate& candidate : candidates) {
        ms.push_back(runMs(candidate));
        choice.reason += fmt::format("{}{} {}", ms.size() > 1 ? ", " : "", candidate.kernel, shown(ms.back()));
    }
    const auto best = static_cast<size_t>(std::min_element(ms.begin(), ms.end()) - ms.begin());
    const bool clearly = ms[best] < kClearlyFaster * ms.front();
    choice.index = clearly ? best : 0;
    choice.reason += clearly ? ": took the faster one" : ": kept oneDNN's first choice";
    known.emplace(key, choice);
    return choice;
}

} // namespace halftone::engine
