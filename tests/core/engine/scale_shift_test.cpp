// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/scale_shift.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <cmath>
#include <cstring>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

struct Sizes {
    int64_t batch, channels, positions;
};
const std::vector<Sizes> sizes{{1, 3, 1000}, {2, 3, 37}, {2, 10, 333}, {3, 1500, 5}, {1, 64, 49}, {4, 19, 1}};

ScaleShift paramsFor(const Sizes& of) {
    ScaleShift params{of.batch, of.channels, of.positions, {}, {}, {}, std::nullopt, false, false, std::nullopt};
    params.scale = noise({of.channels}, 1).toFloats();
    params.shift = noise({of.channels}, 2).toFloats();
    return params;
}

size_t countOf(const ScaleShift& params) {
    return static_cast<size_t>(params.batch * params.channels * params.positions);
}

/// Where the value of this position lies: channels beside each other, or positions.
size_t place(const ScaleShift& params, int64_t n, int64_t c, int64_t p, bool planes) {
    return static_cast<size_t>(planes ? (n * params.channels + c) * params.positions + p
                                      : (n * params.positions + p) * params.channels + c);
}

/// `x` and `y` give the value at a place of the source and the result.
template <class X, class Y> void check(const ScaleShift& params, const X& x, const Y& y) {
    int wrong = 0;
    for (int64_t n = 0; n < params.batch; ++n)
        for (int64_t c = 0; c < params.channels; ++c)
            for (int64_t p = 0; p < params.positions; ++p) {
                const auto channel = static_cast<size_t>(c);
                double wanted =
                    x(place(params, n, c, p, params.planes)) * params.scale[channel] + params.shift[channel];
                for (const Unary& activation : params.activations)
                    wanted = activation.kind == UnaryKind::LeakyRelu
                                 ? std::max(wanted, wanted * activation.alpha)
                                 : std::clamp<double>(wanted, activation.alpha, activation.beta);
                double error = 1e-5;
                if (params.dst) {
                    wanted =
                        std::clamp(std::nearbyint(wanted / params.dst->scale()) + params.dst->zeroPoint(), 0.0, 255.0);
                    error = 1; // ties
                }
                wrong += std::abs(y(place(params, n, c, p, params.planes && params.keepsPlanes)) - wanted) > error;
            }
    INFO(params.batch << "x" << params.channels << "x" << params.positions);
    CHECK(wrong == 0);
}

template <class T> auto reader(const std::vector<std::byte>& bytes) {
    return [&bytes](size_t at) {
        T value;
        std::memcpy(&value, bytes.data() + at * sizeof value, sizeof value);
        return static_cast<double>(value);
    };
}

} // namespace

TEST_CASE("numbers of any layout are scaled and shifted channel by channel, to numbers or to codes") {
    useThreads(2);
    for (const Sizes& of : sizes)
        for (const auto& [planes, keeps] : {std::pair{false, false}, std::pair{true, true}, std::pair{true, false}})
            for (const bool coded : {false, true}) {
                ScaleShift params = paramsFor(of);
                params.planes = planes;
                params.keepsPlanes = keeps;
                params.activations = {Unary{UnaryKind::LeakyRelu, 0.1F}, Unary{UnaryKind::Clip, -0.05F, 0.8F}};
                if (coded)
                    params.dst = QuantParams{ElementType::U8, {0.004F}, {20}, std::nullopt};
                const Tensor x = noise({of.batch, of.channels, of.positions}, 3);
                std::vector<std::byte> dst(countOf(params) * (coded ? 1 : sizeof(float)));
                scaleAndShift(params, reinterpret_cast<const std::byte*>(x.floats().data()), dst.data());
                const auto source = [&](size_t at) { return static_cast<double>(x.floats()[at]); };
                if (coded)
                    check(params, source, reader<uint8_t>(dst));
                else
                    check(params, source, reader<float>(dst));
            }
}

TEST_CASE("codes are scaled and shifted as the numbers that they are") {
    useThreads(2);
    for (const Sizes& of : sizes)
        for (const ElementType type : {ElementType::U8, ElementType::S8}) {
            ScaleShift params = paramsFor(of);
            params.codes = type;
            params.dst = QuantParams{ElementType::U8, {1.5F}, {100}, std::nullopt};
            std::vector<std::byte> src(countOf(params)), dst(src.size());
            for (size_t i = 0; i < src.size(); ++i)
                src[i] = static_cast<std::byte>(i * 37);
            scaleAndShift(params, src.data(), dst.data());
            if (type == ElementType::U8)
                check(params, reader<uint8_t>(src), reader<uint8_t>(dst));
            else
                check(params, reader<int8_t>(src), reader<uint8_t>(dst));
        }
}
