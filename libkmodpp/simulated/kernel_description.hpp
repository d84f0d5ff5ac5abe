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

/// How strictly a kernel checks signatures, apart from lockdown.
enum class SignatureRule { unchecked, permissive, enforced };

/// "none", "integrity" and "confidentiality", each stricter than the one before.
enum class Lockdown { none, integrity, confidentiality };
[[nodiscard]] std::string_view to_string(Lockdown level);
/// nullopt: no such level.
[[nodiscard]] std::optional<Lockdown> lockdown_named(std::string_view name);

struct KernelDescription {
    std::string release;                  ///< empty: not given
    std::optional<std::string> vermagic;  ///< the whole text
    std::string command_line;
    std::optional<std::uint16_t> machine;  ///< e_machine of its modules
    std::string symvers;                   ///< path within the root, or empty
    std::string system_map;                ///< path within the root, or empty
    /// Return values of init functions; 0 for modules that are not listed.
    std::map<std::string, int, std::less<>> init_results;
    /// Run times of init functions.
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
    bool retpoline = false;  ///< logs a message for modules built without retpolines
};

/// The roots that hold the files of a simulated kernel. Borrows.
struct KernelRoots {
    const io::Root& state;
    const io::Root& image;  ///< of the module directories; only read

    /// The root that contains a file named by the description.
    [[nodiscard]] const io::Root& containing(std::string_view path) const {
        return state.exists(path) ? state : image;
    }
};

/// malformed: "line N: …".
[[nodiscard]] Result<KernelDescription> parse_kernel_description(std::string_view text);

/// Reads the description of a root; the default description if there is none.
[[nodiscard]] Result<KernelDescription> read_kernel_description(const io::Root& root);

}  // namespace kmodpp::kernel
