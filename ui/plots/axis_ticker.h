// SPDX-License-Identifier: GPL-3.0-or-later
// Few ticks with short labels: "0.25", "−1.5", "120 k".
#pragma once

#include <QSharedPointer>

class QCPAxisTicker;

namespace halftone {

QSharedPointer<QCPAxisTicker> valueTicker();
QSharedPointer<QCPAxisTicker> countTicker(bool logarithmic);
/// Powers of ten, below 1 too.
QSharedPointer<QCPAxisTicker> logTicker();
/// Whole numbers only.
QSharedPointer<QCPAxisTicker> indexTicker();

} // namespace halftone
