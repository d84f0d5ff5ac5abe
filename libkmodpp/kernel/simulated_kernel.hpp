// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel that is files beneath a root directory, with the real kernel's checks in the
// real order and the real errno.
//
// Its state, in the real kernel's own forms:
//
//   proc/modules                 the record of what is loaded; replaced atomically
//   sys/module/NAME/             initstate refcnt coresize initsize taint uevent
//                                [version] [srcversion] holders/ [parameters/] sections/
//                                and, private, .exports
//   var/log/kernel.log           what the kernel said, "NAME: text" a line
//
// A root may begin with modules in proc/modules; their directories should be there too,
// since state, holders and references of one module are read from them. A module
// directory without initstate is that of a built-in module.
//
// What kind of kernel it is stands in etc/kmodpp/kernel.conf: a statement a line, '#'
// begins a line of comment, paths are within the root. All are optional:
//
//   release R              what uname -r says; else the release that the caller gives
//   vermagic TEXT          the vermagic that modules must have; else only its first word
//                          is compared, with the release, for modules without modversions
//   machine NUMBER         e_machine of its modules; else that of the modules loaded
//   cmdline TEXT           the command line, else that of proc/cmdline if there is one;
//                          module_blacklist= is honoured
//   symvers PATH           Module.symvers: the rows of module vmlinux are what the kernel
//                          exports: 0xCRC<TAB>symbol<TAB>vmlinux<TAB>TYPE[<TAB>namespace]
//   system-map PATH        System.map: its __ksymtab_NAME are what the kernel exports
//                          (CRCs come from symvers alone). With neither, the kernel
//                          exports what lib/modules/RELEASE/modules.symbols does not list
//   init NAME RESULT       what the init function of that module returns: the name of an
//                          errno ("ENODEV", "-ENODEV") or a number ("-19"); as in the
//                          kernel, a positive number is remarked upon and loads
//   builtin NAME           a module that is built in, besides those of modules.builtin
//   compression KIND       gzip, xz or zstd: modules the kernel unpacks by itself
//
// A load goes through these checks; each that refuses has its errno and, mostly, its line
// in the log:
//
//   format      empty file EINVAL; not an ELF relocatable file of the right machine,
//               stripped, no module in it: ENOEXEC
//   blacklist   EPERM
//   vermagic    other or missing: ENOEXEC, unless the flag ignores it (taint F)
//   taints      O without intree=, P for a license that is not compatible with the GPL
//   layout      sections that do not fit: ENOEXEC, ENOMEM
//   name        loaded or built in: EEXIST; being unloaded: EBUSY
//   symbols     unknown ENOENT, CRC mismatch EINVAL. Where the flag has CRCs ignored, or
//               the module has none to compare: taint F
//   exports     exported by a loaded module already: ENOEXEC
//   parameters  bad EINVAL, out of range ERANGE, too long ENOSPC; unknown: a log line
//   init        its own errno
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "kernel/kernel.hpp"
#include "kernel/kernel_description.hpp"
#include "kernel/kernel_rules.hpp"
#include "kernel/kernel_symbols.hpp"
#include "kernel/module_store.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::kernel {

struct LoadAttempt;

/// Several processes and threads may use one root at once: loads and unloads exclude each
/// other, readers never wait.
class SimulatedKernel final : public Kernel {
public:
    /// \param root where its state is; both roots must outlive the kernel
    SimulatedKernel(const io::Root& root, const io::Root& image,
                    KernelDescription description, std::string release);

    [[nodiscard]] Result<std::string> release() override;
    [[nodiscard]] Result<std::string> command_line() override;
    [[nodiscard]] Status load(io::ModuleFile& file, const std::string& parameters,
                              LoadFlags flags) override;
    [[nodiscard]] Status unload(const std::string& name, UnloadFlags flags) override;
    /// None where there is no proc/modules yet.
    [[nodiscard]] Result<std::vector<LoadedModule>> modules() override;
    [[nodiscard]] InitState state(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> holders(
        std::string_view name) override;
    [[nodiscard]] Result<long> refcount(std::string_view name) override;
    [[nodiscard]] const trust::TrustStore* certificates() override;
    [[nodiscard]] LogMark mark_log() override;
    [[nodiscard]] std::optional<std::vector<std::string>> log_since(
        LogMark& mark) override;
    [[nodiscard]] LoadPolicy policy() override;
    [[nodiscard]] KernelIdentity identity() override;
    [[nodiscard]] std::optional<VisibleExports> exports(
        const std::set<std::string, std::less<>>& symbols) override;

private:
    // Both are read once, at the first load.
    [[nodiscard]] Result<const KernelSymbols*> symbols();
    [[nodiscard]] Result<const trust::TrustStore*> trusted();
    [[nodiscard]] KernelRules rules();
    /// Passes a module through the checks and records it. An open descriptor: its init
    /// function is to run, see ModuleStore::insert.
    [[nodiscard]] Result<io::Fd> take_in(LoadAttempt& attempt);
    [[nodiscard]] Result<io::Fd> record(LoadAttempt& attempt);
    /// What the init function of a module returned: a refusal, or a remark.
    [[nodiscard]] Status end_init(const LoadAttempt& attempt, const ModuleStore& store);
    /// Lets those go whose loaders were killed, before somebody is shown them.
    void settle();

    const io::Root& root_;
    const KernelRoots roots_;
    const KernelDescription description_;
    const std::string release_;
    const std::string tree_;
    StoreMemory memory_;
    std::mutex tables_lock_;
    std::optional<KernelSymbols> symbols_;
    std::optional<trust::TrustStore> trusted_;
};

}  // namespace kmodpp::kernel
