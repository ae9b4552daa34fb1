// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/include_rules.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

/// A tree of sources that is removed at the end.
class Sources {
public:
    Sources() : m_root(fs::temp_directory_path() / ("halftone-architecture-" + std::to_string(getpid()))) {
        fs::remove_all(m_root);
    }
    ~Sources() { fs::remove_all(m_root); }
    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((m_root / path).parent_path());
        std::ofstream(m_root / path) << text;
    }
    std::string root() const { return m_root.string(); }

private:
    fs::path m_root;
};

bool allowed(const std::string& file, const std::string& target) {
    return violation(file, target).empty();
}

} // namespace

TEST_CASE("The sources keep to their floors and doors") {
    const Scan scan = scanSources((fs::path(testsDir()) / "..").string());
    CHECK(scan.files >= 100); // nothing scanned would prove nothing
    CHECK(scan.includes >= 500);
    for (const std::string& violation : scan.violations)
        FAIL_CHECK(violation);
}

TEST_CASE("A broken rule in any source is found") {
    Sources sources;
    sources.write("core/graph/graph.h", "#include <vector>\n#include \"core/base/error.h\"\n");
    CHECK(scanSources(sources.root()).violations.empty());
    CHECK(scanSources(sources.root()).files == 1);

    sources.write("core/graph/deep/er.cpp", "  #  include <QString>\n");
    sources.write("ui/views/layers/panel.cpp", "#include \"core/engine/plan/plan.h\"\r\n");
    sources.write("app/cli.cpp", "#include <oneapi/dnnl/dnnl.hpp>");
    sources.write("core/graph/notes.md", "#include <QString>\n");
    const Scan scan = scanSources(sources.root());
    CHECK(scan.files == 4);
    CHECK(scan.violations ==
          std::vector<std::string>{"app/cli.cpp includes oneapi/dnnl/dnnl.hpp: oneDNN is used in core/engine only",
                                   "core/graph/deep/er.cpp includes QString: core knows no Qt",
                                   "ui/views/layers/panel.cpp includes core/engine/plan/plan.h: ui knows core/report, "
                                   "core/request and core/base only"});
}

TEST_CASE("A folder without sources is seen to be one") {
    CHECK(scanSources(Sources().root()).files == 0);
}

TEST_CASE("Include lines are read as the preprocessor reads them") {
    CHECK(includesOf("#include <a>\n# include \"b/c.h\" // why\n\t#include<d>") ==
          std::vector<std::string>{"a", "b/c.h", "d"});
    CHECK(includesOf("// #include <a>\n/*\n#include <b>\n*/\n#include <c>\n/* one line */\n#include <d>\n") ==
          std::vector<std::string>{"c", "d"});
    CHECK(includesOf("// core/*.cpp\n#include <a>\nf(\"*/*.png\");\n#include <b>\n") ==
          std::vector<std::string>{"a", "b"});
    CHECK(includesOf("#define include 1\nconst char* text = \"#include <a>\";\n#includ").empty());
    CHECK(includesOf("").empty());
}

