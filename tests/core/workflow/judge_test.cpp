// SPDX-License-Identifier: GPL-3.0-or-later
// What an output is taken for, and what is measured of each kind, against numbers worked out by hand.
#include "core/base/error.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/judge/output_judge.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <cmath>
#include <numeric>

using namespace halftone;
using namespace halftone::test;

namespace {

struct Io {
    std::string name;
    ElementType type = ElementType::F32;
    Shape shape;
};

Graph network(const std::vector<Io>& inputs, const std::vector<Io>& outputs) {
    Graph graph;
    for (const Io& io : inputs)
        graph.inputs.push_back(graph.addValue({io.name, io.type, io.shape}));
    for (const Io& io : outputs)
        graph.outputs.push_back(graph.addValue({io.name, io.type, io.shape}));
    return graph;
}

const std::vector<Io> picture{{"images", ElementType::F32, {1, 3, 320, 320}}};

/// Ids that pick rows of a table, and their mask.
Graph textNetwork(const std::vector<Io>& outputs) {
    Graph graph =
        network({{"input_ids", ElementType::S64, {1, 6}}, {"attention_mask", ElementType::S64, {1, 6}}}, outputs);
    const ValueId table = graph.addConstant("table", Tensor::fromFloats({50, 4}, std::vector<float>(200)));
    const ValueId rows = graph.addValue({"rows", ElementType::F32, {1, 6, 4}});
    graph.addNode({"gather", Gather{}, {table, graph.inputs[0]}, {rows}});
    return graph;
}

OutputKind kindOf(const Graph& graph, bool labelled = false) {
    return judgedOutput(graph, OutputKind::Auto, labelled).kind;
}

double measured(const std::vector<Measure>& measures, MeasureKind kind) {
    const auto found = std::ranges::find(measures, kind, &Measure::kind);
    REQUIRE(found != measures.end());
    return found->value;
}

JudgedOutput judged(OutputKind kind, Shape shape, BoxLayout layout = BoxLayout::ValuesFirst) {
    return {kind, 0, "y", std::move(shape), 0, {}, {}, layout};
}

} // namespace

TEST_CASE("What an output is follows from its shape, its name and the inputs") {
    CHECK(kindOf(network(picture, {{"scores", {}, {1, 1000}}})) == OutputKind::Classes);
    CHECK(kindOf(network(picture, {{"embedding", {}, {1, 512}}})) == OutputKind::Embedding);
    CHECK(kindOf(network(picture, {{"embedding", {}, {1, 512}}}), true) == OutputKind::Classes); // the data says so
    CHECK(kindOf(network(picture, {{"output0", {}, {1, 22, 2100}}})) == OutputKind::Boxes);
    CHECK(kindOf(network(picture, {{"output0", {}, {1, 6300, 85}}})) == OutputKind::Boxes);
    CHECK(kindOf(network(picture, {{"maps", {}, {1, 1, 160, 160}}})) == OutputKind::Mask);
    CHECK(kindOf(network(picture, {{"maps", {}, {1, 256, 10, 10}}})) == OutputKind::Numbers);
    CHECK(kindOf(network(picture, {{"text", {}, {1, 40, 6625}}})) == OutputKind::Sequence);
    CHECK(kindOf(network({{"x", {}, {1, 1, 257}}}, {{"y", {}, {1, 1, 257}}})) == OutputKind::Classes);
    CHECK(kindOf(textNetwork({{"last_hidden_state", {}, {1, 6, 384}}})) == OutputKind::Embedding);
    CHECK(kindOf(textNetwork({{"logits", {}, {1, 6, 50}}})) == OutputKind::Tokens);
    const Graph handedThrough =
        textNetwork({{"mask", ElementType::S64, {1, 6}}, {"hidden", {}, {1, 6, 384}}, {"461", {}, {1, 384}}});
    const JudgedOutput pooled = judgedOutput(handedThrough, OutputKind::Auto, false);
    CHECK(pooled.kind == OutputKind::Embedding);
    CHECK(pooled.output == 2); // not the mask that is handed through
    CHECK(judgedOutput(textNetwork({{"hidden", {}, {1, 6, 384}}}), OutputKind::Auto, false).mask == 1U);
}

