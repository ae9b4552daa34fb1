// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/planner/plan_setup.h"

#include "ui/facts/plan.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace halftone {

PlanSetup::PlanSetup(QWidget* parent)
    : QWidget(parent), m_drop(new QDoubleSpinBox), m_kind(new QComboBox), m_time(new QDoubleSpinBox),
      m_note(new QLabel), m_find(new QPushButton(tr("Find plan"))) {
    m_drop->setRange(0, 100);
    m_drop->setDecimals(2);
    m_drop->setSingleStep(0.1);
    m_drop->setObjectName(QStringLiteral("maxDrop"));
    m_drop->setToolTip(
        tr("Largest drop of top-1 against fp32 that the plan may have; without labels, of the share of samples that "
           "get the same class as in fp32. Where there are no classes, 1 means the usual 10 % of the outputs"));
    m_kind->addItem(tr("points"));
    m_kind->addItem(tr("% of fp32"));
    m_kind->setObjectName(QStringLiteral("dropKind"));
    m_kind->setAccessibleName(tr("Unit of the largest drop"));
    m_kind->setToolTip(tr("Points: 76.0 to 75.0 % is one. %% of fp32: from 76.0 % one per cent leads to 75.24 %.")
                           .replace(QStringLiteral("%%"), QStringLiteral("%")));
    m_time->setRange(1, 36000);
    m_time->setDecimals(0);
    m_time->setSuffix(tr(" s"));
    m_time->setObjectName(QStringLiteral("planTime"));
    m_time->setToolTip(tr("For everything: sensitivity of the layers, choice, and measuring the plans"));
    m_note->setObjectName(QStringLiteral("pinsNote"));
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_find->setObjectName(QStringLiteral("findPlan"));
    setRequest(usualRequest(JobKind::Plan));

    auto* drop = new QLabel(tr("Accept a &drop of"));
    drop->setBuddy(m_drop);
    auto* time = new QLabel(tr("within"));
    time->setBuddy(m_time);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(theme::grid);
    line->addWidget(drop);
    line->addWidget(m_drop);
    line->addWidget(m_kind);
    line->addWidget(time);
    line->addWidget(m_time);
    line->addWidget(m_note, 1);
    line->addWidget(m_find);
    connect(m_find, &QPushButton::clicked, this, &PlanSetup::planRequested);
}

void PlanSetup::complete(JobRequest& request) const {
    request.plan.relative = m_kind->currentIndex() == 1;
    // The usual one is left to the planner: networks without classes have another.
    const bool usual = m_drop->value() == kUsualMaxDrop && !request.plan.relative;
    request.plan.maxDrop = usual ? std::nullopt : std::optional(m_drop->value());
    request.plan.pins.clear();
    for (const auto& [layer, pin] : m_pins.asKeyValueRange())
        request.plan.pins[layer.toStdString()] = pin == u"int8" ? Precision::Int8 : Precision::Fp32;
    request.timeBudgetS = m_time->value();
}

void PlanSetup::setRequest(const JobRequest& request) {
    m_drop->setValue(request.plan.maxDrop.value_or(kUsualMaxDrop));
    m_kind->setCurrentIndex(request.plan.relative ? 1 : 0);
    m_time->setValue(request.timeBudgetS);
}

void PlanSetup::setPins(const QMap<QString, QString>& pins, bool changed) {
    m_pins = pins;
    const QString count = pins.size() == 1 ? tr("1 pin") : tr("%1 pins").arg(pins.size());
    m_note->setText(changed          ? tr("%1, changed since this plan").arg(pins.isEmpty() ? tr("no pins") : count)
                    : pins.isEmpty() ? QString()
                                     : count);
}

void PlanSetup::setReady(bool ready) {
    m_find->setEnabled(ready);
}

} // namespace halftone
