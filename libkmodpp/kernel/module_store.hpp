// SPDX-License-Identifier: LGPL-2.1-or-later
// The files in which a simulated kernel keeps its modules, behind one lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/root.hpp"
#include "kernel/kernel_symbols.hpp"
#include "kmodpp/loaded_module.hpp"

namespace kmodpp::kernel {

/// Private file of a module directory, what later loads need to know of it:
///
///   machine NUMBER
///   0xCRC|-<TAB>symbol<TAB>gpl|-
inline constexpr std::string_view kExportsFile = ".exports";

/// Where the simulated kernel's log is, "NAME: text" a line.
inline constexpr std::string_view kLogFile = "/var/log/kernel.log";

/// All that a load records.
struct NewModule {
    LoadedModule line;
    std::optional<std::string> version, srcversion;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< name, shown value
    std::vector<std::string> sections;
    std::uint16_t machine = 0;
    std::vector<Export> exports;
    std::vector<std::string> owners;  ///< modules whose symbols it uses
};

/// An export and the module that has it.
struct OwnedExport {
    std::string owner;
    Export symbol;
};

/// What the .exports files of the loaded modules say together.
struct LoadedExports {
    std::map<std::string, OwnedExport, std::less<>> symbols;
    std::optional<std::uint16_t> machine;
    /// Loaded modules without such a file: someone else put them there.
    std::vector<std::string> undescribed;
};

/// Holds the lock of the kernel's state as long as it lives: one load or unload at a
/// time, among processes and threads. proc/modules is the record, replaced atomically as
/// the last step; sys/module follows it. Readers need no lock.
class ModuleStore {
public:
    /// Waits for the lock, then reads. \param root must outlive the store
    [[nodiscard]] static Result<ModuleStore> lock(const io::Root& root);

    /// Newest first.
    [[nodiscard]] const std::vector<LoadedModule>& modules() const { return modules_; }
    [[nodiscard]] const LoadedModule* find(std::string_view name) const;
    [[nodiscard]] Result<LoadedExports> exports() const;

    /// Records a module and its references to its owners. On failure all is as before.
    [[nodiscard]] Status insert(const NewModule& module);
    /// Removes a module and gives its references back.
    [[nodiscard]] Status remove(std::string_view name);
    /// Appends lines to the kernel log.
    [[nodiscard]] Status log(const std::vector<std::string>& lines) const;

private:
    ModuleStore(const io::Root& root, io::Fd lock, std::vector<LoadedModule> modules)
        : root_(&root), lock_(std::move(lock)), modules_(std::move(modules)) {}

    [[nodiscard]] Status write_record(const std::vector<LoadedModule>& modules) const;
    [[nodiscard]] Status write_references(const std::vector<LoadedModule>& before,
                                          const std::vector<LoadedModule>& after) const;

    const io::Root* root_;
    io::Fd lock_;
    std::vector<LoadedModule> modules_;
};

}  // namespace kmodpp::kernel
