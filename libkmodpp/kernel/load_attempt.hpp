// SPDX-License-Identifier: LGPL-2.1-or-later
// One try to load a module into the simulated kernel, on its way through the checks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"
#include "kernel/kernel.hpp"
#include "kernel/kernel_description.hpp"
#include "kernel/kernel_symbols.hpp"
#include "kernel/module_store.hpp"

namespace kmodpp::kernel {

/// Gathers what the checks learn, each building on those before it. Borrows everything
/// that it was given.
struct LoadAttempt {
    const io::Root& root;
    const KernelDescription& description;
    const std::string& release;  ///< empty: not known
    const std::string& tree;     ///< module directory of the release
    const std::string& command_line;
    const KernelSymbols& kernel_symbols;
    const ModuleStore& store;
    io::ModuleFile& file;
    const std::string& parameters;
    const LoadFlags flags;

    LoadedExports loaded = {};
    std::optional<elf::Image> image = {};
    std::vector<InfoEntry> info = {};
    NewModule module = {};
    std::vector<std::string> log = {};

    /// Adds "NAME: TEXT" to the kernel log.
    void remark(std::string_view text);
    /// Ends the attempt with the errno of the kernel; the text goes to the kernel log.
    [[nodiscard]] std::unexpected<Error> refuse(int code, std::string_view text);
    /// The same where the kernel says nothing, or has said it already.
    [[nodiscard]] std::unexpected<Error> refuse(int code) const;
    /// Adds a taint letter of the module and, when it is new, the reason to the log.
    void taint(char letter, std::string_view reason);
};

/// Runs the checks of finit_module in the kernel's order, up to the first that refuses.
[[nodiscard]] Status run_load_checks(LoadAttempt& attempt);

// The checks themselves, in their files; each is one row of the table in load_checks.cpp.
[[nodiscard]] Status check_format(LoadAttempt& attempt);
[[nodiscard]] Status check_layout(LoadAttempt& attempt);
[[nodiscard]] Status check_symbols(LoadAttempt& attempt);
[[nodiscard]] Status check_exports(LoadAttempt& attempt);
[[nodiscard]] Status check_parameters(LoadAttempt& attempt);

}  // namespace kmodpp::kernel
