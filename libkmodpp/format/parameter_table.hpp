// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel's own table of a module's parameters says, beyond the texts of
// .modinfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/modinfo.hpp"

namespace kmodpp {

//   struct kernel_param (source: include/linux/moduleparam.h); offsets 64-bit, 32-bit
//
//   | name 0, 0 | mod 8, 4 | ops 16, 8 | perm u16 24, 12 | level | flags | arg 32, 16 |
//
//   arg leads to the variable. Of a "string" it leads to { unsigned maxlen; char *string
//   }, of an array to { unsigned max; unsigned elemsize; unsigned *num; ops; void *elem
//   }.

/// Bytes of all initial values of a module, and one for each; no module has as many.
inline constexpr std::size_t kMaxInitialTexts = 256 * 1024;

/// One entry of the section __param; owns its texts.
struct ParameterEntry {
    std::string name;
    std::uint16_t perm = 0;  ///< mode of its file in sysfs; 0: it has none
    std::optional<std::uint32_t> max_elements;  ///< of an array
    /// The module keeps the count of elements that are given; else an array is always
    /// shown whole.
    bool counts_elements = false;
    std::optional<std::uint32_t> max_size;  ///< of a "string", its NUL included
    /// What the kernel shows as long as nothing is given, elements of an array one by
    /// one; nullopt: that cannot be told from the file, or all such texts together would
    /// take more than kMaxInitialTexts.
    std::optional<std::vector<std::string>> initial;
};

/// In the order of the table; no such section: none. Of an entry that leads nowhere,
/// what can be told. \param info the .modinfo, for the types
[[nodiscard]] Result<std::vector<ParameterEntry>> read_parameter_table(
    const elf::Image& image, const std::vector<InfoEntry>& info);

}  // namespace kmodpp
