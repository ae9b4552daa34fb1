// SPDX-License-Identifier: GPL-3.0-or-later
// libjpeg's error handler must not return. The functions that set the jump own nothing; the decoder and the
// pixels live in their caller, so nothing leaks when the handler jumps.
#include "core/base/error.h"
#include "core/data/decoders.h"

#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

namespace halftone {

namespace {

/// Ordinary progressive pictures have about 10 scans; each costs a pass over all pixels.
constexpr int maxScans = 100;

struct JpegDecoder {
    JpegDecoder() {
        info.err = jpeg_std_error(&errors);
        errors.error_exit = &onError;
        errors.emit_message = &onMessage;
        info.client_data = this;
        progress.progress_monitor = &onProgress;
    }
    ~JpegDecoder() { jpeg_destroy_decompress(&info); }
    JpegDecoder(const JpegDecoder&) = delete;
    JpegDecoder& operator=(const JpegDecoder&) = delete;

    [[noreturn]] static void onError(j_common_ptr common) {
        auto* self = static_cast<JpegDecoder*>(common->client_data);
        (*common->err->format_message)(common, self->message);
        std::longjmp(self->jump, 1);
    }
    /// Where libjpeg would go on with invented pixels, the picture is refused; other warnings change no
    /// pixel.
    static void onMessage(j_common_ptr common, int level) {
        const int code = common->err->msg_code;
        if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                          code == JWRN_MUST_RESYNC))
            onError(common);
    }
    static void onProgress(j_common_ptr common) {
        auto* self = static_cast<JpegDecoder*>(common->client_data);
        if (self->info.input_scan_number > maxScans) {
            std::snprintf(self->message, sizeof self->message, "more than %d scans", maxScans);
            std::longjmp(self->jump, 1);
        }
    }

    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX] = {};
};

bool readHeader(JpegDecoder& decoder, std::span<const std::byte> bytes) {
    if (setjmp(decoder.jump))
        return false;
    jpeg_create_decompress(&decoder.info);
    decoder.info.progress = &decoder.progress;
    jpeg_mem_src(&decoder.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&decoder.info, TRUE);
    return true;
}

bool readRows(JpegDecoder& decoder, uint8_t* pixels, size_t rowBytes) {
    if (setjmp(decoder.jump))
        return false;
    jpeg_start_decompress(&decoder.info);
    while (decoder.info.output_scanline < decoder.info.output_height) {
        JSAMPROW row = pixels + decoder.info.output_scanline * rowBytes;
        jpeg_read_scanlines(&decoder.info, &row, 1);
    }
    jpeg_finish_decompress(&decoder.info);
    return true;
}

} // namespace

Picture decodeJpeg(std::span<const std::byte> bytes, const std::string& where) {
    JpegDecoder decoder;
    if (!readHeader(decoder, bytes))
        throwDamaged("JPEG picture", decoder.message, where);
    if (decoder.info.jpeg_color_space == JCS_CMYK || decoder.info.jpeg_color_space == JCS_YCCK)
        throw Error(ErrorCode::Unsupported,
                    where + ": the JPEG picture is CMYK (for print), which has no defined RGB values. Convert it "
                            "to RGB, or remove it.",
                    where);
    const bool grey = decoder.info.jpeg_color_space == JCS_GRAYSCALE;
    decoder.info.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    Picture picture = allocatePicture(decoder.info.image_width, decoder.info.image_height, grey ? 1 : 3, where);
    const size_t rowBytes = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.channels);
    if (!readRows(decoder, picture.pixels.data(), rowBytes))
        throwDamaged("JPEG picture", decoder.message, where);
    return picture;
}

} // namespace halftone
