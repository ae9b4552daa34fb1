// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/input_panel.h"

#include "core/report/model_input.h"
#include "core/report/port_shape.h"
#include "ui/choices.h"
#include "ui/format.h"
#include "ui/input/input_form.h"
#include "ui/input/preprocessing_editor.h"
#include "ui/input/quantization_editor.h"
#include "ui/input/size_fields.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QThread>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <ranges>

namespace halftone {

namespace {

constexpr int mostPictures = 10'000'000;

/// What can be measured beside fp32 and int8, in the order of the report.
struct FurtherPrecision {
    Precision precision;
    QString text, tip;
};

const QList<FurtherPrecision>& furtherPrecisions() {
    static const QList<FurtherPrecision> all{
        {Precision::Bf16, Text::tr("bf1&6"),
         Text::tr("16-bit floats with the range of fp32; they need no calibration")},
        {Precision::F16, Text::tr("fp&16"), Text::tr("16-bit floats with more digits and less range than bf16")},
        {Precision::Int8Simulated, Text::tr("Simulated int&8"),
         Text::tr("Rounds to 8 bits but computes in fp32, as training frameworks do: int8's accuracy, not its speed")}};
    return all;
}

QString portText(const Port& port) {
    return plain(portShape(port) + " " + port.type);
}

/// Why nothing can be read from there, as a sentence; "" for no path.
QString missingFile(const QString& path, const QString& otherwise) {
    return path.isEmpty() || QFileInfo::exists(path)
               ? QString()
               : Text::tr("%1 does not exist. %2").arg(plain(path.toStdString()), otherwise);
}

QSpinBox* countBox(int lowest, const QString& lowestText) {
    auto* box = new QSpinBox;
    box->setRange(lowest, mostPictures);
    box->setSpecialValueText(lowestText);
    return box;
}

} // namespace

InputPanel::InputPanel(QWidget* parent) : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(makeModelSection());
    layout->addWidget(m_dataSection = makeDataSection());
    layout->addWidget(m_runSection = makeRunSection());
    layout->addWidget(m_quantization = new QuantizationEditor);
    m_problem = new QLabel;
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->setObjectName(QStringLiteral("settingsProblem"));
    m_problem->hide();
    layout->addWidget(m_problem);
    layout->addStretch();

    for (QLineEdit* edit : {m_data, m_labels, m_tokenizer})
        connect(edit, &QLineEdit::textChanged, this, &InputPanel::onEdited);
    for (QSpinBox* box : {m_samples, m_calibration, m_threads, m_batch})
        connect(box, &QSpinBox::valueChanged, this, &InputPanel::onEdited);
    connect(m_time, &QDoubleSpinBox::valueChanged, this, &InputPanel::onEdited);
    connect(m_judge, &QComboBox::currentIndexChanged, this, &InputPanel::onEdited);
    for (const QCheckBox* box : m_precisions)
        connect(box, &QCheckBox::toggled, this, &InputPanel::onEdited);
    connect(m_preprocessing, &PreprocessingEditor::changed, this, &InputPanel::onEdited);
    connect(m_quantization, &QuantizationEditor::changed, this, &InputPanel::onEdited);
    guardFieldsFromWheel(this);
    setModel(nullptr, {});
    setRequest(usualRequest());
}

QWidget* InputPanel::makeModelSection() {
    auto* section = new QWidget;
    m_modelName = new QLabel;
    m_modelName->setTextFormat(Qt::PlainText);
    m_modelName->setWordWrap(true);
    m_modelName->setObjectName(QStringLiteral("modelName"));
    m_modelName->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts = compactForm();
    auto* layout = new QVBoxLayout(section);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addWidget(headingLabel(tr("Model")));
    layout->addWidget(m_modelName);
    layout->addLayout(m_facts);
    m_sizes = new SizeFields;
    connect(m_sizes, &SizeFields::changed, this, &InputPanel::onEdited);
    layout->addWidget(m_sizes);
    return section;
}

