// SPDX-License-Identifier: LGPL-2.1-or-later
// What a Context owns: roots, kernel, configuration and certificates.
#pragma once

#include <cerrno>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/scan.hpp"
#include "execute/executor.hpp"
#include "io/absolute_path.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/context.hpp"
#include "plan/locate.hpp"
#include "plan/resolver.hpp"
#include "report/system.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

using Outcome = std::expected<void, StepFailure>;

/// Describes an error that occurred before the first step of a goal.
StepFailure before_first_step(const Goal& goal, const Error& error);

/// Everything that a context owns. Members that borrow come after those they borrow
/// from.
struct KMODPP_LOCAL Context::Parts {
    io::Root host;
    io::Root root;
    std::optional<io::Root> simulated_root;
    std::string release;
    std::string shown_directory;  ///< of the modules, as seen from outside the root
    std::unique_ptr<kernel::Kernel> kernel;
    MessageSink& messages;
    std::vector<std::string> config;
    std::vector<std::string> trust;
    bool config_in_root = false;
    std::optional<Catalog> opened;
    /// Read on first use. A shared_ptr, because only libkmodpp can delete a store.
    std::shared_ptr<const trust::TrustStore> store;

    /// Opened on first use: insmod and lsmod do not need it.
    Catalog& catalog();
    [[nodiscard]] Catalog make_catalog(std::vector<std::string> config_files) const;

    [[nodiscard]] InitState state(std::string_view name);

    /// Whether the module directory is that of the kernel: the same release and the
    /// same directory. For a simulated kernel, any root is accepted.
    [[nodiscard]] bool is_own_tree() const;

    /// For plans that are not executed: loaded modules are only considered if the
    /// module directory is the kernel's own.
    [[nodiscard]] LoadedQuery planned_query();
    [[nodiscard]] LoadedQuery loaded_query();

    /// What the reports read.
    [[nodiscard]] System system();

    /// The certificates, read on first use.
    [[nodiscard]] Result<const trust::TrustStore*> trust_store();

    /// The same for functions that go on without certificates: null if they cannot be
    /// read.
    [[nodiscard]] std::function<const trust::TrustStore*()> certificates();

    /// Walks the module directory, with the rules of depmod.d.
    /// \param strict fail if a directory cannot be read
    [[nodiscard]] Result<ScanResult> scan(bool strict, MessageSink& sink) const;

    [[nodiscard]] Result<std::vector<ModuleLocation>> locate(std::string_view name,
                                                             NameKind kind);

    /// Requires a valid signature by one of the certificates.
    [[nodiscard]] Result<SignatureGate> signature_gate();

    /// \param files the root of the paths in the goals
    [[nodiscard]] Result<Target> target(const io::Root& files,
                                        const ExecuteOptions& options);
    [[nodiscard]] Outcome execute(const Goal& goal, const io::Root& files,
                                  const ExecuteOptions& options);

    /// Calls `read` for a file, given by its path or by the name or an alias of its
    /// module.
    template <class Read>
    auto read_file_of(std::string_view name, Read read)
        -> decltype(read(host, std::string_view())) {
        const std::string path = io::absolute_path(name);
        const auto status = host.stat(path);
        if (!name.empty() && status) return read(host, path);
        // A path that cannot be examined must not be mistaken for a module name.
        if (!status && leaves_open(name, status.error()))
            return std::unexpected(status.error());
        if (!name.contains('/')) {
            TRY_ASSIGN(const auto found, kmodpp::look_up(catalog(), name));
            for (const NamedModule& module : found) {
                TRY_ASSIGN(const auto entry, catalog().find_module(module.name));
                if (entry) return read(root, entry->path);
                TRY_ASSIGN(const bool builtin, kmodpp::is_builtin(catalog(), module));
                if (builtin)
                    return fail(ErrorKind::unsupported,
                                cat(module.name,
                                    ": built into the kernel, so it has no module file"));
            }
        }
        return fail(ErrorKind::not_found, cat("Module ", printable(name), " not found."),
                    ENOENT);
    }
};

}  // namespace kmodpp
