// SPDX-License-Identifier: LGPL-2.1-or-later
// The running kernel, used through system calls, /proc and /sys.
#pragma once

#include <memory>

#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// The module system calls. Each returns 0 or an errno. Tests replace them.
class ModuleCalls {
public:
    virtual ~ModuleCalls() = default;
    [[nodiscard]] virtual int finit_module(int fd, const char* parameters,
                                           unsigned flags) = 0;
    [[nodiscard]] virtual int init_module(Bytes image, const char* parameters) = 0;
    [[nodiscard]] virtual int delete_module(const char* name, unsigned flags) = 0;
};

/// The system calls of the running kernel.
[[nodiscard]] std::unique_ptr<ModuleCalls> system_module_calls();

class RealKernel final : public Kernel {
public:
    /// \param files root of /proc and /sys: the host, except in tests
    RealKernel(io::Root files, std::unique_ptr<ModuleCalls> calls)
        : files_(std::move(files)), calls_(std::move(calls)) {}

    [[nodiscard]] Result<std::string> release() override;
    [[nodiscard]] Result<std::string> command_line() override;
    [[nodiscard]] Status load(io::ModuleFile& file, const std::string& parameters,
                              LoadFlags flags) override;
    [[nodiscard]] Status unload(const std::string& name, UnloadFlags flags) override;
    [[nodiscard]] Result<std::vector<LoadedModule>> modules() override;
    [[nodiscard]] InitState state(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> holders(
        std::string_view name) override;
    [[nodiscard]] Result<long> refcount(std::string_view name) override;
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
    /// The compression that the kernel unpacks itself.
    [[nodiscard]] io::Compression compression() const;

    io::Root files_;
    std::unique_ptr<ModuleCalls> calls_;
};

}  // namespace kmodpp::kernel
