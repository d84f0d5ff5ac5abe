// SPDX-License-Identifier: LGPL-2.1-or-later
// Replaces the decompressors that a build omits: every call returns an error that names
// the missing build option.
#include "base/text.hpp"
#include "features.hpp"
#include "io/decompressors.hpp"

namespace kmodpp::io {

namespace {

[[maybe_unused]] Result<Buffer> built_without(std::string_view option) {
    return fail(ErrorKind::unsupported, cat("kmodpp was built without ", option));
}

}  // namespace

#if !KMODPP_WITH_ZLIB
Result<Buffer> unpack_gzip(Bytes, std::uint64_t, Extent) { return built_without("zlib"); }
#endif
#if !KMODPP_WITH_XZ
Result<Buffer> unpack_xz(Bytes, std::uint64_t, Extent) { return built_without("xz"); }
#endif
#if !KMODPP_WITH_ZSTD
Result<Buffer> unpack_zstd(Bytes, std::uint64_t, Extent) { return built_without("zstd"); }
#endif

}  // namespace kmodpp::io
