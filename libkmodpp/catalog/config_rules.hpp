// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration as lines of modprobe.d, to be shown.
#pragma once

#include <vector>

#include "format/modprobe_config.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// Every rule, kind by kind in the order of RuleKind, within a kind as they were read.
[[nodiscard]] std::vector<ConfigRule> list_rules(const ModprobeConfig& config);

}  // namespace kmodpp
