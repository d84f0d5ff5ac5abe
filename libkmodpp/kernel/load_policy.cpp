// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/load_policy.hpp"

#include <linux/capability.h>

#include "base/text.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// The word in brackets of "none [integrity] confidentiality".
std::string chosen_word(std::string_view text) {
    const std::size_t begin = text.find('[');
    const std::size_t end = text.find(']', begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return {};
    return std::string(text.substr(begin + 1, end - begin - 1));
}

/// Kernels print "Y"; the files of a simulated kernel may also have "y" or "1".
bool is_on(std::string_view text) { return text == "Y" || text == "y" || text == "1"; }

/// Parses the line "CapEff:\t000001ffffffffff" of /proc/self/status.
std::optional<bool> may_load(std::string_view status) {
    constexpr std::string_view kEffective = "CapEff:";
    while (!status.empty()) {
        std::string_view line = take_until(status, '\n');
        if (!line.starts_with(kEffective)) continue;
        line.remove_prefix(kEffective.size());
        const auto set = parse_unsigned<std::uint64_t>(trim(line), 16);
        if (!set) return std::nullopt;
        return (*set >> CAP_SYS_MODULE & 1) != 0;
    }
    return std::nullopt;
}

}  // namespace

LoadPolicy read_policy(const io::Root& root) {
    LoadPolicy policy;
    if (const auto text =
            read_state_file(root, "/sys/module/module/parameters/sig_enforce"))
        policy.signatures_enforced = is_on(trim(*text));
    if (const auto text = read_state_file(root, "/sys/kernel/security/lockdown"))
        policy.lockdown = chosen_word(*text);
    if (const auto text = read_state_file(root, "/proc/sys/kernel/modules_disabled"))
        policy.modules_disabled = trim(*text) == "1";
    if (const auto text = read_state_file(root, "/proc/self/status"))
        policy.privileged = may_load(*text);
    return policy;
}

}  // namespace kmodpp::kernel
