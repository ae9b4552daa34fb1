// SPDX-License-Identifier: GPL-3.0-or-later
// One inference through the program: files in, files out.
#include "core/data/dataset.h"
#include "core/data/npy.h"
#include "core/data/preprocess.h"
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int side = 28;
constexpr size_t pixels = side * side;

/// Some pictures of the sample as the network wants them, one after the other.
std::vector<float> pictures(int count) {
    const auto dataset = openPictures(sampleData());
    std::vector<float> values(pixels * static_cast<size_t>(count));
    for (int i = 0; i < count; ++i)
        preprocess(dataset->picture(i * dataset->size() / count), preprocessingPreset("fashion-mnist"), 1, side, side,
                   std::span(values).subspan(static_cast<size_t>(i) * pixels, pixels));
    return values;
}

std::string inputName() {
    static const std::string name = [] {
        const TemporaryFolder folder;
        runCli({"inspect", sampleModel(), "--out", folder.path("model.json")});
        return loadReport(folder.path("model.json")).model.inputs.at(0).name;
    }();
    return name;
}

struct Ran {
    Finished finished;
    NpyArray array;
    std::vector<float> values;
};

/// Runs the sample on these pictures; the single output is read back.
Ran ran(std::span<const float> input, const std::vector<std::string>& more = {}, const std::string& threads = "1") {
    const TemporaryFolder folder;
    const auto count = static_cast<int64_t>(input.size() / pixels);
    saveNpyFloats(folder.path("x.npy"), {count, 1, side, side}, input);
    std::vector<std::string> words{"run",         "--input",  inputName() + "=" + folder.path("x.npy"),
                                   sampleModel(), "--output", folder.path("out/put"),
                                   "--threads",   threads};
    words.insert(words.end(), more.begin(), more.end());
    Ran result{runCli(words), {}, {}};
    INFO(result.finished.err);
    REQUIRE(result.finished.exitCode == 0);
    REQUIRE_THAT(result.finished.out, StartsWith(folder.path("out/put")) && EndsWith(".npy\n"));
    result.array = loadNpy(result.finished.out.substr(0, result.finished.out.size() - 1));
    result.values = toFloats(result.array);
    return result;
}

double absMax(const std::vector<float>& values) {
    double largest = 0;
    for (const float value : values)
        largest = std::max(largest, std::abs(static_cast<double>(value)));
    return largest;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    return largest;
}

/// Of row `row` of ten classes.
int64_t predicted(const std::vector<float>& values, size_t row) {
    const auto first = values.begin() + static_cast<int64_t>(10 * row);
    return std::max_element(first, first + 10) - first;
}

} // namespace

TEST_CASE("A batch of four gives what four single runs give") {
    const std::vector<float> input = pictures(4);
    const Ran batch = ran(input);
    CHECK(batch.array.descr == "<f4");
    CHECK(batch.array.shape == std::vector<int64_t>{4, 10});
    for (size_t i = 0; i < 4; ++i) {
        const Ran single = ran(std::span(input).subspan(i * pixels, pixels));
        CHECK(single.array.shape == std::vector<int64_t>{1, 10});
        const std::vector<float> row(batch.values.begin() + static_cast<int64_t>(10 * i),
                                     batch.values.begin() + static_cast<int64_t>(10 * i + 10));
        CHECK(distance(single.values, row) <= 1e-5 * absMax(batch.values));
    }
}

TEST_CASE("The number of threads does not change the result beyond rounding") {
    const std::vector<float> input = pictures(3);
    const Ran one = ran(input), two = ran(input, {}, "2");
    CHECK(distance(one.values, two.values) <= 1e-5 * absMax(one.values));
    CHECK(ran(input).values == one.values);
}

TEST_CASE("int8 is close to fp32, with ranges from data and from the input alone") {
    const std::vector<float> input = pictures(8);
    const Ran fp32 = ran(input);
    const std::vector<std::string> int8{"--precision", "int8"};
    std::vector<std::string> calibrated = int8;
    calibrated.insert(calibrated.end(), {"--data", sampleData(), "--preset", "fashion-mnist", "--calibration", "50"});
    for (const auto& words : {int8, calibrated}) {
        const Ran quantized = ran(input, words);
        const double far = distance(fp32.values, quantized.values);
        CHECK(far > 0); // it is not fp32 again
        CHECK(far <= 0.1 * absMax(fp32.values));
        int agreeing = 0;
        for (size_t row = 0; row < 8; ++row)
            agreeing += predicted(fp32.values, row) == predicted(quantized.values, row);
        CHECK(agreeing >= 7);
    }
}

TEST_CASE("Most pictures are recognized, so that close outputs are not close to nonsense") {
    const auto dataset = openPictures(sampleData());
    const Ran fp32 = ran(pictures(20));
    int right = 0;
    for (size_t row = 0; row < 20; ++row)
        right += predicted(fp32.values, row) == dataset->sample(static_cast<int64_t>(row) * dataset->size() / 20).label;
    CHECK(right >= 15);
}

TEST_CASE("Inputs that the network does not want are refused with what it wants") {
    const TemporaryFolder folder;
    const std::string good = folder.path("good.npy"), flat = folder.path("flat.npy"), large = folder.path("large.npy");
    const std::string none = folder.path("none.npy");
    const std::vector<float> input = pictures(2);
    saveNpyFloats(good, {2, 1, side, side}, input);
    saveNpyFloats(flat, {2, side, side}, input);
    saveNpyFloats(large, {2, 1, side * side}, input);
    saveNpyFloats(none, {0, 1, side, side}, {});
    const auto refused = [&](const std::string& given, int exitCode) {
        const Finished finished =
            runCli({"run", sampleModel(), "--input", given, "--output", folder.path("out"), "--threads", "1"});
        INFO(finished.err);
        CHECK(finished.exitCode == exitCode);
        CHECK(finished.out.empty());
        CHECK_THAT(finished.err, StartsWith("halftone-cli: ") && EndsWith(".\n"));
        CHECK(std::ranges::count(finished.err, '\n') == 1);
        return finished.err;
    };
    CHECK_THAT(refused("nobody=" + good, 2), Contains("nobody") && Contains(inputName()));
    CHECK_THAT(refused(inputName() + "=" + flat, 2), Contains("2x28x28") && Contains("x1x28x28"));
    CHECK_THAT(refused(inputName() + "=" + large, 2), Contains("2x1x784") && Contains("x1x28x28"));
    CHECK_THAT(refused(inputName() + "=" + none, 2), Contains("0x1x28x28"));
    CHECK_THAT(refused(inputName() + "=" + folder.path("gone.npy"), 1), Contains("gone.npy"));
    CHECK_THAT(refused(inputName() + "=" + folder.write("text.npy", "words"), 1), Contains("text.npy"));
    CHECK_FALSE(std::filesystem::exists(folder.path("out")));
}

TEST_CASE("An output folder that is a file is refused") {
    const TemporaryFolder folder;
    saveNpyFloats(folder.path("x.npy"), {1, 1, side, side}, pictures(1));
    const Finished finished = runCli({"run", sampleModel(), "--input", inputName() + "=" + folder.path("x.npy"),
                                      "--output", folder.write("file", ""), "--threads", "1"});
    CHECK(finished.exitCode == 1);
    CHECK_THAT(finished.err, Contains(folder.path("file")) && EndsWith(".\n"));
}
