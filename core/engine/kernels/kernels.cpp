// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/kernels.h"

#include "core/base/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace halftone::engine {

namespace {

template <class Code> void averageCodes(const GlobalAverage& p, const std::byte* srcBytes, std::byte* dst) {
    const auto* src = reinterpret_cast<const Code*>(srcBytes);
    const float scale = p.src.scale() / static_cast<float>(p.positions);
    const float shift = p.src.scale() * static_cast<float>(p.src.zeroPoint());
    constexpr int64_t block = 64; // channels at a time: sums stay in registers
    const int64_t blocks = (p.channels + block - 1) / block;
#pragma omp parallel for collapse(2)
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t b = 0; b < blocks; ++b) {
            const int64_t first = b * block, count = std::min(block, p.channels - first);
            int64_t sums[block] = {};
            for (int64_t position = 0; position < p.positions; ++position) {
                const Code* row = src + (n * p.positions + position) * p.channels + first;
                for (int64_t c = 0; c < count; ++c)
                    sums[c] += row[c];
            }
            for (int64_t c = 0; c < count; ++c) {
                const float mean = static_cast<float>(sums[c]) * scale - shift;
                const int64_t at = n * p.channels + first + c;
                if (p.dst)
                    dst[at] =
                        static_cast<std::byte>(quantize(mean, p.dst->scale(), p.dst->zeroPoint(), p.dst->storage));
                else
                    reinterpret_cast<float*>(dst)[at] = mean;
            }
        }
}

} // namespace

void globalAverage(const GlobalAverage& params, const std::byte* src, std::byte* dst) {
    if (params.src.storage == ElementType::U8)
        averageCodes<uint8_t>(params, src, dst);
    else
        averageCodes<int8_t>(params, src, dst);
}

CodeTable codeTable(const Unary& op, const QuantParams& src, const QuantParams& dst) {
    CodeTable table{};
    for (int32_t code = lowestCode(src.storage); code <= highestCode(src.storage); ++code) {
        const float x = dequantize(code, src.scale(), src.zeroPoint());
        table[static_cast<uint8_t>(code)] =
            static_cast<uint8_t>(quantize(applyUnary(op, x), dst.scale(), dst.zeroPoint(), dst.storage));
    }
    return table;
}

namespace {

constexpr int64_t kBlock = 1024; // floats that stay in the nearest cache

HALFTONE_VECTORS void unsignedToFloats(float zeroPoint, float scale, int64_t count, const uint8_t* codes,
                                       float* values) {
    for (int64_t i = 0; i < count; ++i)
        values[i] = (static_cast<float>(codes[i]) - zeroPoint) * scale;
}

HALFTONE_VECTORS void signedToFloats(float zeroPoint, float scale, int64_t count, const int8_t* codes, float* values) {
    for (int64_t i = 0; i < count; ++i)
        values[i] = (static_cast<float>(codes[i]) - zeroPoint) * scale;
}

void codesToFloats(const QuantParams& grid, int64_t count, const std::byte* codes, float* values) {
    engine::codesToFloats(grid.storage, grid.zeroPoint(), grid.scale(), count, codes, values);
}

/// `dst` may be `left`. Each case a loop of its own, so that the compiler uses vectors.
HALFTONE_VECTORS void combine(BinaryKind kind, int64_t count, const float* left, const float* right, float* dst) {
    if (kind == BinaryKind::Add)
        for (int64_t i = 0; i < count; ++i)
            dst[i] = left[i] + right[i];
    else if (kind == BinaryKind::Mul)
        for (int64_t i = 0; i < count; ++i)
            dst[i] = left[i] * right[i];
    else if (kind == BinaryKind::PRelu)
        for (int64_t i = 0; i < count; ++i)
            dst[i] = std::max(left[i], 0.0F) + std::min(left[i], 0.0F) * right[i];
    else
        for (int64_t i = 0; i < count; ++i)
            dst[i] = applyBinary(kind, left[i], right[i]);
}

} // namespace

void codesToFloats(ElementType storage, int32_t zeroPoint, float scale, int64_t count, const std::byte* codes,
                   float* values) {
    const auto zero = static_cast<float>(zeroPoint);
    if (storage == ElementType::U8)
        unsignedToFloats(zero, scale, count, reinterpret_cast<const uint8_t*>(codes), values);
    else
        signedToFloats(zero, scale, count, reinterpret_cast<const int8_t*>(codes), values);
}

