// SPDX-License-Identifier: GPL-3.0-or-later
// What a view is beside, where a measurement of its own fills it: it holds the settings of that and starts it.
#pragma once

#include "ui/session.h"

namespace halftone {

class Measuring {
public:
    virtual ~Measuring() = default;

    virtual Task task() const = 0;
    /// Why it cannot start with the view's settings; "" when it can.
    virtual QString problem() const { return {}; }
    /// Whether it could start now, as far as the rest of the window goes.
    virtual void setReady(bool ready) = 0;
    /// With the view's settings beside those of the left side.
    virtual void start(Session& session, const RunSettings& settings) const = 0;

    // The view's settings, from one start of the window to the next.
    virtual void recall(const Settings& settings) = 0;
    virtual void remember(Settings& settings) const = 0;
};

} // namespace halftone
