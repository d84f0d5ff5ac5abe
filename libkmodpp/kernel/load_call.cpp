// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/load_call.hpp"

#include <cerrno>
#include <utility>

namespace kmodpp::kernel {

unsigned to_bits(LoadFlags flags) {
    return (flags.ignore_modversions ? kIgnoreModversions : 0) |
           (flags.ignore_vermagic ? kIgnoreVermagic : 0);
}

std::unexpected<Error> load_refused(int code, std::string_view path) {
    auto error = fail_errno(code, path).error();
    // The file exists; the kernel did not find a symbol, or the module its hardware.
    if (error.kind == ErrorKind::not_found)
        error.kind = code == ENOENT ? ErrorKind::malformed : ErrorKind::io;
    return std::unexpected(std::move(error));
}

bool accepts_unchanged(const io::ModuleFile& file, io::Compression compression,
                       XzFilters filters) {
    if (file.compression() == io::Compression::none) return true;
    return file.compression() == compression &&
           kernel_unpack_obstacle(file.packed_head(), filters).empty();
}

io::Compression compression_named(std::string_view name) {
    for (const auto known :
         {io::Compression::gzip, io::Compression::xz, io::Compression::zstd})
        if (name == io::to_string(known)) return known;
    return io::Compression::none;
}

}  // namespace kmodpp::kernel