QWidget* InputPanel::makeDataSection() {
    auto* section = new QWidget;
    m_data = new QLineEdit;
    m_data->setObjectName(QStringLiteral("data"));
    m_data->setPlaceholderText(tr("none: timing only"));
    m_data->setClearButtonEnabled(true);
    m_labels = new QLineEdit;
    m_labels->setObjectName(QStringLiteral("labels"));
    m_labels->setPlaceholderText(tr("those of the data"));
    m_labels->setClearButtonEnabled(true);
    m_tokenizer = new QLineEdit;
    m_tokenizer->setObjectName(QStringLiteral("tokenizer"));
    m_tokenizer->setPlaceholderText(tr("that beside the model"));
    m_tokenizer->setClearButtonEnabled(true);
    m_tokenizer->setToolTip(tr("Of texts: tokenizer.json, vocab.txt or a SentencePiece model"));
    m_tokenizerName = new QLabel(tr("To&kenizer"));
    m_tokenizerName->setBuddy(m_tokenizer);
    m_dataProblem = makeFileProblem(QStringLiteral("dataProblem"));
    m_labelsProblem = makeFileProblem(QStringLiteral("labelsProblem"));
    m_preprocessing = new PreprocessingEditor;
    m_preview = new QPushButton(tr("Previe&w…"));
    m_preview->setObjectName(QStringLiteral("preview"));
    m_preview->setToolTip(tr("Show some pictures as the network will see them"));
    connect(m_preview, &QPushButton::clicked, this, &InputPanel::previewRequested);
    m_samples = countBox(0, tr("all"));
    m_calibration = countBox(1, {});
    m_calibration->setObjectName(QStringLiteral("calibration"));
    m_samples->setObjectName(QStringLiteral("samples"));
    m_calibration->setToolTip(tr("Samples that the ranges of activations are taken from"));

    auto* folder = new QPushButton(tr("Fold&er…"));
    auto* file = new QPushButton(tr("F&ile…"));
    auto* none = new QPushButton(tr("&None"));
    connect(folder, &QPushButton::clicked, this, &InputPanel::dataFolderRequested);
    connect(file, &QPushButton::clicked, this, &InputPanel::dataFileRequested);
    connect(none, &QPushButton::clicked, this, [this] {
        m_data->clear();
        m_labels->clear();
    });
    auto* choosers = new QHBoxLayout;
    choosers->setSpacing(theme::grid / 2);
    for (QPushButton* button : {folder, file, none}) {
        button->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // thirds of the panel's width
        choosers->addWidget(button, 1);
    }

    auto* chooseLabels = new QToolButton;
    chooseLabels->setText(QStringLiteral("…"));
    chooseLabels->setToolTip(tr("Choose the file with the labels"));
    chooseLabels->setAccessibleName(tr("Choose the file with the labels"));
    connect(chooseLabels, &QToolButton::clicked, this, &InputPanel::labelsRequested);
    auto* labels = new QHBoxLayout;
    labels->setSpacing(theme::grid / 2);
    labels->addWidget(m_labels);
    labels->addWidget(chooseLabels);

    auto* samples = new QLabel(tr("Sam&ples"));
    samples->setBuddy(m_data);
    auto* labelsName = new QLabel(tr("&Labels"));
    labelsName->setBuddy(m_labels);
    m_preprocessingName = new QLabel(tr("Prepro&cessing"));
    m_preprocessingName->setBuddy(m_preprocessing->focusTarget());
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

    auto* layout = new QVBoxLayout(section);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addWidget(headingLabel(tr("Data")));
    layout->addSpacing(theme::grid / 2);
    layout->addWidget(samples);
    layout->addWidget(m_data);
    layout->addWidget(m_dataProblem);
    layout->addLayout(choosers);
    layout->addSpacing(theme::grid / 2);
    layout->addWidget(labelsName);
    layout->addLayout(labels);
    layout->addWidget(m_labelsProblem);
    layout->addWidget(m_tokenizerName);
    layout->addWidget(m_tokenizer);
    layout->addSpacing(theme::grid / 2);
    layout->addWidget(m_preprocessingName);
    layout->addWidget(m_preprocessing);
    layout->addWidget(m_preview, 0, Qt::AlignLeft);
    layout->addSpacing(theme::grid / 2);
    layout->addLayout(form);
    return section;
}

QWidget* InputPanel::makeRunSection() {
    auto* section = new QWidget;
    m_threads = new QSpinBox;
    m_threads->setObjectName(QStringLiteral("threads"));
    m_threads->setRange(0, 4 * QThread::idealThreadCount());
    m_threads->setSpecialValueText(tr("all %1").arg(QThread::idealThreadCount()));
    m_batch = new QSpinBox;
    m_batch->setObjectName(QStringLiteral("batch"));
    m_batch->setRange(1, 1024);
    m_time = new QDoubleSpinBox;
    m_time->setRange(0.5, 3600);
    m_time->setDecimals(1);
    m_time->setObjectName(QStringLiteral("time"));
    m_time->setSuffix(tr(" s"));
    m_time->setToolTip(tr("How long to measure; longer gives narrower intervals"));
    auto* form = compactForm();
    addField(form, tr("&Threads"), m_threads);
    addField(form, tr("&Batch"), m_batch);
    addField(form, tr("Time bud&get"), m_time);
    auto* further = new QHBoxLayout;
    further->setSpacing(2 * theme::grid);
    for (const FurtherPrecision& each : furtherPrecisions()) {
        auto* box = new QCheckBox(each.text);
        box->setObjectName(QLatin1String(name(each.precision)));
        m_precisions[each.precision] = box;
        further->addWidget(box);
    }
    further->addStretch();
    auto* layout = new QVBoxLayout(section);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid);
    layout->addWidget(headingLabel(tr("Run")));
    layout->addLayout(form);
    layout->addWidget(new QLabel(tr("Measure beside fp32 and int8")));
    layout->addLayout(further);
    offerPrecisions({});
    return section;
}

