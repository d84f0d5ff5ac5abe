// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks xz files with liblzma.
#include <lzma.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/text.hpp"
#include "features.hpp"
#include "io/decompressors.hpp"
#include "io/per_thread.hpp"
#include "io/shared_object.hpp"

#if KMODPP_DLOPEN_XZ
KMODPP_DLOPEN_NOTE(KMODPP_NOTE_STRING("liblzma.so.5"), "xz", "Modules compressed with xz",
                   "recommended");
#endif

namespace kmodpp::io {

namespace {

// xz -9 needs 65 MiB; a header may ask for 4 GiB.
constexpr std::uint64_t kMemoryLimit = 128u << 20;
constexpr std::uint64_t kXzRatio = 5;

struct Lzma {
    decltype(&lzma_stream_decoder) stream_decoder;
    decltype(&lzma_code) code;
    decltype(&lzma_memusage) memusage;
    decltype(&lzma_end) end;
};

Result<Lzma> open_lzma() {
    TRY_ASSIGN(const SharedObject library,
               SharedObject::open("liblzma.so.5", "liblzma5"));
    Lzma lzma{};
    TRY(library.bind(lzma.stream_decoder, "lzma_stream_decoder"));
    TRY(library.bind(lzma.code, "lzma_code"));
    TRY(library.bind(lzma.memusage, "lzma_memusage"));
    TRY(library.bind(lzma.end, "lzma_end"));
    return lzma;
}

/// One decoder per thread, because a reused decoder keeps the memory of its dictionary.
struct XzDecoder {
    explicit XzDecoder(const Lzma& library) : lzma(library) {}
    XzDecoder(const XzDecoder&) = delete;
    ~XzDecoder() { lzma.end(&stream); }

    const Lzma& lzma;
    lzma_stream stream = LZMA_STREAM_INIT;
};

Status describe(XzDecoder& decoder, lzma_ret result) {
    switch (result) {
        case LZMA_OK: return {};
        case LZMA_BUF_ERROR: return fail(ErrorKind::malformed, "truncated");
        case LZMA_FORMAT_ERROR: return fail(ErrorKind::malformed, "not an xz stream");
        case LZMA_DATA_ERROR:
            return fail(ErrorKind::malformed, "damaged, or followed by other bytes");
        case LZMA_MEM_ERROR: return fail_errno(ENOMEM, "cannot decompress");
        case LZMA_OPTIONS_ERROR:
            return fail(
                ErrorKind::unsupported,
                "damaged, or made with options that liblzma.so.5 does not support");
        case LZMA_MEMLIMIT_ERROR:
            return fail(ErrorKind::unsupported,
                        cat("needs ", decoder.lzma.memusage(&decoder.stream) >> 20,
                            " MiB of memory to decompress, more than the ",
                            kMemoryLimit >> 20, " allowed"));
        default:
            return fail(ErrorKind::malformed,
                        cat("liblzma.so.5 fails with error ", static_cast<int>(result)));
    }
}

}  // namespace

Result<Buffer> unpack_xz(Bytes packed, std::uint64_t limit, Extent extent) {
    static const Result<Lzma> library = open_lzma();
    if (!library) return std::unexpected(library.error());
    static PerThread<XzDecoder> decoders;
    TRY_ASSIGN(XzDecoder* const own, decoders.get([] {
        return Result<std::unique_ptr<XzDecoder>>(std::make_unique<XzDecoder>(*library));
    }));
    XzDecoder& decoder = *own;
    lzma_stream& stream = decoder.stream;
    const std::uint32_t flags = extent == Extent::whole ? LZMA_CONCATENATED : 0;
    TRY(describe(decoder, library->stream_decoder(&stream, kMemoryLimit, flags)));

    Buffer out;
    TRY(reserve_more(out, packed.size() * kXzRatio, limit));
    const void* const in = packed.data();
    stream.next_in = static_cast<const std::uint8_t*>(in);
    stream.avail_in = packed.size();
    for (;;) {
        if (out.spare().empty()) TRY(grow(out, limit));
        const std::size_t room = out.spare().size();
        void* const to = out.spare().data();
        stream.next_out = static_cast<std::uint8_t*>(to);
        stream.avail_out = room;
        const lzma_ret result = library->code(&stream, LZMA_FINISH);
        out.extend(room - stream.avail_out);
        TRY(check_limit(out, limit));
        if (result == LZMA_STREAM_END) return out;
        TRY(describe(decoder, result));
    }
}

}  // namespace kmodpp::io
