// SPDX-License-Identifier: LGPL-2.1-or-later
// Ways to damage a file, each told by a number, so that a finding can be repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// A place in a file that holds a number.
struct NumberPlace {
    std::size_t offset;
    std::size_t size;  ///< bytes: 1, 2, 4 or 8
    bool big_endian;
};

/// The fields of the file header, of every section header and of the first symbols of a
/// sound ELF file.
[[nodiscard]] std::vector<NumberPlace> elf_numbers(std::string_view file);
/// The header and every offset in every child table of a sound index, and its counts.
[[nodiscard]] std::vector<NumberPlace> index_numbers(std::string_view file);

/// Values at which readers go wrong: around zero, the size of the file, the signs and the
/// limits of the width; and, of an index, offsets of other nodes with any flags.
[[nodiscard]] std::vector<std::uint64_t> boundary_values(std::string_view file,
                                                         const NumberPlace& place);

[[nodiscard]] std::uint64_t get_number(std::string_view file, const NumberPlace& place);
void put_number(std::string& file, const NumberPlace& place, std::uint64_t value);

/// One of the boundary values in one of the places.
[[nodiscard]] std::string with_bad_number(std::string file,
                                          const std::vector<NumberPlace>& places,
                                          std::mt19937_64& random);
/// Some bits turned, a run of bytes overwritten, doubled, moved or taken away.
[[nodiscard]] std::string with_noise(std::string file, std::mt19937_64& random);

}  // namespace kmodpp::test
