// SPDX-License-Identifier: LGPL-2.1-or-later
// One refused load on its way through the examinations that look for its cause.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/diagnosis.hpp"
#include "diagnose/kernel_messages.hpp"
#include "format/elf.hpp"
#include "format/elf_header.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

/// A module that this kernel has accepted: what it has in common with the kernel counts.
struct AcceptedModule {
    std::string path;  ///< within the root
    std::string vermagic;
    elf::Header header;
};

/// What is known of the load. Examinations add findings and look at those of others.
struct LoadCase {
    /// Reads what the file says of itself.
    LoadCase(const StepFailure& failure, LoadFlags flags, const DiagnosisSources& sources,
             Diagnosis& out, io::ModuleFile& file);

    const StepFailure& failure;
    LoadFlags flags;
    const DiagnosisSources& sources;
    Diagnosis& out;
    io::ModuleFile& file;
    /// None: the file is no sound ELF file.
    std::optional<elf::Image> image = {};
    std::vector<InfoEntry> info = {};
    std::string name;  ///< as the module calls itself
    /// Modules that are loaded before this one, though they are not yet.
    std::set<std::string, std::less<>> loaded_before = {};
    KernelMessages messages = {};

    [[nodiscard]] int code() const { return failure.error.code; }
    [[nodiscard]] bool found_something() const { return !out.findings.empty(); }
    /// "NAME: TEXT"
    Finding& add(FailureCause cause, std::string_view text, std::string advice = {});
    /// The module of modules.dep that this file is.
    [[nodiscard]] std::optional<ModuleEntry> entry() const;
    /// "'depmod 6.1.0' brings them up to date"
    [[nodiscard]] std::string depmod_advice() const;
};

/// Some that are loaded now and lie in the module directory of the running kernel.
[[nodiscard]] std::vector<AcceptedModule> find_accepted_modules(const LoadCase& load);

using Names = std::vector<std::string>;
using NameSet = std::set<std::string, std::less<>>;

/// The modules that export a symbol, by modules.symbols.
[[nodiscard]] Names providers_of(const LoadCase& load, std::string_view symbol);
/// Among what the kernel shows of its exports; null: it does not.
[[nodiscard]] const kernel::VisibleExport* find_visible(
    const std::optional<kernel::VisibleExports>& visible, std::string_view symbol);

[[nodiscard]] bool is_locked_down(const kernel::LoadPolicy& policy);

// The examinations, in their files. Each adds nothing when its subject is in order.
void examine_file(LoadCase& load);
void examine_vermagic(LoadCase& load);
void examine_missing_symbols(LoadCase& load);
void examine_symbol_versions(LoadCase& load);
void examine_namespaces(LoadCase& load);
void examine_duplicates(LoadCase& load);
void examine_parameters(LoadCase& load);
void examine_signature(LoadCase& load);
/// EINVAL, which the kernel has for some forms of PKCS#7.
void examine_signature_form(LoadCase& load);
/// A refusal of our own.
void examine_required_signature(LoadCase& load);
void examine_permission(LoadCase& load);
/// Before a load: whether switches, signature and policy let the kernel take it.
void examine_admission(LoadCase& load);
void examine_state(LoadCase& load);
/// What remains when nothing else was found.
void examine_init(LoadCase& load);

/// "a, b and 3 more"
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);

}  // namespace kmodpp
