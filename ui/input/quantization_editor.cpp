// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/input/quantization_editor.h"

#include "ui/format.h"
#include "ui/input/input_form.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halftone {

namespace {

template <class Enum> std::string nameOf(Enum value) {
    return std::string(nameIn(value));
}
template <class Enum> std::string nameOf(const std::optional<Enum>& value) {
    return value ? nameOf(*value) : "auto";
}
template <class Enum> void choose(Enum& value, const std::string& name) {
    value = valueNamed<Enum>(name).value_or(value);
}
template <class Enum> void choose(std::optional<Enum>& value, const std::string& name) {
    value = valueNamed<Enum>(name); // "auto" is none
}

} // namespace

QuantizationEditor::QuantizationEditor(QWidget* parent)
    : QWidget(parent), m_disclose(new QToolButton), m_summary(new QLabel), m_values(makeValues()) {
    m_disclose->setText(tr("Quanti&zation"));
    m_disclose->setObjectName(QStringLiteral("quantization"));
    m_disclose->setCheckable(true);
    m_disclose->setAutoRaise(true);
    m_disclose->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_disclose->setArrowType(Qt::RightArrow);
    QFont bold = m_disclose->font();
    bold.setWeight(QFont::DemiBold);
    m_disclose->setFont(bold);
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_summary->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // must not widen the panel
    m_summary->setObjectName(QStringLiteral("quantizationSummary"));
    m_values->hide();
    connect(m_disclose, &QToolButton::toggled, this, [this](bool open) {
        m_disclose->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
        m_values->setVisible(open);
    });

    auto* head = new QHBoxLayout;
    head->setSpacing(theme::grid);
    head->addWidget(m_disclose);
    head->addWidget(m_summary, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addLayout(head);
    layout->addWidget(m_values);
    setValue({});
}

template <class Member>
void QuantizationEditor::addChoice(const char* name, const QString& label, const QList<NamedChoice>& choices,
                                   Member QuantizeOptions::*member, const QString& tip) {
    auto* box = new QComboBox;
    for (const NamedChoice& choice : choices) {
        box->addItem(choice.text, QString::fromLatin1(choice.name));
        box->setItemData(box->count() - 1, choice.tip, Qt::ToolTipRole);
    }
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setToolTip(tip);
    box->setObjectName(QLatin1String(name));
    connect(box, &QComboBox::currentIndexChanged, this, &QuantizationEditor::onEdited);
    addField(m_form, label, box);
    m_choices.push_back({box, [member](const QuantizeOptions& value) { return nameOf(value.*member); },
                         [member](QuantizeOptions& value, const std::string& name) { choose(value.*member, name); }});
}

QWidget* QuantizationEditor::makeValues() {
    auto* values = new QWidget;
    m_form = compactForm();
    addChoice("ranges", tr("Ranges"), usualRangeMethods(), &QuantizeOptions::ranges,
              tr("How the range of an activation is found in the calibration samples"));
    m_percentile = new QDoubleSpinBox;
    m_percentile->setRange(50, 100);
    m_percentile->setDecimals(4);
    m_percentile->setSingleStep(0.01);
    m_percentile->setSuffix(QStringLiteral(" %"));
    m_percentile->setObjectName(QStringLiteral("percentile"));
    m_percentile->setToolTip(tr("Share of the values that lies inside the range"));
    addField(m_form, tr("Inside"), m_percentile);
    addChoice("scheme", tr("Scheme"), schemes(), &QuantizeOptions::scheme, tr("Grids of activations"));
    addChoice("weights", tr("Weights"), weightScales(), &QuantizeOptions::weights, tr("Scales of the weights"));
    addChoice("weightLimit", tr("Weight codes"), weightLimits(), &QuantizeOptions::weightLimit,
              tr("How large the codes of weights may be"));
    addChoice("biasCorrection", tr("Correct bias"), switches(), &QuantizeOptions::biasCorrection,
              tr("Shift each channel back by the mean error of its weights' rounding"));
    addChoice("equalization", tr("Equalize"), switches(), &QuantizeOptions::equalization,
              tr("Move scale between neighbouring layers so that their channels fill the same range"));
    addChoice("smoothing", tr("Smooth"), switches(), &QuantizeOptions::smoothing,
              tr("Divide channels that are far larger than others, and multiply the weights that read them: for "
                 "transformers"));
    addChoice("rounding", tr("Fit rounding"), switches(), &QuantizeOptions::rounding,
              tr("Round each weight up or down by what the layer's result shows, not by the nearest; takes longer"));
    m_first = new QCheckBox(tr("First layer in fp32"));
    m_last = new QCheckBox(tr("Last layer in fp32"));
    m_first->setObjectName(QStringLiteral("firstFp32"));
    m_last->setObjectName(QStringLiteral("lastFp32"));
    for (QCheckBox* box : {m_first, m_last}) {
        box->setToolTip(tr("Of the layers with weights"));
        connect(box, &QCheckBox::toggled, this, &QuantizationEditor::onEdited);
    }
    connect(m_percentile, &QDoubleSpinBox::valueChanged, this, &QuantizationEditor::onEdited);
    auto* defaults = new QPushButton(tr("Defaults"));
    defaults->setToolTip(tr("Back to the settings that suit most networks"));
    connect(defaults, &QPushButton::clicked, this, [this] { setValue({}); });

    auto* layout = new QVBoxLayout(values);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addLayout(m_form);
    layout->addWidget(m_first);
    layout->addWidget(m_last);
    layout->addWidget(m_exceptions = makeExceptions());
    layout->addWidget(defaults, 0, Qt::AlignLeft);
    return values;
}

QWidget* QuantizationEditor::makeExceptions() {
    auto* exceptions = new QWidget;
    m_list = new QListWidget;
    m_list->setObjectName(QStringLiteral("exceptions"));
    m_list->setAccessibleName(tr("Exceptions"));
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFixedHeight(11 * theme::grid);
    m_remove = new QPushButton(tr("Remove"));
    m_remove->setObjectName(QStringLiteral("removeException"));
    auto* removeKey = new QAction(tr("Remove"), m_list);
    removeKey->setShortcut(QKeySequence::Delete);
    removeKey->setShortcutContext(Qt::WidgetShortcut);
    m_list->addAction(removeKey);
    connect(removeKey, &QAction::triggered, this, &QuantizationEditor::removeSelected);
    connect(m_remove, &QPushButton::clicked, this, &QuantizationEditor::removeSelected);
    connect(m_list, &QListWidget::itemSelectionChanged, this,
            [this] { m_remove->setEnabled(!m_list->selectedItems().isEmpty()); });
    auto* name = new QLabel(tr("Exceptions"));
    name->setBuddy(m_list);
    auto* layout = new QVBoxLayout(exceptions);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::grid / 2);
    layout->addWidget(name);
    layout->addWidget(m_list);
    layout->addWidget(m_remove, 0, Qt::AlignLeft);
    return exceptions;
}

