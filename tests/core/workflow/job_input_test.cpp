// SPDX-License-Identifier: GPL-3.0-or-later
// Which pictures give ranges, which give accuracy, and what is said about the damaged ones.
#include "core/base/file.h"
#include "core/data/encode.h"
#include "core/workflow/jobs/job_input.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <unistd.h>

using namespace halftone;

namespace {

/// One input 1x3x2x2, one output of two classes.
Graph network() {
    Graph graph;
    graph.inputs = {graph.addValue({"x", ElementType::F32, {1, 3, 2, 2}})};
    graph.outputs = {graph.addValue({"y", ElementType::F32, {1, 2}})};
    return graph;
}

/// A folder of `count` pictures 000.png, 001.png ...
class Pictures {
public:
    explicit Pictures(int count)
        : m_folder(std::filesystem::temp_directory_path() / fmt::format("halftone-input-{}", getpid())) {
        std::filesystem::create_directory(m_folder);
        const std::vector<std::byte> png = encodePng({2, 2, 3, std::vector<uint8_t>(12, 7)});
        for (int i = 0; i < count; ++i)
            write(i, {reinterpret_cast<const char*>(png.data()), png.size()});
    }
    ~Pictures() { std::filesystem::remove_all(m_folder); }

    void write(int index, std::string_view content) const {
        writeFileAtomically((m_folder / fmt::format("{:03}.png", index)).string(), content);
    }
    JobInput input(int64_t samples, int64_t calibration) const {
        JobRequest request;
        request.dataPath = m_folder.string();
        request.maxSamples = samples;
        request.calibrationSamples = calibration;
        return JobInput(request, {{}, network(), {}}, openData(request));
    }

private:
    std::filesystem::path m_folder;
};

/// "20 + 80, 0 shared"
std::string split(const JobInput& input) {
    std::vector<int64_t> both;
    std::ranges::set_intersection(input.calibration(), input.evaluation(), std::back_inserter(both));
    CHECK(static_cast<int64_t>(both.size()) == input.alsoCalibrated());
    CHECK(input.describe()->samples == static_cast<int64_t>(input.evaluation().size()));
    return fmt::format("{} + {}, {} shared", input.calibration().size(), input.evaluation().size(), both.size());
}

} // namespace

TEST_CASE("Accuracy is taken on pictures that were not calibrated with, as long as there are enough") {
    const Pictures pictures(100);
    CHECK(split(pictures.input(0, 20)) == "20 + 80, 0 shared");
    CHECK(split(pictures.input(100, 20)) == "20 + 80, 0 shared");
    CHECK(split(pictures.input(80, 20)) == "20 + 80, 0 shared");
    CHECK(split(pictures.input(30, 20)) == "20 + 30, 0 shared"); // as many as asked for, from the rest
    CHECK(split(pictures.input(5, 20)) == "20 + 5, 0 shared");
    CHECK(split(pictures.input(0, 50)) == "50 + 50, 0 shared");
    CHECK(pictures.input(0, 20).note().code == "held-out-pictures");
}

TEST_CASE("Where too few pictures are left, all that were asked for are evaluated, and how many are shared is told") {
    const Pictures pictures(100);
    CHECK(split(pictures.input(0, 51)) == "51 + 100, 51 shared");
    CHECK(split(pictures.input(0, 1000)) == "100 + 100, 100 shared");
    CHECK(split(pictures.input(20, 90)) == "90 + 20, 20 shared");
    const Diagnostic note = pictures.input(0, 51).note();
    CHECK(note.code == "calibration-overlap");
    CHECK_THAT(note.message, StartsWith("51 of the 100 evaluated pictures were also used"));
}

TEST_CASE("Damaged pictures are counted and named once they were met") {
    const Pictures pictures(10);
    for (const int index : {1, 4, 9})
        pictures.write(index, index == 9 ? "" : "no picture");
    const JobInput input = pictures.input(0, 5);
    CHECK(input.findings().empty());
    std::vector<float> values(12);
    for (int64_t i = 0; i < input.samples().size(); ++i)
        CHECK(input.samples().tryFill(i, values) == (i != 1 && i != 4 && i != 9));
    REQUIRE(input.findings().size() == 1);
    const auto found = std::optional(input.findings().front());
    CHECK(found->code == "damaged-pictures");
    CHECK(found->severity == Severity::Warning);
    CHECK_THAT(found->message,
               StartsWith("3 pictures could not be read and were left out: 001.png, 004.png, 009.png.") &&
                   Contains("The first one: ") && Contains("not a PNG or JPEG picture"));
    CHECK(found->where == "001.png");
}
