// SPDX-License-Identifier: GPL-3.0-or-later
// What a plan holds. Filled by the builder, executed by plan.cpp.
#pragma once

#include "core/engine/plan/layout.h"
#include "core/engine/plan/plan.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace halftone::engine {

/// Memory on a page boundary, zeroed unless `uninitialized`: for what is written as a whole at once. Throws
/// Error{Limit} when the system has none.
class AlignedBytes {
public:
    explicit AlignedBytes(size_t size = 0);
    static AlignedBytes uninitialized(size_t size);
    std::byte* data() { return m_data.get(); }
    size_t size() const { return m_size; }

private:
    struct Free {
        void operator()(std::byte* data) const { std::free(data); }
    };
    std::unique_ptr<std::byte, Free> m_data;
    size_t m_size = 0;
};

/// An activation that a step computes, and where it lies.
struct Computed {
    ValueId value = kNoValue;
    dnnl::memory memory;
    std::optional<Activation> inPlace; // absent where it has gaps and has to be copied to be observed
};

struct Action {
    std::function<void()> execute; // bound to its memory; does not allocate
    std::vector<Computed> results; // none of conversions and copies
};

/// A node's result as its readers see it.
struct Capture {
    ValueId value = kNoValue;
    size_t afterActions = 0; // complete once that many ran, and not yet overwritten
    dnnl::memory memory;
    std::optional<QuantParams> grid; // of codes
};

struct Terminal { // an input or output of the network
    ElementType type = ElementType::F32;
    Shape shape;
    std::byte* data = nullptr;
    size_t bytes = 0;
    ValueId value = kNoValue;
    std::vector<float> converted = {}; // of another type than f32: the elements as floats
    bool fedAsFloats = false;          // an input that has to be converted before the next run

    std::span<float> floats();
};

} // namespace halftone::engine

namespace halftone {

struct Plan::Impl {
    std::vector<StepInfo> infos;
    std::vector<engine::Action> actions;   // one per info
    std::vector<engine::Capture> captures; // in the order of the nodes
    std::vector<OneTimeConversion> oneTime;
    std::vector<engine::Terminal> inputs, outputs;
    dnnl::stream stream;
    engine::AlignedBytes arena, scratchpad;
    std::vector<engine::AlignedBytes> persistent; // packed weights, scales, constants
    std::vector<dnnl::memory> memories;           // keeps the C handles in the actions alive
    std::vector<dnnl::primitive> primitives;
    PlanMemory memory;

    void convertInputs();
};

} // namespace halftone
