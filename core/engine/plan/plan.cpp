// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/plan_impl.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/large_block.h"
#include "core/base/text.h"
#include "core/engine/plan/limits.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace halftone {

namespace engine {

AlignedBytes::AlignedBytes(size_t size) {
    if (size == 0)
        return;
    *this = uninitialized(size);
    std::memset(m_data.get(), 0, size); // touches every page now, not inside the first measurement
}

AlignedBytes AlignedBytes::uninitialized(size_t size) {
    AlignedBytes bytes;
    bytes.m_size = size;
    if (size == 0)
        return bytes;
    // Linux may promise more memory than there is and kill the process when it is touched.
    if (size <= static_cast<size_t>(physicalMemory()))
        bytes.m_data.reset(allocateBlock(size).release());
    if (!bytes.m_data)
        throw Error(
            ErrorCode::Limit,
            fmt::format("The network needs a block of {} bytes, more memory than is free. Use a smaller batch.", size));
    return bytes;
}

std::span<float> Terminal::floats() {
    if (type == ElementType::F32)
        return {reinterpret_cast<float*>(data), bytes / sizeof(float)};
    converted.resize(bytes / sizeOf(type));
    return converted;
}

namespace {

/// The result of a step, gaps and padding removed. `temporary` keeps it when it had to be copied.
Activation activationOf(const Computed& result, const dnnl::stream& stream, std::vector<float>& temporary) {
    if (result.inPlace)
        return *result.inPlace;
    const Desc plain = rowMajor(result.memory.get_desc().get_dims(), DataType::f32);
    temporary.resize(plain.get_size() / sizeof(float));
    dnnl::memory target(plain, cpuEngine(), temporary.data());
    dnnl::reorder(result.memory, target).execute(stream, const_cast<dnnl::memory&>(result.memory), target);
    return {temporary};
}

/// The values in row-major logical order, decoded where they are codes.
Activation valuesOf(const Capture& capture, const dnnl::stream& stream, std::vector<float>& temporary) {
    const Desc plain = rowMajor(capture.memory.get_desc().get_dims(), DataType::f32);
    temporary.resize(plain.get_size() / sizeof(float));
    dnnl::memory target(plain, cpuEngine(), temporary.data());
    dnnl::reorder(capture.memory, target).execute(stream, const_cast<dnnl::memory&>(capture.memory), target);
    if (capture.grid)
        for (float& value : temporary)
            value = dequantize(static_cast<int32_t>(value), capture.grid->scale(), capture.grid->zeroPoint());
    return {temporary};
}

} // namespace

} // namespace engine

Plan::Plan(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::span<float> Plan::input(size_t index) {
    engine::Terminal& terminal = m_impl->inputs.at(index);
    terminal.fedAsFloats = terminal.type != ElementType::F32;
    return terminal.floats();
}

std::span<const float> Plan::output(size_t index) const {
    engine::Terminal& terminal = m_impl->outputs.at(index);
    const std::span<float> floats = terminal.floats();
    if (terminal.type != ElementType::F32)
        visitType(terminal.type, [&]<class T>(std::type_identity<T>) {
            std::transform(reinterpret_cast<const T*>(terminal.data),
                           reinterpret_cast<const T*>(terminal.data + terminal.bytes), floats.begin(),
                           [](T x) { return convertElement<float>(arithmetic(x)); });
        });
    return floats;
}

void Plan::setInput(size_t index, const Tensor& tensor) {
    engine::Terminal& terminal = m_impl->inputs.at(index);
    if (tensor.type != terminal.type || tensor.shape != terminal.shape)
        throw Error(ErrorCode::Internal, fmt::format("Input {} was given {} {} instead of {} {}. Please report this.",
                                                     index, name(tensor.type), shapeText(tensor.shape),
                                                     name(terminal.type), shapeText(terminal.shape)));
    terminal.fedAsFloats = false;
    if (terminal.bytes > 0)
        std::memcpy(terminal.data, tensor.bytes.data(), terminal.bytes);
}

Tensor Plan::outputTensor(size_t index) const {
    const auto& terminal = m_impl->outputs.at(index);
    return Tensor::fromBytes(terminal.type, terminal.shape,
                             std::vector<std::byte>(terminal.data, terminal.data + terminal.bytes));
}

ElementType Plan::inputType(size_t index) const {
    return m_impl->inputs.at(index).type;
}

void Plan::Impl::convertInputs() {
    for (engine::Terminal& terminal : inputs) {
        if (!terminal.fedAsFloats)
            continue;
        visitType(terminal.type, [&]<class T>(std::type_identity<T>) {
            std::ranges::transform(terminal.converted, reinterpret_cast<T*>(terminal.data),
                                   [](float x) { return convertElement<T>(x); });
        });
        terminal.fedAsFloats = false;
    }
}

const Shape& Plan::inputShape(size_t index) const {
    return m_impl->inputs.at(index).shape;
}
const Shape& Plan::outputShape(size_t index) const {
    return m_impl->outputs.at(index).shape;
}
size_t Plan::inputCount() const {
    return m_impl->inputs.size();
}
size_t Plan::outputCount() const {
    return m_impl->outputs.size();
}
const std::vector<StepInfo>& Plan::steps() const {
    return m_impl->infos;
}
const std::vector<OneTimeConversion>& Plan::oneTimeConversions() const {
    return m_impl->oneTime;
}
PlanMemory Plan::memory() const {
    return m_impl->memory;
}

void Plan::run() {
    m_impl->convertInputs();
    for (const engine::Action& action : m_impl->actions)
        action.execute();
    m_impl->stream.wait();
}

int64_t Plan::runTimed(std::span<int64_t> stepNs) {
    m_impl->convertInputs();
    const int64_t start = nowNs();
    int64_t before = start;
    for (size_t i = 0; i < m_impl->actions.size(); ++i) {
        m_impl->actions[i].execute();
        m_impl->stream.wait();
        const int64_t after = nowNs();
        stepNs[i] += after - before;
        before = after;
    }
    return before - start;
}

void Plan::runObserved(const ActivationObserver& observer) {
    m_impl->convertInputs();
    for (engine::Terminal& input : m_impl->inputs)
        if (input.type == ElementType::F32)
            observer(input.value, {input.floats()});
    std::vector<float> temporary;
    for (const engine::Action& action : m_impl->actions) {
        action.execute();
        m_impl->stream.wait();
        for (const engine::Computed& result : action.results)
            observer(result.value, engine::activationOf(result, m_impl->stream, temporary));
    }
}

void Plan::runCaptured(const ActivationObserver& observer) {
    m_impl->convertInputs();
    for (engine::Terminal& input : m_impl->inputs)
        if (input.type == ElementType::F32)
            observer(input.value, {input.floats()});
    std::vector<float> temporary;
    auto capture = m_impl->captures.begin();
    for (size_t ran = 0;; ++ran) {
        for (; capture != m_impl->captures.end() && capture->afterActions == ran; ++capture)
            observer(capture->value, engine::valuesOf(*capture, m_impl->stream, temporary));
        if (ran == m_impl->actions.size())
            return;
        m_impl->actions[ran].execute();
        m_impl->stream.wait();
    }
}

} // namespace halftone
