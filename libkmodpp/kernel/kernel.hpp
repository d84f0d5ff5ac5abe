// SPDX-License-Identifier: LGPL-2.1-or-later
// The interface to a kernel. The real and the simulated kernel implement it; the rest of
// the library does not distinguish them.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/module_file.hpp"
#include "io/root.hpp"
#include "kmodpp/load_flags.hpp"
#include "kmodpp/loaded_module.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::kernel {

using kmodpp::LoadFlags;

struct UnloadFlags {
    bool force = false;  ///< O_TRUNC; the call never waits (O_NONBLOCK)
};

/// A position in the kernel log, for log_since().
struct LogMark {
    io::Fd log;  ///< an open log, read from its position; closed if there is none
    std::uint64_t offset = 0;  ///< position, if the log is a plain file
};

/// The settings of a kernel that decide whether it accepts a module.
struct LoadPolicy {
    std::optional<bool> signatures_enforced;  ///< module.sig_enforce
    /// "none", "integrity" or "confidentiality"; empty if unknown.
    std::string lockdown;
    bool modules_disabled = false;  ///< kernel.modules_disabled=1
    /// True if this process has CAP_SYS_MODULE; nullopt if unknown.
    std::optional<bool> privileged;
};

/// Properties that all modules of a kernel share; unset where the kernel does not show
/// them.
struct KernelIdentity {
    std::optional<std::string> vermagic;
    std::optional<std::uint16_t> machine;  ///< e_machine
    std::optional<bool> is_64;
    std::optional<std::endian> order;
};

/// A symbol that is currently exported to modules.
struct VisibleExport {
    std::string owner;  ///< the exporting module; empty for the kernel itself
    std::optional<std::uint32_t> crc = {};
    std::optional<bool> gpl_only = {};
    std::string symbol_namespace = {};  ///< empty: none, or unknown
};
using VisibleExports = std::map<std::string, VisibleExport, std::less<>>;

/// A section of a loaded module.
struct LoadedSection {
    std::string name;
    std::uint64_t address = 0;
};

/// Something that keeps a module in use, as shown by /proc and /sys.
struct ModuleUse {
    enum class Kind { mount, network_link, open_device, bound_device };
    Kind kind = Kind::mount;
    std::string what;  ///< "/mnt", "eth0", "/dev/fuse", "0000:00:1f.6"
    std::string how;   ///< file system, driver, or the process that has it open
};

/// Errors of load() and unload() have the kernel's errno in Error::code, and its
/// strerror text; higher layers add an explanation.
class Kernel {
public:
    virtual ~Kernel() = default;

    /// The release, as uname -r prints it.
    [[nodiscard]] virtual Result<std::string> release() = 0;
    /// The command line of the boot, as /proc/cmdline holds it, without the newline.
    [[nodiscard]] virtual Result<std::string> command_line() = 0;

    /// finit_module, or init_module with the unpacked contents.
    /// \param parameters "a=1 b=2" as the kernel parses them
    [[nodiscard]] virtual Status load(io::ModuleFile& file, const std::string& parameters,
                                      LoadFlags flags) = 0;
    /// delete_module.
    [[nodiscard]] virtual Status unload(const std::string& name, UnloadFlags flags) = 0;

    /// All modules in the order of /proc/modules: newest first.
    [[nodiscard]] virtual Result<std::vector<LoadedModule>> modules() = 0;
    /// The state of one module, without reading the whole list.
    [[nodiscard]] virtual InitState state(std::string_view name) = 0;
    /// Names of the modules that use \p name, sorted. Empty if it is not loaded.
    [[nodiscard]] virtual Result<std::vector<std::string>> holders(
        std::string_view name) = 0;
    /// not_found if the module is not loaded or the kernel cannot unload modules.
    [[nodiscard]] virtual Result<long> refcount(std::string_view name) = 0;

    /// The certificates that a simulated kernel trusts; null for the real one. Borrows.
    [[nodiscard]] virtual const trust::TrustStore* certificates() { return nullptr; }

    // Details of one module; empty if the kernel does not provide them.

    /// Size in bytes, without the part that is freed after init; nullopt if the module
    /// is not loaded.
    [[nodiscard]] virtual std::optional<std::uint64_t> size(std::string_view) {
        return std::nullopt;
    }
    /// The addresses of its sections, sorted by name; 0 for unprivileged processes.
    [[nodiscard]] virtual std::vector<LoadedSection> sections(std::string_view) {
        return {};
    }

    /// What uses the module besides other modules, sorted by kind. Uses that this
    /// process may not see are omitted.
    /// \param nodes paths of device nodes that are known to belong to the module
    /// \param is_file_system true if the module provides the file system of that name
    [[nodiscard]] virtual std::vector<ModuleUse> uses(
        std::string_view, const std::vector<std::string>& /*nodes*/,
        const std::function<bool(std::string_view)>& /*is_file_system*/) {
        return {};
    }

    /// Only the devices that are bound to a driver of the module, which is cheaper.
    [[nodiscard]] virtual std::vector<ModuleUse> bound_devices(std::string_view) {
        return {};
    }

    // Information that explains a refusal; empty if the kernel does not provide it.

    /// The current end of the log.
    [[nodiscard]] virtual LogMark mark_log() { return {}; }
    /// The lines logged since the mark, without priority and time; only the last
    /// kMaxLogLines. nullopt if the log cannot be read.
    [[nodiscard]] virtual std::optional<std::vector<std::string>> log_since(LogMark&) {
        return std::nullopt;
    }
    [[nodiscard]] virtual LoadPolicy policy() { return {}; }
    [[nodiscard]] virtual KernelIdentity identity() { return {}; }
    /// Those of the given symbols that are exported; nullopt if the kernel does not
    /// show exports.
    [[nodiscard]] virtual std::optional<VisibleExports> exports(
        const std::set<std::string, std::less<>>&) {
        return std::nullopt;
    }
};

/// Limits the memory for a log that receives many unrelated lines.
inline constexpr std::size_t kMaxLogLines = 1000;

/// The kernel this process runs on: system calls, /proc and /sys.
[[nodiscard]] std::unique_ptr<Kernel> make_real_kernel();

/// A kernel made of files under \p state: see simulated/simulated_kernel.hpp. Both
/// roots must outlive it.
/// \param image root of the module directories, and of files that the description names
/// and \p state does not contain; read-only
/// \param release used if the description names none; may be empty
[[nodiscard]] Result<std::unique_ptr<Kernel>> make_simulated_kernel(const io::Root& state,
                                                                    const io::Root& image,
                                                                    std::string release);

}  // namespace kmodpp::kernel
