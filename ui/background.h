// SPDX-License-Identifier: GPL-3.0-or-later
// Work that would make the window wait, on another thread.
#pragma once

#include "core/base/error.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QMetaObject>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <new>

namespace halftone {

/// Calls `work()` on a thread of `pool`, then `done(result, error)` on the GUI thread, unless `context` is gone by
/// then. When `work` throws, `error` is its message and `result` is default-constructed; else `error` is
/// empty.
template <class Work, class Done>
void inBackground(QObject* context, Work work, Done done, QThreadPool* pool = QThreadPool::globalInstance()) {
    pool->start([guard = QPointer<QObject>(context), work = std::move(work), done = std::move(done)] {
        auto result = std::make_shared<decltype(work())>();
        QString error;
        try {
            *result = work();
        } catch (const std::bad_alloc&) {
            error = Text::tr("There is not enough memory for this. Close other programs and do it again.");
        } catch (const std::exception& failure) {
            error = QString::fromUtf8(failure.what());
        }
        QMetaObject::invokeMethod(
            qApp,
            [guard, done, result, error] {
                if (guard)
                    done(std::move(*result), error);
            },
            Qt::QueuedConnection);
    });
}

} // namespace halftone
