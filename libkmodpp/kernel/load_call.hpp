// SPDX-License-Identifier: LGPL-2.1-or-later
// What both kernels agree on before a module is handed over: flags, and which of the two
// system calls they fit.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "format/kernel_unpacking.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

// Flags of finit_module (source: include/uapi/linux/module.h).
inline constexpr unsigned kIgnoreModversions = 1;
inline constexpr unsigned kIgnoreVermagic = 2;
inline constexpr unsigned kCompressedFile = 4;

[[nodiscard]] unsigned to_bits(LoadFlags flags);

/// The error of a load that the kernel refused: "PATH: strerror(code)". Never not_found,
/// which says that there is no such file. The reason stands in the kernel's log.
[[nodiscard]] std::unexpected<Error> load_refused(int code, std::string_view path);

/// Whether a kernel that unpacks `compression` itself can be given the file as it is.
/// \param filters of its xz decoder
[[nodiscard]] bool takes_as_it_is(const io::ModuleFile& file, io::Compression compression,
                                  XzFilters filters);

/// The compression that the text of /sys/module/compression names.
[[nodiscard]] io::Compression compression_named(std::string_view name);

}  // namespace kmodpp::kernel
