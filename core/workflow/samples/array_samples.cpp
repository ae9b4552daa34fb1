// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/array_samples.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/quantize/batch_rows.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace halftone {

namespace {

/// "serving_default_input_ids:0" and "Input_IDs" mean "input_ids".
std::string plainName(const std::string& name) {
    std::string plain = name.substr(0, name.find(':'));
    for (const std::string_view prefix : {"serving_default_"})
        if (plain.starts_with(prefix))
            plain.erase(0, prefix.size());
    if (const size_t at = plain.find_last_of("/."); at != std::string::npos && at + 1 < plain.size())
        plain.erase(0, at + 1);
    for (char& c : plain)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return plain;
}

bool differs(const ArrayInfo& info) {
    return std::ranges::find(info.shape, -1) != info.shape.end();
}

/// The index of the first array with this name in any spelling; the number of arrays where there is none.
template <class Name> size_t arrayNamed(const Name& name, const std::vector<ArrayInfo>& arrays) {
    const auto exact = std::ranges::find(arrays, name, &ArrayInfo::name);
    if (exact != arrays.end())
        return static_cast<size_t>(exact - arrays.begin());
    const auto close =
        std::ranges::find(arrays, plainName(name), [](const ArrayInfo& array) { return plainName(array.name); });
    return static_cast<size_t>(close - arrays.begin());
}

/// An extent that another one is filled up or cut to; the array's own are numbers or -1.
bool fits(const std::vector<int64_t>& array, const std::vector<int64_t>& wanted) {
    if (array.size() != wanted.size())
        return false;
    for (size_t i = 0; i < array.size(); ++i)
        if (array[i] >= 0 && array[i] != wanted[i])
            return false;
    return true;
}

std::vector<int64_t> withoutFirst(const Shape& shape) {
    return shape.empty() ? std::vector<int64_t>{} : std::vector<int64_t>(shape.begin() + 1, shape.end());
}

} // namespace

std::vector<InputSource> matchArrays(const std::vector<NetworkInput>& inputs, const ArrayDataset& dataset) {
    const std::vector<ArrayInfo>& arrays = dataset.arrays();
    std::vector<InputSource> sources(inputs.size());
    std::vector<bool> taken(arrays.size());
    for (size_t i = 0; i < inputs.size(); ++i)
        if (const size_t at = arrayNamed(inputs[i].name, arrays); at < arrays.size() && !taken[at]) {
            sources[i] = {InputSource::Kind::Array, at};
            taken[at] = true;
        }
    // What has another name goes where nothing else can.
    std::vector<size_t> open;
    for (size_t i = 0; i < inputs.size(); ++i)
        if (sources[i].kind == InputSource::Kind::Meaning &&
            (inputs[i].meaning == InputMeaning::Values || inputs[i].meaning == InputMeaning::Ids))
            open.push_back(i);
    const bool oneLeft = std::ranges::count(taken, false) == 1 || (dataset.sampleKind() == SampleKind::Text &&
                                                                   !taken.front()); // the types of tokens are optional
    if (open.size() == 1 && oneLeft) {
        const auto at = static_cast<size_t>(std::ranges::find(taken, false) - taken.begin());
        sources[open.front()] = {InputSource::Kind::Array, at};
        taken[at] = true;
    }
    const bool none = std::ranges::none_of(
        sources, [](const InputSource& source) { return source.kind == InputSource::Kind::Array; });
    std::vector<std::string> names, wanted;
    for (const ArrayInfo& array : arrays)
        names.push_back(array.name.empty() ? shapeText(array.shape) : displayText(array.name));
    for (const NetworkInput& input : inputs)
        wanted.push_back(fmt::format("{} ({})", displayText(input.name), shapeText(input.shape)));
    if (none)
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: holds {}, but the network's inputs are {}. Give the arrays the names of the "
                                "inputs, the first dimension counting the samples.",
                                displayText(dataset.path()), join(names, ", "), join(wanted, ", ")),
                    displayText(dataset.path()));
    const auto ragged = std::ranges::find_if(sources, [&](const InputSource& source) {
        return source.kind == InputSource::Kind::Array && differs(arrays[source.array]);
    });
    for (size_t i = 0; ragged != sources.end() && i < inputs.size(); ++i)
        if (sources[i].kind == InputSource::Kind::Meaning && inputs[i].meaning == InputMeaning::Mask)
            sources[i] = {InputSource::Kind::Lengths, ragged->array};
    return sources;
}

