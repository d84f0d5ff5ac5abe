// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Building the databases of a module directory: what depmod does. Part of
/// libkmodpp-index.
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

/// Where depmod remembers what it has read out of module files, so that the next run
/// opens only those that have changed.
enum class InspectionCacheUse {
    /// For "/": a file of the release in the state directory. For other roots: none.
    automatic,
    off,
    file,  ///< DepmodRequest::cache_file
};

/// What databases are to be built of. Plain data; callbacks must not throw.
struct DepmodRequest {
    /// Root of the tree that is read. A link in it that leads nowhere beneath it, or back
    /// into a directory that contains the link, is followed as the host sees it.
    std::string base = "/";
    /// Links never lead out of the root.
    bool confined = false;
    /// Root of the tree that is written; default: base.
    std::optional<std::string> output = {};
    /// Beneath both; default: the built-in one.
    std::string module_directory = {};
    /// "6.1.0-56-amd64"; has to be given
    std::string release = {};
    /// depmod.d files and directories; default: the host's.
    std::vector<std::string> config = {};
    /// Just these, absolute, beneath base; default: the whole tree.
    std::vector<std::string> module_files = {};
    /// Module.symvers of the kernel, or empty.
    std::string symvers = {};
    /// System.map of the kernel, or empty.
    std::string system_map = {};
    /// Skipped at the head of symbol names.
    std::optional<char> symbol_prefix = {};
    /// Needs symvers or system_map.
    bool report_unknown_symbols = false;
    /// A warning for each symbol that two modules export, and for each file that is
    /// hidden by another one of its module name.
    bool warn_duplicates = false;
    /// Do nothing when a run would change nothing. Exact with a cache; without one, times
    /// and the list of modules decide, and in doubt the databases are built.
    bool only_if_changed = false;
    /// Make the text databases but write no file.
    bool dry_run = false;
    /// Told of each module that another one needs, by the first symbol of it:
    /// "PATH needs "SYMBOL": PATH". With it, messages of priority info name each file
    /// that is hidden by another one of its module name.
    std::function<void(std::string_view line)> tell_need = {};
    /// A module or a directory that cannot be read fails the run instead of being listed
    /// without data.
    bool strict = false;
    /// fsync what is written.
    bool sync = true;
    /// Threads that inspect modules; 0: as many as there are processors.
    unsigned jobs = 0;
    InspectionCacheUse cache = InspectionCacheUse::automatic;  ///< where it is
    /// Seen from outside the base. Made when it is not there; one that is damaged, or of
    /// another tree, is replaced.
    std::string cache_file = {};
    /// Called now and then, from the thread of run_depmod, while modules are inspected.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// A part of a run and the time that it took.
struct DepmodStage {
    std::string_view name;                 ///< static
    std::chrono::microseconds duration{};  ///< wall time
};

/// What a run has found and done.
struct DepmodReport {
    /// The databases were found to be those that this run would make.
    bool up_to_date = false;
    std::size_t modules = 0;  ///< in modules.dep
    std::size_t unreadable_modules =
        0;                           ///< listed, but without data; a warning told of each
    std::size_t cached_modules = 0;  ///< not opened: the cache knew them
    std::size_t symbols = 0;         ///< exports of all modules
    std::size_t aliases = 0;         ///< of all modules
    /// In the order of the run.
    std::vector<DepmodStage> stages = {};
    /// dry_run: (file name, text) of the text databases, in the order in which they are
    /// shown.
    std::vector<std::pair<std::string, std::string>> texts = {};
};

/// Scans the tree, inspects every module, links what they need to what they export, and
/// writes the eleven databases: all of them, or none. Warnings go to \p messages from one
/// thread at a time. Output depends on the tree alone, not on the number of threads.
/// malformed (EINVAL): the release is empty, or would lead to another directory. denied:
/// the module directory is a link out of the output's root, and root would write there.
/// io: there are module files, and not one of them could be read; nothing is written.
[[nodiscard]] KMODPP_API Result<DepmodReport> run_depmod(const DepmodRequest& request,
                                                         MessageSink& messages);

/// Checks the signatures of the modules that run_depmod() would put into its databases,
/// in the order of modules.dep, and writes nothing. The error is that of reading the tree
/// or a certificate of \p trust; a module that cannot be read has its own.
/// \param request those members count that say which modules these are, and jobs, strict
///                and progress
/// \param trust certificates, seen from outside the base; empty: those that the kernel of
///              the tree trusts, as module-signatures(7) lists them
/// \param messages told of what is wrong with the tree, from one thread at a time
[[nodiscard]] KMODPP_API Result<std::vector<VerifiedModule>> verify_tree(
    const DepmodRequest& request, const std::vector<std::string>& trust,
    MessageSink& messages);

}  // namespace kmodpp