TEST_CASE("A kind that is asked for is refused where no output has its shape") {
    const Graph graph = network(picture, {{"scores", {}, {1, 1000}}});
    CHECK(judgedOutput(graph, OutputKind::Embedding, false).kind == OutputKind::Embedding);
    try {
        judgedOutput(graph, OutputKind::Boxes, false);
        FAIL("no Error was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK_THAT(error.message(), Contains("judged as boxes") && Contains("scores (1000)"));
    }
}

TEST_CASE("Embeddings are compared by their angle and by their nearest neighbour") {
    const auto judge = makeJudge(judged(OutputKind::Embedding, {2}));
    const std::vector<std::vector<float>> exact{{1, 0}, {0.9F, 0.1F}, {0, 1}, {0.1F, 0.9F}};
    const std::vector<std::vector<float>> found{{2, 0}, {1.8F, 0.2F}, {0, 3}, {0.9F, 0.3F}}; // the last one moves over
    double sum = 0;
    for (size_t i = 0; i < exact.size(); ++i)
        sum += judge->add({exact[i], found[i], {}});
    const double turned = (0.1 * 0.9 + 0.9 * 0.3) / (std::hypot(0.1, 0.9) * std::hypot(0.9, 0.3));
    CHECK_THAT(sum, WithinAbs(3 + turned, 1e-6));
    CHECK_THAT(measured(judge->result(), MeasureKind::Cosine), WithinAbs((3 + turned) / 4, 1e-6));
    // 0 and 1 stay together; 2 had 3 and still has it as the nearest; 3 had 2 and now has 1.
    CHECK_THAT(measured(judge->result(), MeasureKind::NeighbourKept), WithinAbs(0.75, 1e-9));
}

TEST_CASE("Vectors of tokens are pooled over the mask") {
    const auto judge = makeJudge(judged(OutputKind::Embedding, {3, 2}));
    const std::vector<float> exact{1, 0, 0, 1, 9, 9}, found{1, 0, 0, 1, -9, 5}, mask{1, 1, 0};
    CHECK_THAT(judge->add({exact, found, mask}), WithinAbs(1, 1e-6)); // what differs is masked
}

TEST_CASE("Scores of tokens are compared by the best one and by divergence") {
    const auto judge = makeJudge(judged(OutputKind::Tokens, {2, 2}));
    const std::vector<float> exact{0, 1, 2, 0}, found{1, 0, 2, 0};
    CHECK_THAT(judge->add({exact, found, {}}), WithinAbs(0.5, 1e-9));
    // Of the first token p = (1/(1+e), e/(1+e)), q is p the other way round: KL = (p1 - p0) * 1.
    const double p1 = std::exp(1.0) / (1 + std::exp(1.0));
    CHECK_THAT(measured(judge->result(), MeasureKind::TokenDivergence), WithinAbs((2 * p1 - 1) / 2, 1e-6));
    const std::vector<float> mask{0, 1};
    CHECK_THAT(judge->add({exact, found, mask}), WithinAbs(1, 1e-9));
    CHECK_THAT(measured(judge->result(), MeasureKind::TokenAgreement), WithinAbs(0.75, 1e-9));
}

TEST_CASE("Boxes are found again where class and place agree") {
    // Two classes, three anchors; values first, as YOLOv8 gives them.
    const auto judge = makeJudge(judged(OutputKind::Boxes, {6, 3}, BoxLayout::ValuesFirst));
    const std::vector<float> exact{10,   50,   50,    // x
                                   10,   50,   51,    // y
                                   10,   20,   20,    // width
                                   10,   20,   20,    // height
                                   0.9F, 0.1F, 0.1F,  //
                                   0.0F, 0.8F, 0.7F}; // the third one lies on the second
    std::vector<float> found = exact;
    CHECK_THAT(judge->add({exact, found, {}}), WithinAbs(1, 1e-9));
    found[0] = 14; // overlap of 6 of 14 columns: 0.43
    CHECK_THAT(judge->add({exact, found, {}}), WithinAbs(0.5, 1e-9));
    CHECK_THAT(measured(judge->result(), MeasureKind::BoxesFound), WithinAbs(3 / 4.0, 1e-9));
    CHECK_THAT(measured(judge->result(), MeasureKind::BoxesExtra), WithinAbs(1 / 4.0, 1e-9));
    found = exact;
    found[12] = 0.2F; // no longer sure of the first one
    CHECK_THAT(judge->add({exact, found, {}}), WithinAbs(0.5, 1e-9));
    CHECK_THAT(measured(judge->result(), MeasureKind::BoxesExtra), WithinAbs(1 / 5.0, 1e-9));
}

TEST_CASE("Anchors with objectness multiply it with the class") {
    const auto judge = makeJudge(judged(OutputKind::Boxes, {2, 7}, BoxLayout::AnchorsFirst));
    const std::vector<float> exact{10, 10, 10, 10, 0.9F, 0.9F, 0, /**/ 50, 50, 20, 20, 0.2F, 0.9F, 0.9F};
    CHECK_THAT(judge->add({exact, exact, {}}), WithinAbs(1, 1e-9));
    CHECK(judge->result().front().of == 1); // the second is 0.18 at most
}

TEST_CASE("Masks are compared by what both mark, texts by their letters") {
    const auto mask = makeJudge(judged(OutputKind::Mask, {1, 2, 2}));
    CHECK_THAT(mask->add({std::vector<float>{0.9F, 0.8F, 0.1F, 0}, std::vector<float>{0.9F, 0.2F, 0.1F, 0}, {}}),
               WithinAbs(0.5, 1e-9));
    const auto classes = makeJudge(judged(OutputKind::Mask, {2, 1, 4}));
    const std::vector<float> two{1, 1, 0, 0, 0, 0, 1, 1}, moved{1, 0, 0, 0, 0, 1, 1, 1};
    CHECK_THAT(classes->add({two, moved, {}}), WithinAbs((1 / 2.0 + 2 / 3.0) / 2, 1e-9));

    // The last class is the blank, which is seen most: "b", then "aab" that becomes "ab" without the blank between.
    const auto text = makeJudge(judged(OutputKind::Sequence, {5, 3}));
    const auto steps = [](const std::vector<int>& letters) {
        std::vector<float> scores(letters.size() * 3);
        for (size_t i = 0; i < letters.size(); ++i)
            scores[i * 3 + static_cast<size_t>(letters[i])] = 1;
        return scores;
    };
    CHECK_THAT(text->add({steps({2, 2, 2, 2, 1}), steps({2, 2, 2, 2, 1}), {}}), WithinAbs(1, 1e-9));
    CHECK_THAT(text->add({steps({0, 0, 2, 0, 1}), steps({0, 0, 0, 0, 1}), {}}), WithinAbs(2 / 3.0, 1e-9));
    CHECK_THAT(measured(text->result(), MeasureKind::TextsEqual), WithinAbs(0.5, 1e-9));
    CHECK_THAT(measured(text->result(), MeasureKind::LetterErrors), WithinAbs(1 / 4.0, 1e-9));
}
