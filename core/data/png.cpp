// SPDX-License-Identifier: GPL-3.0-or-later
// libpng reports errors by longjmp. The functions that set the jump own nothing; the decoder and the pixels
// live in their caller, so nothing leaks when libpng jumps.
#include "core/base/error.h"
#include "core/data/decoders.h"

#include <csetjmp>
#include <cstring>
#include <png.h>

namespace halftone {

namespace {

struct PngDecoder {
    explicit PngDecoder(std::span<const std::byte> bytes) : rest(bytes) {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &onError, [](png_structp, png_const_charp) {});
        info = png ? png_create_info_struct(png) : nullptr;
    }
    ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }
    PngDecoder(const PngDecoder&) = delete;
    PngDecoder& operator=(const PngDecoder&) = delete;

    [[noreturn]] static void onError(png_structp png, png_const_charp text) {
        auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
        std::strncpy(self->message, text, sizeof self->message - 1);
        png_longjmp(png, 1);
    }
    static void onRead(png_structp png, png_bytep dst, size_t count) {
        auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
        if (count > self->rest.size())
            png_error(png, "the file ends too early");
        std::memcpy(dst, self->rest.data(), count);
        self->rest = self->rest.subspan(count);
    }

    png_structp png = nullptr;
    png_infop info = nullptr;
    std::span<const std::byte> rest;
    char message[128] = {};
};

/// Reads up to the first row and asks for 8-bit grey or RGB. False: see decoder.message.
bool readHeader(PngDecoder& decoder) {
    png_structp png = decoder.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_read_fn(png, &decoder, &PngDecoder::onRead);
    png_read_info(png, decoder.info);
    const int colour = png_get_color_type(png, decoder.info);
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    return true;
}

bool readRows(PngDecoder& decoder, png_bytepp rows, size_t rowBytes) {
    png_structp png = decoder.png;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_read_update_info(png, decoder.info);
    if (png_get_rowbytes(png, decoder.info) != rowBytes)
        png_error(png, "unexpected row size");
    png_read_image(png, rows);
    png_read_end(png, nullptr);
    return true;
}

} // namespace

Picture decodePng(std::span<const std::byte> bytes, const std::string& where) {
    PngDecoder decoder(bytes);
    if (!decoder.info)
        throw Error(ErrorCode::Internal, where + ": libpng could not be started.", where);
    if (!readHeader(decoder))
        throwDamaged("PNG picture", decoder.message, where);

    const bool colour = png_get_color_type(decoder.png, decoder.info) & PNG_COLOR_MASK_COLOR;
    Picture picture = allocatePicture(png_get_image_width(decoder.png, decoder.info),
                                      png_get_image_height(decoder.png, decoder.info), colour ? 3 : 1, where);
    const size_t rowBytes = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.channels);
    std::vector<png_bytep> rows(static_cast<size_t>(picture.height));
    for (size_t y = 0; y < rows.size(); ++y)
        rows[y] = picture.pixels.data() + y * rowBytes;
    if (!readRows(decoder, rows.data(), rowBytes))
        throwDamaged("PNG picture", decoder.message, where);
    return picture;
}

} // namespace halftone