void InputPanel::offerPrecisions(const std::string& isa) {
    for (const FurtherPrecision& further : furtherPrecisions()) {
        QCheckBox* box = m_precisions.value(further.precision);
        const bool offered = hasPrecision(isa, further.precision);
        box->setEnabled(offered);
        if (!offered)
            box->setChecked(false);
        const QString cpu = isa.empty() ? tr("this CPU") : plain(isa);
        box->setToolTip(offered
                            ? further.tip
                            : tr("There is no %1 arithmetic in %2").arg(QLatin1String(name(further.precision)), cpu));
    }
}

void InputPanel::setModel(const Report* about, const QString& path) {
    m_modelPath = path;
    while (m_facts->rowCount() > 0)
        m_facts->removeRow(0);
    m_dataSection->setEnabled(about);
    m_runSection->setEnabled(about);
    m_quantization->setEnabled(about);
    m_sizes->setModel(nullptr);
    m_takesPictures = !about || about->model.inputs.empty() || takesPictures(about->model);
    for (QWidget* widget : {static_cast<QWidget*>(m_preprocessingName), static_cast<QWidget*>(m_preprocessing),
                            static_cast<QWidget*>(m_preview)})
        widget->setVisible(m_takesPictures);
    for (QWidget* widget : {static_cast<QWidget*>(m_tokenizerName), static_cast<QWidget*>(m_tokenizer)})
        widget->setVisible(!m_takesPictures);
    if (!about) {
        m_modelName->setText(tr("No model is open"));
        m_modelName->setToolTip({});
        return;
    }
    offerPrecisions(about->machine.isa);
    const Model& model = about->model;
    m_modelName->setText(plain(model.name));
    m_modelName->setToolTip(plain(path.toStdString()));
    addFact(tr("Format"), plain(model.format));
    addFact(tr("Size"), bytesText(model.sizeBytes));
    constexpr size_t portsShown = 3;
    for (size_t i = 0; i < std::min(model.inputs.size(), portsShown); ++i)
        addFact(i == 0 ? tr("Input") : QString(), portText(model.inputs[i]));
    if (model.inputs.size() > portsShown)
        addFact({}, tr("and %1 more").arg(model.inputs.size() - portsShown));
    addFact(tr("Parameters"), countText(model.parameters));
    const bool sizesOpen = std::ranges::any_of(model.inputs, [](const auto& input) {
        return input.unknownRank ||
               std::ranges::any_of(input.shape | std::views::drop(1), [](int64_t size) { return size < 0; });
    });
    addFact(tr("MACs"), sizesOpen ? missing() : macsText(model.macs));
    if (model.alreadyQuantized)
        addFact(tr("Note"), tr("already quantized"));
    m_sizes->setModel(about);
}

void InputPanel::addFact(const QString& name, const QString& value) {
    auto* label = new QLabel(name);
    label->setForegroundRole(QPalette::PlaceholderText);
    auto* text = new QLabel(value);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(labelWidth());
    m_facts->addRow(label, text);
}

JobRequest InputPanel::request() const {
    JobRequest request = m_set;
    request.modelPath = m_modelPath.toStdString();
    request.dataPath = m_data->text().trimmed().toStdString();
    request.labelsPath = m_labels->text().trimmed().toStdString();
    request.tokenizerPath = m_tokenizer->text().trimmed().toStdString();
    request.preprocessing = m_preprocessing->value();
    request.maxSamples = m_samples->value();
    request.calibrationSamples = m_calibration->value();
    request.judge = valueNamed<OutputKind>(m_judge->currentData().toString().toStdString()).value_or(OutputKind::Auto);
    request.threads = m_threads->value();
    request.batch = m_batch->value();
    request.timeBudgetS = m_time->value();
    request.precisions = {Precision::Fp32, Precision::Int8};
    for (const FurtherPrecision& further : furtherPrecisions())
        if (m_precisions.value(further.precision)->isChecked())
            request.precisions.push_back(further.precision);
    request.quantization = m_quantization->value();
    request.sizes.sizes = m_sizes->value();
    return request;
}

