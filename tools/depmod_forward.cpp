// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of the tools in libkmodpp, as depmod sees them: only libkmodpp contains
// the JSON library.
#include "cli/complete_tools.hpp"
#include "cli/depmod_statistics.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

std::string statistics_as_json(const DepmodReport& report) {
    return complete_tools().statistics_as_json(report);
}

std::string verdict_as_json(const VerifiedModule& module, bool terminal) {
    return complete_tools().verdict_as_json(module, terminal);
}

}  // namespace kmodpp::cli
