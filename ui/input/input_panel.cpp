// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/input_panel.h"

#include "core/report/model_input.h"
#include "core/report/port_shape.h"
#include "ui/format.h"
#include "ui/input/data_form.h"
#include "ui/input/input_form.h"
#include "ui/input/quantization_editor.h"
#include "ui/input/size_fields.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/widgets/parts.h"

#include <QApplication>
#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>
#include <QThread>
#include <QVBoxLayout>
#include <algorithm>
#include <ranges>

namespace halftone {

namespace {

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

} // namespace

InputPanel::InputPanel(QWidget* parent) : QWidget(parent) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * theme::grid, 2 * theme::grid, 2 * theme::grid, 2 * theme::grid);
    layout->setSpacing(2 * theme::grid);
    layout->addWidget(makeModelSection());
    layout->addWidget(m_data = new DataForm);
    layout->addWidget(m_runSection = makeRunSection());
    layout->addWidget(m_quantization = new QuantizationEditor);
    m_problem = new QLabel;
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->setObjectName(QStringLiteral("settingsProblem"));
    m_problem->hide();
    layout->addWidget(m_problem);
    layout->addStretch();

    connect(m_data, &DataForm::changed, this, &InputPanel::onEdited);
    connect(m_data, &DataForm::folderRequested, this, &InputPanel::dataFolderRequested);
    connect(m_data, &DataForm::fileRequested, this, &InputPanel::dataFileRequested);
    connect(m_data, &DataForm::labelsRequested, this, &InputPanel::labelsRequested);
    connect(m_data, &DataForm::previewRequested, this, &InputPanel::previewRequested);
    for (QSpinBox* box : {m_threads, m_batch})
        connect(box, &QSpinBox::valueChanged, this, &InputPanel::onEdited);
    connect(m_time, &QDoubleSpinBox::valueChanged, this, &InputPanel::onEdited);
    for (const QCheckBox* box : m_precisions)
        connect(box, &QCheckBox::toggled, this, &InputPanel::onEdited);
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
    m_data->setEnabled(about);
    m_runSection->setEnabled(about);
    m_quantization->setEnabled(about);
    m_sizes->setModel(nullptr);
    m_data->setTakesPictures(!about || about->model.inputs.empty() || takesPictures(about->model));
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
    m_data->fill(request);
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
    m_data->setRequest(request);
    m_threads->setValue(request.threads);
    m_batch->setValue(fittingCount(request.batch));
    m_time->setValue(request.timeBudgetS);
    for (const auto& [precision, box] : m_precisions.asKeyValueRange())
        box->setChecked(box->isEnabled() && std::ranges::count(request.precisions, precision) > 0);
    m_quantization->setValue(request.quantization);
    m_sizes->setValue(request.sizes.sizes);
    m_filling = false;
    onEdited();
}

QString InputPanel::problem() const {
    const QString open = m_sizes->problem();
    return open.isEmpty() || m_data->tellsSizes() ? m_data->problem() : open;
}

void InputPanel::checkFiles() {
    m_data->checkFiles();
}

void InputPanel::setLocked(bool locked) {
    m_sizes->setEnabled(!locked);
    m_data->setEnabled(!locked);
    m_runSection->setEnabled(!locked);
    m_quantization->setEnabled(!locked);
}

void InputPanel::setData(const QString& path) {
    m_data->setData(path);
}

void InputPanel::setLabels(const QString& path) {
    m_data->setLabels(path);
}

void InputPanel::keepFp32(const QStringList& layers) {
    m_quantization->keepFp32(layers);
}

void InputPanel::focusProblem() {
    if (!m_sizes->problem().isEmpty() && !m_data->tellsSizes())
        m_sizes->focusProblem();
    else
        m_data->focusProblem();
}

void InputPanel::focusData() {
    m_data->focusData();
}

void InputPanel::onEdited() {
    if (m_filling)
        return;
    m_data->showState(problem().isEmpty());
    m_sizes->setFromData(m_data->tellsSizes());
    m_problem->setText(problem());
    m_problem->setVisible(!problem().isEmpty() && !m_data->saysAtField(problem()));
    emit settingsChanged();
}

} // namespace halftone
