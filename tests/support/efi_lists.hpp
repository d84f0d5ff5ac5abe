// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds EFI_SIGNATURE_LISTs as firmware and shim store them.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/endian.hpp"

namespace kmodpp::test {

using namespace std::string_view_literals;

// Signature types: GUIDs in their byte order in memory.
inline constexpr auto kEfiX509 =
    "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"sv;
inline constexpr auto kEfiSha256 =
    "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"sv;
inline constexpr auto kEfiX509Sha256 =
    "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed"sv;
inline constexpr auto kEfiX509Sha384 =
    "\x6e\x87\x76\x70\xc2\x80\xe6\x4e\xaa\xd2\x28\xb3\x49\xa6\x86\x5b"sv;
inline constexpr auto kEfiX509Sha512 =
    "\x63\xbf\x6d\x44\x02\x25\xda\x4c\xbc\xfa\x24\x65\xd2\xb0\xfe\x9d"sv;

/// \param entries all of the same size
[[nodiscard]] inline std::string efi_list(std::string_view type,
                                          const std::vector<std::string>& entries) {
    constexpr std::size_t kGuid = 16;
    const std::size_t size = kGuid + (entries.empty() ? 0 : entries.front().size());
    std::string out(type);
    for (const std::size_t number :
         {kGuid + 12 + entries.size() * size, std::size_t{0}, size})
        append(out, static_cast<std::uint32_t>(number), std::endian::little);
    for (const std::string& entry : entries) out.append(kGuid, 'o').append(entry);
    return out;
}

}  // namespace kmodpp::test
