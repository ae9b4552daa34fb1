// The list behind "warnings (n)": what was noticed while profiling, in full sentences.
#pragma once

#include "core/base/diagnostic.h"

#include <QDialog>

#include <vector>

namespace halftone {

class DiagnosticsDialog : public QDialog {
    Q_OBJECT
public:
    /// Warnings first, else in the order given.
    explicit DiagnosticsDialog(std::vector<Diagnostic> diagnostics, QWidget* parent = nullptr);
};

} // namespace halftone
