// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks the LZ4 legacy frame, which kernel images use, with liblz4.
#include <algorithm>
#include <limits>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "io/decompress.hpp"
#include "io/decompressors.hpp"
#include "io/shared_object.hpp"

KMODPP_DLOPEN_NOTE(KMODPP_NOTE_STRING("liblz4.so.1"), "lz4",
                   "Keys in kernels compressed with lz4", "suggested");

namespace kmodpp::io {

namespace {

//   legacy frame: | u32 magic | block … |, block: | u32 size | an LZ4 block |
//
// Integers are little-endian. A block unpacks to 8 MiB, the last one to less
// (lz4_Frame_format.md, "Legacy frame").
constexpr std::size_t kHeader = 4;
constexpr std::size_t kLz4Block = 8u << 20;

// Declared here, because Debian installs the library everywhere, but not its header.
using DecompressSafe = int(const char* from, char* to, int from_size, int to_size);

Result<DecompressSafe*> open_lz4() {
    TRY_ASSIGN(const SharedObject library, SharedObject::open("liblz4.so.1", "liblz4-1"));
    DecompressSafe* function = nullptr;
    TRY(library.bind(function, "LZ4_decompress_safe"));
    return function;
}

}  // namespace

Result<Buffer> unpack_lz4(Bytes packed, std::uint64_t limit, Extent extent) {
    static const Result<DecompressSafe*> function = open_lz4();
    if (!function) return std::unexpected(function.error());
    Buffer out;
    if (packed.size() < kHeader) return fail(ErrorKind::malformed, "truncated");
    for (Bytes rest = packed.subspan(kHeader); !rest.empty();) {
        if (rest.size() < kHeader) return fail(ErrorKind::malformed, "truncated");
        const auto size = load<std::uint32_t>(rest.data(), std::endian::little);
        rest = rest.subspan(kHeader);
        if (size > rest.size() || size > std::numeric_limits<int>::max())
            return fail(ErrorKind::malformed, "truncated");
        TRY(reserve_more(out, kLz4Block, limit));
        const auto room = static_cast<int>(std::min(out.spare().size(), kLz4Block));
        const int made =
            (*function)(as_text(rest).data(),
                        static_cast<char*>(static_cast<void*>(out.spare().data())),
                        static_cast<int>(size), room);
        if (made < 0) return fail(ErrorKind::malformed, "damaged, or beyond the limit");
        out.extend(static_cast<std::size_t>(made));
        TRY(check_limit(out, limit));
        if (extent == Extent::first_stream && static_cast<std::size_t>(made) < kLz4Block)
            break;
        rest = rest.subspan(size);
    }
    return out;
}

}  // namespace kmodpp::io
