// SPDX-License-Identifier: LGPL-2.1-or-later
// The letters by which a kernel shows taints, and their bits in
// /proc/sys/kernel/tainted (source: kernel/panic.c).
#pragma once

#include <cstdint>
#include <string_view>

namespace kmodpp::kernel {

/// A letter's place is its bit; that of a taint that no module can have is a blank.
/// 'R', a removal by force, is of the kernel alone.
inline constexpr std::string_view kTaintLetters = "PF R      C OE KXTN";

[[nodiscard]] constexpr std::uint64_t taint_bit(char letter) {
    return std::uint64_t{1} << kTaintLetters.find(letter);
}

inline constexpr std::string_view kLockDebuggingEnds =
    "Disabling lock debugging due to kernel taint";

/// Whether the kernel says so: the first of these taints makes its checker of locks
/// unreliable. \param before the taints of the kernel until then
[[nodiscard]] constexpr bool ends_lock_debugging(std::uint64_t before, char letter) {
    constexpr std::uint64_t kUnreliable =
        taint_bit('P') | taint_bit('F') | taint_bit('R');
    return (taint_bit(letter) & kUnreliable) != 0 && (before & kUnreliable) == 0;
}

}  // namespace kmodpp::kernel
