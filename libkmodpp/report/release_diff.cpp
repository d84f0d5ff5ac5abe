// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/release_diff.hpp"

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kmodpp {

namespace {

/// In the order of the enumerators of ModuleChange::Kind.
constexpr std::array<std::string_view, 5> kChanges = {"added", "removed", "moved",
                                                      "became_builtin", "became_module"};

/// Calls \p take with each key of two maps in their order, and a pointer to its value in
/// each of them; null if the map does not contain the key.
template <class Map, class Take>
void for_each_pair(const Map& before, const Map& after, Take take) {
    using Value = std::remove_reference_t<decltype((before.begin()->second))>;
    constexpr Value* kNone = nullptr;
    auto left = before.begin();
    auto right = after.begin();
    while (left != before.end() || right != after.end()) {
        if (right == after.end() ||
            (left != before.end() && left->first < right->first)) {
            take(left->first, &left->second, kNone);
            ++left;
        } else if (left == before.end() || right->first < left->first) {
            take(right->first, kNone, &right->second);
            ++right;
        } else {
            take(left->first, &left->second, &right->second);
            ++left;
            ++right;
        }
    }
}

using ModuleMap = std::map<std::string_view, const ModuleContents&>;

ModuleMap by_name(const ReleaseContents& release) {
    ModuleMap modules;
    for (const ModuleContents& module : release.modules)
        modules.emplace(module.name, module);
    return modules;
}

std::optional<ModuleChange> compare_module(const ModuleContents* before,
                                           const ModuleContents* after) {
    using Kind = ModuleChange::Kind;
    ModuleChange change;
    change.name = before != nullptr ? before->name : after->name;
    if (before != nullptr) {
        change.before = before->path;
        change.builtin_before = before->builtin();
    }
    if (after != nullptr) {
        change.after = after->path;
        change.builtin_after = after->builtin();
    }
    if (before == nullptr)
        change.kind = Kind::added;
    else if (after == nullptr)
        change.kind = Kind::removed;
    else if (before->path == after->path)
        return std::nullopt;
    else
        change.kind = change.builtin_after    ? Kind::became_builtin
                      : change.builtin_before ? Kind::became_module
                                              : Kind::moved;
    return change;
}

using Parameters = std::map<std::string_view, std::string_view>;

Parameters parameters_of(const ModuleContents& module) {
    Parameters parameters;
    for (const auto& [name, type] : module.parameters) parameters.emplace(name, type);
    return parameters;
}

std::optional<std::string> copy(const std::string_view* text) {
    if (text == nullptr) return std::nullopt;
    return std::string(*text);
}

void compare_parameters(const ModuleContents& before, const ModuleContents& after,
                        std::vector<ParameterChange>& out) {
    for_each_pair(
        parameters_of(before), parameters_of(after),
        [&](std::string_view name, const auto* type, const auto* new_type) {
            if (type != nullptr && new_type != nullptr && *type == *new_type) return;
            out.push_back({before.name, std::string(name), copy(type), copy(new_type)});
        });
}

using ExportsByName = std::map<std::string_view, const ExportedState&>;

ExportsByName exports_of(const ReleaseContents& release, bool with_kernel) {
    ExportsByName exports;
    if (with_kernel)
        for (const auto& [name, state] : release.kernel_exports)
            exports.emplace(name, state);
    for (const ModuleContents& module : release.modules)
        for (const auto& [name, state] : module.exports) exports.emplace(name, state);
    return exports;
}

std::vector<SymbolChange> compare_symbols(const ReleaseContents& before,
                                          const ReleaseContents& after) {
    const bool with_kernel =
        !before.summary.symvers.empty() && !after.summary.symvers.empty();
    std::vector<SymbolChange> changes;
    for_each_pair(exports_of(before, with_kernel), exports_of(after, with_kernel),
                  [&](std::string_view name, const ExportedState* state,
                      const ExportedState* new_state) {
                      SymbolChange change{std::string(name), {}, {}};
                      if (state != nullptr) change.before = *state;
                      if (new_state != nullptr) change.after = *new_state;
                      if (change.before != change.after)
                          changes.push_back(std::move(change));
                  });
    return changes;
}

using Firmware = std::map<std::string_view, std::vector<std::string>>;

/// The modules that name each file. The modules are sorted by name.
Firmware firmware_of(const ReleaseContents& release) {
    Firmware files;
    for (const ModuleContents& module : release.modules)
        for (const std::string& file : module.firmware) {
            auto& modules = files[file];
            if (modules.empty() || modules.back() != module.name)
                modules.push_back(module.name);
        }
    return files;
}

std::vector<FirmwareChange> compare_firmware(const ReleaseContents& before,
                                             const ReleaseContents& after) {
    std::vector<FirmwareChange> changes;
    for_each_pair(firmware_of(before), firmware_of(after),
                  [&](std::string_view file, const auto* modules, const auto* others) {
                      if (others == nullptr)
                          changes.push_back({std::string(file), *modules, {}});
                      else if (modules == nullptr)
                          changes.push_back({std::string(file), {}, *others});
                  });
    return changes;
}

}  // namespace

std::string_view to_string(ModuleChange::Kind kind) {
    return kChanges[std::to_underlying(kind)];
}

Result<ReleaseDiff> compare_releases(const ReleaseContents& before,
                                     const ReleaseContents& after) {
    ReleaseDiff diff;
    diff.before = before.summary;
    diff.after = after.summary;
    for_each_pair(by_name(before), by_name(after),
                  [&](std::string_view, const ModuleContents* module,
                      const ModuleContents* new_module) {
                      if (auto change = compare_module(module, new_module))
                          diff.modules.push_back(*std::move(change));
                      if (module != nullptr && new_module != nullptr)
                          compare_parameters(*module, *new_module, diff.parameters);
                  });
    TRY_ASSIGN(diff.aliases, compare_aliases(before.modules, after.modules));
    diff.symbols = compare_symbols(before, after);
    diff.firmware = compare_firmware(before, after);
    return diff;
}

}  // namespace kmodpp