ArraySamples::ArraySamples(const std::shared_ptr<const ArrayDataset>& dataset, std::vector<NetworkInput> inputs,
                           int64_t batch, int labelOffset, int64_t maxSamples, uint64_t seed)
    : DataSamples(dataset, labelOffset, maxSamples), m_arrays(dataset), m_inputs(std::move(inputs)),
      m_sources(matchArrays(m_inputs, *dataset)), m_batch(batch), m_seed(seed) {
    for (size_t i = 0; i < m_inputs.size(); ++i) {
        if (m_sources[i].kind != InputSource::Kind::Array)
            continue;
        const ArrayInfo& array = dataset->arrays()[m_sources[i].array];
        const std::vector<int64_t> wanted = shapeOfSample(i);
        if (fits(array.shape, wanted))
            continue;
        // One sample with its batch of one: [1, 3, 4] for a network that takes [1, 3, 4].
        if (fits(array.shape, m_inputs[i].shape) && (m_batch == 1 || wanted == m_inputs[i].shape)) {
            m_sources[i].alone = true;
            continue;
        }
        const std::string name = array.name.empty() ? "the array" : "the array " + displayText(array.name);
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: {} has {} for each sample, but the network's input {} takes {}. Save it in that "
                                "form, or choose the sizes of the model that fit it.",
                                displayText(dataset->path()), name, shapeText(array.shape),
                                displayText(m_inputs[i].name), shapeText(wanted)),
                    displayText(dataset->path()));
    }
}

std::vector<int64_t> ArraySamples::shapeOfSample(size_t input) const {
    const Shape& shape = m_inputs[input].shape;
    return samplesIn(shape) == static_cast<size_t>(m_batch) ? withoutFirst(shape)
                                                            : std::vector<int64_t>(shape.begin(), shape.end());
}

void ArraySamples::fillFurther(size_t input, int64_t index, std::span<float> dst) const {
    const InputSource& source = m_sources.at(input);
    if (source.kind == InputSource::Kind::Meaning) {
        fillByMeaning(m_inputs[input], m_seed + static_cast<uint64_t>(index), dst);
        return;
    }
    const std::vector<int64_t> wanted =
        source.alone ? std::vector<int64_t>(m_inputs[input].shape.begin(), m_inputs[input].shape.end())
                     : shapeOfSample(input);
    const std::vector<int64_t>& known = m_arrays->arrays()[source.array].shape;
    int64_t longest = 0; // of the extents that differ
    for (size_t d = 0; d < known.size() && d < wanted.size(); ++d)
        if (known[d] < 0)
            longest = std::max(longest, wanted[d]);
    const SampleArray array = m_arrays->array(chosen(index), source.array, longest);
    int64_t whole = array.whole;
    for (size_t d = 0; d < wanted.size(); ++d)
        if (array.shape[d] > wanted[d])
            whole = std::max(whole, array.shape[d]);
    if (whole > 0) {
        const std::scoped_lock lock(m_counting);
        m_cut[index] = whole;
    }
    if (source.kind == InputSource::Kind::Lengths) {
        const size_t row = static_cast<size_t>(m_inputs[input].shape.empty() ? 1 : m_inputs[input].shape.back());
        const auto length = static_cast<size_t>(array.shape.empty() ? 1 : array.shape.back());
        for (size_t i = 0; i < dst.size(); ++i)
            dst[i] = i % row < length ? 1.0F : 0.0F;
        return;
    }
    if (array.shape == wanted) {
        std::ranges::copy(array.values, dst.begin());
        return;
    }
    std::ranges::fill(dst, m_arrays->padding(source.array));
    // Row by row: the last dimension lies together.
    const size_t rank = wanted.size();
    std::vector<int64_t> extent(rank), at(rank, 0);
    for (size_t d = 0; d < rank; ++d)
        extent[d] = std::min(array.shape[d], wanted[d]);
    if (std::ranges::find(extent, 0) != extent.end())
        return;
    for (bool more = true; more;) {
        int64_t from = 0, to = 0;
        for (size_t d = 0; d < rank; ++d) {
            from = from * array.shape[d] + at[d];
            to = to * wanted[d] + at[d];
        }
        std::copy_n(array.values.begin() + from, rank == 0 ? 1 : extent[rank - 1], dst.begin() + to);
        more = false;
        for (size_t d = rank > 0 ? rank - 1 : 0; d-- > 0 && !more;) {
            more = ++at[d] < extent[d];
            if (!more)
                at[d] = 0;
        }
    }
}

