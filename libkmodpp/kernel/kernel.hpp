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
    bool force = false;  ///< O_TRUNC; without it the call never waits (O_NONBLOCK)
};

/// A place in the kernel's log: what is said later lies behind it.
struct LogMark {
    io::Fd log;  ///< of a log that is read where it was opened; closed: there is none
    std::uint64_t offset = 0;  ///< of a log that is a file
};

/// What decides, besides a module itself, whether a kernel takes it.
struct LoadPolicy {
    std::optional<bool> signatures_enforced;  ///< module.sig_enforce
    /// "none", "integrity", "confidentiality"; empty: the kernel does not say.
    std::string lockdown;
    bool modules_disabled = false;  ///< kernel.modules_disabled=1
    /// This process has CAP_SYS_MODULE; nothing: not known.
    std::optional<bool> privileged;
};

/// What modules of a kernel have in common, as far as the kernel itself tells.
struct KernelIdentity {
    std::optional<std::string> vermagic;
    std::optional<std::uint16_t> machine;  ///< e_machine
    std::optional<bool> is_64;
    std::optional<std::endian> order;
};

/// A symbol that modules can use now.
struct VisibleExport {
    std::string owner;  ///< the module that has it; empty: the kernel itself
    std::optional<std::uint32_t> crc;
    std::optional<bool> gpl_only;
};
using VisibleExports = std::map<std::string, VisibleExport, std::less<>>;

/// A section of a loaded module.
struct LoadedSection {
    std::string name;
    std::uint64_t address = 0;
};

/// Something that holds a module, as far as /proc and /sys show it.
struct ModuleUse {
    enum class Kind { mount, network_link, open_device, bound_device };
    Kind kind = Kind::mount;
    std::string what;  ///< "/mnt", "eth0", "/dev/fuse", "0000:00:1f.6"
    std::string how;   ///< file system, driver, or the process that has it open
};

/// Errors of load and unload carry the errno of the kernel in Error::code, and the text
/// strerror gives it; the layer above turns them into the words of its tool.
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
    /// The state of one, without reading the whole list.
    [[nodiscard]] virtual InitState state(std::string_view name) = 0;
    /// Names of the modules that use `name`, sorted. Empty when it is not loaded.
    [[nodiscard]] virtual Result<std::vector<std::string>> holders(
        std::string_view name) = 0;
    /// not_found when it is not loaded or the kernel cannot unload modules.
    [[nodiscard]] virtual Result<long> refcount(std::string_view name) = 0;

    /// The certificates that it trusts, where it is us who keep them; borrows.
    [[nodiscard]] virtual const trust::TrustStore* certificates() { return nullptr; }

    // More about one module. A kernel that cannot tell answers with nothing.

    /// Bytes, without those that init alone needs; nullopt when it is not loaded.
    [[nodiscard]] virtual std::optional<std::uint64_t> size(std::string_view) {
        return std::nullopt;
    }
    /// Where its sections lie, by name; 0 for the unprivileged.
    [[nodiscard]] virtual std::vector<LoadedSection> sections(std::string_view) {
        return {};
    }

    /// What uses the module besides other modules, sorted by kind; what cannot be seen is
    /// left out.
    /// \param nodes paths of device nodes that are known to be the module's
    /// \param is_file_system whether the module provides a file system of that name
    [[nodiscard]] virtual std::vector<ModuleUse> uses(
        std::string_view, const std::vector<std::string>& /*nodes*/,
        const std::function<bool(std::string_view)>& /*is_file_system*/) {
        return {};
    }

    // What explains a refusal afterwards. A kernel that cannot tell answers with nothing.

    /// The end of the log as it is now.
    [[nodiscard]] virtual LogMark mark_log() { return {}; }
    /// The lines that came since, without priority and time; at most kMaxLogLines, the
    /// latest. nullopt: the log cannot be read.
    [[nodiscard]] virtual std::optional<std::vector<std::string>> log_since(LogMark&) {
        return std::nullopt;
    }
    [[nodiscard]] virtual LoadPolicy policy() { return {}; }
    [[nodiscard]] virtual KernelIdentity identity() { return {}; }
    /// Those of the symbols that are exported; nullopt: the kernel does not show them.
    [[nodiscard]] virtual std::optional<VisibleExports> exports(
        const std::set<std::string, std::less<>>&) {
        return std::nullopt;
    }
};

/// Bounds the memory for a log that receives many other lines.
inline constexpr std::size_t kMaxLogLines = 1000;

/// The kernel this process runs on: system calls, /proc and /sys.
[[nodiscard]] std::unique_ptr<Kernel> make_real_kernel();

/// A kernel made of files under `state`: see simulated/simulated_kernel.hpp.
/// \param image the root of the module directories, and of files that the description
/// names and `state` does not contain; only read. Both roots must outlive the kernel
/// \param release used if the description names none; may be empty
[[nodiscard]] Result<std::unique_ptr<Kernel>> make_simulated_kernel(const io::Root& state,
                                                                    const io::Root& image,
                                                                    std::string release);

}  // namespace kmodpp::kernel