void activate(const Unary& op, int64_t count, float* values) {
    if (op.kind == UnaryKind::Relu)
        for (int64_t i = 0; i < count; ++i)
            values[i] = values[i] > 0 ? values[i] : 0;
    else if (op.kind == UnaryKind::LeakyRelu)
        for (int64_t i = 0; i < count; ++i)
            values[i] = values[i] < 0 ? op.alpha * values[i] : values[i];
    else if (op.kind == UnaryKind::Clip)
        for (int64_t i = 0; i < count; ++i) {
            const float atLeast = values[i] < op.alpha ? op.alpha : values[i]; // what is no number stays none
            values[i] = atLeast > op.beta ? op.beta : atLeast;
        }
    else
        for (int64_t i = 0; i < count; ++i)
            values[i] = applyUnary(op, values[i]);
}

void combineCodes(const CombineCodes& p, int64_t count, const std::byte* left, const std::byte* right, std::byte* dst) {
#pragma omp parallel for
    for (int64_t first = 0; first < count; first += kBlock) {
        const int64_t some = std::min(kBlock, count - first);
        float a[kBlock], b[kBlock];
        codesToFloats(p.left, some, left + first, a);
        codesToFloats(p.right, some, right + first, b);
        combine(p.kind, some, a, b, a);
        for (const Unary& activation : p.activations)
            activate(activation, some, a);
        quantize({a, static_cast<size_t>(some)}, p.dst.scale(), p.dst.zeroPoint(), p.dst.storage, dst + first);
    }
}

void combineRepeated(const CombineCodes& p, const RepeatedCodes& repeated, const std::byte* left,
                     const std::byte* right, std::byte* dst) {
    const int64_t channels = repeated.channels;
    const int64_t width = std::min(channels, kBlock), rows = std::max<int64_t>(kBlock / channels, 1);
    const int64_t blocks = (repeated.positions + rows - 1) / rows, parts = (channels + width - 1) / width;
#pragma omp parallel for collapse(3)
    for (int64_t n = 0; n < repeated.batch; ++n)
        for (int64_t part = 0; part < parts; ++part)
            for (int64_t block = 0; block < blocks; ++block) {
                const int64_t channel = part * width, some = std::min(width, channels - channel);
                const int64_t height = std::min(rows, repeated.positions - block * rows);
                const int64_t first = (n * repeated.positions + block * rows) * channels + channel;
                float a[kBlock], b[kBlock];
                codesToFloats(p.left, height * some, left + first, a); // several rows only where they are whole
                if (repeated.constants.empty())
                    codesToFloats(p.right, some, right + (repeated.sampleBySample ? n * channels : 0) + channel, b);
                else
                    std::copy_n(repeated.constants.data() + channel, some, b);
                for (int64_t row = 1; row < height; ++row)
                    std::copy_n(b, some, b + row * some);
                combine(p.kind, height * some, a, b, a);
                for (const Unary& activation : p.activations)
                    activate(activation, height * some, a);
                quantize({a, static_cast<size_t>(height * some)}, p.dst.scale(), p.dst.zeroPoint(), p.dst.storage,
                         dst + first);
            }
}

void combineWithChannels(BinaryKind kind, const RepeatedCodes& p, const float* left, const float* right, float* dst) {
    const int64_t rows = std::max<int64_t>(kBlock / p.channels, 1), blocks = (p.positions + rows - 1) / rows;
#pragma omp parallel for collapse(2)
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t height = std::min(rows, p.positions - block * rows);
            const int64_t first = (n * p.positions + block * rows) * p.channels;
            const float* own = right + (p.sampleBySample ? n * p.channels : 0);
            if (height == 1) {
                combine(kind, p.channels, left + first, own, dst + first);
                continue;
            }
            float repeated[kBlock]; // so that there is one long loop, however few channels there are
            for (int64_t row = 0; row < height; ++row)
                std::copy_n(own, p.channels, repeated + row * p.channels);
            combine(kind, height * p.channels, left + first, repeated, dst + first);
        }
}

void lookUp(const CodeTable& table, int64_t count, const std::byte* src, std::byte* dst) {
#pragma omp parallel for
    for (int64_t i = 0; i < count; ++i)
        dst[i] = static_cast<std::byte>(table[static_cast<uint8_t>(src[i])]);
}

void mapFloats(const Unary& op, int64_t count, const float* src, float* dst) {
#pragma omp parallel for
    for (int64_t i = 0; i < count; ++i)
        dst[i] = applyUnary(op, src[i]);
}

void broadcast(const Broadcast& p, const float* left, const float* right, float* dst) {
    const size_t rank = p.dims.size();
    const int64_t inner = rank == 0 ? 1 : p.dims.back();
    int64_t outer = 1;
    for (size_t i = 0; i + 1 < rank; ++i)
        outer *= p.dims[i];
    const int64_t leftStep = rank == 0 ? 0 : p.leftStrides.back(), rightStep = rank == 0 ? 0 : p.rightStrides.back();
#pragma omp parallel for
    for (int64_t row = 0; row < outer; ++row) {
        int64_t rest = row, leftAt = 0, rightAt = 0;
        for (size_t i = rank - (rank > 0); i-- > 0;) {
            const int64_t index = rest % p.dims[i];
            rest /= p.dims[i];
            leftAt += index * p.leftStrides[i];
            rightAt += index * p.rightStrides[i];
        }
        for (int64_t i = 0; i < inner; ++i) {
            float result = applyBinary(p.kind, left[leftAt + i * leftStep], right[rightAt + i * rightStep]);
            for (const Unary& activation : p.activations)
                result = applyUnary(activation, result);
            dst[row * inner + i] = result;
        }
    }
}

