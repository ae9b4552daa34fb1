// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/probe.h"

#include "core/base/error.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace halftone {

namespace {

struct Signature {
    size_t offset;
    std::string_view bytes;
    ErrorCode code;
    const char* sentence;
};

using namespace std::string_view_literals;

constexpr const char* kUnpack = "The file is a compressed archive. Unpack it and open the model inside.";
constexpr const char* kPicture = "The file is a picture, not a model. Choose a model file.";

// Files that users take for a model, each with the way out.
constexpr Signature kSignatures[] = {
    {0, "version https://git-lfs"sv, ErrorCode::BadInput,
     "The file is a Git LFS pointer, not the model itself. Run \"git lfs pull\" in its repository and open "
     "it again."},
    {0, "PK\x03\x04"sv, ErrorCode::BadInput,
     "The file is a zip archive (PyTorch and Keras files are zip archives too). Unpack it, or export the "
     "model to ONNX."},
    {0, "\x1f\x8b"sv, ErrorCode::BadInput, kUnpack},
    {0, "BZh"sv, ErrorCode::BadInput, kUnpack},
    {0, "\xFD\x37zXZ"sv, ErrorCode::BadInput, kUnpack},
    {0, "\x28\xB5\x2F\xFD"sv, ErrorCode::BadInput, kUnpack},
    {0, "7z\xBC\xAF\x27\x1C"sv, ErrorCode::BadInput, kUnpack},
    {257, "ustar"sv, ErrorCode::BadInput, kUnpack},
    {4, "ORTM"sv, ErrorCode::Unsupported,
     "The file is a model in ONNX Runtime's own format. Open the ONNX file that it was made from."},
    {0, "\x89HDF\r\n\x1a\n"sv, ErrorCode::Unsupported,
     "The file is an HDF5 file (Keras). Export the model to ONNX with tf2onnx."},
    {0, "\x93NUMPY"sv, ErrorCode::BadInput, "The file is a NumPy array, not a model. Choose a model file."},
    {0, "GGUF"sv, ErrorCode::Unsupported, "The file is a GGUF language model, which Halftone does not read."},
    {0, "\x89PNG"sv, ErrorCode::BadInput, kPicture},
    {0, "\xFF\xD8\xFF"sv, ErrorCode::BadInput, kPicture},
    {0,
     "\x7f"
     "ELF"sv,
     ErrorCode::BadInput, "The file is a program or library, not a model. Choose a model file."},
};

bool startsWithIgnoringCase(std::string_view text, std::string_view lowerCase) {
    return text.size() >= lowerCase.size() &&
           std::equal(lowerCase.begin(), lowerCase.end(), text.begin(), [](char want, char have) {
               return want == (have >= 'A' && have <= 'Z' ? static_cast<char>(have - 'A' + 'a') : have);
           });
}

bool isTextByte(char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

void refuseMarkup(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos || text[begin] != '<')
        return;
    text.remove_prefix(begin);
    if (startsWithIgnoringCase(text, "<!doctype html") || startsWithIgnoringCase(text, "<html"))
        throw Error(ErrorCode::BadInput,
                    "The file is a web page, probably an error message saved by a failed download. "
                    "Download the model again.");
    if (startsWithIgnoringCase(text, "<?xml"))
        throw Error(ErrorCode::BadInput, "The file is an XML file, not a model. Choose a model file.");
}

} // namespace

void refuseForeign(std::span<const std::byte> bytes) {
    if (bytes.empty())
        throw Error(ErrorCode::BadInput, "The file is empty. Download or export the model again.");
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    for (const Signature& signature : kSignatures)
        if (text.size() >= signature.offset && text.substr(signature.offset).starts_with(signature.bytes))
            throw Error(signature.code, signature.sentence);
    refuseMarkup(text);
    if (text.find_first_not_of('\0') == std::string_view::npos)
        throw Error(ErrorCode::BadInput, "The file holds nothing but zero bytes. Download or export the model again.");
    if (text.size() >= 16 && std::all_of(text.begin(), text.begin() + std::min<size_t>(text.size(), 256), isTextByte))
        throw Error(ErrorCode::BadInput, "The file is a text file, not a model. Choose a model file.");
}

} // namespace halftone
