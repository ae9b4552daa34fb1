// SPDX-License-Identifier: GPL-3.0-or-later
// Samples that are arrays or recordings: .npz, .npy, folders of them, .wav.
#include "core/data/array_dataset.h"

#include "tests/core/data/fixtures.h"

#include <cstring>

using namespace halftone;
using namespace halftone::test;

namespace {

const ArrayDataset& arraysOf(const std::unique_ptr<Dataset>& dataset) {
    const auto* arrays = dynamic_cast<const ArrayDataset*>(dataset.get());
    REQUIRE(arrays);
    return *arrays;
}

std::string floats(const std::string& shape, const std::vector<float>& values) {
    std::string data(values.size() * sizeof(float), '\0');
    std::memcpy(data.data(), values.data(), data.size());
    return npy(npyDictionary("<f4", shape), data);
}

std::string bytes(const std::string& shape, const std::string& values) {
    return npy(npyDictionary("|u1", shape), values);
}

std::vector<int64_t> labelsOf(const Dataset& dataset) {
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < dataset.size(); ++i)
        labels.push_back(dataset.sample(i).label);
    return labels;
}

/// 16-bit PCM of frames x channels samples.
std::string wav(int rate, int channels, const std::vector<int16_t>& samples) {
    const auto number = [](uint32_t value, int size) {
        std::string text;
        for (int i = 0; i < size; ++i)
            text += static_cast<char>(value >> (8 * i));
        return text;
    };
    std::string data;
    for (const int16_t sample : samples)
        data += number(static_cast<uint16_t>(sample), 2);
    const auto wide = static_cast<uint32_t>(channels);
    return "RIFF" + number(static_cast<uint32_t>(36 + data.size()), 4) + "WAVEfmt " + number(16, 4) + number(1, 2) +
           number(wide, 2) + number(static_cast<uint32_t>(rate), 4) +
           number(static_cast<uint32_t>(rate) * wide * 2, 4) + number(wide * 2, 2) + number(16, 2) + "data" +
           number(static_cast<uint32_t>(data.size()), 4) + data;
}

} // namespace

TEST_CASE("An .npz has an array for each input, and labels where one is called so") {
    TemporaryFolder folder;
    const auto dataset =
        openDataset(folder.write("a.npz", pack({{"ids.npy", bytes("(3, 2)", "\1\2\3\4\5\6")},
                                                {"mask.npy", floats("(3,)", {1, 0, 1})},
                                                {"labels.npy", bytes("(3,)", std::string("\7\0\1", 3))}},
                                               Packing::ZipStored)));
    CHECK(dataset->kind() == "arrays-npz");
    CHECK(dataset->sampleKind() == SampleKind::Sample);
    CHECK(labelsOf(*dataset) == std::vector<int64_t>{7, 0, 1});
    const ArrayDataset& arrays = arraysOf(dataset);
    REQUIRE(arrays.arrays().size() == 2);
    CHECK(arrays.arrays()[0].name == "ids");
    CHECK(arrays.arrays()[0].shape == std::vector<int64_t>{2});
    CHECK(arrays.array(2, 0, 0).values == std::vector<float>{5, 6});
    CHECK(arrays.array(1, 1, 0).values == std::vector<float>{0});
}

TEST_CASE("Arrays that do not count the same samples are refused") {
    TemporaryFolder folder;
    const auto messageFor = [&](const std::vector<Member>& members) {
        const std::string path = folder.write("a.npz", pack(members, Packing::ZipStored));
        return errorOf([&] { openDataset(path); }).message();
    };
    CHECK_THAT(messageFor({{"a.npy", floats("(2, 1)", {1, 2})}, {"b.npy", floats("(3,)", {1, 2, 3})}}),
               Contains("the array b holds 3 samples, a holds 2"));
    CHECK_THAT(messageFor({{"a.npy", floats("()", {1})}}), Contains("the array a is a single number"));
    CHECK_THAT(messageFor({{"a.npy", floats("(2, 1)", {1, 2})}, {"y.npy", bytes("(3,)", "abc")}}),
               Contains("3 labels for 2 samples"));
}

