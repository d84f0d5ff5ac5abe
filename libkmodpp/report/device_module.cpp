// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/device_module.hpp"

#include <array>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/firmware_names.hpp"
#include "diagnose/foresight.hpp"
#include "diagnose/load_case.hpp"
#include "kernel/module_files.hpp"
#include "plan/resolver.hpp"
#include "plan/rules.hpp"

namespace kmodpp {

namespace {

/// In the order of the enumerators.
constexpr std::array<std::string_view, 11> kStates = {
    "bound",       "loaded",  "not_bound",    "builtin", "forbidden",
    "blacklisted", "command", "missing_file", "unknown", "refused",
    "loadable"};

constexpr std::size_t kShownFiles = 3;

std::string some_files(const std::vector<std::string>& files) {
    std::string text;
    for (std::size_t i = 0; i < files.size() && i < kShownFiles; ++i)
        text += cat(i == 0 ? "" : ", ", printable(files[i]));
    if (files.size() > kShownFiles)
        text += cat(" and ", files.size() - kShownFiles, " more");
    return text;
}

bool has_no_driver(const kernel::Device& device) {
    return device.on_bus && device.driver.empty();
}

}  // namespace

std::string_view to_string(DeviceModuleState state) {
    return kStates[std::to_underlying(state)];
}

DeviceModule ModuleJudge::judge(const kernel::Device& device, const NamedModule& module) {
    // The first rule that applies decides. Rules that look at the kernel come before
    // those that keep a module from being loaded, because a module can be loaded in
    // spite of them.
    constexpr std::array<Rule, 9> kRules = {
        &ModuleJudge::is_bound,       &ModuleJudge::is_builtin,
        &ModuleJudge::is_loaded,      &ModuleJudge::is_forbidden,
        &ModuleJudge::is_blacklisted, &ModuleJudge::is_replaced,
        &ModuleJudge::has_no_file,    &ModuleJudge::is_refused,
        &ModuleJudge::is_loadable,
    };
    DeviceModule out{
        .module = module.name, .pattern = module.pattern, .alias = module.origin};
    const Question question{device, module, state(module)};
    for (const Rule rule : kRules)
        if ((this->*rule)(question, out)) break;
    return out;
}

bool ModuleJudge::is_bound(const Question& question, DeviceModule& out) {
    if (!system_.is_own_tree || question.device.driver_module.empty() ||
        !same_module_name(question.device.driver_module, question.module.name))
        return false;
    out.state = DeviceModuleState::bound;
    out.text = cat("its driver ", printable(question.device.driver), " is bound");
    return true;
}

bool ModuleJudge::is_builtin(const Question& question, DeviceModule& out) {
    if (question.state != InitState::builtin) return false;
    out.state = DeviceModuleState::builtin;
    out.text = "built into the kernel";
    if (has_no_driver(question.device) && system_.is_own_tree) {
        out.text += ", but no driver is bound";
        add_missing_firmware(question, out);
    }
    return true;
}

bool ModuleJudge::is_loaded(const Question& question, DeviceModule& out) {
    if (question.state == InitState::absent) return false;
    out.state =
        question.device.on_bus ? DeviceModuleState::not_bound : DeviceModuleState::loaded;
    out.text = question.state == InitState::coming  ? "being loaded"
               : question.state == InitState::going ? "being removed"
                                                    : "loaded";
    if (!question.device.on_bus) return true;
    if (!question.device.driver.empty()) {
        out.text += ", but another driver is bound";
        return true;
    }
    out.text += ", but not bound: its driver refused the device, or was unbound";
    if (const std::string command = bind_command(question); !command.empty())
        out.advice = cat("read the kernel log, or bind it with '", command, "'");
    else
        out.advice = "read the kernel log";
    add_missing_firmware(question, out);
    return true;
}

bool ModuleJudge::is_forbidden(const Question& question, DeviceModule& out) {
    const ForbidRule* const rule =
        forbid_for(system_.catalog.config(), question.module.name);
    if (rule == nullptr) return false;
    out.state = DeviceModuleState::forbidden;
    out.origin = rule->origin;
    out.text = forbidden_text(question.module.name, *rule);
    out.advice = cat("run 'kmod allow ", quote_for_shell(question.module.name),
                     "' or remove the line");
    return true;
}

bool ModuleJudge::is_blacklisted(const Question& question, DeviceModule& out) {
    const BlacklistRule* const rule =
        blacklist_for(system_.catalog.config(), question.module.name);
    if (rule == nullptr) return false;
    out.state = DeviceModuleState::blacklisted;
    out.origin = rule->origin;
    out.text = cat("blacklisted in ", rule->origin.describe());
    out.advice = cat("'modprobe ", quote_for_shell(question.module.name),
                     "' loads it all the same; remove the line to load it for devices");
    return true;
}

bool ModuleJudge::is_replaced(const Question& question, DeviceModule& out) {
    const CommandRule* const rule =
        command_for(system_.catalog.config().install, question.module.name);
    if (rule == nullptr || !only_prevents_load(rule->command)) return false;
    out.state = DeviceModuleState::command;
    out.origin = rule->origin;
    out.text = cat("'", printable(rule->command), "' is run instead (",
                   rule->origin.describe(), ")");
    return true;
}

bool ModuleJudge::has_no_file(const Question& question, DeviceModule& out) {
    const auto entry = system_.catalog.find_module(question.module.name);
    if (!entry) {
        out.state = DeviceModuleState::missing_file;
        out.text = entry.error().message;
        return true;
    }
    if (!*entry) {
        out.state = DeviceModuleState::unknown;
        out.text = is_off(question.module.name)
                       ? "the alias is switched off"
                       : "there is no such module in this release";
        return true;
    }
    const io::Root& root = system_.catalog.root();
    const auto status = root.stat((*entry)->path);
    if (status) return false;
    out.state = DeviceModuleState::missing_file;
    if (status.error().kind != ErrorKind::not_found) {
        out.text = status.error().message;
        return true;
    }
    out.text = cat(root.display((*entry)->path), " does not exist");
    out.advice = "reinstall the package that contains the file, or run depmod";
    return true;
}

bool ModuleJudge::is_refused(const Question& question, DeviceModule& out) {
    // Reads module files: only done for devices that lack a driver.
    if (!question.device.driver.empty()) return false;
    const auto& refused = refusal(question.module);
    if (!refused) return false;
    out.state = DeviceModuleState::refused;
    out.refusal = refused;
    const Finding& first = refused->findings.front();
    out.text = cat("the kernel would refuse it: ", first.text);
    out.advice = first.advice;
    return true;
}

bool ModuleJudge::is_loadable(const Question& question, DeviceModule& out) {
    out.state = DeviceModuleState::loadable;
    out.text = "not loaded";
    if (system_.is_own_tree && question.device.driver.empty()) {
        out.text += ", and nothing prevents it";
        out.advice =
            cat("load it with 'modprobe ", quote_for_shell(question.module.name), "'");
    }
    return true;
}

void ModuleJudge::add_missing_firmware(const Question& question, DeviceModule& out) {
    const auto [place, is_new] = missing_firmware_.try_emplace(question.module.name);
    if (is_new) {
        const auto files = read_firmware_names(system_.catalog, question.module.name);
        if (!files) system_.files.report(files.error());
        for (const std::string& file : files.value_or(std::vector<std::string>{}))
            if (firmware_.find(file).empty()) place->second.push_back(file);
    }
    out.missing_firmware = place->second;
    if (!out.missing_firmware.empty())
        out.text += cat("; firmware that it may need is missing: ",
                        some_files(out.missing_firmware));
}

std::string ModuleJudge::bind_command(const Question& question) const {
    const kernel::Device& device = question.device;
    const std::string prefix = cat(device.bus, ":");
    const std::string directory =
        cat(kernel::kSysModule, "/", question.module.name, "/drivers");
    for (const std::string& driver : system_.files.names(directory))
        if (driver.starts_with(prefix))
            return cat("echo ", quote_for_shell(base_name(device.path)), " >",
                       quote_for_shell(cat("/sys/bus/", device.bus, "/drivers/",
                                           driver.substr(prefix.size()), "/bind")));
    return {};
}

InitState ModuleJudge::state(const NamedModule& module) {
    if (module.source == NameSource::builtin_alias) return InitState::builtin;
    const auto [place, is_new] = states_.try_emplace(module.name);
    if (is_new) place->second = system_.state(module.name);
    return place->second;
}

const std::optional<Diagnosis>& ModuleJudge::refusal(const NamedModule& module) {
    const auto [place, is_new] = refusals_.try_emplace(module.name);
    if (!is_new) return place->second;
    const LoadedQuery loaded = [this](std::string_view name) {
        const InitState state = system_.state(name);
        return state == InitState::live || state == InitState::builtin;
    };
    const auto goal = plan_module(system_.catalog, loaded, module, {},
                                  {.ignore_blacklist = true, .plan_only = true});
    if (!goal) return place->second;
    for (LoadForecast& forecast :
         foresee(*goal, {},
                 {system_.catalog.root(), system_.kernel, system_.catalog,
                  system_.certificates, !system_.is_own_tree}))
        if (forecast.refusal && !forecast.refusal->findings.empty()) {
            place->second = std::move(forecast.refusal);
            break;
        }
    return place->second;
}

}  // namespace kmodpp
