// SPDX-License-Identifier: GPL-3.0-or-later
// The left side: what goes in. The open model's facts, its data, how to run and how to quantize.
#pragma once

#include "ui/settings.h"

#include <QMap>
#include <QWidget>

class QCheckBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace halftone {

class DataForm;
class QuantizationEditor;
class SizeFields;

class InputPanel : public QWidget {
    Q_OBJECT
public:
    explicit InputPanel(QWidget* parent = nullptr);

    /// `about` may be null: no model is open.
    void setModel(const Report* about, const QString& path);

    /// What the fields say; what has none stays as it was set.
    JobRequest request() const;
    void setRequest(const JobRequest& request);

    /// Why a run cannot start with these settings, as a sentence; "" when it can.
    QString problem() const;

    /// While a run goes on, its settings are shown but not changed.
    void setLocked(bool locked);
    void setData(const QString& path);
    /// Looks again whether the files that are named exist.
    void checkFiles();
    /// Adds these layers to those that stay in fp32.
    void keepFp32(const QStringList& layers);
    void focusData();
    /// The first field that a run needs filled.
    void focusProblem();

signals:
    void settingsChanged();
    /// The user looks for a file or folder; the window owns the dialogs.
    void dataFolderRequested();
    void dataFileRequested();
    void labelsRequested();
    void previewRequested();

public slots:
    void setLabels(const QString& path);

private:
    QWidget* makeModelSection();
    QWidget* makeRunSection();
    void offerPrecisions(const std::string& isa);
    void addFact(const QString& name, const QString& value);
    void onEdited();

    QLabel* m_modelName;
    QFormLayout* m_facts;
    SizeFields* m_sizes;
    DataForm* m_data;
    QWidget* m_runSection;
    QSpinBox* m_threads;
    QSpinBox* m_batch;
    QDoubleSpinBox* m_time;
    QMap<Precision, QCheckBox*> m_precisions; // that can be measured beside fp32 and int8
    QuantizationEditor* m_quantization;
    QLabel* m_problem;
    QString m_modelPath;
    JobRequest m_set;
    bool m_filling = false;
};

} // namespace halftone
