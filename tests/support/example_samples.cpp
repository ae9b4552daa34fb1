// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/example_samples.h"

#include "tests/support/example_pictures.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone {

namespace {

constexpr int64_t classes = 10;
constexpr size_t withPicture = 30;

/// The winner leads by `lead`, `second` follows, then three others.
std::vector<Score> scores(int64_t winner, int64_t second, double lead) {
    std::vector<Score> result{{winner, 6.2 + lead}, {second, 6.2}};
    for (int64_t index = 0; std::ssize(result) < 5; ++index)
        if (index != winner && index != second)
            result.push_back({index, 3.1 - 1.3 * static_cast<double>(result.size() - 2)});
    return result;
}

} // namespace

void addSampleDetails(Accuracy& accuracy) {
    accuracy.classNames = {"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
                           "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    size_t place = 0;
    for (ChangedSample& sample : accuracy.changed) {
        sample.top = {{"fp32", scores(sample.fp32, sample.int8, 0.9)}, {"int8", scores(sample.int8, sample.fp32, 0.4)}};
        if (place < withPicture)
            sample.picture = examplePictures[place % std::size(examplePictures)];
        ++place;
    }
    for (int64_t i = 0; i < 20; ++i) {
        const int64_t label = (7 * i + 2) % classes, other = (label + 3) % classes;
        accuracy.moved.push_back({fmt::format("pictures/{}/{:04}.png", label, 23 + 31 * i),
                                  label,
                                  label,
                                  label,
                                  "same",
                                  0.33 - 0.008 * static_cast<double>(i),
                                  {{"fp32", scores(label, other, 2.1)}, {"int8", scores(label, other, 1.2)}},
                                  examplePictures[static_cast<size_t>(i) % std::size(examplePictures)]});
    }
}

} // namespace halftone
