// SPDX-License-Identifier: GPL-3.0-or-later
// What a long operation tells its caller, and how the caller stops it.
#pragma once

#include "core/base/diagnostic.h"

#include <atomic>
#include <string>

namespace halftone {

/// Thrown by Job::checkCancelled; not an error: nothing went wrong and nothing is reported.
struct Cancelled {};

/// Receives the course of a job. Called on the thread that works; implementations return quickly.
class JobListener {
public:
    virtual ~JobListener() = default;
    /// A new stage begins: `index` of `count` (from 1).
    virtual void stage(int index, int count, const std::string& name) {}
    /// Progress of the whole job, 0 to 1, never falling; `secondsLeft` of the whole job, negative when unknown.
    virtual void progress(double fraction, double secondsLeft) {}
    /// What the current stage found so far, in words.
    virtual void found(const std::string& text) {}
    /// Live median latency of one precision while measuring.
    virtual void latency(const std::string& precision, double medianMs) {}
    virtual void diagnostic(const Diagnostic& diagnostic) {}
};

/// Handed down through every long operation. cancel() may be called from a signal handler.
class Job {
public:
    explicit Job(JobListener* listener = nullptr) : m_listener(listener) {}

    void cancel() { m_cancelled.store(true, std::memory_order_relaxed); }
    bool cancelled() const { return m_cancelled.load(std::memory_order_relaxed); }
    /// Throws Cancelled once cancel() was called. Called often enough that a cancel takes effect within 100 ms.
    void checkCancelled() const {
        if (cancelled())
            throw Cancelled{};
    }
    JobListener& listener() { return m_listener ? *m_listener : m_silent; }

private:
    std::atomic<bool> m_cancelled{false};
    JobListener* m_listener;
    JobListener m_silent;
};

} // namespace halftone
