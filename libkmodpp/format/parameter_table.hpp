// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the kernel's own table of a module's parameters, which contains more than the
// texts of .modinfo.
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
//   arg points to the variable. For a "string", it points to
//   { unsigned maxlen; char *string }, for an array to
//   { unsigned max; unsigned elemsize; unsigned *num; ops; void *elem }.

/// Limit of the bytes of all initial values of a module, plus one for each value. No
/// real module reaches it.
inline constexpr std::size_t kMaxInitialTexts = 256 * 1024;

/// One entry of the section __param; owns its texts.
struct ParameterEntry {
    std::string name;
    std::uint16_t perm = 0;  ///< mode of its file in sysfs; 0 if it has none
    std::optional<std::uint32_t> max_elements;  ///< of an array
    /// True if the module counts the elements that are given; otherwise the kernel
    /// always shows the whole array.
    bool counts_elements = false;
    std::optional<std::uint32_t> max_size;  ///< of a "string", including its NUL
    /// The value that the kernel shows if the parameter is not given; one text for each
    /// element of an array. nullopt if the file does not show it, or if all such texts
    /// together would exceed kMaxInitialTexts.
    std::optional<std::vector<std::string>> initial;
};

/// The entries in the order of the table; none if there is no such section. If an entry
/// has pointers that cannot be followed, the rest of it is returned.
/// \param info the .modinfo, for the types
[[nodiscard]] Result<std::vector<ParameterEntry>> read_parameter_table(
    const elf::Image& image, const std::vector<InfoEntry>& info);

}  // namespace kmodpp
