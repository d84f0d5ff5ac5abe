// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the build ID that the linker puts into a module.
#pragma once

#include <string>

#include "format/elf.hpp"

namespace kmodpp {

//   .note.gnu.build-id (source: elf(5), the GNU build attribute of ld --build-id)
//   +-----------+-----------+----------+---------------+------------------+
//   | namesz 4  | descsz    | type 3   | 'G' 'N' 'U' 0 | descsz bytes     |
//   +-----------+-----------+----------+---------------+------------------+
//     integers of 4 bytes in the order of the file
inline constexpr std::size_t kMaxBuildId = 64;

/// The raw bytes of the build ID, usually 20. Empty if there is no note of this form;
/// this is not an error, because nothing depends on a build ID.
[[nodiscard]] std::string read_build_id(const elf::Image& image);

}  // namespace kmodpp
