// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/transforms/transform_graph.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/formats/tensorflow/parse.h"
#include "core/formats/tensorflow/recognize.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <vector>
#include <zlib.h>

namespace halftone {

namespace {

using namespace tensorflow_format;

/// Bytes of `content` after deflate.
int64_t compressedSize(const std::string& content, const Job& job) {
    z_stream stream{};
    if (deflateInit(&stream, Z_DEFAULT_COMPRESSION) != Z_OK)
        throw Error(ErrorCode::Limit, "There is not enough memory to compress the graph.");
    constexpr size_t kPart = size_t{1} << 20;
    std::vector<Bytef> out(kPart);
    int64_t size = 0;
    for (size_t begin = 0;; begin += kPart) {
        const size_t count = std::min(kPart, content.size() - std::min(begin, content.size()));
        const bool isLast = begin + count >= content.size();
        stream.next_in =
            const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data() + std::min(begin, content.size())));
        stream.avail_in = static_cast<uInt>(count);
        do {
            stream.next_out = out.data();
            stream.avail_out = static_cast<uInt>(out.size());
            deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH);
            size += static_cast<int64_t>(out.size() - stream.avail_out);
        } while (stream.avail_out == 0);
        if (isLast || job.cancelled())
            break;
    }
    deflateEnd(&stream);
    job.checkCancelled();
    return size;
}

/// Sizes of a graph; those of one that is equal to the last are not computed again.
class Scale {
public:
    explicit Scale(bool asText) : m_asText(asText) {}

    GraphSizes weigh(const graphdef::GraphDef& graph, const Job& job) {
        std::string content = writeGraph(graph, m_asText);
        if (content != m_content || m_sizes.bytes == 0) {
            m_content = std::move(content);
            m_sizes.bytes = static_cast<int64_t>(m_content.size());
            m_sizes.compressedBytes = compressedSize(m_content, job);
        }
        m_sizes.nodes = graph.node_size();
        return m_sizes;
    }
    const std::string& content() const { return m_content; }

private:
    bool m_asText;
    std::string m_content;
    GraphSizes m_sizes;
};

void requireGiven(const std::string& value, const char* option) {
    if (value.empty())
        throw Error(ErrorCode::Usage, fmt::format("{} is missing or empty.", option));
}

TransformStep runOne(graphdef::GraphDef& graph, const TransformRequest& request, const TransformCall& call) {
    TransformStep step;
    step.name = call.name;
    const bool ignoresErrors = call.flag("ignore_errors", false);
    graphdef::GraphDef changed = graph;
    try {
        transformFor(call).run(changed, {request.inputs, request.outputs, call, &step.note});
        graph.Swap(&changed);
    } catch (const Error& error) {
        if (!ignoresErrors)
            throw Error(error.code(), fmt::format("{}: {}", call.name, error.message()), error.where());
        step.ignoredError = error.message();
    }
    return step;
}

} // namespace

TransformReport transformGraph(const TransformRequest& request, Job& job) {
    requireGiven(request.inPath, "--in_graph");
    requireGiven(request.outPath, "--out_graph");
    requireGiven(request.transforms, "--transforms");
    const std::vector<TransformCall> calls = parseTransforms(request.transforms);
    for (const TransformCall& call : calls)
        transformFor(call);

    const LargeBlock block = readLargeFile(request.inPath, std::numeric_limits<int32_t>::max());
    graphdef::GraphDef graph = parseGraph(block.bytes(), {});
    const bool isText = tensorFlowKind(block.bytes()) == TensorFlowKind::GraphText;
    if (graph.library().function_size() > 0 && (isText || request.asText))
        throw Error(ErrorCode::Unsupported,
                    "The graph has a library of functions, which can be copied from binary to binary "
                    "files only. Leave --output_as_text out.");
    TransformReport report;
    report.before = Scale(request.asText).weigh(graph, job);
    Scale scale(request.asText);
    for (size_t i = 0; i < calls.size(); ++i) {
        job.checkCancelled();
        job.listener().stage(static_cast<int>(i + 1), static_cast<int>(calls.size()), calls[i].name);
        TransformStep step = runOne(graph, request, calls[i]);
        step.after = scale.weigh(graph, job);
        report.steps.push_back(std::move(step));
        job.listener().progress(static_cast<double>(i + 1) / static_cast<double>(calls.size()), -1);
    }
    writeFileAtomically(request.outPath, scale.content());
    return report;
}

} // namespace halftone
