// SPDX-License-Identifier: LGPL-2.1-or-later
// The files in which a simulated kernel keeps its modules, protected by one lock.
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
#include "kmodpp/loaded_module.hpp"
#include "simulated/kernel_symbols.hpp"
#include "simulated/new_module.hpp"
#include "simulated/state_directory.hpp"

namespace kmodpp::kernel {

/// The simulated kernel's log, one message per line.
inline constexpr std::string_view kLogFile = "/var/log/kernel.log";
/// The taints of the kernel as a number.
inline constexpr std::string_view kTaintedFile = "/proc/sys/kernel/tainted";

/// An exported symbol and the module that exports it.
struct OwnedExport {
    std::string owner;
    Export symbol;
};

/// The contents of the .exports files of all loaded modules.
struct LoadedExports {
    std::map<std::string, OwnedExport, std::less<>> symbols;
    std::optional<std::uint16_t> machine;
    /// Loaded modules without such a file: not loaded through this library.
    std::vector<std::string> undescribed;
};

/// Caches the state while the process does not hold the lock of the store, so that only
/// the first of many loads reads all modules. One per root; thread-safe.
class StoreMemory {
private:
    friend class ModuleStore;
    std::mutex mutex_;
    /// Open while the cache is valid, so that no other record can have the same inode.
    io::Fd record_;
    io::FileStamp stamp_;
    std::vector<LoadedModule> modules_;
    std::optional<LoadedExports> exports_;
};

/// Holds the lock of the kernel's state during its lifetime, so that processes and
/// threads change it one at a time. proc/modules is the record and is replaced
/// atomically; sys/module is updated after it. Readers need no lock.
///
/// A process that is killed during a change leaves sys/module/.changing with the name of
/// the module. The next process that takes the lock makes sys/module agree with the
/// record. It also removes modules whose loader was killed while the init function ran.
class ModuleStore {
public:
    /// Waits for the lock, then reads and repairs the state. `root` and `memory` must
    /// outlive the store.
    [[nodiscard]] static Result<ModuleStore> lock(const io::Root& root,
                                                  StoreMemory& memory);

    /// Newest first.
    [[nodiscard]] const std::vector<LoadedModule>& modules() const {
        return memory_->modules_;
    }
    [[nodiscard]] const LoadedModule* find(std::string_view name) const;
    /// Borrows; valid until the store changes.
    [[nodiscard]] Result<const LoadedExports*> exports() const;

    /// Records a module and its references to the modules it uses. A failure changes
    /// nothing. For a module that is coming, returns the lock of its loader; see
    /// prepare_module_directory.
    [[nodiscard]] Result<io::Fd> insert(const NewModule& module);
    /// Marks a coming module as live.
    [[nodiscard]] Status set_live(std::string_view name);
    /// Removes a module and drops its references.
    [[nodiscard]] Status remove(std::string_view name);

    /// Appends lines to the kernel log.
    [[nodiscard]] Status log(const std::vector<std::string>& lines) const;
    /// Whether the log contains the text.
    [[nodiscard]] bool has_logged(std::string_view text) const;

    /// The taints of the kernel, one bit each (see simulated/taints.hpp).
    [[nodiscard]] std::uint64_t tainted() const;
    [[nodiscard]] Status add_taints(std::uint64_t bits) const;

private:
    ModuleStore(const io::Root& root, StoreMemory& memory,
                std::unique_lock<std::mutex> memory_lock, StateDirectory directory,
                io::DirectoryLock lock)
        : root_(&root),
          memory_(&memory),
          memory_lock_(std::move(memory_lock)),
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
    std::unique_lock<std::mutex> memory_lock_;
    StateDirectory directory_;  // sys/module
    io::DirectoryLock lock_;    // of that directory
};

}  // namespace kmodpp::kernel
