// SPDX-License-Identifier: GPL-3.0-or-later
// One case of ONNX's test data - a model, inputs and the outputs that it must give - through reader, passes and engine.
#pragma once

#include <string>

namespace halftone::test {

/// The operator of the only layer of a folder's model, or "" when it has several.
std::string operatorOf(const std::string& folder);

struct CaseResult {
    bool passed = false;
    std::string why; // it did not
};

/// Runs the case as it is, and again with inputs as constants of the file: all but the first, then all. That is how
/// models of the world look, and what lets Halftone, whose shapes are fixed, take settings that the test data passes as
/// inputs. Lists of tensors and optionals are always layers of the file, which make them of constants. All of those
/// must agree that can be run, and one of them must. Numbers agree within 1e-3 of the wanted one plus 1e-6 of one more
/// than the largest one: the sums of a Fourier transform that cancel out are as exact as those that do not.
CaseResult runCase(const std::string& folder);

} // namespace halftone::test
