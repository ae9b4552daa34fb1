// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/write_model.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/engine/compile.h"
#include "core/formats/onnx/onnx_writer.h"
#include "core/formats/onnx/written_codes.h"
#include "core/graph/op_traits.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/preprocessing/check_preprocessing.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

WrittenModel writeModel(const WriteRequest& request, Job& job) {
    checkRequest(request.job);
    const bool int8 = request.job.written == Precision::Int8;
    if (!int8 && request.job.written != Precision::Fp32)
        throw Error(ErrorCode::Usage,
                    fmt::format("A network is written in int8 or fp32, not in {}.", name(request.job.written)));
    constexpr bool guess = true; // before the fp32 plan ran
    std::vector<Stages::Stage> planned{{"Reading the model", 1, guess}};
    if (int8)
        planned.push_back({"Calibrating ranges", 5, guess});
    planned.push_back({"Writing", 1});
    Stages stages(job, planned);
    stages.next();
    WrittenModel written;
    const std::shared_ptr<const Dataset> dataset = openData(request.job);
    const LoadedModel model =
        loadModel(request.job.modelPath, request.job.sizes, request.job.batch, job, dataset.get(), portablePasses());
    stages.progress(0.9);
    Graph graph = model.graph;
    if (int8) {
        stages.next();
        const MachineInfo machine = machineInfo();
        useThreads(threadsOf(request.job, machine));
        const JobInput data(request.job, model, dataset);
        if (data.data() == nullptr)
            written.diagnostics.push_back(data.note());
        stages.part(0.15);
        Plan fp32 = compile(model.graph, {Precision::Fp32}, job, stages.teller());
        stages.part(0.7);
        const ModelQuantizer quantizer(model, fp32, data.samples(), data.calibration(), request.job.quantization,
                                       machine, stages);
        stages.part(0.15);
        QuantizedModel quantized = quantizer.quantize(stages.teller());
        graph = std::move(quantized.graph);
        written.diagnostics.insert(written.diagnostics.end(), quantized.diagnostics.begin(),
                                   quantized.diagnostics.end());
        if (data.pictures()) // nothing was asked about labels, but the file may tell what it takes
            if (const auto found = checkPreprocessing({model, fp32, *data.pictures(), {}, std::nullopt, 0}, stages))
                written.diagnostics.push_back(*found);
    }
    for (const Diagnostic& diagnostic : written.diagnostics)
        job.listener().diagnostic(diagnostic);
    stages.next();
    for (const Node& node : graph.nodes()) {
        written.layers += isInt8Candidate(node.op);
        written.int8Layers += onnx_format::multipliesCodes(graph, node);
    }
    const std::string bytes =
        onnxModel(graph, {request.version, model.file.freeBatch() ? model.file.batch : std::string()});
    stages.progress(0.5);
    job.checkCancelled();
    writeFileAtomically(request.path, bytes);
    stages.progress(1);
    written.bytes = static_cast<int64_t>(bytes.size());
    return written;
}

} // namespace halftone
