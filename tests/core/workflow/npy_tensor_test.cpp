// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/graph/element.h"
#include "core/workflow/samples/npy_tensor.h"
#include "tests/support/catch.h"

using namespace halftone;

TEST_CASE("arrays of every type are tensors, and the same arrays again") {
    const Tensor numbers = Tensor::fromInt64s({3}, std::vector<int64_t>{0, 1, 100});
    for (const ElementType type : {ElementType::F32, ElementType::F16, ElementType::F64, ElementType::S8,
                                   ElementType::U8, ElementType::S16, ElementType::U16, ElementType::S32,
                                   ElementType::U32, ElementType::S64, ElementType::U64, ElementType::Bool}) {
        const Tensor tensor = castTensor(numbers, type);
        const NpyArray array = npyOf(tensor);
        CHECK(tensorOf(array, type, "array") == tensor);
        CHECK(tensorOf(array, ElementType::F32, "array").toDoubles() == tensor.toDoubles());
    }
    CHECK(npyOf(castTensor(numbers, ElementType::BF16)).descr == "<f4");
    CHECK(npyOf(castTensor(numbers, ElementType::S64)).descr == "<i8");
    CHECK(npyOf(castTensor(numbers, ElementType::U8)).descr == "|u1");
}

TEST_CASE("fractions are not taken for whole numbers") {
    const NpyArray fractions = npyOf(Tensor::fromFloats({1}, std::vector<float>{0.5F}));
    CHECK_THROWS_WITH(tensorOf(fractions, ElementType::S64, "x.npy"), Contains("x.npy") && Contains("s64"));
    CHECK(tensorOf(fractions, ElementType::F64, "x.npy").toDoubles().front() == 0.5);
}
