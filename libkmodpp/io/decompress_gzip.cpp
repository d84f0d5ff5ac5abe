// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks gzip files with libdeflate, or with zlib if that is missing.
#define ZLIB_CONST  // next_in points to const bytes
#include <zlib.h>

#include "features.hpp"
#if KMODPP_WITH_LIBDEFLATE
#include <libdeflate.h>
#endif

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "io/decompress.hpp"
#include "io/decompressors.hpp"
#include "io/per_thread.hpp"
#include "io/shared_object.hpp"

#if KMODPP_DLOPEN_ZLIB
#if KMODPP_WITH_LIBDEFLATE
#define KMODPP_GZIP_LIBRARIES \
    KMODPP_NOTE_STRING("libdeflate.so.0") "," KMODPP_NOTE_STRING("libz.so.1")
#else
#define KMODPP_GZIP_LIBRARIES KMODPP_NOTE_STRING("libz.so.1")
#endif
KMODPP_DLOPEN_NOTE(KMODPP_GZIP_LIBRARIES, "gzip", "Modules compressed with gzip",
                   "recommended");
#endif

namespace kmodpp::io {

namespace {

// Header of 10 bytes, empty block of 2, CRC and size of 4 each.
constexpr std::size_t kSmallestMember = 20;
constexpr std::uint64_t kUsualRatio = 5;

/// Unpacks the members of a file in turn. Zeros after the last member are padding, as
/// added by tapes and block devices.
/// \param unpack_member (Bytes rest, Buffer& out) -> Result<size used>
template <class UnpackMember>
Result<Buffer> unpack_members(Bytes packed, std::uint64_t limit, Extent extent,
                              UnpackMember unpack_member) {
    if (packed.size() < kSmallestMember)
        return fail(ErrorKind::malformed, cat("truncated: ", packed.size(),
                                              " bytes are too few for a gzip member"));
    // The last four bytes are the size of the last member modulo 2^32. Most files have
    // only one member.
    const std::uint64_t size =
        extent == Extent::whole
            ? load<std::uint32_t>(packed.last(4).data(), std::endian::little)
            : packed.size() * kUsualRatio;
    Buffer out;
    TRY(reserve_more(out, std::max<std::uint64_t>(plausible_size(size, packed), 1),
                     limit));

    Bytes rest = packed;
    do {
        if (detect_compression(rest) != Compression::gzip) {
            const bool padding = std::ranges::all_of(
                rest, [](std::byte byte) { return byte == std::byte{0}; });
            if (padding && rest.size() < packed.size()) return out;
            return fail(ErrorKind::malformed,
                        cat("bytes at offset ", hex(packed.size() - rest.size()),
                            " are not a gzip member"));
        }
        TRY_ASSIGN(const std::size_t used, unpack_member(rest, out));
        rest = rest.subspan(used);
    } while (extent == Extent::whole && !rest.empty());
    return out;
}

// --- libdeflate ----------------------------------------------------------------------

#if KMODPP_WITH_LIBDEFLATE
struct Deflate {
    decltype(&libdeflate_alloc_decompressor) alloc_decompressor;
    decltype(&libdeflate_free_decompressor) free_decompressor;
    decltype(&libdeflate_gzip_decompress_ex) gzip_decompress_ex;
};

Result<Deflate> open_deflate() {
    TRY_ASSIGN(const SharedObject library,
               SharedObject::open("libdeflate.so.0", "libdeflate0"));
    Deflate deflate{};
    TRY(library.bind(deflate.alloc_decompressor, "libdeflate_alloc_decompressor"));
    TRY(library.bind(deflate.free_decompressor, "libdeflate_free_decompressor"));
    TRY(library.bind(deflate.gzip_decompress_ex, "libdeflate_gzip_decompress_ex"));
    return deflate;
}

const Result<Deflate>& deflate_library() {
    static const Result<Deflate> library = open_deflate();
    return library;
}
#endif

// --- zlib ----------------------------------------------------------------------------

constexpr int kGzipWindow = 15 + 16;          // 32 KiB; "+ 16" selects gzip
constexpr std::size_t kMaxAtOnce = 1u << 30;  // its counters have 32 bits

struct Zlib {
    decltype(&::inflateInit2_) inflateInit2_;
    decltype(&::inflateReset) inflateReset;
    decltype(&::inflate) inflate;
    decltype(&::inflateEnd) inflateEnd;
};

Result<Zlib> open_zlib() {
    TRY_ASSIGN(const SharedObject library, SharedObject::open("libz.so.1", "zlib1g"));
    Zlib zlib{};
    TRY(library.bind(zlib.inflateInit2_, "inflateInit2_"));
    TRY(library.bind(zlib.inflateReset, "inflateReset"));
    TRY(library.bind(zlib.inflate, "inflate"));
    TRY(library.bind(zlib.inflateEnd, "inflateEnd"));
    return zlib;
}

const Result<Zlib>& zlib_library() {
    static const Result<Zlib> library = open_zlib();
    return library;
}

/// One decoder per thread, set up at its first use.
class Inflater {
public:
    explicit Inflater(const Zlib& zlib)
        : zlib_(zlib),
          ready_(zlib.inflateInit2_(&stream_, kGzipWindow, ZLIB_VERSION,
                                    sizeof stream_) == Z_OK) {}
    Inflater(const Inflater&) = delete;
    ~Inflater() {
        if (ready_) zlib_.inflateEnd(&stream_);
    }

