// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The main class of libkmodpp: combines a root directory, a kernel release, a
/// configuration and a kernel.
///
/// \code
/// auto context = kmodpp::Context::create({}, sink);
/// auto plan = context->plan_insert({.name = "ext4"});
/// for (const auto& goal : plan->goals) context->execute(goal, {});
/// \endcode
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/compatibility.hpp>
#include <kmodpp/configuration.hpp>
#include <kmodpp/device_node.hpp>
#include <kmodpp/device_report.hpp>
#include <kmodpp/diagnosis.hpp>
#include <kmodpp/export.hpp>
#include <kmodpp/firmware_report.hpp>
#include <kmodpp/forbid.hpp>
#include <kmodpp/hidden_file.hpp>
#include <kmodpp/installed_module.hpp>
#include <kmodpp/loaded_module.hpp>
#include <kmodpp/message.hpp>
#include <kmodpp/module_graph.hpp>
#include <kmodpp/module_info.hpp>
#include <kmodpp/name_trace.hpp>
#include <kmodpp/parameter_report.hpp>
#include <kmodpp/plan.hpp>
#include <kmodpp/relations.hpp>
#include <kmodpp/release_diff.hpp>
#include <kmodpp/request.hpp>
#include <kmodpp/result.hpp>
#include <kmodpp/signature_check.hpp>
#include <kmodpp/unused_module.hpp>
#include <kmodpp/weak_updates.hpp>

namespace kmodpp {

/// Selects the modules, the configuration and the kernel. Plain data.
struct ContextOptions {
    /// The root directory that contains /lib/modules. The configuration is the host's.
    std::string root = "/";
    /// Never follow symlinks out of the root. By default, a symlink whose target does
    /// not exist in the root, or is a directory that contains the symlink, is resolved
    /// as on the host.
    bool confined = false;
    /// Use the simulated kernel in this directory instead of the real one. Modules and
    /// configuration are also read from it, except that `root`, if given, selects the
    /// modules.
    std::optional<std::string> simulate = std::nullopt;
    /// The kernel release; by default that of the kernel.
    std::optional<std::string> release = std::nullopt;
    /// modprobe.d files and directories to read instead of the default directories. An
    /// empty string names no file: {""} means no configuration.
    std::vector<std::string> config = {};
    /// Use the configuration in `root`, as for a simulated kernel, instead of the host's.
    bool config_in_root = false;
    /// Files or directories with the certificates to trust, instead of those that the
    /// system's kernel trusts. \see Context::verify
    std::vector<std::string> trust = {};
};

/// How a name is interpreted.
enum class NameKind {
    file_or_name,  ///< a file, if it looks like one and exists; else a name or an alias
    name_only,     ///< a module name, or an alias of a builtin module; never a file
};
/// A stable name for programs: "name_only".
[[nodiscard]] KMODPP_API std::string_view to_string(NameKind kind);

/// Not thread-safe, but each thread may use its own context. Does not throw: if memory
/// runs out, functions return an Error with ENOMEM or, if they cannot return an error,
/// a default value. Callbacks must not throw.
class KMODPP_API Context {
public:
    /// What a context owns. Its definition is private to the library.
    struct Parts;

    /// Opens the root directories and reads the kernel's release. Configuration and
    /// databases are read when they are first needed. Fails if a root cannot be opened
    /// or the description of the simulated kernel cannot be read.
    /// \param options copied
    /// \param messages must outlive the context
    [[nodiscard]] static Result<Context> create(const ContextOptions& options,
                                                MessageSink& messages);
    /// A moved-from context may only be assigned to or destroyed.
    Context(Context&&) noexcept;
    /// Closes what this context owned. A moved-from context may only be assigned to or
    /// destroyed.
    Context& operator=(Context&&) noexcept;
    ~Context();

    /// The kernel release whose modules are used: "6.1.0-56-amd64". Valid as long as
    /// the context.
    [[nodiscard]] const std::string& release() const;
    /// The module directory of the release, as seen from outside the root.
    [[nodiscard]] const std::string& module_directory() const;
    /// Whether modules.dep.bin exists. Without it, no module is found.
    [[nodiscard]] bool has_databases() const;

    /// All modules in the databases of the release, loadable and built-in, sorted by
    /// name. Examines every file, but reads none. not_found: the release has no
    /// databases.
    [[nodiscard]] Result<std::vector<InstalledModule>> modules() const;

    /// The modules that a name or alias matches, once per matching alias; empty if
    /// there is none.
    [[nodiscard]] Result<std::vector<std::string>> look_up(std::string_view name) const;

    /// The sources that are searched for a name, up to the first one with a result.
    [[nodiscard]] Result<NameTrace> trace_name(std::string_view name) const;
    /// The dependencies among all modules that loading the given names involves.
    /// not_found: one of the names is unknown.
    [[nodiscard]] Result<ModuleGraph> graph(std::span<const std::string> names) const;

    /// The modules that the given modules depend on, or that depend on them, directly or
    /// indirectly. An edge leads from a module to one that it depends on, whatever the
    /// direction. not_found: one of the names is unknown, or not loaded.
    [[nodiscard]] Result<ModuleGraph> relations(const RelationsRequest& request) const;

