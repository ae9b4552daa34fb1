// SPDX-License-Identifier: GPL-3.0-or-later
// A network, quantized or as the passes leave it, as an ONNX file for other runtimes.
#pragma once

#include "core/base/diagnostic.h"
#include "core/base/job.h"
#include "core/request/job_request.h"

#include <string>
#include <vector>

namespace halftone {

struct WriteRequest {
    JobRequest job;      // what to write is job.written: int8, or fp32 after the passes
    std::string path;    // of the ONNX file
    std::string version; // of Halftone, noted in it
};

struct WrittenModel {
    int64_t bytes = 0;
    int64_t int8Layers = 0, layers = 0; // with weights
    std::vector<Diagnostic> diagnostics;
};

/// Layers named in the quantization options stay in fp32. Residual additions stay apart from convolutions, and their
/// operands get ranges: other runtimes run a convolution in int8 only when its own result is on a grid. A model that
/// was quantized before is written with its own grids. The batch stays free where the model's was. Throws Error as
/// profileModel does, and Cancelled; the file is complete or unchanged.
WrittenModel writeModel(const WriteRequest& request, Job& job);

} // namespace halftone
