// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/computes_in.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

bool tells(const Report& report, const char* code) {
    return std::ranges::count(report.diagnostics, code, &Diagnostic::code) > 0;
}

} // namespace

ComputesIn computesIn(const Report& report) {
    ComputesIn found;
    const Run* int8 = report.run("int8");
    if (!int8)
        return found;
    int64_t all = 0, codes = 0;
    for (const Step& step : int8->steps) {
        if (step.macs == 0)
            continue;
        const bool multipliesCodes = step.precision == "int8";
        ++found.products;
        found.int8Products += multipliesCodes;
        all += step.macs;
        codes += multipliesCodes ? step.macs : 0;
    }
    found.int8Share = all > 0 ? static_cast<double>(codes) / static_cast<double>(all) : 0;
    found.rangesAtRunTime = tells(report, "ranges-at-run-time");
    return found;
}

std::string computesInWords(const Report& report) {
    const ComputesIn found = computesIn(report);
    if (found.products == 0)
        return {};
    return fmt::format("{} of {} products compute int8 × int8 ({} % of the MACs){}", found.int8Products, found.products,
                       percentage(found.int8Share), found.rangesAtRunTime ? ", with ranges found at run time" : "");
}

std::string fileComputesInWords(const Report& report) {
    if (tells(report, "ranges-at-run-time"))
        return "int8 × int8 with ranges found at run time";
    if (tells(report, "small-weights"))
        return "float × weights of 8 bits or fewer, which are fp32 after folding";
    if (report.model.alreadyQuantized)
        return "int8 × int8 with the ranges of the file";
    return "float × float";
}

} // namespace halftone
