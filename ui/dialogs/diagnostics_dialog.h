// SPDX-License-Identifier: GPL-3.0-or-later
// The list behind "warnings (n)": what was noticed while profiling, in full sentences.
#pragma once

#include "core/base/diagnostic.h"

#include <QDialog>

#include <map>
#include <string>
#include <vector>

namespace halftone {

class DiagnosticsDialog : public QDialog {
    Q_OBJECT
public:
    /// Warnings first, else in the order given.
    explicit DiagnosticsDialog(std::vector<Diagnostic> diagnostics, QWidget* parent = nullptr);

signals:
    /// The button of a cure was clicked; the dialog closes itself.
    void cureRequested(const std::map<std::string, std::string>& cure);
};

} // namespace halftone
