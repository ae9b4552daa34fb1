#include "ui/dialogs/preview_dialog.h"

#include "core/base/error.h"
#include "core/report/json.h"
#include "ui/format.h"
#include "ui/panels/elided_label.h"
#include "ui/panels/message_page.h"
#include "ui/panels/parts.h"
#include "ui/panels/picture_view.h"
#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

QString sizeText(int width, int height) {
    return QStringLiteral("%1 × %2").arg(width).arg(height);
}

QString labelText(const PreviewedSample& sample, int labelOffset) {
    if (sample.label < 0)
        return QStringLiteral("It has no label.");
    const QString name = sample.className.empty() ? QString() : QStringLiteral(" (%1)").arg(plain(sample.className));
    const QString text = QStringLiteral("Label %1%2").arg(QString::number(sample.label), name);
    return labelOffset == 0 ? text
                            : QStringLiteral("%1, class %2 of the network").arg(text).arg(sample.label + labelOffset);
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
    const QString what =
        channels.size() == 1 ? QStringLiteral("mean") : QStringLiteral("means of the network's channels");
    return QStringLiteral("The network gets values from %1 to %2, %3 %4.")
        .arg(signedNumber(min), signedNumber(max), what, means.join(QStringLiteral(", ")));
}

PreviewDialog::PreviewDialog(const QString& modelPath, const RunSettings& settings, QWidget* parent)
    : QDialog(parent), m_pages(new QStackedWidget), m_message(new MessagePage) {
    setWindowTitle(QStringLiteral("What the network sees"));
    m_pages->addWidget(m_message);
    m_pages->addWidget(makeSamplePage());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_previous = buttons->addButton(QStringLiteral("&Previous"), QDialogButtonBox::ActionRole);
    m_next = buttons->addButton(QStringLiteral("&Next"), QDialogButtonBox::ActionRole);
    m_previous->setObjectName(QStringLiteral("previous"));
    m_next->setObjectName(QStringLiteral("next"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_previous, &QPushButton::clicked, this, [this] { showSample(m_current - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { showSample(m_current + 1); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(m_pages, 1);
    layout->addWidget(buttons);
    resize(88 * theme::grid, 60 * theme::grid);

    m_previous->setEnabled(false);
    m_next->setEnabled(false);
    m_message->setMessage(QStringLiteral("Preparing pictures"),
                          QStringLiteral("Some pictures of the data set are prepared as the network would get them."));
    connect(&m_runner, &Runner::finished, this, &PreviewDialog::onFinished);
    QStringList arguments{QStringLiteral("preview")};
    if (!modelPath.isEmpty())
        arguments << modelPath;
    arguments += previewOptions(settings);
    m_runner.start(arguments + QStringList{QStringLiteral("--out"), m_folder.path()});
}

PreviewDialog::~PreviewDialog() = default;

QWidget* PreviewDialog::makeSamplePage() {
    m_name = new ElidedLabel;
    makeHeading(m_name);
    m_label = textLabel();
    m_place = textLabel();
    m_place->setWordWrap(false);
    m_place->setForegroundRole(QPalette::PlaceholderText);
    m_storedCaption = textLabel();
    m_networkCaption = textLabel();
    m_values = textLabel();
    m_values->setObjectName(QStringLiteral("values"));
    m_stored = new PictureView;
    m_stored->setAccessibleName(QStringLiteral("The picture as stored"));
    m_network = new PictureView;
    m_network->setAccessibleName(QStringLiteral("What the network sees"));

    auto* page = new QWidget;
    auto* head = new QHBoxLayout;
    head->addWidget(m_name, 1);
    head->addWidget(m_place);
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

void PreviewDialog::onFinished(const RunOutcome& outcome) {
    if (outcome.kind != RunOutcome::Kind::Done) {
        fail(outcome.message);
        return;
    }
    const QString path = m_folder.filePath(QString::fromLatin1(previewFile));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        fail(QStringLiteral(
            "halftone-cli ended without pictures. halftone and halftone-cli come from different versions; "
            "install both from one build."));
        return;
    }
    const QByteArray text = file.readAll();
    try {
        m_preview = previewFromJson({text.constData(), static_cast<size_t>(text.size())}, path.toStdString());
    } catch (const Error& error) {
        fail(typeset(error.message()));
        return;
    }
    m_pages->setCurrentIndex(1);
    showSample(0);
}

void PreviewDialog::fail(const QString& message) {
    m_message->setMessage(QStringLiteral("The pictures cannot be shown"), message);
}

void PreviewDialog::showSample(int place) {
    if (place < 0 || place >= std::ssize(m_preview.samples))
        return;
    m_current = place;
    const PreviewedSample& sample = m_preview.samples[static_cast<size_t>(place)];
    m_name->setText(plain(sample.name));
    m_label->setText(labelText(sample, m_preview.labelOffset));
    m_place->setText(
        QStringLiteral("%1 of %2; the data set holds %3")
            .arg(countText(place + 1), countText(std::ssize(m_preview.samples)), countText(m_preview.size)));
    const auto picture = [&](const std::string& name) {
        return name.empty() ? QPixmap() : QPixmap(m_folder.filePath(QString::fromStdString(name)));
    };
    const bool failed = !sample.failure.empty();
    m_stored->setPicture(picture(sample.stored), typeset(sample.failure));
    m_network->setPicture(picture(sample.network), QStringLiteral("Left out: the network does not see it."));
    m_storedCaption->setText(failed ? QStringLiteral("As stored")
                                    : QStringLiteral("As stored, %1").arg(sizeText(sample.width, sample.height)));
    m_networkCaption->setText(
        failed ? QStringLiteral("What the network sees")
               : QStringLiteral("What the network sees, %1, %2")
                     .arg(sizeText(m_preview.networkWidth, m_preview.networkHeight),
                          m_preview.networkChannels == 1 ? QStringLiteral("grey") : QStringLiteral("colour")));
    m_values->setText(channelValuesText(sample.channels));
    m_previous->setEnabled(place > 0);
    m_next->setEnabled(place + 1 < std::ssize(m_preview.samples));
}

} // namespace halftone
