// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads Module.symvers and System.map, the kernel build's lists of exported symbols.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace kmodpp {

/// A symbol that the kernel itself exports. Borrows from the text.
struct KernelExport {
    std::string_view name;
    std::optional<std::uint32_t> crc = {};  ///< nullopt if the list has no CRCs
    bool gpl_only = false;
    std::string_view symbol_namespace = {};  ///< users must import it; mostly empty
};

/// The rows of a Module.symvers that belong to vmlinux (source: scripts/mod/modpost.c):
///
///   0xCRC NAME vmlinux EXPORT_SYMBOL[_GPL] [NAMESPACE]
///   0xCRC NAME [NAMESPACE] vmlinux EXPORT_SYMBOL[_GPL]     (kernels 5.4 and 5.5)
///
/// A kernel without modversions has 0 for every CRC. A malformed error names the line.
[[nodiscard]] Result<std::vector<KernelExport>> parse_symvers(std::string_view text);

/// The exports of a System.map: lines "ADDRESS TYPE __ksymtab_NAME".
/// \param prefix a character that may precede every name
[[nodiscard]] std::vector<KernelExport> parse_system_map(
    std::string_view text, std::optional<char> prefix = std::nullopt);

}  // namespace kmodpp
