// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Builds the databases of a module directory, as depmod does. Part of libkmodpp-index.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/message.hpp>
#include <kmodpp/result.hpp>
#include <kmodpp/signature_check.hpp>

namespace kmodpp {

/// Where depmod caches what it has read from module files, so that the next run only
/// reads files that have changed.
enum class InspectionCacheUse {
    /// For "/": a file for each release in the state directory. For other roots: no
    /// cache.
    automatic,
    off,   ///< no cache
    file,  ///< DepmodRequest::cache_file
};
/// A stable name for programs: "automatic".
[[nodiscard]] KMODPP_API std::string_view to_string(InspectionCacheUse use);

/// The input and the options of a run. Plain data; callbacks must not throw.
struct DepmodRequest {
    /// The root directory to read from. A symlink whose target does not exist in the
    /// root, or is a directory that contains the symlink, is resolved as on the host.
    std::string root = "/";
    /// Never follow symlinks out of the root.
    bool confined = false;
    /// The root directory to write to; default: root.
    std::optional<std::string> output_root = {};
    /// The module directory within both roots; default: the one set at build time.
    std::string module_directory = {};
    /// The kernel release, as "6.1.0-56-amd64"; required.
    std::string release = {};
    /// depmod.d files and directories; default: the host's depmod.d directories.
    std::vector<std::string> config = {};
    /// Absolute paths under root of the only module files to use; default: the whole
    /// tree.
    std::vector<std::string> module_files = {};
    /// Module.symvers of the kernel, or empty.
    std::string symvers = {};
    /// System.map of the kernel, or empty.
    std::string system_map = {};
    /// A character to ignore at the start of symbol names.
    std::optional<char> symbol_prefix = {};
    /// Warn about unresolved symbols. Needs symvers or system_map.
    bool report_unknown_symbols = false;
    /// Warn about each symbol that two modules export, and each module file that is
    /// hidden by another file of the same module name.
    bool warn_duplicates = false;
    /// Do nothing if the databases are up to date. This is exact with a cache; without
    /// one, file times and the list of modules are compared, and in doubt the databases
    /// are built.
    bool only_if_changed = false;
    /// Return the text databases in the report, write no files.
    bool dry_run = false;
    /// Called with the line 'PATH needs "SYMBOL": PATH' for each dependency, naming the
    /// first symbol that is needed. If set, a message of priority info names each file
    /// that is hidden by another file of the same module name.
    std::function<void(std::string_view line)> tell_need = {};
    /// Fail if a module or a directory cannot be read. By default, such a module is
    /// listed without data.
    bool strict = false;
    /// Call fsync(2) for written files.
    bool sync = true;
    /// The number of threads that inspect modules; 0: one per processor, fewer for a
    /// small tree.
    unsigned jobs = 0;
    InspectionCacheUse cache = InspectionCacheUse::automatic;  ///< whether to use a cache
    /// The path of the cache, not relative to root. Created if it does not exist;
    /// replaced if it is damaged or belongs to another tree.
    std::string cache_file = {};
    /// Called from time to time while modules are inspected, from the thread that
    /// called run_depmod().
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// A stage of a run and its duration.
struct DepmodStage {
    std::string_view name;                 ///< static storage
    std::chrono::microseconds duration{};  ///< wall time
};

/// The result of a run.
struct DepmodReport {
    /// The databases were already up to date.
    bool up_to_date = false;
    std::size_t modules = 0;  ///< in modules.dep
    /// Listed without data; there was a warning for each.
    std::size_t unreadable_modules = 0;
    std::size_t cached_modules = 0;  ///< taken from the cache instead of the file
    std::size_t symbols = 0;         ///< exports of all modules
    std::size_t aliases = 0;         ///< aliases of all modules
    /// The stages in the order in which they ran.
    std::vector<DepmodStage> stages = {};
    /// With dry_run: (file name, text) of the text databases, in the order in which
    /// depmod -n prints them.
    std::vector<std::pair<std::string, std::string>> texts = {};
};

/// Scans the tree, inspects every module, resolves needed symbols to exporting modules,
/// and writes the eleven databases: all of them, or none. Warnings go to \p messages
/// from one thread at a time. The output only depends on the tree, not on the number of
/// threads. malformed (EINVAL): the release is empty, or not a plain directory name.
/// denied: the superuser would write through a module directory that is a symlink out
/// of the output root. io: there are module files, but none could be read; nothing is
/// written.
[[nodiscard]] KMODPP_API Result<DepmodReport> run_depmod(const DepmodRequest& request,
                                                         MessageSink& messages);

/// Checks the signatures of the modules that run_depmod() would list, in the order of
/// modules.dep. Writes no files. Fails if the tree or a certificate in \p trust cannot
/// be read; the error for an unreadable module is in its VerifiedModule.
/// \param request only the members that select the modules, and jobs, strict and
/// progress are used
/// \param trust paths of certificates, not relative to root; empty: those that the
/// kernel of the tree trusts, as listed in module-signatures(7)
/// \param messages receives problems of the tree, from one thread at a time
[[nodiscard]] KMODPP_API Result<std::vector<VerifiedModule>> verify_tree(
    const DepmodRequest& request, const std::vector<std::string>& trust,
    MessageSink& messages);

}  // namespace kmodpp
