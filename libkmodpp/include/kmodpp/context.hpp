// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The front door of libkmodpp: a root, a kernel release, a configuration and a kernel in
/// one place.
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

#include <kmodpp/configuration.hpp>
#include <kmodpp/device_node.hpp>
#include <kmodpp/diagnosis.hpp>
#include <kmodpp/export.hpp>
#include <kmodpp/loaded_module.hpp>
#include <kmodpp/message.hpp>
#include <kmodpp/module_graph.hpp>
#include <kmodpp/module_info.hpp>
#include <kmodpp/name_trace.hpp>
#include <kmodpp/plan.hpp>
#include <kmodpp/request.hpp>
#include <kmodpp/result.hpp>
#include <kmodpp/signature_check.hpp>

namespace kmodpp {

/// Which modules, which configuration and which kernel. Plain data.
struct ContextOptions {
    /// Where the module directory lies; the configuration stays the host's.
    std::string root = "/";
    /// Links of the root never lead out of it. Otherwise one that leads nowhere there, or
    /// back into a directory that contains it, is followed as the host sees it.
    bool confined = false;
    /// The simulated kernel beneath this directory instead of the real one. Modules and
    /// configuration are then those of the directory, unless `root` names another.
    std::optional<std::string> simulate = std::nullopt;
    /// Default: the release of the kernel.
    std::optional<std::string> release = std::nullopt;
    /// modprobe.d files and directories that replace the default list. Empty texts name
    /// none.
    std::vector<std::string> config = {};
    /// Certificates that signatures are held against, instead of those that the system's
    /// kernel trusts: files or directories as Context::verify tells.
    std::vector<std::string> trust = {};
};

/// What a name is taken for.
enum class NameKind {
    file_or_name,  ///< a file when it looks like one and is there, else any name
    name_only,     ///< a module name, or an alias of a builtin one; no file
};

/// Not thread-safe; one context per thread is. Nothing is thrown out of it: when memory
/// runs out the answer is an Error with ENOMEM, or where there is no place for one, what
/// is known without. Functions that are handed in throw nothing either.
class KMODPP_API Context {
public:
    /// Opens the roots and asks the kernel for its release; configuration and databases
    /// are read when they are first needed. The error is that of a root that cannot be
    /// opened, or of a description of a simulated kernel that cannot be read.
    /// \param options copied
    /// \param messages must outlive the context
    [[nodiscard]] static Result<Context> create(const ContextOptions& options,
                                                MessageSink& messages);
    /// The moved-from context is good for assignment and destruction alone.
    Context(Context&&) noexcept;
    /// As the constructor; what this one owned is closed.
    Context& operator=(Context&&) noexcept;
    ~Context();

    /// The kernel release that modules are looked for: "6.1.0-56-amd64". Valid as long as
    /// the context.
    [[nodiscard]] const std::string& release() const;
    /// The module directory of the release, as seen from outside the root.
    [[nodiscard]] const std::string& module_directory() const;
    /// Whether modules.dep.bin is there: without it no name resolves.
    [[nodiscard]] bool has_databases() const;

    /// Names of the modules that a name stands for, as often as its aliases match; empty
    /// when no source knows it.
    [[nodiscard]] Result<std::vector<std::string>> look_up(std::string_view name) const;

    /// The way of a name through the sources, up to the one that knows it.
    [[nodiscard]] Result<NameTrace> trace_name(std::string_view name) const;
    /// Who needs whom among the modules that loading all these involves. not_found: no
    /// source knows one of the names.
    [[nodiscard]] Result<ModuleGraph> graph(std::span<const std::string> names) const;

