// What the network will really see of some pictures, beside the pictures as stored, with the ranges of its input. Runs
// `halftone-cli preview`; closing the dialog stops it and removes its files.
#pragma once

#include "core/report/preview.h"
#include "ui/runner.h"
#include "ui/settings.h"

#include <QDialog>
#include <QTemporaryDir>

class QLabel;
class QPushButton;
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
    PreviewDialog(const QString& modelPath, const RunSettings& settings, QWidget* parent = nullptr);
    ~PreviewDialog() override;

    const Preview& preview() const { return m_preview; }
    int current() const { return m_current; }

public slots:
    void showSample(int place); // of preview().samples; others are ignored

private:
    QWidget* makeSamplePage();
    void onFinished(const RunOutcome& outcome);
    void fail(const QString& message);

    QTemporaryDir m_folder;
    Runner m_runner;
    Preview m_preview;
    int m_current = -1;
    QStackedWidget* m_pages;
    MessagePage* m_message;
    ElidedLabel* m_name;
    QLabel *m_label, *m_storedCaption, *m_networkCaption, *m_values, *m_place;
    PictureView *m_stored, *m_network;
    QPushButton *m_previous, *m_next;
};

} // namespace halftone
