// SPDX-License-Identifier: GPL-3.0-or-later
// One interface for all model formats: a file is opened once, and bound to sizes as often as they are asked for.
#pragma once

#include "core/base/diagnostic.h"
#include "core/base/large_block.h"
#include "core/formats/common/batch_change.h"
#include "core/formats/sizes.h"
#include "core/graph/graph.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// One layer of the file as the user knows it, in the file's order.
struct FileLayer {
    std::string name; // unique; made from operator and position where the file has none
    std::string op;   // operator name of the file, for example "BatchNormalization"
};

/// What a file tells without any size being known and without its weights being read.
struct ModelFacts {
    std::string path;
    std::string format;    // "ONNX opset 13"
    int64_t sizeBytes = 0; // files beside it included once their weights were read
    std::string sha256;    // of the main file
    std::vector<ModelInput> inputs;
    std::vector<ModelOutput> outputs; // as the file lists them, behind unsupported layers too
    std::string batch; // the symbol of the batch: that of the first dimension of the first input; empty: there is none
    std::vector<FileLayer> layers;
    std::map<std::string, int> operators; // operator -> count
    int64_t parameters = 0;               // elements of all constants but lists of integers
    int64_t smallParameters = 0;          // of these, stored in 8 bits or fewer
    bool alreadyQuantized = false;
    std::vector<Diagnostic> diagnostics;

    /// The file leaves the size of the batch open.
    bool freeBatch() const;
};

/// A file for certain sizes.
struct BoundModel : ModelFacts {
    Sizes sizes; // of all symbols
    Graph graph; // inferred; nodes or a constant for each layer

    /// 1 where the network has none.
    int64_t batchSize() const;
    /// The sizes, the batch aside, that the file leaves open or has otherwise.
    Sizes chosenSizes() const;
};

/// Bounds on what a file may ask for; the defaults are generous for real models.
struct ReadLimits {
    int64_t fileBytes = int64_t{8} << 30;
    int64_t nodes = 1'000'000;
    int64_t tensors = 1'000'000;
    int64_t attributes = 10'000'000;
    int64_t tensorBytes = int64_t{8} << 30; // all constants together
    int depth = 64;                         // nesting of messages
};

/// The numbers that a model is bound to.
struct BoundSizes {
    Sizes bySymbol;
    std::vector<Shape> inputs; // in the order of ModelFacts::inputs
    BatchChange batch;
};

/// An opened file. It keeps what binding again needs; constants are shared by all graphs that are made of it.
class ModelSource {
public:
    virtual ~ModelSource() = default;
    ModelSource(const ModelSource&) = delete;
    ModelSource& operator=(const ModelSource&) = delete;

    const ModelFacts& facts() const { return m_facts; }

    /// The model for these sizes, which need only name what the file leaves open; others replace the file's own.
    /// Operators that are read but not supported become Opaque nodes: at the end of the network they are cut off
    /// (cut_tail.h); refuse the others with refuseUnsupported(). Throws Error{Usage} for a size that the file does not
    /// have, Error{BadInput} that names the open sizes and how to give them, Error{Unsupported} for a file that is made
    /// for another batch and cannot be changed, Error naming file, place and cause for all else.
    BoundModel bind(const Sizes& sizes);

protected:
    ModelSource() = default;
    /// Dimensions without a name get their symbol here (sizes.h).
    void setInputs(std::vector<ModelInput> inputs);
    /// The graph of `model` for these sizes, not yet inferred, and what is found while it is made. `model` has the
    /// facts already.
    virtual void read(const BoundSizes& sizes, BoundModel& model) = 0;

    ModelFacts m_facts; // filled by the format; path and hash by openModel()

private:
    friend std::unique_ptr<ModelSource> openModel(const std::string& path, const ReadLimits& limits);
    LargeBlock m_bytes; // of the file, where the format reads weights out of them
};

/// Opens a model of any known format, told by its content, not its name. Throws Error naming file, place and cause.
std::unique_ptr<ModelSource> openModel(const std::string& path, const ReadLimits& limits = {});

/// All that the user says, by symbol. Shapes say nothing of the batch, which gives way to `batch` unless a size is
/// given for its symbol. Throws Error{Usage} for a shape that does not fit the file, and for two numbers for one
/// symbol.
Sizes sizesOf(const ModelFacts& facts, const GivenSizes& given, int64_t batch);

/// The shapes of the inputs for these sizes. Throws as ModelSource::bind() does for sizes.
std::vector<Shape> shapesOf(const ModelFacts& facts, const Sizes& sizes);

/// Throws Error{Unsupported} that names every operator that Halftone cannot run and the first layer of each.
void refuseUnsupported(const BoundModel& model);

} // namespace halftone