TEST_CASE("Each library has one door") {
    CHECK(allowed("core/engine/plan/plan.cpp", "oneapi/dnnl/dnnl.hpp"));
    CHECK_FALSE(allowed("core/profile/measure.cpp", "oneapi/dnnl/dnnl.hpp"));
    CHECK_FALSE(allowed("core/workflow/jobs/profile.cpp", "dnnl.hpp"));
    CHECK(allowed("core/report/json.cpp", "nlohmann/json.hpp"));
    CHECK(allowed("app/progress.cpp", "nlohmann/json.hpp"));
    CHECK(allowed("core/data/text/json_node.h", "nlohmann/json.hpp"));
    CHECK_FALSE(allowed("core/data/npy.cpp", "nlohmann/json.hpp"));
    CHECK_FALSE(allowed("core/workflow/jobs/profile.cpp", "nlohmann/json.hpp"));
    CHECK_FALSE(allowed("ui/runner.cpp", "nlohmann/json.hpp"));
    CHECK(allowed("core/data/text/unicode.cpp", "unicode/uchar.h"));
    CHECK_FALSE(allowed("core/data/labels.cpp", "unicode/uchar.h"));
    CHECK_FALSE(allowed("ui/format.cpp", "unicode/uchar.h"));
    CHECK(allowed("ui/plots/share_bar.cpp", "qcustomplot.h"));
    CHECK_FALSE(allowed("ui/views/overview/overview_panel.cpp", "qcustomplot.h"));
    CHECK_FALSE(allowed("ui/plots.cpp", "qcustomplot.h"));
    CHECK(allowed("ui/main_window.cpp", "QMainWindow"));
    CHECK(allowed("ui/settings.cpp", "QSettings"));
    CHECK_FALSE(allowed("ui/views/layers/layers_panel.cpp", "QSettings"));
    CHECK_FALSE(allowed("ui/settings.h", "QSettings")); // or all that include it could open it
    for (const char* header : {"QString", "QtGlobal", "QtCore/QString"})
        CHECK_FALSE(allowed("core/report/json.cpp", header));
}

TEST_CASE("Includes only go down") {
    CHECK(allowed("core/workflow/jobs/profile.cpp", "core/engine/plan/plan.h"));
    CHECK(allowed("core/profile/measure.h", "core/report/report.h"));
    CHECK(allowed("core/engine/plan/plan.cpp", "core/engine/plan/layout.h"));
    CHECK(allowed("app/cli.cpp", "core/workflow/jobs/profile.h"));
    CHECK(allowed("app/gui.cpp", "ui/main_window.h"));
    CHECK(allowed("ui/views/layers/panel.cpp", "core/report/csv.h"));
    CHECK(allowed("ui/views/layers/panel.cpp", "core/base/error.h"));

    CHECK_FALSE(allowed("core/base/file.cpp", "core/graph/graph.h"));
    CHECK_FALSE(allowed("core/graph/graph.cpp", "core/report/report.h"));
    CHECK_FALSE(allowed("core/report/json.cpp", "core/graph/graph.h"));
    CHECK_FALSE(allowed("core/passes/fold_bias.cpp", "core/engine/plan/plan.h"));
    CHECK_FALSE(allowed("core/formats/reader.cpp", "core/passes/passes.h"));
    CHECK_FALSE(allowed("core/engine/plan/plan.cpp", "core/profile/measure.h"));
    CHECK_FALSE(allowed("core/profile/measure.cpp", "core/workflow/tell/stages.h"));
    CHECK_FALSE(allowed("core/workflow/jobs/profile.cpp", "ui/format.h"));
    CHECK_FALSE(allowed("core/workflow/jobs/profile.cpp", "app/progress.h"));
    CHECK_FALSE(allowed("ui/runner.cpp", "app/progress.h"));
    CHECK_FALSE(allowed("ui/runner.cpp", "core/workflow/jobs/profile.h"));
    CHECK_FALSE(allowed("core/engine/plan/plan.cpp", "tests/support/catch.h"));
    CHECK_FALSE(allowed("core/attic/new.cpp", "core/base/error.h"));
}

TEST_CASE("Inside a room includes only go down, too") {
    CHECK(allowed("core/engine/lower/conv.cpp", "core/engine/kernels/depthwise.h"));
    CHECK(allowed("core/engine/compile.cpp", "core/engine/choose/int8_choice.h"));
    CHECK(allowed("core/workflow/jobs/profile.cpp", "core/workflow/tell/verdict.h"));
    CHECK(allowed("core/workflow/jobs/profile.cpp", "core/engine/compile.h"));
    CHECK_FALSE(allowed("core/engine/kernels/depthwise.cpp", "core/engine/plan/plan.h"));
    CHECK_FALSE(allowed("core/engine/plan/plan.cpp", "core/engine/compile.h"));
    CHECK_FALSE(allowed("core/engine/attic/new.cpp", "core/engine/plan/plan.h"));
    CHECK_FALSE(allowed("core/workflow/samples/feed.cpp", "core/workflow/network/load.h"));
}
