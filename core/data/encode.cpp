// SPDX-License-Identifier: GPL-3.0-or-later
// As in the decoders: the functions that libpng and libjpeg jump out of own nothing.
#include "core/data/encode.h"

#include "core/base/error.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>
#include <png.h>

namespace halftone {

namespace {

constexpr const char* kFailed = "A picture could not be packed: there is not enough memory.";

struct JpegEncoder {
    JpegEncoder() {
        info.err = jpeg_std_error(&errors);
        errors.error_exit = [](j_common_ptr common) {
            std::longjmp(static_cast<JpegEncoder*>(common->client_data)->jump, 1);
        };
        info.client_data = this;
    }
    ~JpegEncoder() {
        jpeg_destroy_compress(&info);
        std::free(bytes);
    }
    JpegEncoder(const JpegEncoder&) = delete;
    JpegEncoder& operator=(const JpegEncoder&) = delete;

    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    std::jmp_buf jump;
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
};

bool write(JpegEncoder& encoder, const Picture& picture, int quality) {
    if (setjmp(encoder.jump))
        return false;
    jpeg_create_compress(&encoder.info);
    jpeg_mem_dest(&encoder.info, &encoder.bytes, &encoder.size);
    encoder.info.image_width = static_cast<JDIMENSION>(picture.width);
    encoder.info.image_height = static_cast<JDIMENSION>(picture.height);
    encoder.info.input_components = picture.channels;
    encoder.info.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&encoder.info);
    jpeg_set_quality(&encoder.info, quality, TRUE);
    jpeg_start_compress(&encoder.info, TRUE);
    const size_t rowBytes = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.channels);
    while (encoder.info.next_scanline < encoder.info.image_height) {
        auto* row = const_cast<JSAMPROW>(picture.pixels.data() + encoder.info.next_scanline * rowBytes);
        jpeg_write_scanlines(&encoder.info, &row, 1);
    }
    jpeg_finish_compress(&encoder.info);
    return true;
}

} // namespace

std::vector<std::byte> encodeJpeg(const Picture& picture, int quality) {
    JpegEncoder encoder;
    if (!write(encoder, picture, quality))
        throw Error(ErrorCode::Limit, kFailed);
    const auto* bytes = reinterpret_cast<const std::byte*>(encoder.bytes);
    return {bytes, bytes + encoder.size};
}

std::vector<std::byte> encodePng(const Picture& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t size = 0;
    if (!png_image_write_to_memory(&image, nullptr, &size, 0, picture.pixels.data(), 0, nullptr))
        throw Error(ErrorCode::Limit, kFailed);
    std::vector<std::byte> bytes(size);
    if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr))
        throw Error(ErrorCode::Limit, kFailed);
    bytes.resize(size);
    return bytes;
}

} // namespace halftone
