// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/preview_dialog.h"

#include "core/base/error.h"
#include "core/report/json.h"
#include "core/report/request_file.h"
#include "ui/dialogs/picture_view.h"
#include "ui/format.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_page.h"
#include "ui/widgets/parts.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <tuple>

namespace halftone {

namespace {

constexpr int64_t atOnce = 16; // pictures that one call prepares at most
constexpr int64_t leap = 10;   // of Page Up and Page Down

QString sizeText(int width, int height) {
    return QStringLiteral("%1 × %2").arg(width).arg(height);
}

QString labelText(const PreviewedSample& sample, int labelOffset) {
    if (sample.label < 0)
        return Text::tr("It has no label.");
    const QString name = sample.className.empty() ? QString() : QStringLiteral(" (%1)").arg(plain(sample.className));
    const QString text = Text::tr("Label %1%2").arg(QString::number(sample.label), name);
    return labelOffset == 0 ? text : Text::tr("%1, class %2 of the network").arg(text).arg(sample.label + labelOffset);
}

QString signedNumber(double value) {
    return significant(value).replace(u'-', QChar(0x2212));
}

} // namespace

QString channelValuesText(const std::vector<ChannelValues>& channels) {
    if (channels.empty())
        return {};
    const double min = std::ranges::min_element(channels, {}, &ChannelValues::min)->min,
                 max = std::ranges::max_element(channels, {}, &ChannelValues::max)->max;
    QStringList means;
    for (const ChannelValues& channel : channels)
        means << signedNumber(channel.mean);
    const QString what = channels.size() == 1 ? Text::tr("mean") : Text::tr("means of the network's channels");
    return Text::tr("The network gets values from %1 to %2, %3 %4.")
        .arg(signedNumber(min), signedNumber(max), what, means.join(QStringLiteral(", ")));
}

PreviewDialog::PreviewDialog(const QString& modelPath, JobRequest request, QWidget* parent)
    : QDialog(parent), m_pages(new QStackedWidget), m_message(new MessagePage) {
    setWindowTitle(tr("What the network sees"));
    m_pages->addWidget(m_message);
    m_pages->addWidget(makeSamplePage());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_previous = buttons->addButton(tr("&Previous"), QDialogButtonBox::ActionRole);
    m_next = buttons->addButton(tr("&Next"), QDialogButtonBox::ActionRole);
    m_previous->setObjectName(QStringLiteral("previous"));
    m_next->setObjectName(QStringLiteral("next"));
    for (QPushButton* button : {m_previous, m_next}) // Enter goes to the number
        button->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_previous, &QPushButton::clicked, this, [this] { showSample(m_current - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { showSample(m_current + 1); });
    connect(m_number, &QSpinBox::valueChanged, this, [this](int number) { showSample(number - 1); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_pages, 1);
    layout->addWidget(buttons);
    resize(88 * theme::grid, 60 * theme::grid);

    m_message->setMessage(tr("Preparing pictures"),
                          tr("Pictures of the data set are prepared as the network would get them."));
    connect(&m_runner, &Runner::finished, this, &PreviewDialog::onFinished);
    request.modelPath = modelPath.toStdString();
    const QString file = m_folder.filePath(QStringLiteral("request.json"));
    m_arguments = {QStringLiteral("preview"), QStringLiteral("--request"), file, QStringLiteral("--out"),
                   m_folder.path()};
    showCurrent();
    try {
        saveRequest(request, file.toStdString());
        prepare();
    } catch (const Error& error) {
        m_message->setMessage(tr("No preview"), typeset(error.message()));
    }
}

PreviewDialog::~PreviewDialog() = default;

QWidget* PreviewDialog::makeSamplePage() {
    m_name = new ElidedLabel;
    makeHeading(m_name);
    m_label = textLabel();
    m_number = new QSpinBox;
    m_number->setObjectName(QStringLiteral("number"));
    m_number->setKeyboardTracking(false); // a typed number counts when it is whole
    m_number->setAccessibleName(tr("Number of the picture"));
    m_number->setToolTip(tr("Type a number, or go by the keys: left and right, Page Up and Page Down, Home and End"));
    m_number->setMinimumWidth(20 * theme::grid);
    m_storedCaption = textLabel();
    m_networkCaption = textLabel();
    m_values = textLabel();
    m_values->setObjectName(QStringLiteral("values"));
    m_stored = new PictureView;
    m_stored->setAccessibleName(tr("The picture as stored"));
    m_network = new PictureView;
    m_network->setAccessibleName(tr("What the network sees"));

    auto* page = new QWidget;
    auto* head = new QHBoxLayout;
    head->addWidget(m_name, 1);
    head->addWidget(m_number);
    auto* pictures = new QGridLayout;
    pictures->setHorizontalSpacing(2 * theme::grid);
    pictures->setVerticalSpacing(theme::grid / 2);
    pictures->addWidget(m_storedCaption, 0, 0);
    pictures->addWidget(m_networkCaption, 0, 1);
    pictures->addWidget(m_stored, 1, 0);
    pictures->addWidget(m_network, 1, 1);
    pictures->setRowStretch(1, 1);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addLayout(head);
    layout->addWidget(m_label);
    layout->addLayout(pictures, 1);
    layout->addWidget(m_values);
    return page;
}

/// The first call takes one picture and tells how many there are; the later ones take those around the one on show
/// that are not prepared yet.
void PreviewDialog::prepare() {
    if (m_running)
        return;
    m_asked.clear();
    if (m_about.size == 0) {
        m_asked << 0;
    } else {
        const int64_t first = std::max<int64_t>(0, m_current - atOnce / 4);
        for (int64_t index = first; index < std::min(m_about.size, first + atOnce); ++index)
            if (!m_samples.contains(index))
                m_asked << index;
        const bool needed = m_asked.contains(m_current) || m_asked.size() >= atOnce / 2;
        if (!needed)
            return;
    }
    QStringList numbers;
    for (const int64_t index : m_asked)
        numbers << QString::number(index);
    m_running = true;
    m_runner.start(m_arguments + QStringList{QStringLiteral("--samples"), numbers.join(u',')});
}

void PreviewDialog::onFinished(const RunOutcome& outcome) {
    m_running = false;
    if (outcome.kind != RunOutcome::Kind::Done) {
        fail(outcome.message);
        return;
    }
    const QString path = m_folder.filePath(QString::fromLatin1(previewFile));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        fail(tr("halftone-cli ended without pictures. halftone and halftone-cli come from different versions; install "
                "both from one build."));
        return;
    }
    const QByteArray text = file.readAll();
    try {
        take(previewFromJson({text.constData(), static_cast<size_t>(text.size())}, path.toStdString()));
    } catch (const Error& error) {
        fail(typeset(error.message()));
    }
}

void PreviewDialog::take(const Preview& preview) {
    const bool networkKnown = m_about.networkWidth > 0 && preview.networkWidth == 0; // all of these were damaged
    const auto [width, height, channels] =
        std::tuple(m_about.networkWidth, m_about.networkHeight, m_about.networkChannels);
    m_about = preview;
    m_about.samples.clear();
    if (networkKnown)
        std::tie(m_about.networkWidth, m_about.networkHeight, m_about.networkChannels) =
            std::tuple(width, height, channels);
    for (const PreviewedSample& sample : preview.samples)
        m_samples[sample.index] = sample;
    if (m_current < 0) {
        m_pages->setCurrentIndex(1);
        m_number->setRange(1, static_cast<int>(std::min<int64_t>(m_about.size, std::numeric_limits<int>::max())));
        m_number->setSuffix(tr(" of %1").arg(countText(m_about.size)));
        m_current = 0;
    }
    showCurrent();
    prepare();
}

/// Before the first picture the sentence stands alone; later it stands in the place of those that are missing.
void PreviewDialog::fail(const QString& message) {
    if (m_current < 0) {
        m_message->setMessage(tr("The pictures cannot be shown"), message);
        return;
    }
    for (const int64_t index : m_asked)
        if (!m_samples.contains(index)) {
            m_samples[index].index = index;
            m_samples[index].failure = message.toStdString();
        }
    showCurrent();
}

void PreviewDialog::showSample(int64_t index) {
    if (index < 0 || index >= m_about.size || index == m_current)
        return;
    m_current = index;
    showCurrent();
    prepare();
}

void PreviewDialog::showCurrent() {
    m_previous->setEnabled(m_current > 0);
    m_next->setEnabled(m_current >= 0 && m_current + 1 < m_about.size);
    m_number->setEnabled(m_current >= 0);
    if (m_current < 0)
        return;
    const QSignalBlocker quiet(m_number);
    m_number->setValue(static_cast<int>(m_current) + 1);
    if (const auto sample = m_samples.constFind(m_current); sample != m_samples.constEnd()) {
        showPictures(*sample);
        return;
    }
    for (PictureView* view : {m_stored, m_network})
        view->setPicture({}, tr("Preparing"));
    m_name->setText(tr("Picture %1").arg(countText(m_current + 1)));
    for (QLabel* label : {m_label, m_values})
        label->clear();
}

void PreviewDialog::keyPressEvent(QKeyEvent* event) {
    const int64_t last = m_about.size - 1;
    switch (event->key()) {
    case Qt::Key_PageUp: showSample(std::max<int64_t>(0, m_current - leap)); break;
    case Qt::Key_PageDown: showSample(std::min(last, m_current + leap)); break;
    case Qt::Key_Home: showSample(0); break;
    case Qt::Key_End: showSample(last); break;
    case Qt::Key_Left: showSample(m_current - 1); break;
    case Qt::Key_Right: showSample(m_current + 1); break;
    default: QDialog::keyPressEvent(event);
    }
}

void PreviewDialog::showPictures(const PreviewedSample& sample) {
    m_name->setText(plain(sample.name));
    m_label->setText(labelText(sample, m_about.labelOffset));
    const auto picture = [&](const std::string& name) {
        return name.empty() ? QPixmap() : QPixmap(m_folder.filePath(QString::fromStdString(name)));
    };
    const bool failed = !sample.failure.empty();
    m_stored->setPicture(picture(sample.stored), typeset(sample.failure));
    m_network->setPicture(picture(sample.network), tr("Left out: the network does not see it."));
    m_storedCaption->setText(failed ? tr("As stored") : tr("As stored, %1").arg(sizeText(sample.width, sample.height)));
    m_networkCaption->setText(failed ? tr("What the network sees")
                                     : tr("What the network sees, %1, %2")
                                           .arg(sizeText(m_about.networkWidth, m_about.networkHeight),
                                                m_about.networkChannels == 1 ? tr("grey") : tr("colour")));
    m_values->setText(channelValuesText(sample.channels));
}

} // namespace halftone
