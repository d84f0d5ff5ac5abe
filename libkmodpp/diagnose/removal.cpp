// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a module could not be removed, and what uses it.
#include <algorithm>
#include <cerrno>
#include <set>

#include "base/names.hpp"
#include "base/silent_sink.hpp"
#include "base/text.hpp"
#include "catalog/device_nodes.hpp"
#include "diagnose/load_case.hpp"

namespace kmodpp {

namespace {

using Modules = std::vector<LoadedModule>;

const LoadedModule* find(const Modules& modules, std::string_view name) {
    const auto found = std::ranges::find(modules, name, &LoadedModule::name);
    return found == modules.end() ? nullptr : &*found;
}

/// Whether the module is only used, directly or indirectly, by modules that can be
/// removed.
bool can_remove_holders(const Modules& modules, const LoadedModule& module) {
    std::set<std::string_view> seen;
    std::vector<const LoadedModule*> pending = {&module};
    while (!pending.empty()) {
        const LoadedModule& one = *pending.back();
        pending.pop_back();
        if (!seen.insert(one.name).second) continue;
        if (one.permanent || one.state != InitState::live ||
            one.refcount.value_or(0) > static_cast<long>(one.holders.size()))
            return false;
        for (const std::string& holder : one.holders) {
            const LoadedModule* const next = find(modules, holder);
            if (next == nullptr) return false;
            pending.push_back(next);
        }
    }
    return true;
}

/// Paths of the nodes that modules.devname lists for the module.
std::vector<std::string> listed_nodes(Catalog& catalog, std::string_view name) {
    SilentSink silence;
    std::vector<std::string> paths;
    if (const auto found =
            read_device_nodes(catalog.root(), catalog.directory(), silence))
        for (const DeviceNode& node : found->nodes)
            if (same_module_name(node.module, name))
                paths.push_back(cat("/dev/", node.path));
    return paths;
}

std::vector<kernel::ModuleUse> find_uses(const DiagnosisSources& sources,
                                         std::string_view name) {
    Catalog& catalog = sources.catalog;
    const auto is_file_system = [&](std::string_view type) {
        if (normalise_module_name(type) == name) return true;
        const auto found = catalog.search(Database::alias, cat("fs-", type));
        return found && std::ranges::any_of(*found, [&](const NamedModule& match) {
                   return match.name == name;
               });
    };
    return sources.kernel.uses(name, listed_nodes(catalog, name), is_file_system);
}

struct UseText {
    std::string text;
    std::string_view advice;
    std::string_view fact;
};
UseText describe(const kernel::ModuleUse& use) {
    const std::string what = printable(use.what, 128), how = printable(use.how, 64);
    switch (use.kind) {
        case kernel::ModuleUse::Kind::mount:
            return {cat(what, " is mounted (", how, ")"), "unmount", "mount"};
        case kernel::ModuleUse::Kind::network_link:
            return {cat("it drives the network link ", what), "set the link down",
                    "network_link"};
        case kernel::ModuleUse::Kind::open_device:
            return {cat(what, " is open in ", how), "end the process", "open_device"};
        case kernel::ModuleUse::Kind::bound_device: break;
    }
    return {cat("device ", what, " is bound to its driver ", how), "unbind the device",
            "bound_device"};
}

/// The finding for a module that has references, but no holders.
Finding referenced(const DiagnosisSources& sources, const std::string& name, long count) {
    constexpr std::size_t kShown = 8;
    Finding finding{FailureCause::in_use,
                    cat(name, " is in use: it has ", count,
                        count == 1 ? " reference" : " references"),
                    {},
                    {{"references", cat(count)}}};
    const auto uses = find_uses(sources, name);
    if (uses.empty()) {
        finding.text += ", but /proc and /sys do not show what holds it";
        finding.advice =
            cat("look for open sockets, firewall rules and namespaces that "
                "use ",
                name);
        return finding;
    }
    std::vector<std::string_view> actions;
    for (std::size_t i = 0; i < uses.size(); ++i) {
        const UseText use = describe(uses[i]);
        if (i < kShown) finding.text += cat(i == 0 ? "; " : ", ", use.text);
        if (std::ranges::find(actions, use.advice) == actions.end())
            actions.push_back(use.advice);
        finding.facts.push_back({std::string(use.fact), uses[i].what});
    }
    if (uses.size() > kShown) finding.text += cat(" and ", uses.size() - kShown, " more");
    for (const std::string_view action : actions)
        finding.advice += cat(finding.advice.empty() ? "" : ", ", action);
    finding.advice += ", then try again";
    return finding;
}

Finding held(const Modules& modules, const LoadedModule& module) {
    Finding finding{FailureCause::in_use, cat(module.name, " is in use by:"), {}, {}};
    Names holders = module.holders;
    std::ranges::sort(holders);
    for (const std::string& holder : holders) {
        finding.text += " " + printable(holder);
        finding.facts.push_back({"holder", holder});
    }
    finding.advice =
        can_remove_holders(modules, module)
            ? cat("run 'modprobe -r --remove-holders ", module.name,
                  "' to remove them as well")
            : std::string("they are in use themselves: stop what uses them first");
    return finding;
}

}  // namespace

void examine_removal(const Error& error, const DiagnosisSources& sources,
                     Diagnosis& out) {
    kernel::Kernel& kernel = sources.kernel;
    const std::string& name = out.module;
    const auto add = [&](FailureCause cause, std::string_view text,
                         std::string advice = {}) {
        out.findings.push_back({cause, cat(name, text), std::move(advice), {}});
    };
    switch (error.code) {
        case ENOENT: return add(FailureCause::not_loaded, " is not loaded");
        case ENOSYS:
            return add(FailureCause::unsupported_by_kernel,
                       ": this kernel was built without CONFIG_MODULE_UNLOAD and cannot "
                       "remove modules");
        case EPERM: {
            const auto policy = kernel.policy();
            if (policy.privileged == false)
                return add(
                    FailureCause::not_privileged,
                    ": this process lacks CAP_SYS_MODULE and cannot remove modules",
                    "run the command as root");
            if (policy.modules_disabled)
                return add(FailureCause::modules_disabled,
                           ": kernel.modules_disabled=1 forbids it until the next boot");
            break;
        }
        case EAGAIN:
        case EBUSY: {
            const auto modules = kernel.modules();
            const LoadedModule* const line = modules ? find(*modules, name) : nullptr;
            if (line == nullptr) break;
            if (line->state == InitState::going)
                return add(FailureCause::being_removed, " is already being removed");
            if (line->state == InitState::coming)
                return add(FailureCause::being_loaded, " is still being loaded");
            if (!line->holders.empty()) {
                out.findings.push_back(held(*modules, *line));
                return;
            }
            if (const long count = line->refcount.value_or(0); count > 0) {
                out.findings.push_back(referenced(sources, name, count));
                return;
            }
            if (line->permanent)
                return add(FailureCause::permanent,
                           " has no exit function and stays loaded until the next boot");
            break;
        }
        default: break;
    }
    out.findings.push_back({FailureCause::unknown, error.message, {}, {}});
}

}  // namespace kmodpp
