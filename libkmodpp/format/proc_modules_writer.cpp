// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/text.hpp"
#include "format/proc_modules.hpp"

namespace kmodpp {

namespace {

std::string_view name_of(InitState state) {
    switch (state) {
        case InitState::coming: return "Loading";
        case InitState::going: return "Unloading";
        default: return "Live";
    }
}

std::string padded_address(std::uint64_t address) {
    constexpr std::size_t kDigits = 16;
    const std::string digits = hex(address).substr(2);
    return cat("0x", std::string(kDigits - digits.size(), '0'), digits);
}

}  // namespace

std::string format_proc_modules_line(const LoadedModule& module) {
    std::string line = cat(module.name, ' ', module.size, ' ');
    line += module.refcount ? cat(*module.refcount) : "-";
    line += ' ';
    for (const std::string& holder : module.holders) line += holder + ',';
    if (module.permanent) line += cat(kPermanent, ',');
    if (module.holders.empty() && !module.permanent) line += '-';
    line += cat(' ', name_of(module.state), ' ', padded_address(module.address));

    // The state is repeated there, but only if there is a taint.
    if (!module.taint.empty()) {
        line += cat(" (", module.taint);
        if (module.state == InitState::coming) line += '+';
        if (module.state == InitState::going) line += '-';
        line += ')';
    }
    return line + '\n';
}

}  // namespace kmodpp
