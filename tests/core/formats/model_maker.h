// SPDX-License-Identifier: GPL-3.0-or-later
// ONNX models made in a few lines, good and bad, and what reading them says.
#pragma once

#include "core/base/error.h"
#include "core/formats/onnx/messages.h"
#include "tests/support/read_model.h"
#include "tests/support/temporary_folder.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone::test {

/// Builds a model; every function returns what it added, to be spoiled further.
class ModelMaker {
public:
    explicit ModelMaker(int64_t opset = 13);

    onnx::ModelProto proto;
    onnx::GraphProto& graph() { return *proto.mutable_graph(); }

    /// A dimension of -1 is open, the first one by the name "N".
    onnx::ValueInfoProto& input(const std::string& name, const std::vector<int64_t>& shape);
    onnx::ValueInfoProto& output(const std::string& name);
    onnx::TensorProto& weight(const std::string& name, const std::vector<int64_t>& shape, float value = 1);
    onnx::TensorProto& floats(const std::string& name, const std::vector<int64_t>& shape,
                              const std::vector<float>& values);
    onnx::TensorProto& integers(const std::string& name, const std::vector<int64_t>& values);
    onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs, const std::string& name = "");
    std::string bytes() const { return proto.SerializeAsString(); }
};

void set(onnx::NodeProto& node, const std::string& attribute, int64_t value);
void set(onnx::NodeProto& node, const std::string& attribute, float value);
void set(onnx::NodeProto& node, const std::string& attribute, const char* value);
void set(onnx::NodeProto& node, const std::string& attribute, const std::vector<int64_t>& values);
/// A graph inside the layer: a branch of an If, the body of a Loop.
void set(onnx::NodeProto& node, const std::string& attribute, const onnx::GraphProto& graph);

/// x [-1,3,8,8] -> Conv "conv1" (weights w [4,3,3,3], bias b) -> Relu "relu1" -> y: small and valid.
ModelMaker smallModel(int64_t opset = 13);

/// x of `shape` -> one layer `op` named "layer" -> y.
struct OneLayer {
    ModelMaker model;
    onnx::NodeProto& node;

    OneLayer(const std::string& op, int64_t opset, const std::vector<int64_t>& shape,
             const std::vector<std::string>& furtherInputs = {});
};

ReadModel readBytes(const std::string& bytes, const ReadLimits& limits = {});
ReadModel read(const ModelMaker& model);
/// Reads `model` and returns the operator of its layer `name`.
Op opOf(const ModelMaker& model, const std::string& name = "layer");
const Node& nodeNamed(const Graph& graph, const std::string& name);

/// The error that reading ends with, as "code: message"; "read" when there is none.
std::string refusalOfBytes(const std::string& bytes, const ReadLimits& limits = {});
std::string refusalOfFile(const std::string& path, const ReadLimits& limits = {});
std::string refusalOf(const ModelMaker& model);
/// The same of readModel() and refuseUnsupported() together.
std::string unsupportedIn(const ModelMaker& model);

} // namespace halftone::test

/// `refusal` ("code: message") begins with `code` and holds `piece`.
#define CHECK_REFUSAL(refusal, code, piece)                                                                            \
    do {                                                                                                               \
        const std::string actual = (refusal);                                                                          \
        INFO(actual);                                                                                                  \
        CHECK(actual.rfind(std::string(code) + ": ", 0) == 0);                                                         \
        CHECK(actual.find(piece) != std::string::npos);                                                                \
    } while (false)
