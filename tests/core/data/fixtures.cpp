// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/data/fixtures.h"

#include <archive.h>
#include <archive_entry.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <jpeglib.h>
#include <memory>
#include <png.h>

namespace halftone::test {

namespace fs = std::filesystem;

Picture patternPicture(int width, int height, int channels) {
    Picture picture{width, height, channels, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                picture.pixels.push_back(static_cast<uint8_t>(x * 37 + y * 91 + c * 53 + x * y * 7));
    return picture;
}

std::string encodePng(int width, int height, const PngOptions& options, std::string_view rows) {
    std::string out;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(
        png, &out,
        [](png_structp p, png_bytep data, size_t size) {
            static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<char*>(data), size);
        },
        nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.bitDepth,
                 options.colourType, options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<png_color> palette;
    if (options.colourType == PNG_COLOR_TYPE_PALETTE) {
        for (int i = 0; i < 1 << options.bitDepth; ++i)
            palette.push_back({static_cast<png_byte>(i), static_cast<png_byte>(2 * i), static_cast<png_byte>(3 * i)});
        png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    }
    std::string copy(rows);
    std::vector<png_bytep> pointers;
    for (size_t y = 0; y < static_cast<size_t>(height); ++y)
        pointers.push_back(reinterpret_cast<png_bytep>(copy.data()) + y * (copy.size() / static_cast<size_t>(height)));
    png_set_rows(png, info, pointers.data());
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

std::string encodePng(const Picture& picture) {
    const int colourType = picture.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    return encodePng(picture.width, picture.height, {colourType},
                     {reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size()});
}

std::string encodeJpeg(const Picture& picture, JpegKind kind) {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &buffer, &size);
    jpeg.image_width = static_cast<JDIMENSION>(picture.width);
    jpeg.image_height = static_cast<JDIMENSION>(picture.height);
    jpeg.input_components = picture.channels;
    jpeg.in_color_space = kind == JpegKind::Cmyk ? JCS_CMYK : picture.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 95, TRUE);
    if (kind == JpegKind::Progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    std::vector<uint8_t> pixels = picture.pixels;
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = pixels.data() + jpeg.next_scanline * static_cast<size_t>(picture.width * picture.channels);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    std::string out(reinterpret_cast<char*>(buffer), size);
    std::free(buffer);
    return out;
}

std::string pack(const std::vector<Member>& members, Packing packing) {
    const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(), &archive_write_free);
    if (packing == Packing::Tar || packing == Packing::TarGz) {
        archive_write_set_format_pax_restricted(out.get());
        if (packing == Packing::TarGz)
            archive_write_add_filter_gzip(out.get());
    } else {
        archive_write_set_format_zip(out.get());
        if (packing == Packing::ZipStored)
            archive_write_zip_set_compression_store(out.get());
        if (packing == Packing::ZipEncrypted) {
            archive_write_set_options(out.get(), "zip:encryption=aes256");
            archive_write_set_passphrase(out.get(), "secret");
        }
    }
    archive_write_set_bytes_in_last_block(out.get(), 1);
    std::string text;
    archive_write_open(
        out.get(), &text, nullptr,
        [](archive*, void* client, const void* data, size_t size) -> la_ssize_t {
            static_cast<std::string*>(client)->append(static_cast<const char*>(data), size);
            return static_cast<la_ssize_t>(size);
        },
        nullptr);
    for (const Member& member : members) {
        const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                                  &archive_entry_free);
        archive_entry_set_pathname(entry.get(), member.name.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
        archive_write_header(out.get(), entry.get());
        archive_write_data(out.get(), member.content.data(), member.content.size());
    }
    archive_write_close(out.get());
    return text;
}

std::string gzip(std::string_view content) {
    const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(), &archive_write_free);
    archive_write_set_format_raw(out.get());
    archive_write_add_filter_gzip(out.get());
    archive_write_set_bytes_in_last_block(out.get(), 1);
    std::vector<char> buffer(content.size() + 4096);
    size_t used = 0;
    archive_write_open_memory(out.get(), buffer.data(), buffer.size(), &used);
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), &archive_entry_free);
    archive_entry_set_pathname(entry.get(), "data");
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_write_header(out.get(), entry.get());
    archive_write_data(out.get(), content.data(), content.size());
    archive_write_close(out.get());
    return {buffer.data(), used};
}

std::string npy(const std::string& dictionary, std::string_view data) {
    std::string text = "\x93NUMPY\x01";
    text += '\0';
    text += static_cast<char>(dictionary.size() & 0xFF);
    text += static_cast<char>(dictionary.size() >> 8);
    return text + dictionary + std::string(data);
}

std::string npyDictionary(const std::string& descr, const std::string& shape, bool fortranOrder) {
    return "{'descr': '" + descr + "', 'fortran_order': " + (fortranOrder ? "True" : "False") + ", 'shape': " + shape +
           ", }\n";
}

std::string idx(int type, const std::vector<uint32_t>& dims, std::string_view data) {
    std::string text(2, '\0');
    text += static_cast<char>(type);
    text += static_cast<char>(dims.size());
    for (uint32_t dim : dims)
        for (int shift = 24; shift >= 0; shift -= 8)
            text += static_cast<char>(dim >> shift & 0xFF);
    return text + std::string(data);
}

std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace halftone::test
