// SPDX-License-Identifier: LGPL-2.1-or-later
// One attempt to load a module into the simulated kernel: its input, what the checks have
// found so far, and the checks themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"
#include "kernel/kernel.hpp"
#include "simulated/kernel_description.hpp"
#include "simulated/kernel_rules.hpp"
#include "simulated/kernel_symbols.hpp"
#include "simulated/module_store.hpp"
#include "simulated/new_module.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::kernel {

/// How long a load waits for the init function of a module whose symbols it uses
/// (source: resolve_symbol_wait).
inline constexpr std::chrono::seconds kExporterTimeout{30};

/// A module whose load must finish first. The caller waits with the store unlocked.
struct Wait {
    std::string module;
    std::optional<std::chrono::steady_clock::time_point> until;
};

/// Collects what the checks find; each check may use the results of earlier ones. Borrows
/// all references.
struct LoadAttempt {
    const io::Root& root;
    const io::Root& image_root;  ///< of the module directories
    const KernelDescription& description;
    const KernelRules& rules;
    const std::string& release;  ///< empty: unknown
    const std::string& tree;     ///< module directory of the release
    const std::string& command_line;
    const KernelSymbols& kernel_symbols;
    const trust::TrustStore& trusted;
    io::ModuleFile& file;
    const std::string& parameters;
    const LoadFlags flags;
    const bool by_descriptor;  ///< finit_module; else init_module with unpacked contents

    /// The locked store; replaced after each wait.
    ModuleStore* store = nullptr;
    std::size_t next_check = 0;
    std::optional<Wait> wait = {};
    bool waited_for_name = false;
    /// Set at the first wait for an exporter.
    std::optional<std::chrono::steady_clock::time_point> wait_until = {};

    std::uint64_t length = 0;  ///< bytes of the module, without its signature
    bool signature_valid = false;
    std::optional<elf::Image> image = {};
    std::vector<InfoEntry> info = {};
    /// Modversions by symbol, filled on first use.
    std::optional<std::map<std::string_view, std::uint32_t>> versions = {};
    NewModule module = {};
    std::vector<std::string> log = {};

    /// Adds "NAME: TEXT" to the kernel log.
    void remark(std::string_view text);
    /// Adds a line without the name of the module.
    void log_line(std::string text) { log.push_back(std::move(text)); }
    /// Ends the attempt with the kernel's errno and writes the text to the kernel log.
    [[nodiscard]] std::unexpected<Error> refuse(int code, std::string_view text);
    /// The same without a log line.
    [[nodiscard]] std::unexpected<Error> refuse(int code) const;

    /// Whether the kernel is already tainted with that letter.
    [[nodiscard]] bool kernel_is_tainted(char letter) const;
    /// Taints the module and the kernel.
    [[nodiscard]] Status taint(char letter);
    /// The same; logs the reason if the kernel does not have that taint yet.
    [[nodiscard]] Status taint_once(char letter, std::string_view reason);
    /// Accepts a mismatch with taint F under CONFIG_MODULE_FORCE_LOAD; ENOEXEC otherwise.
    [[nodiscard]] Status force(std::string_view what);

    /// Value of the first .modinfo entry with that key.
    [[nodiscard]] std::optional<std::string> info_text(std::string_view key) const;
};

/// Runs the checks of finit_module in the kernel's order, up to the first that refuses or
/// has to wait. In that case attempt.wait is set; call again after the wait to continue.
[[nodiscard]] Status run_load_checks(LoadAttempt& attempt);

// The checks. Each is one row of the table in load_checks.cpp.
[[nodiscard]] Status check_permission(LoadAttempt& attempt);
[[nodiscard]] Status check_contents(LoadAttempt& attempt);
[[nodiscard]] Status check_signature(LoadAttempt& attempt);
[[nodiscard]] Status check_header(LoadAttempt& attempt);
[[nodiscard]] Status check_sections(LoadAttempt& attempt);
[[nodiscard]] Status check_blacklist(LoadAttempt& attempt);
[[nodiscard]] Status check_struct_version(LoadAttempt& attempt);
[[nodiscard]] Status check_modinfo(LoadAttempt& attempt);
[[nodiscard]] Status check_layout(LoadAttempt& attempt);
[[nodiscard]] Status check_name(LoadAttempt& attempt);
[[nodiscard]] Status note_signature(LoadAttempt& attempt);
[[nodiscard]] Status note_bad_licenses(LoadAttempt& attempt);
[[nodiscard]] Status check_symbols(LoadAttempt& attempt);
[[nodiscard]] Status check_exports(LoadAttempt& attempt);
[[nodiscard]] Status check_parameters(LoadAttempt& attempt);
[[nodiscard]] Status check_builtin(LoadAttempt& attempt);

/// Whether a symbol exported with `crc` has the version that the module was built for.
/// Logs a mismatch.
[[nodiscard]] Result<bool> has_version(LoadAttempt& attempt, std::string_view symbol,
                                       std::optional<std::uint32_t> crc);

}  // namespace kmodpp::kernel
