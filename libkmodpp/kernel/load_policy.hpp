// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the settings that decide whether a kernel accepts a module, from /proc and
// /sys.
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

}  // namespace kmodpp::kernel
