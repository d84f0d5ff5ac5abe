// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel that is asked only for what verifies.
#pragma once

#include "kernel/kernel.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// Passes everything on, but refuses modules without a valid signature itself, with the
/// errno of a kernel that enforces signatures and the reason. Borrows both.
class VerifyingKernel final : public kernel::Kernel {
public:
    VerifyingKernel(kernel::Kernel& kernel, const trust::TrustStore& store)
        : kernel_(kernel), store_(store) {}

    [[nodiscard]] Status load(io::ModuleFile& file, const std::string& parameters,
                              kernel::LoadFlags flags) override;

    [[nodiscard]] Result<std::string> release() override { return kernel_.release(); }
    [[nodiscard]] Result<std::string> command_line() override {
        return kernel_.command_line();
    }
    [[nodiscard]] Status unload(const std::string& name,
                                kernel::UnloadFlags flags) override {
        return kernel_.unload(name, flags);
    }
    [[nodiscard]] Result<std::vector<LoadedModule>> modules() override {
        return kernel_.modules();
    }
    [[nodiscard]] InitState state(std::string_view name) override {
        return kernel_.state(name);
    }
    [[nodiscard]] Result<std::vector<std::string>> holders(
        std::string_view name) override {
        return kernel_.holders(name);
    }
    [[nodiscard]] Result<long> refcount(std::string_view name) override {
        return kernel_.refcount(name);
    }
    [[nodiscard]] kernel::LogMark mark_log() override { return kernel_.mark_log(); }
    [[nodiscard]] std::optional<std::vector<std::string>> log_since(
        kernel::LogMark& mark) override {
        return kernel_.log_since(mark);
    }

private:
    kernel::Kernel& kernel_;
    const trust::TrustStore& store_;
};

}  // namespace kmodpp
