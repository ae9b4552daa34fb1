// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/reduce.h"

#include "core/base/vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace halftone::engine {

namespace {

constexpr int64_t kLanes = 16;
constexpr int64_t kColumns = 512;          // neighbours that a thread reduces at a time
constexpr int64_t kWorthThreads = 1 << 15; // elements
constexpr int64_t kMostParts = 64;         // of one sum

/// How elements come together; what the total becomes in the end is finished().
enum class Way { Sum, SumOfMagnitudes, SumOfSquares, Product, Largest, Smallest };

Way wayOf(ReduceKind kind) {
    switch (kind) {
    case ReduceKind::L1: return Way::SumOfMagnitudes;
    case ReduceKind::L2:
    case ReduceKind::SumSquare: return Way::SumOfSquares;
    case ReduceKind::Prod: return Way::Product;
    case ReduceKind::Max: return Way::Largest;
    case ReduceKind::Min: return Way::Smallest;
    case ReduceKind::Mean:
    case ReduceKind::Sum:
    case ReduceKind::LogSum:
    case ReduceKind::LogSumExp: return Way::Sum;
    }
    return Way::Sum;
}

double nothing(Way way) {
    switch (way) {
    case Way::Product: return 1;
    case Way::Largest: return -std::numeric_limits<double>::infinity();
    case Way::Smallest: return std::numeric_limits<double>::infinity();
    default: return 0;
    }
}

template <Way way> inline double with(double total, double x) {
    if constexpr (way == Way::Sum)
        return total + x;
    else if constexpr (way == Way::SumOfMagnitudes)
        return total + std::abs(x);
    else if constexpr (way == Way::SumOfSquares)
        return total + x * x;
    else if constexpr (way == Way::Product)
        return total * x;
    else if constexpr (way == Way::Largest) // what is no number stays
        return x > total || std::isnan(x) ? x : total;
    else
        return x < total || std::isnan(x) ? x : total;
}

/// Two totals.
double joined(Way way, double a, double b) {
    switch (way) {
    case Way::Product: return a * b;
    case Way::Largest: return with<Way::Largest>(a, b);
    case Way::Smallest: return with<Way::Smallest>(a, b);
    default: return a + b;
    }
}

float finished(const Reduction& params, double total) {
    switch (params.kind) {
    case ReduceKind::Mean: return static_cast<float>(total / static_cast<double>(params.reduced));
    case ReduceKind::L2: return static_cast<float>(std::sqrt(total));
    case ReduceKind::LogSum: return static_cast<float>(std::log(total));
    default: return static_cast<float>(total);
    }
}

template <Way way> inline double rowTotal(int64_t count, const float* x) {
    double lanes[kLanes];
    std::fill_n(lanes, kLanes, nothing(way));
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (int64_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] = with<way>(lanes[lane], x[i + lane]);
    for (; i < count; ++i)
        lanes[0] = with<way>(lanes[0], x[i]);
    double total = lanes[0];
    for (int64_t lane = 1; lane < kLanes; ++lane)
        total = joined(way, total, lanes[lane]);
    return total;
}

HALFTONE_VECTORS double rowTotal(Way way, int64_t count, const float* x) {
    switch (way) {
    case Way::Sum: return rowTotal<Way::Sum>(count, x);
    case Way::SumOfMagnitudes: return rowTotal<Way::SumOfMagnitudes>(count, x);
    case Way::SumOfSquares: return rowTotal<Way::SumOfSquares>(count, x);
    case Way::Product: return rowTotal<Way::Product>(count, x);
    case Way::Largest: return rowTotal<Way::Largest>(count, x);
    case Way::Smallest: return rowTotal<Way::Smallest>(count, x);
    }
    return 0;
}

template <Way way> inline void addRow(int64_t count, const float* x, double* totals) {
    for (int64_t i = 0; i < count; ++i)
        totals[i] = with<way>(totals[i], x[i]);
}

HALFTONE_VECTORS void addRow(Way way, int64_t count, const float* x, double* totals) {
    switch (way) {
    case Way::Sum: return addRow<Way::Sum>(count, x, totals);
    case Way::SumOfMagnitudes: return addRow<Way::SumOfMagnitudes>(count, x, totals);
    case Way::SumOfSquares: return addRow<Way::SumOfSquares>(count, x, totals);
    case Way::Product: return addRow<Way::Product>(count, x, totals);
    case Way::Largest: return addRow<Way::Largest>(count, x, totals);
    case Way::Smallest: return addRow<Way::Smallest>(count, x, totals);
    }
}

/// Rows whose elements stand beside each other. A few long ones are cut into parts, always alike, so that sums do not
/// depend on the number of threads.
void reduceRows(const Reduction& params, const float* src, float* dst) {
    const Way way = wayOf(params.kind);
    const int64_t parts = std::clamp<int64_t>(params.reduced / kWorthThreads, 1, kMostParts);
    if (params.outer * params.reduced < kWorthThreads || params.outer > kMostParts || parts == 1) {
#pragma omp parallel for if (params.outer * params.reduced > kWorthThreads)
        for (int64_t row = 0; row < params.outer; ++row)
            dst[row] = finished(params, rowTotal(way, params.reduced, src + row * params.reduced));
        return;
    }
    for (int64_t row = 0; row < params.outer; ++row) {
        std::array<double, kMostParts> totals{};
#pragma omp parallel for
        for (int64_t part = 0; part < parts; ++part) {
            const int64_t begin = params.reduced * part / parts, end = params.reduced * (part + 1) / parts;
            totals[static_cast<size_t>(part)] = rowTotal(way, end - begin, src + row * params.reduced + begin);
        }
        double total = totals[0];
        for (size_t part = 1; part < static_cast<size_t>(parts); ++part)
            total = joined(way, total, totals[part]);
        dst[row] = finished(params, total);
    }
}

void reduceColumns(const Reduction& params, const float* src, float* dst) {
    const Way way = wayOf(params.kind);
    const int64_t blocks = (params.inner + kColumns - 1) / kColumns;
#pragma omp parallel for collapse(2) if (params.outer * params.reduced * params.inner > kWorthThreads)
    for (int64_t outer = 0; outer < params.outer; ++outer)
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t begin = block * kColumns, count = std::min(kColumns, params.inner - begin);
            double totals[kColumns];
            std::fill_n(totals, count, nothing(way));
            for (int64_t i = 0; i < params.reduced; ++i)
                addRow(way, count, src + (outer * params.reduced + i) * params.inner + begin, totals);
            for (int64_t i = 0; i < count; ++i)
                dst[outer * params.inner + begin + i] = finished(params, totals[i]);
        }
}

} // namespace

bool canReduce(ReduceKind kind) {
    return kind != ReduceKind::LogSumExp;
}

void reduceFloats(const Reduction& params, const float* src, float* dst) {
    params.inner == 1 ? reduceRows(params, src, dst) : reduceColumns(params, src, dst);
}

} // namespace halftone::engine
