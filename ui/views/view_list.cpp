// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/view_list.h"

#include "ui/views/conversions/conversions_panel.h"
#include "ui/views/errors/errors_panel.h"
#include "ui/views/isas/isas_panel.h"
#include "ui/views/layers/layers_panel.h"
#include "ui/views/limits/limits_panel.h"
#include "ui/views/overview/overview_panel.h"
#include "ui/views/planner/planner_panel.h"
#include "ui/views/ranges/ranges_panel.h"
#include "ui/views/samples/samples_panel.h"
#include "ui/views/sweep/sweep_panel.h"

namespace halftone {

namespace {

template <class Panel> View* make(Document& document) {
    return new Panel(document);
}

} // namespace

const QList<ViewFactory>& viewFactories() {
    static const QList<ViewFactory> factories{
        make<OverviewPanel>, make<LayersPanel>,      make<RangesPanel>, make<ErrorsPanel>, make<SamplesPanel>,
        make<PlannerPanel>,  make<ConversionsPanel>, make<LimitsPanel>, make<SweepPanel>,  make<IsasPanel>};
    return factories;
}

} // namespace halftone
