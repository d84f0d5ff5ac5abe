// SPDX-License-Identifier: LGPL-2.1-or-later
// The letters of kernel taints, and their bits in /proc/sys/kernel/tainted (source:
// kernel/panic.c).
#pragma once

#include <cstdint>
#include <string_view>

namespace kmodpp::kernel {

/// The index of a letter is its bit number. Taints that modules cannot cause are blanks;
/// 'R' (forced removal) taints the kernel only.
inline constexpr std::string_view kTaintLetters = "PF R      C OE KXTN";

[[nodiscard]] constexpr std::uint64_t taint_bit(char letter) {
    return std::uint64_t{1} << kTaintLetters.find(letter);
}

inline constexpr std::string_view kLockDebuggingEnds =
    "Disabling lock debugging due to kernel taint";

/// Whether the kernel logs that line: the first of these taints disables lock debugging.
/// \param before the taints of the kernel before this one
[[nodiscard]] constexpr bool ends_lock_debugging(std::uint64_t before, char letter) {
    constexpr std::uint64_t kUnreliable =
        taint_bit('P') | taint_bit('F') | taint_bit('R');
    return (taint_bit(letter) & kUnreliable) != 0 && (before & kUnreliable) == 0;
}

}  // namespace kmodpp::kernel
