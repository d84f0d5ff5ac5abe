// SPDX-License-Identifier: LGPL-2.1-or-later
// A refused load, and the examinations that look for its cause.
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

inline constexpr std::string_view kReinstall =
    "reinstall the package that contains the file, or build the module again";

/// A loaded module. The kernel has accepted its vermagic and its ELF header.
struct AcceptedModule {
    std::string path;  ///< within the root
    std::string vermagic;
    elf::Header header;
};

/// What is known about the load. Examinations add findings and see those of earlier
/// ones.
struct LoadCase {
    /// Parses the file and its .modinfo section.
    LoadCase(const StepFailure& failure, LoadFlags flags, const DiagnosisSources& sources,
             Diagnosis& out, io::ModuleFile& file);

    const StepFailure& failure;
    LoadFlags flags;
    const DiagnosisSources& sources;
    Diagnosis& out;
    io::ModuleFile& file;
    /// Empty if the file is not a valid ELF file.
    std::optional<elf::Image> image = {};
    std::vector<InfoEntry> info = {};
    std::string name = {};  ///< from .modinfo, else the name of the step
    /// Modules that will be loaded before this one.
    std::set<std::string, std::less<>> loaded_before = {};
    KernelMessages messages = {};

    [[nodiscard]] int code() const { return failure.error.code; }
    [[nodiscard]] bool found_something() const { return !out.findings.empty(); }
    /// Adds a finding with the text "NAME: TEXT".
    Finding& add(FailureCause cause, std::string_view text, std::string advice = {});
    /// The line of the module in modules.dep.
    [[nodiscard]] std::optional<ModuleEntry> entry() const;
    /// "run 'depmod 6.1.0' to update the databases"
    [[nodiscard]] std::string depmod_advice() const;
};

/// Some loaded modules whose files are in the module directory of the running kernel.
[[nodiscard]] std::vector<AcceptedModule> find_accepted_modules(const LoadCase& load);

using Names = std::vector<std::string>;
using NameSet = std::set<std::string, std::less<>>;

/// Whether a parameter of the kernel command line is given and, unless \p module is
/// empty, lists the module: module_blacklist=a,b.
[[nodiscard]] bool on_command_line(std::string_view line, std::string_view name,
                                   std::string_view module);

/// The modules that export a symbol, according to modules.symbols.
[[nodiscard]] Names providers_of(const LoadCase& load, std::string_view symbol);
/// Null if the symbol is not among the visible exports.
[[nodiscard]] const kernel::VisibleExport* find_visible(
    const std::optional<kernel::VisibleExports>& visible, std::string_view symbol);

[[nodiscard]] bool is_locked_down(const kernel::LoadPolicy& policy);

// The examinations. Each adds a finding if it finds a problem.
void examine_file(LoadCase& load);
void examine_vermagic(LoadCase& load);
void examine_missing_symbols(LoadCase& load);
void examine_symbol_versions(LoadCase& load);
void examine_namespaces(LoadCase& load);
void examine_duplicates(LoadCase& load);
void examine_parameters(LoadCase& load);
void examine_signature(LoadCase& load);
/// For EINVAL, which the kernel returns for some PKCS#7 structures.
void examine_signature_form(LoadCase& load);
/// For --require-signature, where modprobe itself refused the module.
void examine_required_signature(LoadCase& load);
void examine_permission(LoadCase& load);
/// Before a load: whether kernel settings, signature and policy permit it.
void examine_policy(LoadCase& load);
void examine_state(LoadCase& load);
/// For a load whose failure no other examination explains.
void examine_init(LoadCase& load);

/// True, with findings, if the module was built for another processor or kernel. Its
/// signature does not matter then.
[[nodiscard]] bool is_for_other_kernel(LoadCase& load);

// For a module that was built for another release.

/// The release in the module's vermagic if it differs from the kernel's; else empty.
[[nodiscard]] std::string other_release(const LoadCase& load);
/// The first word of a vermagic, printable.
[[nodiscard]] std::string release_of(std::string_view vermagic);
/// "PATH was built for kernel 5.10.0, this kernel is 6.1.0; updates/x.ko hides
/// kernel/x.ko", or empty if it was built for this release.
[[nodiscard]] std::string describe_other_release(const LoadCase& load);
/// Another file of the module in the module directory, for which depmod preferred this
/// one; empty: none.
[[nodiscard]] std::string hidden_file(const LoadCase& load);
/// "updates/x.ko hides kernel/x.ko"
[[nodiscard]] std::string hiding(const LoadCase& load, std::string_view hidden);
[[nodiscard]] std::string advice_for_other_build(const LoadCase& load,
                                                 std::string_view hidden);

/// The command that writes the catalog's databases, with -b if necessary.
[[nodiscard]] std::string depmod_command(const Catalog& catalog);
/// not_found, with that command in the message, if the catalog has no databases.
[[nodiscard]] Status require_databases(Catalog& catalog);
/// Quotes the word for a shell, if it needs quotes.
[[nodiscard]] std::string quote_for_shell(std::string_view word);

/// The finding for a module file that cannot be opened.
[[nodiscard]] Finding unusable_file(const Error& error, const std::string& path,
                                    const DiagnosisSources& sources);

/// Adds the findings for a failed removal.
void examine_removal(const Error& error, const DiagnosisSources& sources, Diagnosis& out);

/// "a, b and 3 more"
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);

}  // namespace kmodpp
