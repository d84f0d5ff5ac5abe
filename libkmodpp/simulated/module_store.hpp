// SPDX-License-Identifier: LGPL-2.1-or-later
// The files in which a simulated kernel keeps its modules, behind one lock.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/directory_lock.hpp"
#include "io/fd.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"
#include "simulated/kernel_symbols.hpp"
#include "simulated/new_module.hpp"
#include "simulated/state_directory.hpp"
#include "kmodpp/loaded_module.hpp"

namespace kmodpp::kernel {

/// Where the simulated kernel's log is, a line of the kernel a line.
inline constexpr std::string_view kLogFile = "/var/log/kernel.log";
/// The taints of the kernel as a number.
inline constexpr std::string_view kTaintedFile = "/proc/sys/kernel/tainted";

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

/// What a process knows of the store from the last time that it held the lock, so that of
/// many loads in turn only the first reads all modules. One for each root; thread-safe.
class StoreMemory {
private:
    friend class ModuleStore;
    std::mutex mutex_;
    /// Open as long as the rest is believed: no other record can have the same inode.
    io::Fd record_;
    io::FileStamp stamp_;
    std::vector<LoadedModule> modules_;
    std::optional<LoadedExports> exports_;
};

/// Holds the lock of the kernel's state as long as it lives: one change at a time, among
/// processes and threads. proc/modules is the record, replaced atomically; sys/module
/// follows it. Readers need no lock.
///
/// A process that is killed in the middle of a change leaves sys/module/.changing behind,
/// with the name of the module; the next one that takes the lock makes sys/module agree
/// with the record. So it does with a module whose loader was killed while init ran.
class ModuleStore {
public:
    /// Waits for the lock, then reads and repairs. \param root and \param memory must
    /// outlive the store
    [[nodiscard]] static Result<ModuleStore> lock(const io::Root& root,
                                                  StoreMemory& memory);

    /// Newest first.
    [[nodiscard]] const std::vector<LoadedModule>& modules() const {
        return memory_->modules_;
    }
    [[nodiscard]] const LoadedModule* find(std::string_view name) const;
    /// Borrows; valid until the store changes.
    [[nodiscard]] Result<const LoadedExports*> exports() const;

    /// Records a module and its references to its owners. On failure all is as before.
    /// Of one that is coming, the lock of its loader; see prepare_module_directory.
    [[nodiscard]] Result<io::Fd> insert(const NewModule& module);
    /// A module that was coming is live from now on.
    [[nodiscard]] Status set_live(std::string_view name);
    /// Removes a module and gives its references back.
    [[nodiscard]] Status remove(std::string_view name);

    /// Appends lines to the kernel log.
    [[nodiscard]] Status log(const std::vector<std::string>& lines) const;
    /// Whether the log has a line with that text.
    [[nodiscard]] bool has_logged(std::string_view text) const;

    /// The taints of the kernel, a bit each (see simulated/taints.hpp).
    [[nodiscard]] std::uint64_t tainted() const;
    [[nodiscard]] Status add_taints(std::uint64_t bits) const;

private:
    ModuleStore(const io::Root& root, StoreMemory& memory,
                std::unique_lock<std::mutex> own, StateDirectory directory,
                io::DirectoryLock lock)
        : root_(&root),
          memory_(&memory),
          own_(std::move(own)),
          directory_(std::move(directory)),
          lock_(std::move(lock)) {}

    [[nodiscard]] Status refresh();
    [[nodiscard]] Status repair();
    [[nodiscard]] Status drop_orphans();
    [[nodiscard]] Status begin_change(std::string_view name) const;
    [[nodiscard]] Status end_change() const;
    [[nodiscard]] Status write_record(std::vector<LoadedModule> modules);
    [[nodiscard]] Status write_references(const std::vector<LoadedModule>& before,
                                          const std::vector<LoadedModule>& after) const;

    const io::Root* root_;
    StoreMemory* memory_;
    std::unique_lock<std::mutex> own_;
    StateDirectory directory_;  // sys/module
    io::DirectoryLock lock_;    // of that directory
};

}  // namespace kmodpp::kernel
