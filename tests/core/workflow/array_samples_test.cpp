// SPDX-License-Identifier: GPL-3.0-or-later
// Which array goes into which input, how lengths are brought together, and what fills the inputs that nobody gives.
#include "core/base/error.h"
#include "core/workflow/samples/array_samples.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <fmt/format.h>

using namespace halftone;

namespace {

/// Texts of 2, 5 and 3 ids; "ids" counts on from 1, "features" has 2 numbers for each.
class Lists : public ArrayDataset {
public:
    explicit Lists(std::vector<std::string> names = {"ids", "features"})
        : ArrayDataset("lists", "arrays-npz", {{"a"}, {"b"}, {"c"}}, {}, infos(names)) {}
    SampleArray array(int64_t index, size_t which, int64_t) const override {
        constexpr int64_t lengths[] = {2, 5, 3};
        const int64_t length = lengths[index];
        SampleArray array{which == 0 ? std::vector<int64_t>{length} : std::vector<int64_t>{length, 2}, {}, 0};
        for (int64_t i = 0; i < (which == 0 ? length : 2 * length); ++i)
            array.values.push_back(static_cast<float>(i + 1));
        return array;
    }
    float padding(size_t which) const override { return which == 0 ? 9 : 0; }

private:
    static std::vector<ArrayInfo> infos(const std::vector<std::string>& names) {
        std::vector<ArrayInfo> infos{{names[0], {-1}, {5}}};
        if (names.size() > 1)
            infos.push_back({names[1], {-1, 2}, {5, 2}});
        return infos;
    }
};

NetworkInput input(const std::string& name, Shape shape, InputMeaning meaning = InputMeaning::Values) {
    return {name, ElementType::F32, std::move(shape), meaning, meaning == InputMeaning::Ids ? 20 : 0};
}

std::vector<float> filled(const ArraySamples& samples, size_t which, int64_t index, size_t size) {
    std::vector<float> values(size, -1);
    samples.fillFurther(which, index, values);
    return values;
}

std::string refused(const std::vector<NetworkInput>& inputs, const std::shared_ptr<const ArrayDataset>& dataset) {
    try {
        ArraySamples(dataset, inputs, 1, 0, 0, 1);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    }
    return "accepted";
}

} // namespace

TEST_CASE("Lists of different lengths are filled up or cut, and masks that nobody gives follow them") {
    const ArraySamples samples(std::make_shared<Lists>(),
                               {input("model/Ids:0", {1, 4}, InputMeaning::Ids), input("features", {1, 4, 2}),
                                input("attention_mask", {1, 4}, InputMeaning::Mask)},
                               1, 0, 0, 1);
    CHECK(filled(samples, 0, 0, 4) == std::vector<float>{1, 2, 9, 9});
    CHECK(filled(samples, 0, 1, 4) == std::vector<float>{1, 2, 3, 4});
    CHECK(filled(samples, 1, 0, 8) == std::vector<float>{1, 2, 3, 4, 0, 0, 0, 0});
    CHECK(filled(samples, 2, 0, 4) == std::vector<float>{1, 1, 0, 0});
    CHECK(filled(samples, 2, 1, 4) == std::vector<float>{1, 1, 1, 1});
    const std::vector<Diagnostic> notes = samples.notes();
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].code == "samples-cut");
    CHECK_THAT(notes[0].message,
               StartsWith("1 sample is longer than the network's input and was cut; the longest has 5."));
}

TEST_CASE("An array with another name goes where nothing else can, and what nobody gives is told") {
    const ArraySamples samples(std::make_shared<Lists>(std::vector<std::string>{"x"}),
                               {input("audio", {1, 5}), input("state", {2, 1, 3}, InputMeaning::State)}, 1, 0, 0, 1);
    CHECK(filled(samples, 0, 1, 5) == std::vector<float>{1, 2, 3, 4, 5});
    CHECK(filled(samples, 1, 1, 6) == std::vector<float>(6, 0));
    REQUIRE(samples.notes().size() == 1);
    CHECK_THAT(samples.notes()[0].message, Contains("1 of the 2 inputs") && Contains("state (zeros)"));
}

TEST_CASE("Arrays that fit no input are refused with both shapes") {
    CHECK_THAT(refused({input("a", {1, 4}), input("b", {1, 4})}, std::make_shared<Lists>()),
               Contains("holds ids, features") && Contains("a (1x4), b (1x4)"));
    CHECK_THAT(refused({input("features", {1, 4, 3})}, std::make_shared<Lists>()),
               Contains("features has ?x2") && Contains("takes 4x3"));
}

TEST_CASE("Sizes that a file leaves open are those of the data") {
    const std::vector<ModelInput> inputs{
        {"ids", ElementType::S64, {{{}, "batch"}, {{}, "length"}}},
        {"features", ElementType::F32, {{{}, "batch"}, {{}, "length"}, {{}, "width"}}}};
    CHECK(sizesOfArrays(inputs, "batch", {}, Lists()) == Sizes{{"length", 5}, {"width", 2}});
    CHECK(sizesOfArrays(inputs, "batch", {{"length", 8}}, Lists()) == Sizes{{"width", 2}});
}

TEST_CASE("Inputs mean what the layers that read them and their names say") {
    Graph graph;
    const auto add = [&](const std::string& name, ElementType type, Shape shape) {
        graph.inputs.push_back(graph.addValue({name, type, std::move(shape)}));
        return graph.inputs.back();
    };
    const ValueId ids = add("tokens", ElementType::S32, {1, 4});
    add("attentionMask", ElementType::S64, {1, 4});
    add("position_ids", ElementType::S64, {1, 4});
    add("encoder.past_key_values.0", ElementType::F32, {1, 2, 4});
    add("sr", ElementType::S64, {});
    add("features", ElementType::F32, {1, 4});
    const ValueId cast = graph.addValue({"cast", ElementType::S64, {1, 4}}),
                  rows = graph.addValue({"rows", ElementType::F32, {1, 4, 3}});
    graph.addNode({"to 64", Cast{ElementType::S64}, {ids}, {cast}});
    graph.addNode({"gather",
                   Gather{},
                   {graph.addConstant("table", Tensor::fromFloats({7, 3}, std::vector<float>(21))), cast},
                   {rows}});
    add("buffer", ElementType::F32, {1, 8}); // told by its new value
    const ValueId next = graph.addValue({"buffer_next", ElementType::F32, {1, 8}});
    graph.addNode({"next", Identity{}, {graph.inputs.back()}, {next}});
    graph.outputs = {rows, next};
    std::vector<InputMeaning> meanings;
    for (const NetworkInput& each : networkInputs(graph))
        meanings.push_back(each.meaning);
    CHECK(meanings == std::vector{InputMeaning::Ids, InputMeaning::Mask, InputMeaning::Positions, InputMeaning::State,
                                  InputMeaning::Rate, InputMeaning::Values, InputMeaning::State});
    CHECK(networkInputs(graph)[0].limit == 7);
    std::vector<float> values(1000);
    fillByMeaning(networkInputs(graph)[0], 3, values);
    CHECK(
        std::ranges::all_of(values, [](float value) { return value >= 0 && value < 7 && value == std::floor(value); }));
    CHECK(std::ranges::max(values) == 6);
}
