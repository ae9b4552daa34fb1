// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/data_form.h"

#include "ui/choices.h"
#include "ui/format.h"
#include "ui/input/input_form.h"
#include "ui/input/preprocessing_editor.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QComboBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace halftone {

QString DataForm::FileField::path() const {
    return edit->text().trimmed();
}

DataForm::DataForm(QWidget* parent) : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addWidget(headingLabel(tr("Data")));
    layout->addSpacing(theme::grid / 2);
    addSamples(layout);
    layout->addSpacing(theme::grid / 2);
    addLabels(layout);
    layout->addSpacing(theme::grid / 2);
    m_tokenizer = makeFileField("tokenizer", "tokenizerProblem", tr("that beside the model"),
                                tr("Choose another file, or none to take the one beside the model."));
    m_tokenizer.edit->setToolTip(tr("Of texts: tokenizer.json, vocab.txt or a SentencePiece model"));
    m_tokenizerName = new QLabel(tr("Tokenizer"));
    m_tokenizerName->setBuddy(m_tokenizer.edit);
    m_preprocessing = new PreprocessingEditor;
    m_preprocessingName = new QLabel(tr("Prepro&cessing"));
    m_preprocessingName->setBuddy(m_preprocessing->focusTarget());
    m_preview = new QPushButton(tr("Previe&w…"));
    m_preview->setObjectName(QStringLiteral("preview"));
    m_preview->setToolTip(tr("Show some pictures as the network will see them"));
    connect(m_preview, &QPushButton::clicked, this, &DataForm::previewRequested);
    for (QWidget* widget : {static_cast<QWidget*>(m_tokenizerName), static_cast<QWidget*>(m_tokenizer.edit),
                            static_cast<QWidget*>(m_tokenizer.problem), static_cast<QWidget*>(m_preprocessingName),
                            static_cast<QWidget*>(m_preprocessing)})
        layout->addWidget(widget);
    layout->addWidget(m_preview, 0, Qt::AlignLeft);
    layout->addSpacing(theme::grid / 2);
    addCounts(layout);

    for (const FileField* file : files())
        connect(file->edit, &QLineEdit::textChanged, this, &DataForm::changed);
    for (QSpinBox* box : {m_samples, m_calibration})
        connect(box, &QSpinBox::valueChanged, this, &DataForm::changed);
    connect(m_judge, &QComboBox::currentIndexChanged, this, &DataForm::changed);
    connect(m_preprocessing, &PreprocessingEditor::changed, this, &DataForm::changed);
}

DataForm::FileField DataForm::makeFileField(const char* name, const char* problemName, const QString& placeholder,
                                            const QString& advice) {
    const FileField field{new QLineEdit, textLabel(), advice};
    field.edit->setObjectName(QLatin1String(name));
    field.edit->setPlaceholderText(placeholder);
    field.edit->setClearButtonEnabled(true);
    field.problem->setObjectName(QLatin1String(problemName));
    setTextColour(field.problem, [] { return theme::asText(theme::slower()); });
    field.problem->hide();
    return field;
}

void DataForm::addSamples(QVBoxLayout* layout) {
    m_data = makeFileField("data", "dataProblem", tr("none: timing only"),
                           tr("Choose other data, or none to measure only times."));
    auto* samples = new QLabel(tr("Sam&ples"));
    samples->setBuddy(m_data.edit);
    auto* folder = new QPushButton(tr("Fold&er…"));
    auto* file = new QPushButton(tr("F&ile…"));
    auto* none = new QPushButton(tr("&None"));
    connect(folder, &QPushButton::clicked, this, &DataForm::folderRequested);
    connect(file, &QPushButton::clicked, this, &DataForm::fileRequested);
    connect(none, &QPushButton::clicked, this, [this] {
        for (const FileField* each : files())
            each->edit->clear();
    });
    auto* choosers = new QHBoxLayout;
    choosers->setSpacing(theme::grid / 2);
    for (QPushButton* button : {folder, file, none}) {
        button->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // thirds of the panel's width
        choosers->addWidget(button, 1);
    }
    layout->addWidget(samples);
    layout->addWidget(m_data.edit);
    layout->addWidget(m_data.problem);
    layout->addLayout(choosers);
}

void DataForm::addLabels(QVBoxLayout* layout) {
    m_labels = makeFileField("labels", "labelsProblem", tr("those of the data"),
                             tr("Choose another file, or none to take the labels of the data."));
    auto* name = new QLabel(tr("&Labels"));
    name->setBuddy(m_labels.edit);
    auto* choose = new QToolButton;
    choose->setText(QStringLiteral("…"));
    choose->setToolTip(tr("Choose the file with the labels"));
    choose->setAccessibleName(tr("Choose the file with the labels"));
    connect(choose, &QToolButton::clicked, this, &DataForm::labelsRequested);
    auto* row = new QHBoxLayout;
    row->setSpacing(theme::grid / 2);
    row->addWidget(m_labels.edit);
    row->addWidget(choose);
    layout->addWidget(name);
    layout->addLayout(row);
    layout->addWidget(m_labels.problem);
}

