// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli preview: pictures of what the network will see, and the ranges of its input.
#include "core/base/file.h"
#include "core/data/dataset.h"
#include "core/data/preprocess.h"
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

Preview previewIn(const TemporaryFolder& folder) {
    return previewFromJson(readText(folder.path("preview.json")), "preview.json");
}

Picture pictureIn(const TemporaryFolder& folder, const std::string& name) {
    return decodePicture(readFile(folder.path(name), 1 << 24), name);
}

} // namespace

TEST_CASE("A preview writes the stored picture, what the network sees, and the values it gets") {
    const TemporaryFolder folder;
    const Finished finished = runCli({"preview", sampleModel(), "--data", sampleData(), "--preset", "fashion-mnist",
                                      "--samples", "0,17", "--out", folder.path()});
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    CHECK_THAT(finished.out, StartsWith("1000 pictures; the network sees 28 x 28, 1 channel\n0: #0, label 9, 28 x 28; "
                                        "values from -0.81 to 2.02, mean "));
    CHECK(folder.names() ==
          std::vector<std::string>{"0-network.png", "0-stored.png", "17-network.png", "17-stored.png", "preview.json"});
    const Preview preview = previewIn(folder);
    CHECK(preview.size == 1000);
    CHECK(preview.labelled);
    REQUIRE(preview.samples.size() == 2);
    const auto dataset = openPictures(sampleData());
    for (const PreviewedSample& sample : preview.samples) {
        const Picture stored = dataset->picture(sample.index);
        CHECK(pictureIn(folder, sample.stored) == stored);
        CHECK(pictureIn(folder, sample.network) == stored); // 28 x 28 and grey already
        CHECK(sample.label == dataset->sample(sample.index).label);
        REQUIRE(sample.channels.size() == 1);
        const auto [min, max] = std::ranges::minmax(stored.pixels);
        CHECK(sample.channels[0].min == Approx((min - 72.94) / 90.02));
        CHECK(sample.channels[0].max == Approx((max - 72.94) / 90.02));
    }
}

TEST_CASE("Without a model the size is that of the crop, and wrong values show in the range") {
    const TemporaryFolder folder;
    const Finished finished =
        runCli({"preview", "--data", sampleData(), "--crop", "20", "--resize", "40", "--mean", "0", "--std", "0.5",
                "--samples", "3", "--out", folder.path("new"), "--progress", "jsonl"});
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    CHECK(jsonLines(finished.out).back()["report"] == folder.path("new/preview.json"));
    const Preview preview = previewFromJson(readText(folder.path("new/preview.json")), "preview.json");
    CHECK(preview.networkWidth == 20);
    CHECK(preview.networkHeight == 20);
    CHECK(preview.networkChannels == 3); // RGB is asked for
    CHECK(preview.samples.at(0).channels.at(2).max > 400);
    CHECK(decodePicture(readFile(folder.path("new/3-network.png"), 1 << 24), "").width == 20);
}

TEST_CASE("Without a choice some samples of the whole data set are shown") {
    const TemporaryFolder folder;
    REQUIRE(runCli({"preview", "--data", sampleData(), "--out", folder.path()}).exitCode == 0);
    const Preview preview = previewIn(folder);
    CHECK(preview.samples.size() == 8);
    CHECK(preview.samples.back().index == 875);
    CHECK(preview.networkWidth == 28); // neither model nor crop: the picture's own size
}

TEST_CASE("A sample that does not exist, one that is damaged and a folder that cannot be are told") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::vector<std::string>& words) {
        const Finished finished = runCli(words);
        CHECK(finished.exitCode != 0);
        return finished.err;
    };
    CHECK_THAT(refused({"preview", "--data", sampleData(), "--samples", "1000", "--out", folder.path()}),
               Contains("There is no sample 1000; the data set has the samples 0 to 999."));
    CHECK_THAT(refused({"preview", "--data", sampleData(), "--samples", "0", "--out", sampleData()}),
               Contains("cannot create the folder") || Contains("cannot be written"));
    CHECK_THAT(refused({"preview", "--out", folder.path()}), Contains("--data"));
    folder.write("a.png", "no picture");
    const Finished finished = runCli({"preview", "--data", folder.path(), "--out", folder.path("out")});
    CHECK(finished.exitCode == 0);
    CHECK_THAT(finished.out, Contains("0: a.png: ") && Contains("not a PNG or JPEG picture"));
}
