// SPDX-License-Identifier: GPL-3.0-or-later
// What the network will really see of the pictures, beside the pictures as stored, with the ranges of its input. Runs
// `halftone-cli preview` for some pictures at a time, when they are asked for; closing the dialog stops it and removes
// its files.
#pragma once

#include "core/report/preview.h"
#include "ui/runner.h"
#include "ui/settings.h"

#include <QDialog>
#include <QMap>
#include <QTemporaryDir>

class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace halftone {

class ElidedLabel;
class MessagePage;
class PictureView;

/// "Values from −2.12 to 2.64, mean 0.13", and the means of the channels where there are several.
QString channelValuesText(const std::vector<ChannelValues>& channels);

class PreviewDialog : public QDialog {
    Q_OBJECT
public:
    /// Starts at once.
    PreviewDialog(const QString& modelPath, JobRequest request, QWidget* parent = nullptr);
    ~PreviewDialog() override;

    /// Of the data set; 0 before it is known.
    int64_t size() const { return m_about.size; }
    /// The picture on show, or to be shown as soon as it is prepared; -1 before the first one.
    int64_t current() const { return m_current; }
    bool isPrepared(int64_t index) const { return m_samples.contains(index); }

public slots:
    void showSample(int64_t index); // of the data set; others are ignored

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QWidget* makeSamplePage();
    void prepare();
    void onFinished(const RunOutcome& outcome);
    void take(const Preview& preview);
    void fail(const QString& message);
    void showCurrent();
    void showPictures(const PreviewedSample& sample);

    QStringList m_arguments; // of every call but for the samples
    QTemporaryDir m_folder;
    Runner m_runner;
    bool m_running = false;
    QList<int64_t> m_asked;                   // being prepared
    Preview m_about;                          // the data set and the network's input, without samples
    QMap<int64_t, PreviewedSample> m_samples; // prepared ones, by index
    int64_t m_current = -1;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    ElidedLabel* m_name;
    QLabel *m_label, *m_storedCaption, *m_networkCaption, *m_values;
    PictureView *m_stored, *m_network;
    QPushButton *m_previous, *m_next;
    QSpinBox* m_number;
};

} // namespace halftone
