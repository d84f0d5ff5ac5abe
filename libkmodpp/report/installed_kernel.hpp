// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel of an installed release, as far as its files show it. It cannot load
// anything; the examinations of a diagnosis use it in place of a running kernel.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "kernel/kernel.hpp"
#include "report/kernel_exports.hpp"

namespace kmodpp {

/// All modules of the release count as loaded, so that their exports are visible, but
/// none is listed. Not thread-safe.
class InstalledKernel final : public kernel::Kernel {
public:
    /// \param catalog of the release; must outlive the kernel
    /// \param messages must outlive the kernel
    [[nodiscard]] static Result<std::unique_ptr<InstalledKernel>> open(
        Catalog& catalog, const DepmodConfig& config, bool signatures_enforced,
        MessageSink& messages);

    /// Makes the exports of another module file visible. A file that cannot be read has
    /// none.
    void add_file(io::ModuleFile& file, const std::string& module);

    /// The symbols of the kernel that exports() has reported since the last call without
    /// knowing whether they exist.
    [[nodiscard]] std::set<std::string> take_assumed();

    [[nodiscard]] Result<std::string> release() override { return catalog_.release(); }
    [[nodiscard]] Result<std::string> command_line() override { return std::string(); }
    [[nodiscard]] Status load(io::ModuleFile& file, const std::string& parameters,
                              kernel::LoadFlags flags) override;
    [[nodiscard]] Status unload(const std::string& name,
                                kernel::UnloadFlags flags) override;
    [[nodiscard]] Result<std::vector<LoadedModule>> modules() override {
        return std::vector<LoadedModule>();
    }
    [[nodiscard]] InitState state(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> holders(std::string_view) override {
        return std::vector<std::string>();
    }
    [[nodiscard]] Result<long> refcount(std::string_view name) override;
    [[nodiscard]] kernel::LoadPolicy policy() override {
        return {.signatures_enforced = signatures_enforced_,
                .lockdown = {},
                .modules_disabled = false,
                .privileged = std::nullopt};
    }
    /// That of a module built together with the kernel.
    [[nodiscard]] kernel::KernelIdentity identity() override;
    [[nodiscard]] std::optional<kernel::VisibleExports> exports(
        const std::set<std::string, std::less<>>& symbols) override;

private:
    using Exports = std::map<std::string, kernel::VisibleExport, std::less<>>;

    InstalledKernel(Catalog& catalog, const DepmodConfig& config,
                    bool signatures_enforced, MessageSink& messages)
        : catalog_(catalog),
          config_(config),
          signatures_enforced_(signatures_enforced),
          messages_(messages) {}
    /// The export of a module of the release, according to modules.symbols.
    [[nodiscard]] const kernel::VisibleExport* find_in_modules(const std::string& symbol);
    /// The exports of a module of the release; read once.
    [[nodiscard]] const Exports& exports_of(const std::string& module);
    /// The version that the modules of the release expect of a symbol.
    [[nodiscard]] std::optional<std::uint32_t> expected_version(
        const std::string& symbol);

    Catalog& catalog_;
    const DepmodConfig& config_;
    bool signatures_enforced_;
    MessageSink& messages_;
    bool has_symvers_ = false;
    Exports own_;                               ///< of the kernel itself
    Exports added_;                             ///< of added files
    std::map<std::string, Exports> by_module_;  ///< of modules that were read
    std::optional<ExpectedVersions> expected_;  ///< only without a Module.symvers
    std::optional<kernel::KernelIdentity> identity_;
    std::set<std::string> assumed_;
};

}  // namespace kmodpp
