// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel that is files beneath a root directory, with the real kernel's checks in the
// real order, its errno and its log (source of all of them: kernel/module/ and
// kernel/params.c of Linux 6.1; what differs in newer ones is said where it is).
//
// Its state, in the real kernel's own forms:
//
//   proc/modules                 the record of what is loaded; replaced atomically
//   proc/sys/kernel/tainted      the taints of the kernel
//   sys/module/NAME/             initstate refcnt coresize initsize taint uevent
//                                [version] [srcversion] holders/ [parameters/] sections/
//                                notes/ and, private, .exports [.loader]
//   var/log/kernel.log           what the kernel said, a line a line
//
// A root may begin with modules in proc/modules; their directories should be there too,
// since state, holders and references of one module are read from them. A module
// directory without initstate is that of a built-in module.
//
// These are looked at as in a running kernel: proc/sys/kernel/modules_disabled,
// sys/module/module/parameters/sig_enforce, sys/kernel/security/lockdown,
// sys/module/compression, proc/cmdline.
//
// What kind of kernel it is stands in etc/kmodpp/kernel.conf: a statement a line, '#'
// begins a line of comment, paths are within the root, or else within the image. All are
// optional; yes and no are the only values of a switch.
//
//   release R              what uname -r says; else the release that the caller gives
//   vermagic TEXT          the vermagic that modules must have, without the blank at its
//                          end; else only its first word is compared, with the release,
//                          for modules without modversions
//   machine NUMBER         e_machine of its modules; else that of the modules loaded
//   cmdline TEXT           the command line, else that of proc/cmdline if there is one;
//                          module_blacklist=, nomodule, module.sig_enforce and lockdown=
//                          are honoured
//   symvers PATH           Module.symvers: the rows of module vmlinux are what the kernel
//                          exports: 0xCRC<TAB>symbol<TAB>vmlinux<TAB>TYPE[<TAB>namespace]
//   system-map PATH        System.map: its __ksymtab_NAME are what the kernel exports
//                          (CRCs come from symvers alone). With neither, the kernel
//                          exports what lib/modules/RELEASE/modules.symbols does not list
//   builtin NAME           a module that is built in, besides those of modules.builtin
//   init NAME RESULT       what the init function of that module returns: the name of an
//                          errno ("ENODEV", "-ENODEV") or a number ("-19"); as in the
//                          kernel, a positive number is remarked upon and loads
//   delay NAME MILLISECONDS  how long it takes
//   compression KIND       gzip, xz or zstd: modules the kernel unpacks by itself
//   trusted PATH           a certificate, a kernel image, or a directory of certificates:
//                          whose signatures count; several
//   signatures RULE        unchecked, permissive or enforced. By default unchecked, but
//                          permissive as soon as trusted, lockdown, module.sig_enforce or
//                          a file of the running kernel speaks of signatures
//   lockdown LEVEL         none, integrity or confidentiality
//   capability no          nobody may load or unload: CAP_SYS_MODULE is missing
//   modules-disabled yes   kernel.modules_disabled=1
//   unload no              built without CONFIG_MODULE_UNLOAD
//   forced-load no         without CONFIG_MODULE_FORCE_LOAD
//   forced-unload no       without CONFIG_MODULE_FORCE_UNLOAD
//   livepatch no           without CONFIG_LIVEPATCH
//   retpoline yes          remarks upon modules that were built without retpolines
//
// A load goes through these checks; each that refuses has its errno and, mostly, its line
// in the log:
//
//   permission  EPERM
//   contents    empty file EINVAL; what it unpacks by itself and cannot EINVAL; what was
//               unpacked for it and has less than 64 bytes ENOEXEC
//   signature   of one that is refused: unsigned, unknown key or kind EKEYREJECTED where
//               signatures are enforced, EPERM under lockdown; changed EKEYREJECTED,
//               malformed EBADMSG in any case. Of one that is forced: as if unsigned
//   header      not an ELF relocatable file of the right machine: ENOEXEC
//   sections    stripped, no module in it, no name that can be one: ENOEXEC
//   blacklist   EPERM
//   struct      another version of module_layout: ENOEXEC
//   modinfo     another vermagic: ENOEXEC; none, or ignored: taint F where loads can be
//               forced, else ENOEXEC; a live patch that is not supported ENOEXEC. Taints
//               O C K P N
//   layout      sections that do not fit: ENOEXEC, ENOMEM
//   name        loaded: EEXIST; being unloaded: EBUSY; being loaded: waits for the end,
//               then EEXIST, or EBUSY if that load failed. Taint E
//   symbols     unknown, for GPL modules only, or of one that is being unloaded: ENOENT;
//               CRC mismatch or namespace not imported: EINVAL; of a module whose init
//               runs: waits, after 30 seconds EBUSY. No CRC to compare with, or ignored:
//               taint F, or EINVAL. Taint P from who exports them
//   exports     exported already, by a module or by the kernel: ENOEXEC
//   parameters  bad EINVAL, out of range ERANGE, too long ENOSPC; unknown: a log line
//   builtin     the name of a part of the kernel: EINVAL
//   init        its own errno
//
// What no file can tell is not there: addresses are 0, sizes lack what a kernel adds, a
// parameter whose type is the driver's own shows what was given, and the state "going"
// passes in no time.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "kernel/kernel.hpp"
#include "simulated/kernel_description.hpp"
#include "simulated/kernel_rules.hpp"
#include "simulated/kernel_symbols.hpp"
#include "simulated/module_store.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::kernel {

struct LoadAttempt;

/// Several processes and threads may use one root at once: changes exclude each other,
/// readers never wait, and nobody waits for an init function that does not need it. A
/// process that is killed during a change leaves it done or undone; one that is killed
/// while it waits for an init function has not loaded the module, though a real kernel,
/// which cannot stop an init function, would end the load.
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
    [[nodiscard]] std::optional<std::uint64_t> size(std::string_view name) override;
    [[nodiscard]] std::vector<LoadedSection> sections(std::string_view name) override;
    [[nodiscard]] std::vector<ModuleUse> uses(
        std::string_view name, const std::vector<std::string>& nodes,
        const std::function<bool(std::string_view)>& is_file_system) override;
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
