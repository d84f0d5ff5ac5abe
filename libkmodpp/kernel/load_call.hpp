// SPDX-License-Identifier: LGPL-2.1-or-later
// What the real and the simulated kernel share for the system calls that load modules.
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
/// which would mean a missing file. The kernel log has the reason.
[[nodiscard]] std::unexpected<Error> load_refused(int code, std::string_view path);

/// True if the file can be passed as it is to a kernel that unpacks \p compression.
/// \param filters supported by the kernel's xz decoder
[[nodiscard]] bool accepts_unchanged(const io::ModuleFile& file,
                                     io::Compression compression, XzFilters filters);

/// The compression named in /sys/module/compression.
[[nodiscard]] io::Compression compression_named(std::string_view name);

}  // namespace kmodpp::kernel
