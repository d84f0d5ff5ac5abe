// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks zstd files with libzstd.
#include <zstd.h>
#include <zstd_errors.h>

#include <cerrno>
#include <memory>

#include "base/text.hpp"
#include "features.hpp"
#include "io/decompressors.hpp"
#include "io/per_thread.hpp"
#include "io/shared_object.hpp"

#if KMODPP_DLOPEN_ZSTD
KMODPP_DLOPEN_NOTE(KMODPP_NOTE_STRING("libzstd.so.1"), "zstd",
                   "Modules compressed with zstd", "recommended");
#endif

namespace kmodpp::io {

namespace {

constexpr int kMaxWindowLog = 27;  // 128 MiB: what zstd --ultra -22 may ask for

struct Zstd {
    decltype(&ZSTD_createDCtx) createDCtx;
    decltype(&ZSTD_freeDCtx) freeDCtx;
    decltype(&ZSTD_DCtx_reset) DCtx_reset;
    decltype(&ZSTD_DCtx_setParameter) DCtx_setParameter;
    decltype(&ZSTD_decompressDCtx) decompressDCtx;
    decltype(&ZSTD_decompressStream) decompressStream;
    decltype(&ZSTD_findFrameCompressedSize) findFrameCompressedSize;
    decltype(&ZSTD_getFrameContentSize) getFrameContentSize;
    decltype(&ZSTD_isError) isError;
    decltype(&ZSTD_getErrorName) getErrorName;
    decltype(&ZSTD_getErrorCode) getErrorCode;
};

Result<Zstd> open_zstd() {
    TRY_ASSIGN(const SharedObject library,
               SharedObject::open("libzstd.so.1", "libzstd1"));
    Zstd zstd{};
    TRY(library.bind(zstd.createDCtx, "ZSTD_createDCtx"));
    TRY(library.bind(zstd.freeDCtx, "ZSTD_freeDCtx"));
    TRY(library.bind(zstd.DCtx_reset, "ZSTD_DCtx_reset"));
    TRY(library.bind(zstd.DCtx_setParameter, "ZSTD_DCtx_setParameter"));
    TRY(library.bind(zstd.decompressDCtx, "ZSTD_decompressDCtx"));
    TRY(library.bind(zstd.decompressStream, "ZSTD_decompressStream"));
    TRY(library.bind(zstd.findFrameCompressedSize, "ZSTD_findFrameCompressedSize"));
    TRY(library.bind(zstd.getFrameContentSize, "ZSTD_getFrameContentSize"));
    TRY(library.bind(zstd.isError, "ZSTD_isError"));
    TRY(library.bind(zstd.getErrorName, "ZSTD_getErrorName"));
    TRY(library.bind(zstd.getErrorCode, "ZSTD_getErrorCode"));
    return zstd;
}

Status describe(const Zstd& zstd, std::size_t result) {
    if (zstd.isError(result) == 0) return {};
    switch (zstd.getErrorCode(result)) {
        case ZSTD_error_srcSize_wrong: return fail(ErrorKind::malformed, "truncated");
        case ZSTD_error_prefix_unknown:
            return fail(ErrorKind::malformed, "not a zstd frame");
        case ZSTD_error_memory_allocation: return fail_errno(ENOMEM, "cannot decompress");
        case ZSTD_error_frameParameter_windowTooLarge:
            return fail(ErrorKind::unsupported,
                        cat("needs a window of more than ", (1u << kMaxWindowLog) >> 20,
                            " MiB to decompress"));
        default:
            return fail(ErrorKind::malformed,
                        cat("damaged: ", zstd.getErrorName(result)));
    }
}

/// Unpacks a frame whose header has no size, or an implausible one.
Status stream_frame(const Zstd& zstd, ZSTD_DCtx* context, Bytes frame, Buffer& out,
                    std::uint64_t limit) {
    // A failed frame leaves the context in an undefined state.
    TRY(describe(zstd, zstd.DCtx_reset(context, ZSTD_reset_session_only)));
    TRY(describe(zstd,
                 zstd.DCtx_setParameter(context, ZSTD_d_windowLogMax, kMaxWindowLog)));
    ZSTD_inBuffer in{frame.data(), frame.size(), 0};
    for (;;) {
        if (out.spare().empty()) TRY(grow(out, limit));
        ZSTD_outBuffer to{out.spare().data(), out.spare().size(), 0};
        const std::size_t result = zstd.decompressStream(context, &to, &in);
        out.extend(to.pos);
        TRY(describe(zstd, result));
        TRY(check_limit(out, limit));
        if (result == 0) return {};
        if (in.pos == in.size && to.pos < to.size)
            return fail(ErrorKind::malformed, "truncated");
    }
}

/// Unpacks a frame of known size in one call, directly to its destination.
Status unpack_frame(const Zstd& zstd, ZSTD_DCtx* context, Bytes frame,
                    std::uint64_t content, Buffer& out, std::uint64_t limit) {
    if (content > limit - out.size())
        return fail(ErrorKind::malformed,
                    cat("decompressed size exceeds ", limit, " bytes"));
    TRY(reserve_more(out, content, limit));
    const std::size_t made = zstd.decompressDCtx(context, out.spare().data(), content,
                                                 frame.data(), frame.size());
    TRY(describe(zstd, made));
    out.extend(made);
    return {};
}

using ZstdDecoder = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

}  // namespace

Result<Buffer> unpack_zstd(Bytes packed, std::uint64_t limit, Extent extent) {
    static const Result<Zstd> library = open_zstd();
    if (!library) return std::unexpected(library.error());
    const Zstd& zstd = *library;
    static PerThread<ZstdDecoder> decoders;
    TRY_ASSIGN(ZstdDecoder* const decoder,
               decoders.get([&]() -> Result<std::unique_ptr<ZstdDecoder>> {
                   auto made =
                       std::make_unique<ZstdDecoder>(zstd.createDCtx(), zstd.freeDCtx);
                   if (!*made) return fail_errno(ENOMEM, "cannot set up libzstd.so.1");
                   return made;
               }));

    Buffer out;
    for (Bytes rest = packed; !rest.empty();) {
        const std::size_t size = zstd.findFrameCompressedSize(rest.data(), rest.size());
        if (auto status = describe(zstd, size); !status)
            return std::unexpected(
                within(std::move(status).error(),
                       cat("frame at offset ", hex(packed.size() - rest.size()))));
        const Bytes frame = rest.first(size);
        const auto content = zstd.getFrameContentSize(frame.data(), frame.size());
        const bool known =
            content != ZSTD_CONTENTSIZE_UNKNOWN && content != ZSTD_CONTENTSIZE_ERROR;
        if (known && plausible_size(content, frame) == content) {
            TRY(unpack_frame(zstd, decoder->get(), frame, content, out, limit));
        } else {
            const std::size_t before = out.size();
            TRY(stream_frame(zstd, decoder->get(), frame, out, limit));
            // libzstd does not compare the sizes if the last block is empty.
            if (known && out.size() - before != content)
                return fail(ErrorKind::malformed,
                            cat("damaged: a frame has ", out.size() - before,
                                " bytes instead of ", content));
        }
        if (extent == Extent::first_stream) break;
        rest = rest.subspan(size);
    }
    return out;
}

}  // namespace kmodpp::io
