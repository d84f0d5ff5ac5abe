// SPDX-License-Identifier: LGPL-2.1-or-later
// Ways to damage a file, each identified by a number, so that a finding can be repeated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// The position of a number in a file.
struct NumberPlace {
    std::size_t offset;
    std::size_t size;  ///< bytes: 1, 2, 4 or 8
    bool big_endian;
};

/// The fields of the file header, of every section header and of the first symbols of a
/// valid ELF file.
[[nodiscard]] std::vector<NumberPlace> elf_numbers(std::string_view file);
/// The header, every offset in every child table and the counts of a valid index.
[[nodiscard]] std::vector<NumberPlace> index_numbers(std::string_view file);

/// Boundary values: around zero, the file size, and the signed and unsigned limits of the
/// width; for an index also offsets of other nodes with any flags.
[[nodiscard]] std::vector<std::uint64_t> boundary_values(std::string_view file,
                                                         const NumberPlace& place);

[[nodiscard]] std::uint64_t get_number(std::string_view file, const NumberPlace& place);
void put_number(std::string& file, const NumberPlace& place, std::uint64_t value);

/// Writes one boundary value to one position.
[[nodiscard]] std::string with_bad_number(std::string file,
                                          const std::vector<NumberPlace>& places,
                                          std::mt19937_64& random);
/// Flips some bits, or overwrites, duplicates, moves or removes a run of bytes.
[[nodiscard]] std::string with_noise(std::string file, std::mt19937_64& random);

}  // namespace kmodpp::test
