// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/packers.hpp"

#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <stdexcept>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "io/shared_object.hpp"

namespace kmodpp::test {

namespace {

template <class Function>
Function function(const char* soname, const char* name) {
    const auto library = io::SharedObject::open(soname, "none");
    if (!library) throw std::runtime_error(library.error().message);
    Function found{};
    if (auto status = library->bind(found, name); !status)
        throw std::runtime_error(status.error().message);
    return found;
}

#define FUNCTION(soname, name) function<decltype(&(name))>(soname, #name)

const std::uint8_t* octets(std::string_view text) {
    const void* const data = text.data();
    return static_cast<const std::uint8_t*>(data);
}

std::uint8_t* octets(std::string& text) {
    void* const data = text.data();
    return static_cast<std::uint8_t*>(data);
}

std::string pack_gzip(std::string_view text) {
    auto* const compressor = FUNCTION("libdeflate.so.0", libdeflate_alloc_compressor)(6);
    std::string out(text.size() + 4096, '\0');
    out.resize(FUNCTION("libdeflate.so.0", libdeflate_gzip_compress)(
        compressor, text.data(), text.size(), out.data(), out.size()));
    FUNCTION("libdeflate.so.0", libdeflate_free_compressor)(compressor);
    return out;
}

std::string pack_zstd(std::string_view text) {
    std::string out(text.size() + 4096, '\0');
    out.resize(FUNCTION("libzstd.so.1", ZSTD_compress)(out.data(), out.size(),
                                                       text.data(), text.size(), 3));
    return out;
}

}  // namespace

std::string pack(io::Compression compression, std::string_view text) {
    switch (compression) {
        case io::Compression::gzip: return pack_gzip(text);
        case io::Compression::xz: return pack_xz(text, 1u << 20);
        case io::Compression::zstd: return pack_zstd(text);
        case io::Compression::none: break;
    }
    return std::string(text);
}

std::string pack_zstd_piped(std::string_view text, int window_log) {
    auto* const context = FUNCTION("libzstd.so.1", ZSTD_createCCtx)();
    const auto set = FUNCTION("libzstd.so.1", ZSTD_CCtx_setParameter);
    set(context, ZSTD_c_checksumFlag, 1);
    if (window_log != 0) set(context, ZSTD_c_windowLog, window_log);
    const auto stream = FUNCTION("libzstd.so.1", ZSTD_compressStream2);
    std::string out(text.size() + 4096, '\0');
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    stream(context, &to, &in, ZSTD_e_continue);
    if (stream(context, &to, &in, ZSTD_e_end) != 0) throw std::runtime_error("no room");
    FUNCTION("libzstd.so.1", ZSTD_freeCCtx)(context);
    out.resize(to.pos);
    return out;
}

std::string pack_xz(std::string_view text, std::uint32_t dictionary) {
    lzma_options_lzma options{};
    FUNCTION("liblzma.so.5", lzma_lzma_preset)(&options, 0);
    options.dict_size = dictionary;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    std::string out(text.size() + 4096, '\0');
    std::size_t used = 0;
    if (FUNCTION("liblzma.so.5", lzma_stream_buffer_encode)(
            filters, LZMA_CHECK_CRC32, nullptr, octets(text), text.size(), octets(out),
            &used, out.size()) != LZMA_OK)
        throw std::runtime_error("cannot pack as xz");
    out.resize(used);
    return out;
}

std::string pack_lz4(std::string_view text) {
    using Compress = int(const char*, char*, int, int);
    constexpr std::size_t kBlock = 8u << 20;
    auto* const compress = function<Compress*>("liblz4.so.1", "LZ4_compress_default");
    std::string out = "\x02\x21\x4c\x18";
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kBlock))) {
        const std::string_view block = text.substr(0, kBlock);
        std::string packed(block.size() + block.size() / 100 + 64, '\0');
        const int size =
            compress(block.data(), packed.data(), static_cast<int>(block.size()),
                     static_cast<int>(packed.size()));
        if (size <= 0) throw std::runtime_error("LZ4_compress_default");
        append(out, static_cast<std::uint32_t>(size), std::endian::little);
        out.append(packed, 0, static_cast<std::size_t>(size));
    }
    return out;
}

std::string sample(std::size_t size) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += cat("symbol_", (state >> 16) % 5000, '\n');
    }
    text.resize(size);
    return text;
}

}  // namespace kmodpp::test
