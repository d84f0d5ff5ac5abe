// SPDX-License-Identifier: LGPL-2.1-or-later
// The description file of a simulated kernel, etc/kmodpp/kernel.conf; its grammar is in
// simulated/simulated_kernel.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/decompress.hpp"
#include "io/root.hpp"

namespace kmodpp::kernel {

inline constexpr std::string_view kDescriptionPath = "/etc/kmodpp/kernel.conf";

/// How far a kernel goes in checking signatures, before lockdown has its say.
enum class SignatureRule { unchecked, permissive, enforced };

/// "none", "integrity" and "confidentiality", each stricter than the one before.
enum class Lockdown { none, integrity, confidentiality };
[[nodiscard]] std::string_view to_string(Lockdown level);
/// nullopt: no such level.
[[nodiscard]] std::optional<Lockdown> lockdown_named(std::string_view name);

struct KernelDescription {
    std::string release;                  ///< empty: not said
    std::optional<std::string> vermagic;  ///< the whole text
    std::string command_line;
    std::optional<std::uint16_t> machine;  ///< e_machine of its modules
    std::string symvers;                   ///< path within the root, or empty
    std::string system_map;                ///< path within the root, or empty
    /// What the init function of a module returns; 0 for those that are not here.
    std::map<std::string, int, std::less<>> init_results;
    /// How long the init function of a module takes.
    std::map<std::string, std::chrono::milliseconds, std::less<>> delays;
    std::set<std::string, std::less<>> builtins;
    io::Compression compression = io::Compression::none;

    std::vector<std::string> trusted;  ///< paths of certificates within the root
    std::optional<SignatureRule> signatures;
    Lockdown lockdown = Lockdown::none;

    bool capability = true;         ///< the caller has CAP_SYS_MODULE
    bool modules_disabled = false;  ///< kernel.modules_disabled=1
    bool unload = true;             ///< CONFIG_MODULE_UNLOAD
    bool forced_load = true;        ///< CONFIG_MODULE_FORCE_LOAD
    bool forced_unload = true;      ///< CONFIG_MODULE_FORCE_UNLOAD
    bool livepatch = true;          ///< CONFIG_LIVEPATCH
    bool retpoline = false;         ///< it remarks upon modules built without retpolines
};

/// Where the files of a simulated kernel are. Borrows.
struct KernelRoots {
    const io::Root& state;
    const io::Root& image;  ///< of the module directories; only read

    /// The one that has a file which the description names.
    [[nodiscard]] const io::Root& that_has(std::string_view path) const {
        return state.exists(path) ? state : image;
    }
};

/// malformed: "line N: …".
[[nodiscard]] Result<KernelDescription> parse_kernel_description(std::string_view text);

/// The file of a root; without one, a kernel of which nothing is said.
[[nodiscard]] Result<KernelDescription> read_kernel_description(const io::Root& root);

}  // namespace kmodpp::kernel
