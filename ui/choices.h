// SPDX-License-Identifier: GPL-3.0-or-later
// What can be chosen about quantization, in the words of people. A test holds the names to those of core/request.
#pragma once

#include <QList>
#include <QString>

namespace halftone {

/// A choice with its name on the command line and for people.
struct NamedChoice {
    const char* name;
    QString text, tip;
};
const QList<NamedChoice>& rangeMethods();      // of one tensor
const QList<NamedChoice>& usualRangeMethods(); // "auto" first
const QList<NamedChoice>& outputKinds();
const QList<NamedChoice>& schemes();
const QList<NamedChoice>& weightScales();
const QList<NamedChoice>& weightLimits(); // "auto" first
const QList<NamedChoice>& switches();

} // namespace halftone
