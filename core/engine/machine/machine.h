// SPDX-License-Identifier: GPL-3.0-or-later
// This machine as the engine sees it, and the threads that the engine uses.
#pragma once

#include "core/request/precision.h"

#include <cstdint>
#include <optional>
#include <string>

namespace halftone {

struct MachineInfo {
    std::string cpu;             // model name
    std::string isa;             // oneDNN's effective instruction set by name: "AVX2", "AVX512_CORE_VNNI"
    bool int8DotProduct = false; // VNNI or AMX: products of 8-bit codes are summed without int16 saturation
    int cores = 1;               // CPUs that this process may use
    int64_t memoryBytes = 0;
    std::string os;
    std::string onednn; // version
};
MachineInfo machineInfo();

/// Why this precision is not worth running on an instruction set (MachineInfo::isa), as a sentence; "" where it is.
/// bf16 needs the products of AVX512_BF16 or AMX: plain AVX-512 emulates them, slower than fp32, and below there are no
/// kernels at all. fp16 needs the arithmetic of AVX512_FP16. fp32, int8 and simulated int8 run everywhere.
std::string whyUnsupported(Precision precision, const std::string& isa);

/// Sets the size of the OpenMP team and pins each thread to a CPU of its own where the system allows it; threads
/// beyond the number of CPUs stay unpinned. Call before compile() and before run(), on the thread that runs.
void useThreads(int threads);

/// Current frequency of the first CPU (MHz), one-minute load average, and the time of the CPUs that this process may
/// use since boot, in ticks: taken by other guests, spent idle, all; each absent where the system does not tell.
std::optional<double> cpuFrequencyMhz();
std::optional<double> loadAverage();
struct CpuTicks {
    int64_t steal = 0, idle = 0, all = 0;
};
std::optional<CpuTicks> cpuTicks();

/// How much the resident memory of this process grows at most while something runs: of several plans in one process
/// each gets its own figure. Memory that was freed before is given back to the system first, so that reusing it counts.
class PeakGrowth {
public:
    PeakGrowth();
    /// Bytes since construction; never negative. Needs Linux to reset the peak, else the growth of the highest one.
    int64_t bytes() const;

private:
    int64_t m_before;
};

} // namespace halftone