    /// not_found: no source knows the name.
    [[nodiscard]] Result<Plan> plan_insert(const InsertRequest& request) const;
    /// not_found: no source knows the name, or it is builtin or not loaded; busy: in use.
    [[nodiscard]] Result<Plan> plan_remove(const RemoveRequest& request) const;
    /// Carries the steps of a goal out, in order. \see ExecuteOptions::plan_again
    [[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                           const ExecuteOptions& options);

    /// Carries goals out as execute() would one after the other, but independent ones at
    /// the same time: the same modules are loaded in the end. ExecuteOptions::observe and
    /// \p finished are called from this thread, in the order and with the steps and
    /// failures of a run in turn, though later.
    /// \param goals of one or several plans, in the order in which they are to be told of
    /// \param options those of execute()
    /// \param finished called once for each goal; it must not throw
    /// \param jobs goals at the same time
    void execute_all(
        const std::vector<Goal>& goals, const ExecuteOptions& options, unsigned jobs,
        const std::function<void(
            const Goal& goal, const std::expected<void, StepFailure>& result)>& finished);

    /// Every module that a name or file stands for. A name that no source knows:
    /// not_found.
    [[nodiscard]] Result<std::vector<ModuleInfo>> describe(std::string_view name,
                                                           NameKind kind) const;

    /// The verdict on the signature of every module that a name or file stands for, with
    /// the certificates of ContextOptions::trust: each a certificate in DER, any number
    /// in PEM, the variable of a firmware, a kernel image, or a directory of the first
    /// three. By default those of the system beneath the root: its kernel image and the
    /// keys of firmware and machine owner (module-signatures(7)). not_found: as of
    /// describe(); other errors are those of the certificates, and unsupported without
    /// libcrypto.
    [[nodiscard]] Result<std::vector<VerifiedModule>> verify(std::string_view name,
                                                             NameKind kind) const;
    /// The same of every module file of the release, on several threads, in the order of
    /// their paths. \param progress called from this thread now and then; may be empty
    [[nodiscard]] Result<std::vector<VerifiedModule>> verify_all(
        const std::function<void(std::size_t done, std::size_t all)>& progress) const;

    /// Every rule of the configuration, kind by kind, as modprobe -c shows them.
    [[nodiscard]] Result<std::vector<ConfigRule>> configuration() const;
    /// What is wrong with the rules of the administrator, held against the modules of the
    /// release. not_found: there are no databases.
    [[nodiscard]] Result<ConfigReport> check_configuration() const;
    /// Every pattern of an index with every module it leads to, in the order of the
    /// patterns.
    [[nodiscard]] Status for_each_alias(AliasIndex index,
                                        const AliasVisitor& visit) const;

    /// The versions that a module expects of the symbols it needs, in the order of its
    /// file. \param name a file, relative to the current directory, or any name of a
    /// module; not_found when it is neither
    [[nodiscard]] Result<std::vector<SymbolVersion>> symbol_versions(
        std::string_view name) const;
    /// The symbols that a module exports, in the order of its symbol table.
    [[nodiscard]] Result<std::vector<SymbolVersion>> exports(std::string_view name) const;

    /// The device nodes of the release's modules. Lines of modules.devname that cannot be
    /// trusted are left out, each with a warning. not_found: there is no such file.
    [[nodiscard]] Result<DeviceNodes> device_nodes() const;

    /// Why plan_insert found no module of that name, and what to do: a module directory
    /// or databases that are missing, a file that is not indexed, the nearest name.
    [[nodiscard]] Result<std::vector<Finding>> explain_missing(
        std::string_view name) const;

    /// Why a step failed. Reads what is there, changes nothing.
    /// \param failure what execute() or insert_file() returned
    /// \param flags those of the load that failed
    [[nodiscard]] Result<Diagnosis> diagnose(const StepFailure& failure,
                                             LoadFlags flags) const;
    /// What would keep the loads of a goal from succeeding now, as far as the files and
    /// the kernel show it; a forecast for each step with something to report.
    [[nodiscard]] Result<std::vector<LoadForecast>> foresee(const Goal& goal,
                                                            LoadFlags flags) const;
    /// Paths of the files that a goal would load and that do not exist.
    [[nodiscard]] std::vector<std::string> missing_files(const Goal& goal) const;
    /// What will become of parameters for a goal that loads nothing, since its module is
    /// part of the kernel. Nothing for other goals: ExecuteOptions::parameter_problem
    /// tells of theirs.
    [[nodiscard]] std::vector<ParameterProblem> check_builtin_parameters(
        const Goal& goal, const std::string& parameters) const;

    /// Loads one file, relative to the current directory, as it is: no dependencies, no
    /// configuration. A module that is loaded already is a failure.
    [[nodiscard]] std::expected<void, StepFailure> insert_file(
        const std::string& path, const std::string& parameters,
        const ExecuteOptions& options);
    /// Removes one module by its name; no dependencies, no configuration.
    [[nodiscard]] Status remove_module(const std::string& name, bool force);

    /// In the order of /proc/modules: newest first.
    [[nodiscard]] Result<std::vector<LoadedModule>> loaded_modules() const;
    /// Whether the kernel has the module; absent where it does not say.
    /// \param name any spelling: "snd-pcm" or "snd_pcm"
    [[nodiscard]] Result<InitState> state(std::string_view name) const;
    /// Modules that use this one; none when it is not loaded.
    [[nodiscard]] Result<std::vector<std::string>> holders(std::string_view name) const;
    /// not_found when it is not loaded.
    [[nodiscard]] Result<long> refcount(std::string_view name) const;

private:
    struct Parts;
    KMODPP_LOCAL explicit Context(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// The normalised name of a module that a file ("x/snd-pcm.ko.gz") or a name ("snd-pcm")
/// stands for.
[[nodiscard]] KMODPP_API Result<std::string> module_name(std::string_view name_or_path);

}  // namespace kmodpp
