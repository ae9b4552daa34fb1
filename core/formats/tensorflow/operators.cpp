// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/operators.h"

namespace halftone::tensorflow_format {

OperatorReader readerOf(const OperatorReaders& family, std::string_view op) {
    const auto found = family.find(op);
    return found == family.end() ? nullptr : found->second;
}

OperatorReader operatorReader(std::string_view op) {
    for (const auto family :
         {elementwiseReader, windowReader, shapeReader, partsReader, madeReader, reduceReader, quantizedReader})
        if (const OperatorReader reader = family(op))
            return reader;
    return nullptr;
}

} // namespace halftone::tensorflow_format
