// SPDX-License-Identifier: GPL-3.0-or-later
// The checks that readers of all formats make on a layer, and their sentences. The view of a layer is one of these.
#pragma once

#include "core/formats/common/cannot_run.h"
#include "core/graph/tensor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

class LayerChecks {
public:
    /// `op` is the operator's name as the file has it.
    LayerChecks(std::string layer, std::string_view op);

    const std::string& name() const { return m_layer; }
    /// The operator's name, fit to be shown.
    const std::string& shownOp() const { return m_op; }

    /// Throws Error{BadInput}: "Layer "conv1" (Conv) `cause`. ..."
    [[noreturn]] void fail(std::string_view cause) const;
    /// Throws CannotRun{"`op` `with`"}.
    [[noreturn]] void cannotRun(std::string_view with) const;

    /// `axis`, which may count from the end, of `rank` dimensions.
    int64_t axisOf(int64_t axis, size_t rank) const;
    /// Throws CannotRun where it is null.
    const Shape& known(const Shape* shape) const;
    /// `count` numbers from `least` to 2^31-1.
    const std::vector<int64_t>& sizesOf(const std::vector<int64_t>& values, size_t count, int64_t least,
                                        std::string_view attribute) const;

    /// Pads that mirror a tensor of this shape with its edges: from 0 to the size, one for each dimension.
    void requireMirrored(const Shape& shape, const std::vector<int64_t>& before,
                         const std::vector<int64_t>& behind) const;

    /// An operand that is a setting rather than data. Throws CannotRun{"`op` with `what` computed at run time"} where
    /// it is null.
    const Tensor& settingOf(const Tensor* constant, std::string_view what) const;
    std::vector<int64_t> integersIn(const Tensor& setting, std::string_view what) const;
    int64_t integerIn(const Tensor& setting, std::string_view what) const;
    float realIn(const Tensor& setting, std::string_view what) const;

protected:
    void requireCount(size_t inputs, size_t least, size_t most) const;

private:
    std::string m_layer, m_op;
};

} // namespace halftone