    /// The steps that load a module. not_found: the name is unknown.
    [[nodiscard]] Result<Plan> plan_insert(const InsertRequest& request) const;
    /// The steps that remove a module. not_found: the name is unknown, or the module is
    /// builtin or not loaded; busy: it is in use.
    [[nodiscard]] Result<Plan> plan_remove(const RemoveRequest& request) const;
    /// Executes the steps of a goal in order. \see ExecuteOptions::plan_again
    [[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                           const ExecuteOptions& options);

    /// Has the same result as calling execute() for each goal, but executes independent
    /// goals in parallel. ExecuteOptions::observe and \p finished are called from this
    /// thread, in the same order and with the same steps and failures as in a
    /// sequential run, but possibly later.
    /// \param goals the goals of one or several plans, in the order in which they are
    /// reported
    /// \param options as for execute()
    /// \param finished called once for each goal; must not throw
    /// \param jobs maximum number of goals that are executed at the same time
    void execute_all(
        const std::vector<Goal>& goals, const ExecuteOptions& options, unsigned jobs,
        const std::function<void(
            const Goal& goal, const std::expected<void, StepFailure>& result)>& finished);

    /// The information about each module that a name or file refers to. not_found: the
    /// name is unknown.
    [[nodiscard]] Result<std::vector<ModuleInfo>> describe(std::string_view name,
                                                           NameKind kind) const;

    /// Checks the signature of each module that a name or file refers to. Each path in
    /// ContextOptions::trust is a DER certificate, a PEM file with any number of
    /// certificates, an EFI variable, a kernel image, or a directory of the first
    /// three. By default, the certificates of the system in the root are trusted: those
    /// in its kernel image, the firmware's and the machine owner's
    /// (module-signatures(7)). not_found: the name is unknown; unsupported: there is no
    /// libcrypto; other errors are those of reading the certificates.
    [[nodiscard]] Result<std::vector<VerifiedModule>> verify(std::string_view name,
                                                             NameKind kind) const;
    /// The same for every module file of the release, with several threads. The result
    /// is ordered by path.
    /// \param progress called from this thread from time to time; may be empty
    [[nodiscard]] Result<std::vector<VerifiedModule>> verify_all(
        const std::function<void(std::size_t done, std::size_t all)>& progress) const;

    /// All rules of the configuration, ordered by kind, as modprobe -c prints them.
    [[nodiscard]] Result<std::vector<ConfigRule>> configuration() const;
    /// Compares the rules in modprobe.d and on the kernel command line with the modules
    /// of the release, and reports mistakes. not_found: modules.dep.bin does not exist.
    [[nodiscard]] Result<ConfigReport> check_configuration() const;
    /// Forbids a module in a file of its own in /etc/modprobe.d of the configuration's
    /// root, replacing that file if it exists. The file also has a line for versions of
    /// kmod that do not know the verb. malformed: the name or the text cannot be part of
    /// a line, or the name is an alias; conflict: a file of that name has other lines.
    /// \param name any spelling
    /// \param text why, for messages; may be empty
    [[nodiscard]] Result<ForbidChange> forbid(std::string_view name,
                                              std::string_view text);
    /// Removes the file that forbid() has written. Other lines that keep the module from
    /// being loaded stay and are reported. conflict: the file has other lines.
    [[nodiscard]] Result<ForbidChange> allow(std::string_view name);
    /// Visits every pattern of an index with each of its modules, ordered by pattern. The
    /// texts are valid during the call.
    [[nodiscard]] Status for_each_alias(AliasIndex index,
                                        const AliasVisitor& visit) const;

    /// The versions that a module expects of the symbols it needs, in file order.
    /// not_found: there is no such file or module.
    /// \param name a file, relative to the current directory, or a module name or alias
    [[nodiscard]] Result<std::vector<SymbolVersion>> symbol_versions(
        std::string_view name) const;
    /// The symbols that a module exports, in the order of its symbol table. \p name is
    /// as for symbol_versions().
    [[nodiscard]] Result<std::vector<SymbolVersion>> exports(std::string_view name) const;

    /// The device nodes in modules.devname. Invalid lines are skipped with a warning.
    /// not_found: the file does not exist.
    [[nodiscard]] Result<DeviceNodes> device_nodes() const;

    /// Explains why plan_insert() did not find a module: the module directory or the
    /// databases are missing, a file is not in modules.dep, or a similar name exists.
    [[nodiscard]] Result<std::vector<Finding>> explain_missing(
        std::string_view name) const;

    /// Finds out why a step failed. Changes no state.
    /// \param failure the result of execute() or insert_file()
    /// \param flags the flags of the load that failed
    [[nodiscard]] Result<Diagnosis> diagnose(const StepFailure& failure,
                                             LoadFlags flags) const;
    /// Predicts which loads of a goal would fail now, from the files and the state of
    /// the kernel. Returns a forecast for each step that has something to report.
    [[nodiscard]] Result<std::vector<LoadForecast>> foresee(const Goal& goal,
                                                            LoadFlags flags) const;
    /// The module files of the release that depmod ignores, because it uses another file
    /// of the same module, in path order. Reads all directories. The rules are those of
    /// the host's depmod.d or, for a simulated kernel, of its root.
    [[nodiscard]] Result<std::vector<HiddenFile>> hidden_files() const;
    /// The paths of files that the goal would load, but that do not exist.
    [[nodiscard]] std::vector<std::string> missing_files(const Goal& goal) const;
    /// Returns the problems of parameters given for a goal whose module is built in, so
    /// that nothing is loaded. Returns nothing for other goals, whose problems are
    /// reported by ExecuteOptions::parameter_problem.
    [[nodiscard]] std::vector<ParameterProblem> check_builtin_parameters(
        const Goal& goal, const std::string& parameters) const;

    /// The parameters of each module that a name or alias matches: the values in the
    /// kernel and in the configuration. not_found: the name is unknown.
    [[nodiscard]] Result<std::vector<ModuleParameters>> parameters(
        std::string_view name) const;
    /// The same for all loaded modules that have parameters, sorted by name.
    [[nodiscard]] Result<std::vector<ModuleParameters>> loaded_parameters() const;

    /// The firmware files that the modules of these names or aliases may request, and
    /// where they are. not_found: a name is unknown.
    [[nodiscard]] Result<FirmwareReport> firmware(
        std::span<const std::string> names) const;
    /// The same for all modules that have firmware fields. FirmwareScope::all reads
    /// every module file of the release.
    [[nodiscard]] Result<FirmwareReport> firmware(FirmwareScope scope) const;

    /// The devices of the kernel, their drivers, and the modules that match them. The
    /// modules may be those of another kernel. Fails if /sys/devices cannot be read.
    [[nodiscard]] Result<DeviceReport> devices(DeviceScope scope) const;
    /// The same for one device. not_found: there is no such device.
    /// \param name a path in /sys, a PCI address, another name of a device on a bus, a
    /// network interface, a node in /dev, or an alias
    [[nodiscard]] Result<DeviceStatus> device(std::string_view name) const;

    /// Checks whether module files would load on the kernel of the context's release,
    /// which need not be running: processor, vermagic, symbols with their versions,
    /// licences and namespaces, and the signature if it is required. The exports of the
    /// kernel are taken from its Module.symvers or, if there is none, from the versions
    /// that its modules expect. Returns one result for each file. not_found: the release
    /// has no databases.
    [[nodiscard]] Result<std::vector<ModuleCompatibility>> check_compatibility(
        const CompatibilityRequest& request) const;

    /// Plans the links in weak-updates of the context's release. Changes nothing.
    /// Removals come first. not_found: the release has no databases.
    [[nodiscard]] Result<std::vector<WeakUpdate>> plan_weak_updates(
        const WeakUpdatesRequest& request) const;
    /// Makes and removes links. The databases of the release are then outdated.
    [[nodiscard]] Status apply_weak_updates(const std::vector<WeakUpdate>& updates);
    /// The releases that have a module directory, newest first.
    [[nodiscard]] Result<std::vector<std::string>> installed_releases() const;

    /// Compares the modules of two releases. Reads all modules with several threads; one
    /// that cannot be read is reported to the message sink and compared by its path
    /// only. not_found: a release does not exist.
    /// \param before a release under the root of the context; or, with a slash, the path
    /// of a module directory, the path of a root with a single release, or ROOT:RELEASE
    /// \param after the same for the second release
    /// \param progress called from this thread from time to time; may be empty
    [[nodiscard]] Result<ReleaseDiff> compare_releases(
        std::string_view before, std::string_view after,
        const std::function<void(std::size_t done, std::size_t all)>& progress) const;

    /// Loads one module file, without dependencies and configuration. Fails if the
    /// module is already loaded.
    /// \param path relative to the current directory
    [[nodiscard]] std::expected<void, StepFailure> insert_file(
        const std::string& path, const std::string& parameters,
        const ExecuteOptions& options);
    /// Removes one module by its name, without dependencies and configuration.
    [[nodiscard]] Status remove_module(const std::string& name, bool force);

    /// The loaded modules in the order of /proc/modules: newest first.
    [[nodiscard]] Result<std::vector<LoadedModule>> loaded_modules() const;
    /// The loaded modules that are not in use, in the same order. unsupported: this
    /// kernel cannot remove modules.
    [[nodiscard]] Result<std::vector<UnusedModule>> unused_modules() const;
    /// The state of a module in the kernel; absent if it is not known.
    /// \param name any spelling: "snd-pcm" or "snd_pcm"
    [[nodiscard]] Result<InitState> state(std::string_view name) const;
    /// The modules that use this one; empty if it is not loaded.
    [[nodiscard]] Result<std::vector<std::string>> holders(std::string_view name) const;
    /// The number of references. not_found: the module is not loaded.
    [[nodiscard]] Result<long> refcount(std::string_view name) const;

private:
    KMODPP_LOCAL explicit Context(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// The normalised module name for a file ("x/snd-pcm.ko.gz") or a name ("snd-pcm").
[[nodiscard]] KMODPP_API Result<std::string> module_name(std::string_view name_or_path);

}  // namespace kmodpp
