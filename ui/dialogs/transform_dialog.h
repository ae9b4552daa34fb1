// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms a frozen TensorFlow graph: files, borders of the network, transforms in their order, and what each of them
// did to the size. Runs `halftone-cli transform`; closing the dialog stops it.
#pragma once

#include "ui/runner.h"

#include <QDialog>
#include <QStringList>
#include <QTemporaryDir>

class QCheckBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTableWidget;

namespace halftone {

class TransformDialog : public QDialog {
    Q_OBJECT
public:
    /// Proposes this graph ("" for none) and these nodes as its borders.
    TransformDialog(const QString& graphPath, const QStringList& inputs, const QStringList& outputs,
                    QWidget* parent = nullptr);
    ~TransformDialog() override;

    /// What halftone-cli is started with, but for the file of sizes.
    QStringList arguments() const;

private:
    QWidget* makeFiles();
    QWidget* makeList();
    QWidget* makeResult();
    void chooseInGraph();
    void chooseOutGraph();
    void addTransform(const QString& text);
    void moveCurrent(int by);
    void setRunning(bool running);
    void updateState();
    void start();
    void onFinished(const RunOutcome& outcome);
    bool showSizes();
    void addRow(const QString& name, const QJsonObject& sizes);

    QTemporaryDir m_folder; // for the sizes
    Runner m_runner;
    QLineEdit *m_inGraph, *m_outGraph, *m_inputs, *m_outputs;
    QCheckBox* m_asText;
    QListWidget* m_list;
    QPushButton *m_remove, *m_up, *m_down, *m_start;
    QTableWidget* m_table;
    QLabel* m_message;
};

} // namespace halftone
