// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/firmware_report.hpp"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/firmware_names.hpp"
#include "kernel/device_tree.hpp"
#include "plan/resolver.hpp"
#include "report/device_matches.hpp"
#include "report/firmware_search.hpp"

namespace kmodpp {

namespace {

using NameSet = std::set<std::string, std::less<>>;
using Devices = std::map<std::string, std::vector<std::string>, std::less<>>;

/// The devices of the kernel, by each module that matches them. Empty if the kernel
/// shows no devices.
Result<Devices> devices_by_module(const System& system) {
    Devices devices;
    const auto tree = kernel::read_devices(system.files);
    if (!tree) {
        system.files.report(tree.error());
        return devices;
    }
    DeviceMatches matches(system.catalog, system.files);
    for (const kernel::Device& device : tree->devices) {
        TRY_ASSIGN(const auto* const modules, matches.find(device.modalias));
        for (const NamedModule& module : *modules)
            devices[module.name].push_back(device.path);
    }
    return devices;
}

Result<NameSet> names_in(const System& system, FirmwareScope scope) {
    NameSet names;
    if (scope == FirmwareScope::loaded) {
        TRY_ASSIGN(const auto modules, system.kernel.modules());
        for (const LoadedModule& module : modules) names.insert(module.name);
        return names;
    }
    TRY(system.catalog.for_each(
        Database::dep,
        [&names](std::string_view name, const IndexValue&) { names.emplace(name); }));
    const auto builtin = system.catalog.builtin_modinfo();
    if (!builtin)
        system.files.report(builtin.error());
    else
        for (const BuiltinInfoEntry& entry : **builtin)
            if (entry.info.key == "firmware")
                names.insert(normalise_module_name(entry.module));
    return names;
}

Result<FirmwareReport> report(const System& system, const NameSet& names,
                              bool keep_empty) {
    FirmwareReport out;
    const FirmwareSearch search(system);
    for (const std::string& directory : search.directories())
        out.directories.push_back(system.catalog.root().display(directory));
    for (const std::string& name : names) {
        ModuleFirmware module{.module = name};
        const auto files = read_firmware_names(system.catalog, name);
        if (!files) module.file_fault = files.error().message;
        if (files && files->empty() && !keep_empty) continue;
        TRY_ASSIGN(const auto entry, system.catalog.find_module(name));
        if (!entry) {
            TRY_ASSIGN(module.builtin, is_builtin(system.catalog, {.name = name}));
        }
        for (const std::string& file : files.value_or(std::vector<std::string>{})) {
            const std::string path = search.find(file);
            module.files.push_back(
                {file, path.empty() ? path : system.catalog.root().display(path)});
        }
        out.modules.push_back(std::move(module));
    }
    if (out.modules.empty()) return out;
    TRY_ASSIGN(auto devices, devices_by_module(system));
    for (ModuleFirmware& module : out.modules)
        if (const auto found = devices.find(module.module); found != devices.end())
            module.devices = std::move(found->second);
    return out;
}

}  // namespace

std::string_view to_string(FirmwareScope scope) {
    return scope == FirmwareScope::all ? "all" : "loaded";
}

Result<FirmwareReport> report_firmware(const System& system,
                                       std::span<const std::string> names) {
    NameSet modules;
    for (const std::string& name : names) {
        TRY_ASSIGN(const auto found, look_up(system.catalog, name));
        if (found.empty())
            return fail(ErrorKind::not_found,
                        cat("Module ", printable(name), " not found."), ENOENT);
        for (const NamedModule& module : found) modules.insert(module.name);
    }
    return report(system, modules, true);
}

Result<FirmwareReport> report_firmware(const System& system, FirmwareScope scope) {
    TRY_ASSIGN(const auto names, names_in(system, scope));
    return report(system, names, false);
}

}  // namespace kmodpp
