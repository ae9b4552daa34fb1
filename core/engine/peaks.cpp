// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/peaks.h"

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/plan/layout.h"
#include "core/engine/plan/plan_impl.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace halftone {

namespace {

using namespace engine;

constexpr int64_t kCandidateNs = 10'000'000;

/// A primitive with operands of its own, called as a plan calls it. All operands are zero: values do not matter to the
/// speed of these kernels, except that denormal numbers would.
class Workload {
public:
    Workload(const dnnl::primitive& primitive, const std::vector<std::pair<int, Desc>>& operands)
        : m_primitive(primitive), m_stream(cpuEngine()) {
        for (const auto& [argument, desc] : operands) {
            m_bytes.emplace_back(desc.get_size());
            m_memories.emplace_back(desc, cpuEngine(), m_bytes.back().data());
            m_args.push_back({argument, m_memories.back().get()});
        }
    }

    /// Shortest mean of `repeat` executions in a row, over at least twelve tries and `totalNs`.
    double fastestNs(int repeat, int64_t totalNs, const Job& job) {
        run(1); // pages, caches and the clock of the CPU
        double best = std::numeric_limits<double>::max();
        int64_t spentNs = 0;
        for (int tries = 0; tries < 12 || spentNs < totalNs; ++tries) {
            job.checkCancelled();
            const int64_t start = nowNs();
            run(repeat);
            const int64_t ns = std::max<int64_t>(1, nowNs() - start);
            spentNs += ns;
            best = std::min(best, static_cast<double>(ns) / repeat);
        }
        return best;
    }

private:
    void run(int repeat) {
        for (int i = 0; i < repeat; ++i)
            if (dnnl_primitive_execute(m_primitive.get(), m_stream.get(), static_cast<int>(m_args.size()),
                                       m_args.data()) != dnnl_success)
                throw Error(ErrorCode::Internal, "A oneDNN kernel failed while the peaks were measured.");
        m_stream.wait();
    }

    dnnl::primitive m_primitive;
    dnnl::stream m_stream;
    std::vector<AlignedBytes> m_bytes;
    std::vector<dnnl::memory> m_memories;
    std::vector<dnnl_exec_arg_t> m_args;
};

struct Arithmetic {
    const char* precision;
    DataType src, weights, dst;
};

constexpr Arithmetic kArithmetics[] = {{"fp32", DataType::f32, DataType::f32, DataType::f32},
                                       {"bf16", DataType::bf16, DataType::bf16, DataType::bf16},
                                       {"fp16", DataType::f16, DataType::f16, DataType::f16},
                                       {"int8", DataType::u8, DataType::s8, DataType::u8}};

/// Convolution with as many input as output channels. Without padding, so that every operation is really done.
struct TriedConv {
    int64_t channels, size, kernel; // `size` of the result
};

// One picture for each thread: in fp32 at most 430 KB of operands beside the weights, in int8 a quarter.
constexpr TriedConv kConvShapes[] = {{64, 14, 3}, {64, 28, 3}, {128, 14, 3}, {128, 14, 1}, {256, 14, 1}};

struct Candidate {
    std::string kernel;
    int64_t operations;
    Workload workload;
};

std::optional<Candidate> convolution(const Arithmetic& arithmetic, const TriedConv& shape, int threads) {
    const int64_t border = shape.kernel - 1;
    const Shape src{threads, shape.channels, shape.size + border, shape.size + border};
    const Shape dst{threads, shape.channels, shape.size, shape.size};
    // As in plans: fp32 chooses its layout, the others are channels-last.
    const auto activations = [](const Shape& dims, DataType type) {
        return type == DataType::f32 ? anyLayout(dims, type) : channelsLast(dims, type);
    };
    const dnnl::convolution_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        activations(src, arithmetic.src),
        anyLayout({shape.channels, shape.channels, shape.kernel, shape.kernel}, arithmetic.weights),
        activations(dst, arithmetic.dst), {1, 1}, {0, 0}, {0, 0}, dnnl::primitive_attr(), true);
    if (!desc || std::string_view(desc.impl_info_str()).starts_with("ref"))
        return std::nullopt;
    const int64_t operations = 2 * elementCount(dst) * shape.channels * shape.kernel * shape.kernel;
    return Candidate{desc.impl_info_str(), operations,
                     Workload(dnnl::convolution_forward(desc), {{DNNL_ARG_SRC, desc.src_desc()},
                                                                {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                                                                {DNNL_ARG_DST, desc.dst_desc()}})};
}

std::optional<Candidate> matrixProduct(const Arithmetic& arithmetic, int threads) {
    const int64_t rows = 96 * threads, depth = 256, columns = 192;
    const dnnl::matmul::primitive_desc desc(cpuEngine(), rowMajor({rows, depth}, arithmetic.src),
                                            anyLayout({depth, columns}, arithmetic.weights),
                                            rowMajor({rows, columns}, arithmetic.dst), dnnl::primitive_attr(), true);
    if (!desc || std::string_view(desc.impl_info_str()).starts_with("ref"))
        return std::nullopt;
    return Candidate{desc.impl_info_str(), 2 * rows * depth * columns,
                     Workload(dnnl::matmul(desc), {{DNNL_ARG_SRC, desc.src_desc()},
                                                   {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                                                   {DNNL_ARG_DST, desc.dst_desc()}})};
}

} // namespace

std::vector<ArithmeticPeak> measurePeaks(int threads, const Job& job) {
    std::vector<ArithmeticPeak> peaks;
    for (const Arithmetic& arithmetic : kArithmetics) {
        ArithmeticPeak best{arithmetic.precision, 0, {}};
        const auto time = [&](std::optional<Candidate> candidate) {
            if (!candidate)
                return;
            const double gops =
                static_cast<double>(candidate->operations) / candidate->workload.fastestNs(4, kCandidateNs, job);
            if (gops > best.gops)
                best = {arithmetic.precision, gops, candidate->kernel};
        };
        for (const TriedConv& shape : kConvShapes)
            time(convolution(arithmetic, shape, threads));
        time(matrixProduct(arithmetic, threads));
        if (best.gops > 0)
            peaks.push_back(best);
    }
    return peaks;
}

double emptyStepMs(const Job& job) {
    const Desc desc = rowMajor({1}, DataType::f32);
    const dnnl::eltwise_forward::primitive_desc relu(cpuEngine(), dnnl::prop_kind::forward_inference,
                                                     dnnl::algorithm::eltwise_relu, desc, desc, 0.0F);
    Workload workload(dnnl::eltwise_forward(relu), {{DNNL_ARG_SRC, desc}, {DNNL_ARG_DST, desc}});
    return workload.fastestNs(100, 5'000'000, job) / 1e6;
}

} // namespace halftone
