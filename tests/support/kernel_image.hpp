// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds the parts of kernel images with certificates that the library reads.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

/// Layout of the certificate lists on an architecture.
struct ListLayout {
    std::size_t word = 8;  ///< size of a length field in bytes
    std::endian order = std::endian::little;
    std::size_t alignment = 8;
    bool counts_padding = false;  ///< lengths include the padding
};

/// A certificate list as the kernel build lays it out.
struct CertificateList {
    std::vector<std::string> certificates;
    /// Number of certificates covered by the second length, the module signing keys.
    /// Without it there is no second length, as in the list of revoked certificates.
    bool with_module_key = true;
    std::size_t module_keys = 1;
};

/// Zeros and lists after the magic of an ELF file.
[[nodiscard]] std::string vmlinux_with(const std::vector<CertificateList>& lists,
                                       const ListLayout& layout = {});

/// \param payload packed; the size that kernels append is added here unless it is gzip
[[nodiscard]] std::string bzimage_of(std::string_view payload);
[[nodiscard]] std::string zboot_of(std::string_view payload);
/// A self-extracting program with the payload and the magic that the program looks for.
[[nodiscard]] std::string self_unpacking_of(std::string_view payload);

}  // namespace kmodpp::test
