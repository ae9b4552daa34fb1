// SPDX-License-Identifier: GPL-3.0-or-later
// One case of ONNX's test data - a model, inputs and the outputs that it must give - through reader, passes and engine.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace halftone::test {

/// What a folder of test data holds, as far as choosing it needs.
struct CaseInfo {
    std::string op; // of the only layer, or "" when there are several
    std::set<std::string> operators;
    bool ordinaryTypes = false; // all inputs and outputs are tensors of f32, s32, s64, bool, u8 or s8
};
CaseInfo caseInfo(const std::string& folder);

struct CaseResult {
    bool passed = false;
    std::string why; // it did not
};

/// Runs the case as it is, and again with inputs as constants of the file: all but the first, then all. That is how
/// models of the world look, and what lets Halftone, whose shapes are fixed, take settings that the test data passes as
/// inputs. All of those must agree that can be run, and one of them must. Numbers agree within 1e-3 of the wanted one
/// plus 1e-6.
CaseResult runCase(const std::string& folder);

} // namespace halftone::test
