// SPDX-License-Identifier: GPL-3.0-or-later
// What disturbed a measurement, by name: the rest of the machine, and the scatter and drift of the rounds themselves.
#pragma once

#include "core/base/diagnostic.h"
#include "core/engine/machine/machine.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace halftone {

/// One reading of what the system tells; parts it does not tell are absent.
struct MachineReading {
    std::optional<CpuTicks> ticks;
    double ownCpuS = 0; // CPU time of this process, all threads
    std::optional<double> frequencyMhz;

    static MachineReading now();
    /// Moves this reading as if what happened from one to the other of two later ones had not.
    void skip(const MachineReading& from, const MachineReading& to);
};

/// Share of the CPU time taken by other guests of the machine; absent when unknown.
std::optional<double> stealBetween(const MachineReading& before, const MachineReading& after);

/// Share of the CPU time taken by other programs of this machine; absent when unknown.
std::optional<double> othersBetween(const MachineReading& before, const MachineReading& after);

/// Whether others took so much of the CPU that a comparison cannot be sure: 2 % by other guests, 5 % by other programs.
bool isDisturbed(const std::optional<double>& steal, const std::optional<double>& others);

/// Warnings "unstable-timing": steal of 2 % or more, other programs with 5 % of the CPU time or more, a frequency that
/// moved by more than 5 %. Readings closer than half a second say nothing of CPU time: it is counted in ticks.
std::vector<Diagnostic> disturbances(const MachineReading& before, const MachineReading& after);

/// Warnings "unstable-timing" of the rounds of one plan: a coefficient of variation of 10 % or more, a 95th percentile
/// of 1.25 medians or more, or a drift: the last third's median differs from the first third's by 5 % or more and by
/// more than their intervals.
std::vector<Diagnostic> scatter(const std::string& precision, std::span<const double> roundMs);

} // namespace halftone
