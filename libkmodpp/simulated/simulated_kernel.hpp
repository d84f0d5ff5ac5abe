// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel made of files under a root directory. It performs the real kernel's checks in
// the same order, with the same errno and log lines (source: kernel/module/ and
// kernel/params.c of Linux 6.1; differences in newer kernels are noted where they
// matter).
//
// Its state has the same form as that of the real kernel:
//
//   proc/modules                 the record of what is loaded; replaced atomically
//   proc/sys/kernel/tainted      the taints of the kernel
//   sys/module/NAME/             initstate refcnt coresize initsize taint uevent
//                                [version] [srcversion] holders/ [parameters/] sections/
//                                notes/ and, private, .exports [.loader]
//   var/log/kernel.log           the kernel log, one message per line
//
// A root may start with modules in proc/modules. Their directories should exist too,
// because the state, holders and references of a module are read from them. A module
// directory without initstate belongs to a built-in module.
//
// These files are read as in a running kernel: proc/sys/kernel/modules_disabled,
// sys/module/module/parameters/sig_enforce, sys/kernel/security/lockdown,
// sys/module/compression, proc/cmdline.
//
// etc/kmodpp/kernel.conf describes the kernel. It has one statement per line; a line that
// begins with '#' is a comment. Paths are looked up in the root, then in the image. Every
// statement is optional; a switch takes yes or no.
//
//   release R              output of uname -r; default: the release given by the caller
//   vermagic TEXT          the vermagic that modules must have, without the trailing
//                          space; default: only the first word is compared, with the
//                          release, and only for modules without modversions
//   machine NUMBER         e_machine of its modules; default: that of the loaded modules
//   cmdline TEXT           the command line; default: proc/cmdline if it exists.
//                          module_blacklist=, nomodule, module.sig_enforce and lockdown=
//                          are honoured
//   symvers PATH           Module.symvers: the rows of module vmlinux are what the kernel
//                          exports: 0xCRC<TAB>symbol<TAB>vmlinux<TAB>TYPE[<TAB>namespace]
//   system-map PATH        System.map: its __ksymtab_NAME are what the kernel exports
//                          (CRCs only come from symvers). With neither, the kernel
//                          exports what lib/modules/RELEASE/modules.symbols does not list
//   builtin NAME           a built-in module, in addition to those of modules.builtin
//   init NAME RESULT       return value of the module's init function: the name of an
//                          errno ("ENODEV", "-ENODEV") or a number ("-19"); as in the
//                          kernel, a positive number is logged and the module loads
//   delay NAME MILLISECONDS  how long the init function runs
//   compression KIND       gzip, xz or zstd: modules that the kernel unpacks itself
//   trusted PATH           a trusted certificate, a kernel image, or a directory of
//                          certificates; may be repeated
//   signatures RULE        unchecked, permissive or enforced. Default: permissive if
//                          trusted, lockdown, module.sig_enforce or a file of the running
//                          kernel sets anything about signatures, else unchecked
//   lockdown LEVEL         none, integrity or confidentiality
//   capability no          the caller lacks CAP_SYS_MODULE
//   modules-disabled yes   kernel.modules_disabled=1
//   unload no              built without CONFIG_MODULE_UNLOAD
//   forced-load no         without CONFIG_MODULE_FORCE_LOAD
//   forced-unload no       without CONFIG_MODULE_FORCE_UNLOAD
//   livepatch no           without CONFIG_LIVEPATCH
//   retpoline yes          logs a message for modules that were built without retpolines
//
// A load passes these checks. A check that refuses the module sets an errno and usually
// adds a line to the log:
//
//   permission  EPERM
//   contents    empty file EINVAL; the kernel cannot unpack it EINVAL; less than 64 bytes
//               of unpacked contents ENOEXEC
//   signature   unsigned, unknown key or unknown kind: EKEYREJECTED if signatures are
//               enforced, EPERM under lockdown; changed: EKEYREJECTED, malformed: EBADMSG
//               in any case. A forced load counts as unsigned
//   header      not an ELF relocatable file of the right machine: ENOEXEC
//   sections    stripped, not a module, no valid module name: ENOEXEC
//   blacklist   EPERM
//   struct      wrong version of module_layout: ENOEXEC
//   modinfo     wrong vermagic: ENOEXEC; no or ignored vermagic: taint F if loads can be
//               forced, else ENOEXEC; unsupported live patch: ENOEXEC. Taints
//               O C K P N
//   layout      sections that do not fit: ENOEXEC, ENOMEM
//   name        loaded: EEXIST; being unloaded: EBUSY; being loaded: waits for the end,
//               then EEXIST, or EBUSY if that load failed. Taint E
//   symbols     unknown, GPL-only, or exported by a module that is being unloaded:
//               ENOENT; CRC mismatch or namespace not imported: EINVAL; exported by a
//               module whose init runs: waits up to 30 seconds, then EBUSY. Missing or
//               ignored CRC: taint F, or EINVAL. Taint P is inherited from the exporter
//   exports     already exported by a module or by the kernel: ENOEXEC
//   parameters  bad EINVAL, out of range ERANGE, too long ENOSPC; unknown: a log line
//   builtin     the name of a built-in module: EINVAL
//   init        the errno of the init function
//
// Not simulated: addresses are 0, sizes lack the kernel's own additions, a parameter of a
// type defined by the driver shows the given text, and the state "going" takes no time.
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

/// Several processes and threads may use one root at once. Changes exclude each other;
/// readers never wait; a load waits for an init function only if it depends on that
/// module. If a process is killed during a change, the change is completed or undone. If
/// it is killed during an init function, the module is not loaded (a real kernel would
/// finish the load, because an init function cannot be interrupted).
class SimulatedKernel final : public Kernel {
public:
    /// \param root contains the state of the kernel
    /// \param image contains the module directories. Both must outlive the kernel
    SimulatedKernel(const io::Root& root, const io::Root& image,
                    KernelDescription description, std::string release);

    [[nodiscard]] Result<std::string> release() override;
    [[nodiscard]] Result<std::string> command_line() override;
    [[nodiscard]] Status load(io::ModuleFile& file, const std::string& parameters,
                              LoadFlags flags) override;
    [[nodiscard]] Status unload(const std::string& name, UnloadFlags flags) override;
    /// Empty if proc/modules does not exist yet.
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
    [[nodiscard]] std::vector<ModuleUse> bound_devices(std::string_view name) override;
    [[nodiscard]] LogMark mark_log() override;
    [[nodiscard]] std::optional<std::vector<std::string>> log_since(
        LogMark& mark) override;
    [[nodiscard]] LoadPolicy policy() override;
    [[nodiscard]] KernelIdentity identity() override;
    [[nodiscard]] std::optional<VisibleExports> exports(
        const std::set<std::string, std::less<>>& symbols) override;

private:
    // Both are read on first use.
    [[nodiscard]] Result<const KernelSymbols*> symbols();
    [[nodiscard]] Result<const trust::TrustStore*> trusted();
    [[nodiscard]] KernelRules rules();
    /// Runs the checks and records the module. An open descriptor means that its init
    /// function must run; see ModuleStore::insert.
    [[nodiscard]] Result<io::Fd> check_and_record(LoadAttempt& attempt);
    [[nodiscard]] Result<io::Fd> record(LoadAttempt& attempt);
    /// Handles the return value of the init function: a refusal or a log message.
    [[nodiscard]] Status end_init(const LoadAttempt& attempt, const ModuleStore& store);
    /// Removes modules whose loader was killed, before the list is shown.
    void remove_orphans();

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
