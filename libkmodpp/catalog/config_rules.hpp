// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the configuration as lines of modprobe.d, for display.
#pragma once

#include <vector>

#include "format/modprobe_config.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// All rules, ordered by RuleKind and then in the order in which they were read.
[[nodiscard]] std::vector<ConfigRule> list_rules(const ModprobeConfig& config);

}  // namespace kmodpp
