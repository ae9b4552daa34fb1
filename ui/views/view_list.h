// SPDX-License-Identifier: GPL-3.0-or-later
// The views of the window, in the order of their tabs.
#pragma once

#include <QList>

namespace halftone {

class Document;
class View;

using ViewFactory = View* (*)(Document&);

/// Tabs, the View menu and Ctrl+number follow from it.
const QList<ViewFactory>& viewFactories();

} // namespace halftone