void DataForm::addCounts(QVBoxLayout* layout) {
    m_samples = countBox(0, tr("all"));
    m_samples->setObjectName(QStringLiteral("samples"));
    m_calibration = countBox(1, {});
    m_calibration->setObjectName(QStringLiteral("calibration"));
    m_calibration->setToolTip(tr("Samples that the ranges of activations are taken from"));
    m_judge = new QComboBox;
    m_judge->setObjectName(QStringLiteral("judge"));
    for (const NamedChoice& choice : outputKinds()) {
        m_judge->addItem(choice.text, QString::fromLatin1(choice.name));
        m_judge->setItemData(m_judge->count() - 1, choice.tip, Qt::ToolTipRole);
    }
    m_judge->setToolTip(tr("What the network's output is, and so by what int8 is judged"));
    auto* form = compactForm();
    addField(form, tr("U&se"), m_samples);
    addField(form, tr("C&alibrate with"), m_calibration);
    addField(form, tr("Compare as"), m_judge);
    layout->addLayout(form);
}

void DataForm::setTakesPictures(bool takesPictures) {
    m_takesPictures = takesPictures;
    for (QWidget* widget : {static_cast<QWidget*>(m_preprocessingName), static_cast<QWidget*>(m_preprocessing),
                            static_cast<QWidget*>(m_preview)})
        widget->setVisible(takesPictures);
    for (QWidget* widget : {static_cast<QWidget*>(m_tokenizerName), static_cast<QWidget*>(m_tokenizer.edit)})
        widget->setVisible(!takesPictures);
}

void DataForm::fill(JobRequest& request) const {
    request.dataPath = m_data.path().toStdString();
    request.labelsPath = m_labels.path().toStdString();
    request.tokenizerPath = m_tokenizer.path().toStdString();
    request.preprocessing = m_preprocessing->value();
    request.maxSamples = m_samples->value();
    request.calibrationSamples = m_calibration->value();
    request.judge = valueNamed<OutputKind>(m_judge->currentData().toString().toStdString()).value_or(OutputKind::Auto);
}

void DataForm::setRequest(const JobRequest& request) {
    m_data.edit->setText(QString::fromStdString(request.dataPath));
    m_labels.edit->setText(QString::fromStdString(request.labelsPath));
    m_tokenizer.edit->setText(QString::fromStdString(request.tokenizerPath));
    m_preprocessing->setValue(request.preprocessing);
    m_samples->setValue(fittingCount(request.maxSamples));
    m_calibration->setValue(fittingCount(request.calibrationSamples));
    m_judge->setCurrentIndex(m_judge->findData(QString::fromLatin1(nameIn(request.judge).data())));
}

bool DataForm::hasData() const {
    return !m_data.path().isEmpty();
}

/// "" for a file that is there, and for one that no job would read.
QString DataForm::whyMissing(const FileField& file) const {
    const bool isRead = hasData() && (&file != &m_tokenizer || !m_takesPictures);
    return !isRead || file.path().isEmpty() || QFileInfo::exists(file.path())
               ? QString()
               : tr("%1 does not exist. %2").arg(plain(file.path().toStdString()), file.advice);
}

QString DataForm::problem() const {
    for (const FileField* file : files())
        if (const QString why = whyMissing(*file); !why.isEmpty())
            return why;
    return hasData() && m_takesPictures ? m_preprocessing->problem() : QString();
}

bool DataForm::saysAtField(const QString& problem) const {
    return std::ranges::any_of(files(), [&](const FileField* file) { return whyMissing(*file) == problem; });
}

void DataForm::checkFiles() {
    if (std::ranges::any_of(
            files(), [&](const FileField* file) { return !file->problem->isHidden() || !whyMissing(*file).isEmpty(); }))
        emit changed();
}

void DataForm::showState(bool canStart) {
    const bool usable = hasData();
    for (QWidget* widget : {static_cast<QWidget*>(m_labels.edit), static_cast<QWidget*>(m_tokenizer.edit),
                            static_cast<QWidget*>(m_preprocessing), static_cast<QWidget*>(m_samples),
                            static_cast<QWidget*>(m_calibration), static_cast<QWidget*>(m_judge)})
        widget->setEnabled(usable);
    m_preview->setEnabled(usable && canStart);
    m_data.edit->setToolTip(usable ? plain(m_data.path().toStdString())
                                   : tr("Pictures: a folder with one sub-folder a class, a CSV of file and label, "
                                        "CIFAR, IDX, .npz or an archive. Texts: a CSV or TSV with a column text, or a "
                                        "text each line. Arrays: .npz, .npy or a folder of them, named after the "
                                        "inputs. Recordings: a folder of .wav or .flac."));
    for (const FileField* file : files()) {
        file->problem->setText(whyMissing(*file));
        file->problem->setVisible(!file->problem->text().isEmpty());
    }
}

void DataForm::setData(const QString& path) {
    m_data.edit->setText(path);
}

void DataForm::setLabels(const QString& path) {
    m_labels.edit->setText(path);
}

void DataForm::focusData() {
    m_data.edit->setFocus(Qt::OtherFocusReason);
    m_data.edit->selectAll();
}

bool DataForm::focusProblem() {
    const auto all = files();
    const auto file = std::ranges::find_if(all, [&](const FileField* each) { return !whyMissing(*each).isEmpty(); });
    if (file == all.end())
        return false;
    (*file)->edit->setFocus(Qt::OtherFocusReason);
    (*file)->edit->selectAll();
    return true;
}

} // namespace halftone
