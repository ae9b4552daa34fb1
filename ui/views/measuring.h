// SPDX-License-Identifier: GPL-3.0-or-later
// What a view is beside, where a measurement of its own fills it: it holds the settings of that and starts it.
#pragma once

#include "core/request/job_request.h"

#include <QString>

namespace halftone {

class Measuring {
public:
    virtual ~Measuring() = default;

    virtual JobKind kind() const = 0;
    /// Why it cannot start with the view's settings; "" when it can.
    virtual QString problem() const { return {}; }
    /// Whether it could start now, as far as the rest of the window goes.
    virtual void setReady(bool ready) = 0;
    /// Sets in `request`, which is what the left side asks for, what the view asks for.
    virtual void complete(JobRequest& request) const = 0;
    /// Shows what an earlier request asked for.
    virtual void recall(const JobRequest& request) = 0;
};

} // namespace halftone
