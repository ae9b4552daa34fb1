// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/port_shape.h"

#include "core/base/text.h"

namespace halftone {

std::string portShape(const Port& port) {
    if (port.unknownRank)
        return "unknown shape";
    std::vector<std::string> sizes;
    bool anyNamed = false;
    for (size_t i = 0; i < port.shape.size(); ++i) {
        const bool named = port.shape[i] < 0 && i < port.symbols.size() && !port.symbols[i].empty();
        sizes.push_back(named ? displayText(port.symbols[i]) : shapeText({port.shape[i]}));
        anyNamed = anyNamed || named;
    }
    return anyNamed ? join(sizes, " x ") : shapeText(port.shape);
}

} // namespace halftone
