// SPDX-License-Identifier: LGPL-2.1-or-later
// Kernel images with certificates in them, as far as their readers look at them.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// How a machine lays the lists out.
struct ListLayout {
    std::size_t word = 8;  ///< bytes of a size
    std::endian order = std::endian::little;
    std::size_t alignment = 8;
    bool counts_padding = false;  ///< in the sizes
};

/// A list of certificates as the kernel build lays it out.
struct CertificateList {
    std::vector<std::string> certificates;
    /// How many of them are the key of the modules: what the second size says. Without
    /// it there is no second one, as in the list of revoked certificates.
    bool with_module_key = true;
    std::size_t module_keys = 1;
};

/// Zeros and lists, behind the magic of an ELF file.
[[nodiscard]] std::string vmlinux_with(const std::vector<CertificateList>& lists,
                                       const ListLayout& layout = {});

/// \param payload packed; the size that kernels add to it is added here unless it is gzip
[[nodiscard]] std::string bzimage_of(std::string_view payload);
[[nodiscard]] std::string zboot_of(std::string_view payload);
/// A program that unpacks the payload, and has the magic that it looks for.
[[nodiscard]] std::string self_unpacking_of(std::string_view payload);

}  // namespace kmodpp::test
