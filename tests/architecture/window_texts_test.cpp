// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/window_texts.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

/// Texts that are none of the window, though they look like it.
const std::set<std::string> notShown{
    "strip_unused_nodes(type=float, shape=\\\"1,224,224,3\\\")", // transforms, by their own names
    "remove_nodes(op=Identity, op=CheckNumerics)",
    "TensorFlow GraphDef",
    "FakeQuant",
    "FakeQuantize", // names that reports give
    " to ",
    " to\\n", // in figures that core words
    "Time",
    "Top1",
    "Sqnr",
    "Cosine",
    "Max", // ends of keys of columns
    "d MMM",
    "MMM yyyy",
    "d MMMM yyyy, HH:mm", // forms of dates
    "Fusion",             // a style of Qt
};

bool isShortcut(const std::string& text) {
    return text.starts_with("Ctrl+");
}

std::vector<std::string> untranslated(const std::string& source) {
    std::vector<std::string> texts;
    for (const Literal& literal : literalsOf(source))
        if (!literal.translated && isForPeople(literal.text))
            texts.push_back(literal.text);
    return texts;
}

} // namespace

TEST_CASE("Texts of the window go through tr()") {
    int translated = 0;
    std::set<std::string> met;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(testsDir()) / ".." / "ui")) {
        if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h")
            continue;
        std::ifstream stream(entry.path());
        for (const Literal& literal : literalsOf(std::string(std::istreambuf_iterator<char>(stream), {}))) {
            translated += literal.translated;
            if (literal.translated || !isForPeople(literal.text) || isShortcut(literal.text))
                continue;
            met.insert(literal.text);
            INFO(entry.path().filename().string() << ":" << literal.line << " shows \"" << literal.text
                                                  << "\" without tr() (Text::tr() where no QObject is)");
            CHECK(notShown.contains(literal.text));
        }
    }
    CHECK(translated >= 800); // nothing scanned would prove nothing
    for (const std::string& exception : notShown) {
        INFO("No source has this text any more; take it from the list of exceptions: " << exception);
        CHECK(met.contains(exception));
    }
}

TEST_CASE("A text without tr() is found") {
    CHECK(untranslated("label(QStringLiteral(\"No model\"));") == std::vector<std::string>{"No model"});
    CHECK(untranslated("label(\"Overview\");") == std::vector<std::string>{"Overview"});
    CHECK(untranslated("text += QStringLiteral(\", of %1\");") == std::vector<std::string>{", of %1"});
    CHECK(untranslated("attr(\"No model\")").size() == 1);
    CHECK(untranslated("f(tr(\"Not \"\n   \"this\"), \"but \"\n \"that\");") == std::vector<std::string>{"but that"});
    CHECK(untranslated("tr(\"a b\").arg(\"one \\\"two\\\" three\")").size() == 1);
    CHECK(untranslated("const int n = 1'000; g('\"', \"seen all the same\");").size() == 1);
}

TEST_CASE("Names, comments and translated texts are not taken for untranslated ones") {
    CHECK(
        untranslated("#include \"ui/a b.h\"\n// \"not this\"\n/* \"nor this\" */ tr(\"Yes\"); Text::tr(\n \"No too\");")
            .empty());
    CHECK(untranslated("setObjectName(\"timeBudget\"); key = \"layers/folded\"; unit = \" k\";").empty());
    CHECK(untranslated("\"%1 → %2\" \"\"").empty());
    CHECK(untranslated("").empty());
}