void InputPanel::setRequest(const JobRequest& request) {
    m_set = request;
    m_filling = true;
    m_data->setText(QString::fromStdString(request.dataPath));
    m_labels->setText(QString::fromStdString(request.labelsPath));
    m_tokenizer->setText(QString::fromStdString(request.tokenizerPath));
    m_preprocessing->setValue(request.preprocessing);
    const auto fitting = [](int64_t number) { return static_cast<int>(std::clamp<int64_t>(number, 0, mostPictures)); };
    m_samples->setValue(fitting(request.maxSamples));
    m_calibration->setValue(fitting(request.calibrationSamples));
    m_judge->setCurrentIndex(m_judge->findData(QString::fromLatin1(nameIn(request.judge).data())));
    m_threads->setValue(request.threads);
    m_batch->setValue(fitting(request.batch));
    m_time->setValue(request.timeBudgetS);
    for (const auto& [precision, box] : m_precisions.asKeyValueRange())
        box->setChecked(box->isEnabled() && std::ranges::count(request.precisions, precision) > 0);
    m_quantization->setValue(request.quantization);
    m_sizes->setValue(request.sizes.sizes);
    m_filling = false;
    onEdited();
}

QString InputPanel::dataProblem() const {
    return missingFile(m_data->text().trimmed(), tr("Choose other data, or none to measure only times."));
}

QString InputPanel::labelsProblem() const {
    return m_data->text().trimmed().isEmpty()
               ? QString()
               : missingFile(m_labels->text().trimmed(),
                             tr("Choose another file, or none to take the labels of the data."));
}

QString InputPanel::problem() const {
    if (const QString open = m_sizes->problem(); !open.isEmpty() && !dataTellsSizes())
        return open;
    for (const QString& file : {dataProblem(), labelsProblem()})
        if (!file.isEmpty())
            return file;
    return m_data->text().trimmed().isEmpty() || !m_takesPictures ? QString() : m_preprocessing->problem();
}

bool InputPanel::dataTellsSizes() const {
    return !m_takesPictures && !m_data->text().trimmed().isEmpty();
}

QLabel* InputPanel::makeFileProblem(const QString& name) {
    QLabel* label = textLabel();
    label->setObjectName(name);
    setTextColour(label, [] { return theme::asText(theme::slower()); });
    label->hide();
    return label;
}

void InputPanel::checkFiles() {
    if (!m_dataProblem->isHidden() || !m_labelsProblem->isHidden() || !dataProblem().isEmpty() ||
        !labelsProblem().isEmpty())
        onEdited();
}

void InputPanel::setLocked(bool locked) {
    m_sizes->setEnabled(!locked);
    m_dataSection->setEnabled(!locked);
    m_runSection->setEnabled(!locked);
    m_quantization->setEnabled(!locked);
}

void InputPanel::setData(const QString& path) {
    m_data->setText(path);
}

void InputPanel::setLabels(const QString& path) {
    m_labels->setText(path);
}

void InputPanel::keepFp32(const QStringList& layers) {
    m_quantization->keepFp32(layers);
}

void InputPanel::focusProblem() {
    if (!m_sizes->problem().isEmpty() && !dataTellsSizes())
        m_sizes->focusProblem();
    else if (!dataProblem().isEmpty())
        focusData();
    else if (!labelsProblem().isEmpty())
        m_labels->setFocus(Qt::OtherFocusReason);
}

void InputPanel::focusData() {
    m_data->setFocus(Qt::OtherFocusReason);
    m_data->selectAll();
}

void InputPanel::onEdited() {
    if (m_filling)
        return;
    const bool hasData = !m_data->text().trimmed().isEmpty();
    for (QWidget* widget :
         {static_cast<QWidget*>(m_labels), static_cast<QWidget*>(m_preprocessing), static_cast<QWidget*>(m_samples),
          static_cast<QWidget*>(m_calibration), static_cast<QWidget*>(m_judge)})
        widget->setEnabled(hasData);
    m_data->setToolTip(hasData
                           ? plain(m_data->text().toStdString())
                           : tr("Pictures: a folder with one sub-folder a class, a CSV of file and label, CIFAR, IDX, "
                                ".npz or an archive. Texts: a CSV or TSV with a column text, or a text each line. "
                                "Arrays: .npz, .npy or a folder of them, named after the "
                                "inputs. Recordings: a folder of .wav or .flac."));
    m_preview->setEnabled(hasData && problem().isEmpty());
    m_sizes->setFromData(dataTellsSizes());
    const std::pair<QLabel*, QString> ofFiles[] = {{m_dataProblem, dataProblem()}, {m_labelsProblem, labelsProblem()}};
    for (const auto& [label, text] : ofFiles) {
        label->setText(text);
        label->setVisible(!text.isEmpty());
    }
    const bool saidAtField = problem() == dataProblem() || problem() == labelsProblem();
    m_problem->setText(problem());
    m_problem->setVisible(!problem().isEmpty() && !saidAtField);
    emit settingsChanged();
}

} // namespace halftone