namespace {

/// log(1 + exp(x)) without overflow.
float softplus(float x) {
    return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x)));
}

} // namespace

float applyUnary(const Unary& op, float x) {
    const float a = op.alpha, b = op.beta;
    switch (op.kind) {
    case UnaryKind::Relu: return std::max(x, 0.0F);
    case UnaryKind::LeakyRelu: return x < 0 ? a * x : x;
    case UnaryKind::Clip: return std::min(std::max(x, a), b);
    case UnaryKind::Sigmoid: return 1.0F / (1.0F + std::exp(-x));
    case UnaryKind::Tanh: return std::tanh(x);
    case UnaryKind::Elu: return x < 0 ? a * std::expm1(x) : x;
    case UnaryKind::HardSigmoid: return std::min(std::max(a * x + b, 0.0F), 1.0F);
    case UnaryKind::HardSwish: return x * std::min(std::max(a * x + b, 0.0F), 1.0F);
    case UnaryKind::Swish: return x / (1.0F + std::exp(-a * x));
    case UnaryKind::Gelu: return x * (1 + std::erf(x / std::numbers::sqrt2_v<float>)) / 2;
    case UnaryKind::GeluTanh:
        return x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi_v<float>) * (x + 0.044715F * x * x * x))) / 2;
    case UnaryKind::Softplus: return softplus(x);
    case UnaryKind::Mish: return x * std::tanh(softplus(x));
    case UnaryKind::Exp: return std::exp(x);
    case UnaryKind::Log: return std::log(x);
    case UnaryKind::Sqrt: return std::sqrt(x);
    case UnaryKind::Abs: return std::abs(x);
    case UnaryKind::Neg: return -x;
    case UnaryKind::Reciprocal: return 1.0F / x;
    case UnaryKind::Square: return x * x;
    case UnaryKind::Erf: return std::erf(x);
    case UnaryKind::Floor: return std::floor(x);
    case UnaryKind::Ceil: return std::ceil(x);
    case UnaryKind::Rsqrt: return 1.0F / std::sqrt(x);
    case UnaryKind::Round: return std::nearbyint(x);
    case UnaryKind::Sign: return x > 0 ? 1.0F : x < 0 ? -1.0F : x;
    case UnaryKind::Selu: return b * (x < 0 ? a * std::expm1(x) : x);
    case UnaryKind::Celu: return x < 0 ? a * std::expm1(x / a) : x;
    case UnaryKind::Softsign: return x / (1.0F + std::abs(x));
    case UnaryKind::ThresholdedRelu: return x > a ? x : 0.0F;
    case UnaryKind::Sin: return std::sin(x);
    case UnaryKind::Cos: return std::cos(x);
    case UnaryKind::Tan: return std::tan(x);
    case UnaryKind::Sinh: return std::sinh(x);
    case UnaryKind::Cosh: return std::cosh(x);
    case UnaryKind::Asin: return std::asin(x);
    case UnaryKind::Acos: return std::acos(x);
    case UnaryKind::Atan: return std::atan(x);
    case UnaryKind::Asinh: return std::asinh(x);
    case UnaryKind::Acosh: return std::acosh(x);
    case UnaryKind::Atanh: return std::atanh(x);
    case UnaryKind::Shrink: return x > a ? x - b : x < -a ? x + b : 0.0F;
    case UnaryKind::Not: // of bool, not of floats
    case UnaryKind::BitwiseNot: break;
    }
    return x;
}

float applyBinary(BinaryKind kind, float a, float b) {
    switch (kind) {
    case BinaryKind::Add: return a + b;
    case BinaryKind::Sub: return a - b;
    case BinaryKind::Mul: return a * b;
    case BinaryKind::Div: return a / b;
    case BinaryKind::Min: return std::min(a, b);
    case BinaryKind::Max: return std::max(a, b);
    case BinaryKind::Pow: return std::pow(a, b);
    case BinaryKind::PRelu: return a < 0 ? b * a : a;
    case BinaryKind::FloorDiv: return std::floor(a / b);
    case BinaryKind::FloorMod: return a - b * std::floor(a / b);
    case BinaryKind::TruncMod: return std::fmod(a, b);
    default: return a; // the result of a comparison is no float
    }
}

} // namespace halftone::engine
