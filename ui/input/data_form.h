// SPDX-License-Identifier: GPL-3.0-or-later
// The data of a job: where the samples come from, how they are prepared, how many there are, and what the output is
// compared as.
#pragma once

#include "core/request/job_request.h"

#include <QList>
#include <QWidget>

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace halftone {

class PreprocessingEditor;

class DataForm : public QWidget {
    Q_OBJECT
public:
    explicit DataForm(QWidget* parent = nullptr);

    /// A network that takes pictures has preprocessing and a preview, any other a tokenizer.
    void setTakesPictures(bool takesPictures);

    /// Writes what the fields say into `request`, or shows what it says.
    void fill(JobRequest& request) const;
    void setRequest(const JobRequest& request);

    bool hasData() const;
    /// Arrays and texts tell the sizes that a file leaves open.
    bool tellsSizes() const { return !m_takesPictures && hasData(); }
    /// A file that does not exist, or preprocessing that is none, as a sentence; "" where all is well.
    QString problem() const;
    /// It stands below its field already.
    bool saysAtField(const QString& problem) const;
    /// Looks again whether the files that are named exist.
    void checkFiles();
    /// What can be used: nothing beside the samples' field without samples, the preview only where a job can start.
    void showState(bool canStart);

    void setData(const QString& path);
    void setLabels(const QString& path);
    void focusData();
    /// False where no file is missing.
    bool focusProblem();

signals:
    void changed();
    /// The user looks for a file or folder; the window owns the dialogs.
    void folderRequested();
    void fileRequested();
    void labelsRequested();
    void previewRequested();

private:
    /// A field for a path, and below it why nothing can be read from there.
    struct FileField {
        QLineEdit* edit;
        QLabel* problem;
        QString advice; // where the file does not exist

        QString path() const;
    };
    FileField makeFileField(const char* name, const char* problemName, const QString& placeholder,
                            const QString& advice);
    void addSamples(QVBoxLayout* layout);
    void addLabels(QVBoxLayout* layout);
    void addCounts(QVBoxLayout* layout);
    QList<const FileField*> files() const { return {&m_data, &m_labels, &m_tokenizer}; }
    QString whyMissing(const FileField& file) const;

    FileField m_data, m_labels, m_tokenizer;
    QLabel *m_tokenizerName, *m_preprocessingName;
    PreprocessingEditor* m_preprocessing;
    QPushButton* m_preview;
    QSpinBox *m_samples, *m_calibration;
    QComboBox* m_judge;
    bool m_takesPictures = true;
};

} // namespace halftone
