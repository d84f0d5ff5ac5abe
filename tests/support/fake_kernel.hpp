// SPDX-License-Identifier: LGPL-2.1-or-later
// A kernel with scripted results that records its calls.
#pragma once

#include <cerrno>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::test {

class FakeKernel final : public kernel::Kernel {
public:
    /// "load NAME PARAMETERS" and "unload NAME", with " !flag" for each flag.
    std::vector<std::string> calls;
    /// By module: errnos of its next loads or unloads, in order; 0 or none left: success.
    std::map<std::string, std::deque<int>, std::less<>> answers;
    std::vector<LoadedModule> loaded;
    /// By module: its next states; afterwards the state is taken from `loaded`.
    std::map<std::string, std::deque<InitState>, std::less<>> passing;
    std::string boot_line;
    /// The kernel log; nullopt: it cannot be read.
    std::optional<std::vector<std::string>> log = std::vector<std::string>{};
    /// By module: the lines logged when it is loaded or unloaded.
    std::map<std::string, std::vector<std::string>, std::less<>> log_lines;
    int log_marks = 0;  ///< calls of mark_log()
    kernel::LoadPolicy rules;
    kernel::KernelIdentity self;
    std::optional<kernel::VisibleExports> visible;
    std::vector<kernel::ModuleUse> held_by;  ///< what uses any module

    std::vector<kernel::ModuleUse> uses(
        std::string_view, const std::vector<std::string>&,
        const std::function<bool(std::string_view)>&) override {
        return held_by;
    }
    std::vector<kernel::ModuleUse> bound_devices(std::string_view name) override {
        std::vector<kernel::ModuleUse> found;
        for (const auto& [module, device] : bound)
            if (module == name)
                found.push_back(
                    {kernel::ModuleUse::Kind::bound_device, device, "driver"});
        return found;
    }
    std::multimap<std::string, std::string> bound;  ///< module and device

    Result<std::string> release() override { return "6.1.0"; }
    Result<std::string> command_line() override { return boot_line; }

    kernel::LogMark mark_log() override {
        ++log_marks;
        return {{}, log ? log->size() : 0};
    }
    std::optional<std::vector<std::string>> log_since(kernel::LogMark& mark) override {
        if (!log) return std::nullopt;
        return std::vector<std::string>(
            log->begin() + static_cast<std::ptrdiff_t>(mark.offset), log->end());
    }
    kernel::LoadPolicy policy() override { return rules; }
    kernel::KernelIdentity identity() override { return self; }
    std::optional<kernel::VisibleExports> exports(
        const std::set<std::string, std::less<>>& symbols) override {
        if (!visible) return std::nullopt;
        kernel::VisibleExports found;
        for (const auto& [name, symbol] : *visible)
            if (symbols.contains(name)) found.emplace(name, symbol);
        return found;
    }

    Status load(io::ModuleFile& file, const std::string& parameters,
                kernel::LoadFlags flags) override {
        const std::string name = module_name_of_path(file.path());
        std::string call = cat("load ", name, " ", parameters);
        if (flags.ignore_modversions) call += " !modversions";
        if (flags.ignore_vermagic) call += " !vermagic";
        calls.push_back(std::move(call));
        return answer(name);
    }
    Status unload(const std::string& name, kernel::UnloadFlags flags) override {
        calls.push_back(cat("unload ", name, flags.force ? " !force" : ""));
        return answer(name);
    }
    Result<std::vector<LoadedModule>> modules() override { return loaded; }
    InitState state(std::string_view name) override {
        if (const auto next = passing.find(name);
            next != passing.end() && !next->second.empty()) {
            const InitState state = next->second.front();
            next->second.pop_front();
            return state;
        }
        for (const LoadedModule& module : loaded)
            if (module.name == name) return module.state;
        return InitState::absent;
    }
    Result<std::vector<std::string>> holders(std::string_view name) override {
        for (const LoadedModule& module : loaded)
            if (module.name == name) return module.holders;
        return std::vector<std::string>{};
    }
    Result<long> refcount(std::string_view name) override {
        for (const LoadedModule& module : loaded)
            if (module.name == name && module.refcount) return *module.refcount;
        return fail(ErrorKind::not_found, cat("no module ", name), ENOENT);
    }

private:
    Status answer(const std::string& name) {
        if (const auto lines = log_lines.find(name); log && lines != log_lines.end())
            log->insert(log->end(), lines->second.begin(), lines->second.end());
        auto& next = answers[name];
        if (next.empty()) return {};
        const int code = next.front();
        next.pop_front();
        if (code == 0) return {};
        return fail_errno(code, name);
    }
};

}  // namespace kmodpp::test
