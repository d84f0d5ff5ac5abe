// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads from /proc and /sys the rules by which a kernel accepts modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "io/root.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// From /sys/module/module/parameters/sig_enforce, /sys/kernel/security/lockdown,
/// /proc/sys/kernel/modules_disabled and /proc/self/status.
[[nodiscard]] LoadPolicy read_policy(const io::Root& root);

/// The e_machine for a machine name of uname -m.
[[nodiscard]] std::optional<std::uint16_t> machine_of_uname(std::string_view name);
[[nodiscard]] bool is_64_by_uname(std::string_view name);

}  // namespace kmodpp::kernel
