// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/simulated_kernel.hpp"

#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/kernel_log.hpp"
#include "kernel/load_call.hpp"
#include "kernel/module_files.hpp"
#include "kernel/module_uses.hpp"
#include "simulated/load_attempt.hpp"
#include "simulated/module_directory.hpp"
#include "simulated/module_store.hpp"
#include "simulated/taints.hpp"

namespace kmodpp::kernel {

namespace {

/// The result of delete_module, with the checks in the kernel's order; 0: removed.
int unload_verdict(const LoadedModule* module, bool force) {
    if (module == nullptr) return ENOENT;
    // No count means that the kernel was built without CONFIG_MODULE_UNLOAD.
    if (!module->refcount) return ENOSYS;
    if (!module->holders.empty()) return EAGAIN;
    if (module->state != InitState::live) return EBUSY;
    if (module->permanent && !force) return EBUSY;
    if (*module->refcount > 0 && !force) return EAGAIN;
    return 0;
}

/// An error about a file that the description names. It is never not_found, which would
/// mean that the module file is missing.
Error of_description(Error error) {
    if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::io;
    error.code = 0;
    return within(std::move(error), kDescriptionPath);
}

}  // namespace

Result<std::unique_ptr<Kernel>> make_simulated_kernel(const io::Root& state,
                                                      const io::Root& image,
                                                      std::string release) {
    if (state.is_host())
        return fail(ErrorKind::unsupported,
                    "the simulated kernel needs a root directory of its own");
    TRY_ASSIGN(KernelDescription description, read_kernel_description(state));
    if (!description.release.empty()) release = description.release;
    return std::make_unique<SimulatedKernel>(state, image, std::move(description),
                                             std::move(release));
}

SimulatedKernel::SimulatedKernel(const io::Root& root, const io::Root& image,
                                 KernelDescription description, std::string release)
    : root_(root),
      roots_{root, image},
      description_(std::move(description)),
      release_(std::move(release)),
      tree_(cat(KMODPP_MODULE_DIR, '/', release_)) {}

Result<std::string> SimulatedKernel::release() {
    if (release_.empty())
        return fail(ErrorKind::not_found,
                    cat(root_.display(kDescriptionPath), " does not set a release"));
    return release_;
}

Result<std::string> SimulatedKernel::command_line() {
    if (!description_.command_line.empty()) return description_.command_line;
    auto line = read_command_line(root_);
    if (!line && line.error().kind == ErrorKind::not_found) return std::string();
    return line;
}

Result<const KernelSymbols*> SimulatedKernel::symbols() {
    const std::lock_guard guard(tables_lock_);
    if (!symbols_) {
        auto read = KernelSymbols::read(roots_, description_, tree_);
        if (!read) return std::unexpected(of_description(std::move(read).error()));
        symbols_ = *std::move(read);
    }
    return &*symbols_;
}

Result<const trust::TrustStore*> SimulatedKernel::trusted() {
    const std::lock_guard guard(tables_lock_);
    if (!trusted_) {
        trust::TrustStore store;
        for (const std::string& path : description_.trusted)
            if (auto added = store.add_path(roots_.containing(path), path); !added)
                return std::unexpected(of_description(std::move(added).error()));
        trusted_ = std::move(store);
    }
    return &*trusted_;
}

const trust::TrustStore* SimulatedKernel::certificates() {
    return description_.trusted.empty() ? nullptr : trusted().value_or(nullptr);
}

KernelRules SimulatedKernel::rules() {
    return read_rules(root_, description_, command_line().value_or(""));
}

Status SimulatedKernel::load(io::ModuleFile& file, const std::string& parameters,
                             LoadFlags flags) {
    TRY_ASSIGN(const std::string boot_line, command_line());
    const KernelRules rules = read_rules(root_, description_, boot_line);
    const bool by_descriptor = accepts_unchanged(
        file, rules.compression, xz_filters_of(description_.machine.value_or(EM_NONE)));
    TRY_ASSIGN(const KernelSymbols* const own, symbols());
    TRY_ASSIGN(const trust::TrustStore* const trusted, this->trusted());
    LoadAttempt attempt{.root = root_,
                        .image_root = roots_.image,
                        .description = description_,
                        .rules = rules,
                        .release = release_,
                        .tree = tree_,
                        .command_line = boot_line,
                        .kernel_symbols = *own,
                        .trusted = *trusted,
                        .file = file,
                        .parameters = parameters,
                        .flags = flags,
                        .by_descriptor = by_descriptor};
    TRY_ASSIGN(const io::Fd loader, check_and_record(attempt));
    if (!loader) return {};

    const std::string& name = attempt.module.line.name;
    std::this_thread::sleep_for(description_.delays.at(name));
    TRY_ASSIGN(ModuleStore store, ModuleStore::lock(root_, memory_));
    if (auto ended = end_init(attempt, store); !ended) {
        TRY(store.remove(name));
        return ended;
    }
    return store.set_live(name);
}

Result<io::Fd> SimulatedKernel::check_and_record(LoadAttempt& attempt) {
    while (true) {
        {
            TRY_ASSIGN(ModuleStore store, ModuleStore::lock(root_, memory_));
            attempt.store = &store;
            const Status verdict = run_load_checks(attempt);
            TRY(store.log(std::exchange(attempt.log, {})));
            TRY(verdict);
            if (!attempt.wait) return record(attempt);
        }
        const Wait wait = *std::exchange(attempt.wait, std::nullopt);
        // The loop checks again with the store locked.
        static_cast<void>(wait_for_loader(root_, wait.module, wait.until));
    }
}

Result<io::Fd> SimulatedKernel::record(LoadAttempt& attempt) {
    LoadedModule& line = attempt.module.line;
    if (description_.unload) line.refcount = 0;
    if (description_.delays.contains(line.name)) {
        line.state = InitState::coming;
        // The lock is held until init has returned.
        if (line.refcount) line.refcount = 1;
    } else {
        TRY(end_init(attempt, *attempt.store));
    }
    return attempt.store->insert(attempt.module);
}

Status SimulatedKernel::end_init(const LoadAttempt& attempt, const ModuleStore& store) {
    const std::string& name = attempt.module.line.name;
    const auto found = description_.init_results.find(name);
    const int result = found == description_.init_results.end() ? 0 : found->second;
    if (result < 0) return attempt.refuse(-result);
    if (result == 0) return {};
    return store.log({cat("do_init_module: '", name, "'->init suspiciously returned ",
                          result, ", it should follow 0/-E convention"),
                      "do_init_module: loading module anyway..."});
}

Status SimulatedKernel::unload(const std::string& name, UnloadFlags flags) {
    const auto refuse = [&](int code) { return fail_errno(code, printable(name)); };
    if (!description_.unload) return refuse(ENOSYS);
    const KernelRules rules = this->rules();
    if (!rules.privileged || rules.modules_disabled) return refuse(EPERM);
    const bool force = flags.force && description_.forced_unload;
    TRY_ASSIGN(ModuleStore store, ModuleStore::lock(root_, memory_));
    const LoadedModule* const module = store.find(name);
    if (const int code = unload_verdict(module, force)) return refuse(code);
    if (unload_verdict(module, false) != 0) {
        if (ends_lock_debugging(store.tainted(), 'R'))
            TRY(store.log({std::string(kLockDebuggingEnds)}));
        TRY(store.add_taints(taint_bit('R')));
    }
    return store.remove(name);
}

void SimulatedKernel::remove_orphans() {
    // A caller without write permission sees the files as they are.
    static_cast<void>(ModuleStore::lock(root_, memory_));
}

Result<std::vector<LoadedModule>> SimulatedKernel::modules() {
    auto modules = read_modules(root_);
    const auto is_orphan = [this](const LoadedModule& module) {
        return module.state == InitState::coming &&
               loader_of(root_, module.name) == Loader::gone;
    };
    if (modules && std::ranges::any_of(*modules, is_orphan)) {
        remove_orphans();
        modules = read_modules(root_);
    }
    if (!modules && modules.error().kind == ErrorKind::not_found)
        return std::vector<LoadedModule>();
    return modules;
}

InitState SimulatedKernel::state(std::string_view name) {
    InitState state = read_state(root_, name);
    if (state == InitState::coming && loader_of(root_, name) == Loader::gone) {
        remove_orphans();
        state = read_state(root_, name);
    }
    if (state == InitState::absent &&
        description_.builtins.contains(normalise_module_name(name)))
        return InitState::builtin;
    return state;
}

Result<std::vector<std::string>> SimulatedKernel::holders(std::string_view name) {
    return read_holders(root_, name);
}

Result<long> SimulatedKernel::refcount(std::string_view name) {
    return read_refcount(root_, name);
}

std::optional<std::uint64_t> SimulatedKernel::size(std::string_view name) {
    return read_size(root_, name);
}

std::vector<LoadedSection> SimulatedKernel::sections(std::string_view name) {
    return read_sections(root_, name);
}

std::vector<ModuleUse> SimulatedKernel::uses(
    std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system) {
    return read_uses(root_, name, nodes, is_file_system);
}

std::vector<ModuleUse> SimulatedKernel::bound_devices(std::string_view name) {
    return read_bound_devices(root_, name);
}

LogMark SimulatedKernel::mark_log() { return mark_log_file(root_, kLogFile); }

std::optional<std::vector<std::string>> SimulatedKernel::log_since(LogMark& mark) {
    return read_log_file(root_, kLogFile, mark);
}

LoadPolicy SimulatedKernel::policy() { return policy_of(rules()); }

KernelIdentity SimulatedKernel::identity() {
    KernelIdentity identity{.vermagic = description_.vermagic,
                            .machine = description_.machine,
                            .is_64 = std::nullopt,
                            .order = std::nullopt};
    // Some machines accept modules of more than one class or byte order.
    if (identity.machine == EM_X86_64 || identity.machine == EM_386) {
        identity.is_64 = identity.machine == EM_X86_64;
        identity.order = std::endian::little;
    }
    return identity;
}

std::optional<VisibleExports> SimulatedKernel::exports(
    const std::set<std::string, std::less<>>& symbols) {
    const auto own = this->symbols();
    const auto store = ModuleStore::lock(root_, memory_);
    if (!own || !store) return std::nullopt;
    const auto known = store->exports();
    if (!known) return std::nullopt;
    const LoadedExports* const loaded = *known;
    VisibleExports found;
    for (const std::string& name : symbols) {
        if (const auto other = loaded->symbols.find(name);
            other != loaded->symbols.end()) {
            const Export& symbol = other->second.symbol;
            found[name] = {other->second.owner, symbol.crc, symbol.gpl_only};
        } else if (const auto symbol = (*own)->find(name)) {
            found[name] = {{}, symbol->crc, symbol->gpl_only};
        }
    }
    return found;
}

}  // namespace kmodpp::kernel
