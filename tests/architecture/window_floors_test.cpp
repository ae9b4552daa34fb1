// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/include_rules.h"
#include "tests/support/catch.h"

namespace {

bool allowed(const char* file, const char* target) {
    return halftone::test::violation(file, target).empty();
}

} // namespace

TEST_CASE("Includes inside of the window only go down") {
    CHECK(allowed("ui/plots/front_plot.cpp", "ui/facts/plan.h"));
    CHECK(allowed("ui/models/table_view.cpp", "ui/settings.h"));
    CHECK(allowed("ui/widgets/filter_bar.h", "ui/models/chip.h"));
    CHECK(allowed("ui/views/layers/layers_panel.cpp", "ui/views/layers/layer_detail.h"));
    CHECK(allowed("ui/views/layers/layers_panel.h", "ui/views/table_page.h"));
    CHECK(allowed("ui/views/sweep/sweep_grid.h", "ui/plots/heat_map.h"));
    CHECK(allowed("ui/views/view_list.cpp", "ui/views/layers/layers_panel.h"));
    CHECK(allowed("ui/frame/runs_panel.cpp", "ui/runs/run_store.h"));
    CHECK(allowed("ui/main_window_state.cpp", "ui/frame/status_bar.h"));
    CHECK(allowed("ui/main_window.cpp", "ui/views/view.h"));

    CHECK_FALSE(allowed("ui/facts/plan.cpp", "ui/models/plan_table.h"));
    CHECK_FALSE(allowed("ui/plots/front_plot.cpp", "ui/models/plan_table.h"));
    CHECK_FALSE(allowed("ui/models/sample_list.h", "ui/plots/heat_map.h"));
    CHECK_FALSE(allowed("ui/models/error_table.h", "ui/widgets/filter_bar.h"));
    CHECK_FALSE(allowed("ui/widgets/parts.cpp", "ui/views/view.h"));
    CHECK_FALSE(allowed("ui/views/layers/layers_panel.cpp", "ui/views/ranges/ranges_panel.h"));
    CHECK_FALSE(allowed("ui/views/view.cpp", "ui/views/layers/layers_panel.h"));
    CHECK_FALSE(allowed("ui/views/overview/overview_panel.cpp", "ui/frame/status_bar.h"));
    CHECK_FALSE(allowed("ui/dialogs/preview_dialog.cpp", "ui/input/input_panel.h"));
    CHECK_FALSE(allowed("ui/views/view.h", "ui/main_window.h"));
    CHECK_FALSE(allowed("ui/main_window.cpp", "ui/views/layers/layers_panel.h"));
    CHECK_FALSE(allowed("ui/session.cpp", "ui/runs/run_store.h"));
    CHECK_FALSE(allowed("ui/attic/new.cpp", "ui/theme.h"));
}
