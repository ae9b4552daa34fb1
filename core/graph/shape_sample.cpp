// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of operators that interpolate between elements at positions that are data.
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

TensorType resultOf(const GridSample&, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& grid = required(operands, 1, "grid");
    requireFloat(x);
    requireFloat(grid);
    requireRank(x, 3, 5, "input");
    requireRank(grid, x.shape.size(), x.shape.size(), "grid");
    const size_t spatial = x.shape.size() - 2;
    if (grid.shape.front() != x.shape.front() || grid.shape.back() != static_cast<int64_t>(spatial))
        refuse(fmt::format("its grid {} does not fit its input {}", shapeText(grid.shape), shapeText(x.shape)));
    if (std::any_of(x.shape.begin() + 2, x.shape.end(), [](int64_t size) { return size == 0; }))
        refuse(fmt::format("its input {} has nothing to interpolate between", shapeText(x.shape)));
    TensorType result{x.type, {x.shape[0], x.shape[1]}};
    result.shape.insert(result.shape.end(), grid.shape.begin() + 1, grid.shape.end() - 1);
    return result;
}

TensorType resultOf(const RoiAlign& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& regions = required(operands, 1, "regions");
    const TensorType& samples = required(operands, 2, "samples of the regions");
    requireFloat(x);
    requireFloat(regions);
    requireRank(x, 4, 4, "input");
    if (isFloatType(samples.type) || samples.type == ElementType::Bool)
        refuse(fmt::format("its regions name samples by {} values", name(samples.type)));
    if (regions.shape.size() != 2 || regions.shape[1] != 4 || samples.shape != Shape{regions.shape[0]})
        refuse(fmt::format("its regions {} and their samples {} do not fit together", shapeText(regions.shape),
                           shapeText(samples.shape)));
    if (x.shape[2] == 0 || x.shape[3] == 0)
        refuse(fmt::format("its input {} has nothing to interpolate between", shapeText(x.shape)));
    if (op.height < 1 || op.width < 1 || op.samples < 0)
        refuse(fmt::format("it cuts regions in {} x {} parts of {} samples", op.height, op.width, op.samples));
    return {x.type, {regions.shape[0], x.shape[1], op.height, op.width}};
}

} // namespace halftone