QuantizeOptions QuantizationEditor::value() const {
    QuantizeOptions value;
    for (const Choice& choice : m_choices)
        choice.set(value, choice.box->currentData().toString().toStdString());
    value.percentile = m_percentile->value();
    value.rangesOf = m_rangesOf;
    value.keepFp32 = m_kept;
    value.keepFirstFp32 = m_first->isChecked();
    value.keepLastFp32 = m_last->isChecked();
    return value;
}

void QuantizationEditor::setValue(const QuantizeOptions& value) {
    m_filling = true;
    for (const Choice& choice : m_choices)
        choice.box->setCurrentIndex(std::max(0, choice.box->findData(QString::fromStdString(choice.name(value)))));
    m_percentile->setValue(value.percentile);
    m_rangesOf = value.rangesOf;
    m_kept = value.keepFp32;
    m_first->setChecked(value.keepFirstFp32);
    m_last->setChecked(value.keepLastFp32);
    m_filling = false;
    showExceptions();
    onEdited();
}

void QuantizationEditor::keepFp32(const QStringList& layers) {
    for (const QString& layer : layers)
        if (const std::string name = layer.toStdString(); std::ranges::count(m_kept, name) == 0)
            m_kept.push_back(name);
    showExceptions();
    onEdited();
}

void QuantizationEditor::showExceptions() {
    m_list->clear();
    const auto add = [this](const std::string& name, const QString& what, bool layer) {
        auto* item = new QListWidgetItem(QStringLiteral("%1: %2").arg(what, plain(name)), m_list);
        item->setToolTip(item->text());
        item->setData(Qt::UserRole, QString::fromStdString(name));
        item->setData(Qt::UserRole + 1, layer);
    };
    for (const std::string& layer : m_kept)
        add(layer, QStringLiteral("fp32"), true);
    for (const auto& [tensor, method] : m_rangesOf)
        add(tensor, QString::fromStdString(nameOf(method)), false);
    m_exceptions->setVisible(m_list->count() > 0);
    m_remove->setEnabled(false);
}

void QuantizationEditor::removeSelected() {
    for (const QListWidgetItem* item : m_list->selectedItems()) {
        const std::string name = item->data(Qt::UserRole).toString().toStdString();
        if (item->data(Qt::UserRole + 1).toBool())
            std::erase(m_kept, name);
        else
            m_rangesOf.erase(name);
    }
    showExceptions();
    onEdited();
}

QString QuantizationEditor::summary() const {
    const QuantizeOptions now = value(), usual;
    int different = 0;
    for (const Choice& choice : m_choices)
        different += choice.name(now) != choice.name(usual);
    different += now.keepFirstFp32 + now.keepLastFp32;
    QStringList parts;
    if (different > 0)
        parts += tr("%1 chosen").arg(different);
    if (!now.keepFp32.empty())
        parts += tr("%1 kept in fp32").arg(now.keepFp32.size());
    if (!now.rangesOf.empty())
        parts += tr("%1 own ranges").arg(now.rangesOf.size());
    return parts.isEmpty() ? tr("defaults") : parts.join(QStringLiteral(", "));
}

void QuantizationEditor::onEdited() {
    if (m_filling)
        return;
    const bool byPercentile = value().ranges == RangeMethod::Percentile;
    m_form->setRowVisible(m_percentile, byPercentile);
    m_summary->setText(summary());
    m_summary->setToolTip(summary());
    emit changed();
}

} // namespace halftone