std::vector<Diagnostic> ArraySamples::notes() const {
    std::vector<Diagnostic> notes;
    std::vector<std::string> made;
    for (size_t i = 0; i < m_inputs.size(); ++i)
        if (m_sources[i].kind == InputSource::Kind::Meaning) {
            const InputMeaning meaning = m_inputs[i].meaning;
            const char* what = meaning == InputMeaning::Mask        ? "ones"
                               : meaning == InputMeaning::State     ? "zeros"
                               : meaning == InputMeaning::Positions ? "positions"
                               : meaning == InputMeaning::Rate      ? "16000"
                                                                    : "random numbers";
            made.push_back(fmt::format("{} ({})", displayText(m_inputs[i].name), what));
        }
    if (!made.empty())
        notes.push_back({Severity::Info, "inputs-filled", "",
                         fmt::format("The data holds no arrays for {} of the {} inputs; they are filled with what "
                                     "their names and layers tell: {}.",
                                     made.size(), m_inputs.size(), join(made, ", "))});
    const std::scoped_lock lock(m_counting);
    if (!m_cut.empty()) {
        const auto longest = std::ranges::max_element(m_cut, {}, [](const auto& each) { return each.second; });
        const auto count = std::ssize(m_cut);
        notes.push_back({Severity::Warning, "samples-cut", displayText(info(longest->first).name),
                         fmt::format("{} {} longer than the network's input and {} cut; the longest has {}. Choose a "
                                     "larger size of the model to take them whole.",
                                     count, wordFor(kind(), count) + (count == 1 ? " is" : " are"),
                                     count == 1 ? "was" : "were", longest->second)});
    }
    return notes;
}

Sizes sizesOfArrays(const std::vector<ModelInput>& inputs, const std::string& batch, const Sizes& known,
                    const ArrayDataset& dataset) {
    Sizes sizes;
    for (const ModelInput& input : inputs) {
        size_t at = arrayNamed(input.name, dataset.arrays());
        if (at == dataset.arrays().size() && inputs.size() == 1 && dataset.arrays().size() == 1)
            at = 0;
        if (at == dataset.arrays().size())
            continue;
        const ArrayInfo& array = dataset.arrays()[at];
        const size_t rank = input.shape.size();
        if (array.shape.size() != rank && array.shape.size() + 1 != rank)
            continue;
        const size_t leading = rank - array.shape.size(); // dimensions that count samples
        for (size_t d = leading; d < rank; ++d) {
            const Size& size = input.shape[d];
            if (size.number || size.symbol == batch || known.contains(size.symbol))
                continue;
            sizes.emplace(size.symbol, array.longest[d - leading]);
        }
    }
    return sizes;
}

} // namespace halftone
