// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/load_policy.hpp"

#include <elf.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>

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

/// In the form that a kernel shows, or that is written to the file of a simulated one.
bool is_on(std::string_view text) { return text == "Y" || text == "y" || text == "1"; }

/// From "CapEff:\t000001ffffffffff".
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

struct MachineRow {
    std::string_view name;  ///< prefix of uname -m
    std::uint16_t machine;
};
/// A longer name comes before its own prefix.
constexpr std::array<MachineRow, 17> kMachines = {{
    {"x86_64", EM_X86_64},
    {"i386", EM_386},
    {"i486", EM_386},
    {"i586", EM_386},
    {"i686", EM_386},
    {"aarch64", EM_AARCH64},
    {"arm", EM_ARM},
    {"riscv", EM_RISCV},
    {"ppc64", EM_PPC64},
    {"ppc", EM_PPC},
    {"s390x", EM_S390},
    {"mips", EM_MIPS},
    {"loongarch", 258},
    {"sparc64", EM_SPARCV9},
    {"parisc", EM_PARISC},
    {"alpha", 0x9026},
    {"m68k", EM_68K},
}};

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

std::optional<std::uint16_t> machine_of_uname(std::string_view name) {
    const auto row = std::ranges::find_if(
        kMachines, [&](const MachineRow& known) { return name.starts_with(known.name); });
    if (row == kMachines.end()) return std::nullopt;
    return row->machine;
}

bool is_64_by_uname(std::string_view name) {
    return name.contains("64") || name == "s390x" || name == "alpha";
}

}  // namespace kmodpp::kernel