    [[nodiscard]] Result<std::size_t> unpack_member(Bytes rest, Buffer& out,
                                                    std::uint64_t limit);

private:
    const Zlib& zlib_;
    z_stream stream_{};
    bool ready_;
};

Result<std::size_t> Inflater::unpack_member(Bytes rest, Buffer& out,
                                            std::uint64_t limit) {
    if (!ready_ || zlib_.inflateReset(&stream_) != Z_OK)
        return fail_errno(ENOMEM, "cannot set up libz.so.1");
    const std::size_t whole = rest.size();
    for (;;) {
        if (out.spare().empty()) TRY(grow(out, limit));
        const std::size_t input = std::min(rest.size(), kMaxAtOnce);
        const std::size_t room = std::min(out.spare().size(), kMaxAtOnce);
        const void* const in = rest.data();
        void* const to = out.spare().data();
        stream_.next_in = static_cast<const Bytef*>(in);
        stream_.avail_in = static_cast<unsigned>(input);
        stream_.next_out = static_cast<Bytef*>(to);
        stream_.avail_out = static_cast<unsigned>(room);
        const int result = zlib_.inflate(&stream_, Z_NO_FLUSH);
        rest = rest.subspan(input - stream_.avail_in);
        out.extend(room - stream_.avail_out);
        TRY(check_limit(out, limit));
        if (result == Z_STREAM_END) return whole - rest.size();
        if (result == Z_BUF_ERROR ||
            (result == Z_OK && rest.empty() && stream_.avail_out != 0))
            return fail(ErrorKind::malformed, "truncated");
        if (result == Z_MEM_ERROR) return fail_errno(ENOMEM, "cannot decompress");
        if (result != Z_OK)
            return fail(ErrorKind::malformed,
                        cat("damaged: ",
                            stream_.msg == nullptr ? "no reason is given" : stream_.msg));
    }
}

}  // namespace

#if KMODPP_WITH_LIBDEFLATE
Result<Buffer> unpack_gzip_with_libdeflate(Bytes packed, std::uint64_t limit,
                                           Extent extent) {
    const Result<Deflate>& library = deflate_library();
    if (!library) return std::unexpected(library.error());
    using Decompressor =
        std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;
    static PerThread<Decompressor> decompressors;
    TRY_ASSIGN(Decompressor* const decompressor,
               decompressors.get([&]() -> Result<std::unique_ptr<Decompressor>> {
                   auto made = std::make_unique<Decompressor>(
                       library->alloc_decompressor(), library->free_decompressor);
                   if (!*made) return fail_errno(ENOMEM, "cannot set up libdeflate.so.0");
                   return made;
               }));

    const auto unpack_member = [&](Bytes rest, Buffer& out) -> Result<std::size_t> {
        for (;;) {
            const auto spare = out.spare();
            std::size_t used = 0;
            std::size_t made = 0;
            // libdeflate cannot resume, so a member that does not fit is unpacked again
            // from its beginning, into twice the space.
            switch (library->gzip_decompress_ex(decompressor->get(), rest.data(),
                                                rest.size(), spare.data(), spare.size(),
                                                &used, &made)) {
                case LIBDEFLATE_SUCCESS:
                    out.extend(made);
                    TRY(check_limit(out, limit));
                    return used;
                case LIBDEFLATE_INSUFFICIENT_SPACE: TRY(grow(out, limit)); break;
                default: return fail(ErrorKind::malformed, "damaged or truncated");
            }
        }
    };
    return unpack_members(packed, limit, extent, unpack_member);
}
#endif

Result<Buffer> unpack_gzip_with_zlib(Bytes packed, std::uint64_t limit, Extent extent) {
    const Result<Zlib>& library = zlib_library();
    if (!library) return std::unexpected(library.error());
    static PerThread<Inflater> inflaters;
    TRY_ASSIGN(Inflater* const inflater, inflaters.get([&] {
        return Result<std::unique_ptr<Inflater>>(std::make_unique<Inflater>(*library));
    }));
    return unpack_members(packed, limit, extent, [&](Bytes rest, Buffer& out) {
        return inflater->unpack_member(rest, out, limit);
    });
}

#if KMODPP_WITH_LIBDEFLATE
Result<Buffer> unpack_gzip(Bytes packed, std::uint64_t limit, Extent extent) {
    if (deflate_library()) return unpack_gzip_with_libdeflate(packed, limit, extent);
    if (zlib_library()) return unpack_gzip_with_zlib(packed, limit, extent);
    return fail(ErrorKind::unsupported, cat(deflate_library().error().message, "; nor ",
                                            zlib_library().error().message));
}
#else
Result<Buffer> unpack_gzip(Bytes packed, std::uint64_t limit, Extent extent) {
    return unpack_gzip_with_zlib(packed, limit, extent);
}
#endif

}  // namespace kmodpp::io
