// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"

#include "core/engine/machine/thread_team.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <malloc.h>
#include <sstream>
#include <string>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <vector>

namespace halftone {

namespace {

std::string cpuModelName() {
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with("model name"))
            return line.substr(std::min(line.size(), line.find(':') + 2));
    return "unknown CPU";
}

// By name, never by number: the numeric values differ between library versions.
std::string isaName(dnnl::cpu_isa isa) {
    switch (isa) {
    case dnnl::cpu_isa::sse41: return "SSE41";
    case dnnl::cpu_isa::avx: return "AVX";
    case dnnl::cpu_isa::avx2: return "AVX2";
    case dnnl::cpu_isa::avx2_vnni: return "AVX2_VNNI";
    case dnnl::cpu_isa::avx2_vnni_2: return "AVX2_VNNI_2";
    case dnnl::cpu_isa::avx512_core: return "AVX512_CORE";
    case dnnl::cpu_isa::avx512_core_vnni: return "AVX512_CORE_VNNI";
    case dnnl::cpu_isa::avx512_core_bf16: return "AVX512_CORE_BF16";
    case dnnl::cpu_isa::avx512_core_fp16: return "AVX512_CORE_FP16";
    case dnnl::cpu_isa::avx512_core_amx: return "AVX512_CORE_AMX";
    case dnnl::cpu_isa::avx512_core_amx_fp16: return "AVX512_CORE_AMX_FP16";
    default: return fmt::format("ISA_0x{:x}", static_cast<unsigned>(isa));
    }
}

bool hasInt8DotProduct(const std::string& isa) {
    return isa != "SSE41" && isa != "AVX" && isa != "AVX2" && isa != "AVX512_CORE";
}

/// The names that these functions do not know are those of later instruction sets, which include the earlier ones.
bool hasBf16(const std::string& isa) {
    return hasInt8DotProduct(isa) && !isa.starts_with("AVX2_") && isa != "AVX512_CORE_VNNI";
}

/// oneDNN's AMX levels include AVX512_FP16: the first CPU with AMX has both.
bool hasFp16(const std::string& isa) {
    return hasBf16(isa) && isa != "AVX512_CORE_BF16";
}

/// A figure of /proc/self/status, 0 where there is none.
int64_t statusBytes(const std::string& field) {
    std::ifstream file("/proc/self/status");
    std::string word;
    int64_t kilobytes = 0;
    while (file >> word)
        if (word == field && file >> kilobytes)
            return kilobytes * 1024;
    return 0;
}

std::string osName() {
    utsname info{};
    uname(&info);
    std::ifstream file("/etc/os-release");
    std::string line, pretty;
    while (std::getline(file, line))
        if (line.starts_with("PRETTY_NAME="))
            pretty = line.substr(12);
    std::erase(pretty, '"');
    return fmt::format("{}{}Linux {}", pretty, pretty.empty() ? "" : ", ", info.release);
}

} // namespace

MachineInfo machineInfo() {
    MachineInfo info;
    info.cpu = cpuModelName();
    info.isa = isaName(dnnl::get_effective_cpu_isa());
    info.int8DotProduct = hasInt8DotProduct(info.isa);
    info.cores = std::max<int>(1, static_cast<int>(startCpus().size()));
    struct sysinfo memory {};
    if (sysinfo(&memory) == 0)
        info.memoryBytes = static_cast<int64_t>(memory.totalram) * memory.mem_unit;
    info.os = osName();
    const dnnl_version_t* version = dnnl_version();
    info.onednn = fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
    return info;
}

std::string whyUnsupported(Precision precision, const std::string& isa) {
    if (precision == Precision::Bf16 && !hasBf16(isa))
        return fmt::format("bf16 needs a CPU with AVX512_BF16 or AMX, and this one has {}.", isa);
    if (precision == Precision::F16 && !hasFp16(isa))
        return fmt::format("fp16 needs a CPU with AVX512_FP16, and this one has {}.", isa);
    return {};
}

void useThreads(int threads) {
    setTeam(threads, startCpus());
}

std::optional<double> cpuFrequencyMhz() {
    std::ifstream scaling("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq");
    double khz = 0;
    if (scaling >> khz)
        return khz / 1000;
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with("cpu MHz"))
            return std::strtod(line.c_str() + line.find(':') + 1, nullptr);
    return std::nullopt;
}

std::optional<double> loadAverage() {
    double load = 0;
    if (getloadavg(&load, 1) != 1)
        return std::nullopt;
    return load;
}

std::optional<CpuTicks> cpuTicks() {
    std::ifstream file("/proc/stat");
    CpuTicks ticks;
    std::string line;
    while (std::getline(file, line) && line.starts_with("cpu")) {
        std::istringstream columns(line.substr(3));
        int cpu = 0;
        if (line.size() < 4 || line[3] == ' ' || !(columns >> cpu) || std::ranges::count(startCpus(), cpu) == 0)
            continue;
        int64_t value = 0;
        for (int column = 0; column < 8 && columns >> value;
             ++column) { // user nice system idle iowait irq softirq steal
            ticks.all += value;
            ticks.idle += column == 3 || column == 4 ? value : 0;
            ticks.steal += column == 7 ? value : 0;
        }
    }
    if (ticks.all == 0)
        return std::nullopt;
    return ticks;
}

PeakGrowth::PeakGrowth() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5"; // the peak becomes what is resident now
    m_before = statusBytes("VmRSS:");
}

int64_t PeakGrowth::bytes() const {
    return std::max<int64_t>(0, statusBytes("VmHWM:") - m_before);
}

} // namespace halftone