TEST_CASE("A folder holds one array an input, or one file a sample") {
    TemporaryFolder folder;
    folder.write("inputs/ids.npy", bytes("(2, 2)", "\1\2\3\4"));
    folder.write("inputs/mask.npy", floats("(2, 2)", {1, 1, 1, 0}));
    const auto inputs = openDataset(folder.path("inputs"));
    CHECK(inputs->size() == 2);
    CHECK(arraysOf(inputs).arrays()[1].name == "mask");

    folder.write("samples/cat/1.npz", pack({{"x.npy", floats("(2,)", {1, 2})}}, Packing::Zip));
    folder.write("samples/dog/2.npz", pack({{"x.npy", floats("(3,)", {3, 4, 5})}}, Packing::Zip));
    const auto samples = openDataset(folder.path("samples"));
    CHECK(samples->kind() == "array-folder");
    CHECK(labelsOf(*samples) == std::vector<int64_t>{0, 1});
    CHECK(samples->classNames() == std::vector<std::string>{"cat", "dog"});
    const ArrayInfo& info = arraysOf(samples).arrays().front();
    CHECK(info.shape == std::vector<int64_t>{-1});
    CHECK(info.longest == std::vector<int64_t>{3});
    CHECK(arraysOf(samples).array(1, 0, 0).values == std::vector<float>{3, 4, 5});

    folder.write("samples/dog/3.npz", pack({{"z.npy", floats("(2,)", {1, 2})}}, Packing::Zip));
    CHECK_THAT(errorOf([&] { openDataset(folder.path("samples")); }).message(),
               Contains("3.npz") && Contains("has no array x"));
}

TEST_CASE("Recordings are samples from -1 to 1, channels averaged, cut where the network takes less") {
    TemporaryFolder folder;
    folder.write("sounds/yes/a.wav", wav(16000, 2, {16384, 0, -32768, -32768}));
    folder.write("sounds/no/b.wav", wav(16000, 1, {0, 8192, 16384}));
    const auto dataset = openDataset(folder.path("sounds"));
    CHECK(dataset->kind() == "sound-folder");
    CHECK(dataset->sampleKind() == SampleKind::Recording);
    CHECK(dataset->classNames() == std::vector<std::string>{"no", "yes"});
    const ArrayDataset& sounds = arraysOf(dataset);
    CHECK(sounds.arrays().front().longest == std::vector<int64_t>{3});
    CHECK(sounds.array(0, 0, 0).values == std::vector<float>{0, 0.25F, 0.5F});
    CHECK(sounds.array(1, 0, 0).values == std::vector<float>{0.25F, -1});
    const SampleArray cut = sounds.array(0, 0, 2);
    CHECK(cut.values == std::vector<float>{0, 0.25F});
    CHECK(cut.whole == 3);
    CHECK(openDataset(folder.path("sounds/no/b.wav"))->size() == 1);

    folder.write("sounds/no/c.wav", wav(8000, 1, {0}));
    CHECK_THAT(errorOf([&] { openDataset(folder.path("sounds")); }).message(),
               Contains("c.wav") && Contains("8000 samples a second"));
    folder.write("broken/d.wav", "RIFF");
    CHECK_THAT(errorOf([&] { openDataset(folder.path("broken")); }).message(),
               Contains("d.wav") && Contains("cannot be read"));
}

TEST_CASE("no cut and no flipped bit of an array file does worse than an Error") {
    TemporaryFolder folder;
    const auto read = [&](const std::string& damaged) {
        const auto dataset = openDataset(folder.write("a", damaged));
        if (const auto* arrays = dynamic_cast<const ArrayDataset*>(dataset.get()))
            for (int64_t i = 0; i < arrays->size(); ++i)
                arrays->array(i, 0, 2);
    };
    readDamaged(pack({{"x.npy", floats("(2, 2)", {1, 2, 3, 4})}}, Packing::ZipStored), read);
    readDamaged(wav(16000, 1, {1, 2, 3}), read);
}
