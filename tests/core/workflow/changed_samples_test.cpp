// SPDX-License-Identifier: GPL-3.0-or-later
// Which samples count as changed, how, and which are kept.
#include "core/workflow/compare/changed_samples.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

using namespace halftone;

namespace {

/// Pictures of 200 x 100; the label is 0 for all, or there is none.
class Plates : public PictureDataset {
public:
    Plates(int64_t count, bool labelled) : PictureDataset("plates", "npz", infos(count, labelled)) {}
    Picture picture(int64_t index) const override {
        return {200, 100, 1, std::vector<uint8_t>(20'000, static_cast<uint8_t>(index))};
    }

private:
    static std::vector<SampleInfo> infos(int64_t count, bool labelled) {
        std::vector<SampleInfo> infos;
        for (int64_t i = 0; i < count; ++i)
            infos.push_back({fmt::format("plate {}", i), labelled ? 0 : -1});
        return infos;
    }
};

struct Examined {
    explicit Examined(int64_t count, bool classes = true, bool labelled = true)
        : samples(std::make_shared<Plates>(count, labelled), grey(), {{1, 1, 100, 200}}, 0),
          changed(samples, classes, labelled && classes) {}
    static Preprocessing grey() {
        Preprocessing grey;
        grey.channels = ChannelOrder::Gray;
        return grey;
    }
    Accuracy finish() {
        Job job;
        Stages stages(job, {{"Comparing", 1}});
        Accuracy accuracy;
        std::move(changed).finish(accuracy, stages);
        return accuracy;
    }
    void add(int64_t index, std::vector<float> fp32, std::vector<float> int8) { changed.add(index, fp32, int8); }

    PictureSamples samples;
    ChangedSamples changed;
};

} // namespace

TEST_CASE("Each sample with another top-1 is told with its kind and distance, the most distant first") {
    Examined examined(5);
    examined.add(0, {4, 3, 0}, {3, 4, 0}); // label 0
    examined.add(1, {3, 4, 0}, {5, 4, 0});
    examined.add(2, {0, 4, 3}, {0, 1, 9});
    examined.add(3, {4, 3, 0}, {4, 3, 0}); // not even moved
    examined.add(4, {4, 3, 0}, {4, 3, 0.5});
    const Accuracy accuracy = examined.finish();
    REQUIRE(accuracy.changed.size() == 3);
    CHECK(accuracy.changed[0].sample == "plate 2");
    CHECK(accuracy.changed[0].change == "wrong-to-wrong");
    CHECK(accuracy.changed[0].distance == Approx(std::sqrt(9 + 36) / 5));
    CHECK(accuracy.changed[0].label == 0);
    CHECK(accuracy.changed[0].fp32 == 1);
    CHECK(accuracy.changed[0].int8 == 2);
    CHECK(accuracy.changed[1].change == "wrong-to-right");
    CHECK(accuracy.changed[2].change == "right-to-wrong");
    CHECK(accuracy.changed[2].distance == Approx(std::sqrt(2) / 5));
    CHECK((accuracy.changed[2].top.at("fp32") == std::vector<Score>{{0, 4}, {1, 3}, {2, 0}}));
    CHECK((accuracy.changed[2].top.at("int8") == std::vector<Score>{{1, 4}, {0, 3}, {2, 0}}));
    REQUIRE(accuracy.moved.size() == 1);
    CHECK(accuracy.moved[0].sample == "plate 4");
    CHECK(accuracy.moved[0].change == "same");
    CHECK(accuracy.mcnemar == McNemar{1, 1, 1});
}

TEST_CASE("Without labels a changed top-1 is flipped, and there is no McNemar test") {
    Examined examined(1, true, false);
    examined.add(0, {4, 3}, {3, 4});
    const Accuracy accuracy = examined.finish();
    CHECK(accuracy.changed.at(0).change == "flipped");
    CHECK(accuracy.changed[0].label == -1);
    CHECK_FALSE(accuracy.mcnemar);
}

TEST_CASE("An output that is no row of classes is only told how far it moved") {
    Examined examined(2, false);
    examined.add(0, {4, 3}, {3, 4});
    examined.add(1, {0, 0}, {0, 2}); // no relative distance
    const Accuracy accuracy = examined.finish();
    CHECK(accuracy.changed.empty());
    REQUIRE(accuracy.moved.size() == 2);
    CHECK(accuracy.moved[0].sample == "plate 1");
    CHECK(accuracy.moved[0].distance == 2);
    CHECK(accuracy.moved[0].change.empty());
    CHECK(accuracy.moved[0].fp32 == -1);
    CHECK(accuracy.moved[0].top.empty());
    CHECK_FALSE(accuracy.moved[0].picture.empty());
    CHECK_FALSE(accuracy.mcnemar);
}

TEST_CASE("The most moved are kept whatever their order, and pictures are drawn for a limited number") {
    Examined examined(400);
    for (int64_t i = 0; i < 400; ++i) {
        const auto shift = static_cast<float>((i * 37) % 400) / 1000; // every value once
        if (i < 100)
            examined.add(i, {4, 3}, {4, 3 + shift});
        else
            examined.add(i, {4, 3}, {3, 4 + shift});
    }
    const Accuracy accuracy = examined.finish();
    CHECK(accuracy.changed.size() == 300);
    CHECK(std::ranges::is_sorted(accuracy.changed, std::ranges::greater(), &ChangedSample::distance));
    CHECK(std::ranges::count_if(accuracy.changed,
                                [](const ChangedSample& sample) { return !sample.picture.empty(); }) == 200);
    CHECK_FALSE(accuracy.changed[199].top.empty());
    CHECK(accuracy.changed[200].top.empty());
    REQUIRE(accuracy.moved.size() == 20);
    CHECK(std::ranges::is_sorted(accuracy.moved, std::ranges::greater(), &ChangedSample::distance));
    std::vector<double> distances;
    for (int64_t i = 0; i < 100; ++i)
        distances.push_back(static_cast<float>((i * 37) % 400) / 1000 / 5);
    std::ranges::sort(distances, std::ranges::greater());
    CHECK(accuracy.moved.front().distance == Approx(distances[0]).epsilon(1e-4));
    CHECK(accuracy.moved.back().distance == Approx(distances[19]).epsilon(1e-4));
    CHECK(accuracy.mcnemar->rightToWrong == 300);
    CHECK(accuracy.mcnemar->pValue < 1e-80);
}

TEST_CASE("Values that are no numbers neither count nor are told") {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    Examined examined(2);
    examined.add(0, {4, -infinity, 3}, {4.5F, -infinity, 3}); // a class that is masked out
    examined.add(1, {4, 3, 0}, {nan, nan, nan});              // int8 has no class
    const Accuracy accuracy = examined.finish();
    REQUIRE(accuracy.moved.size() == 1);
    CHECK(accuracy.moved[0].distance == Approx(0.1));
    CHECK((accuracy.moved[0].top.at("fp32") == std::vector<Score>{{0, 4}, {2, 3}}));
    REQUIRE(accuracy.changed.size() == 1);
    CHECK(accuracy.changed[0].int8 == -1);
    CHECK(accuracy.changed[0].change == "right-to-wrong");
    CHECK(accuracy.changed[0].distance == Approx(1));
    CHECK(accuracy.changed[0].top.at("int8").empty());
}
