// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/simulated_kernel.hpp"

#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/kernel_log.hpp"
#include "kernel/load_attempt.hpp"
#include "kernel/load_call.hpp"
#include "kernel/load_policy.hpp"
#include "kernel/module_files.hpp"
#include "kernel/module_store.hpp"

namespace kmodpp::kernel {

namespace {

/// What delete_module answers for this module, in the kernel's order; 0: it goes.
int unload_verdict(const LoadedModule* module, UnloadFlags flags) {
    if (module == nullptr) return ENOENT;
    // Without a count, the kernel was built without unloading.
    if (!module->refcount) return ENOSYS;
    if (!module->holders.empty()) return EAGAIN;
    if (module->state != InitState::live) return EBUSY;
    if (module->permanent && !flags.force) return EBUSY;
    if (*module->refcount > 0 && !flags.force) return EAGAIN;
    return 0;
}

}  // namespace

Result<std::unique_ptr<Kernel>> make_simulated_kernel(const io::Root& root,
                                                      std::string release) {
    if (root.is_host())
        return fail(ErrorKind::unsupported,
                    "the simulated kernel needs a root directory of its own");
    TRY_ASSIGN(KernelDescription description, read_kernel_description(root));
    if (!description.release.empty()) release = description.release;
    return std::make_unique<SimulatedKernel>(root, std::move(description),
                                             std::move(release));
}

SimulatedKernel::SimulatedKernel(const io::Root& root, KernelDescription description,
                                 std::string release)
    : root_(root),
      description_(std::move(description)),
      release_(std::move(release)),
      tree_(cat(KMODPP_MODULE_DIR, '/', release_)) {}

Result<std::string> SimulatedKernel::release() {
    if (release_.empty())
        return fail(ErrorKind::not_found,
                    cat(root_.display(kDescriptionPath), " names no release"));
    return release_;
}

Result<std::string> SimulatedKernel::command_line() {
    if (!description_.command_line.empty()) return description_.command_line;
    auto line = read_command_line(root_);
    if (!line && line.error().kind == ErrorKind::not_found) return std::string();
    return line;
}

Result<const KernelSymbols*> SimulatedKernel::symbols() {
    const std::lock_guard guard(symbols_lock_);
    if (!symbols_) {
        TRY_ASSIGN(symbols_, KernelSymbols::read(root_, description_, tree_));
    }
    return &*symbols_;
}

Status SimulatedKernel::load(io::ModuleFile& file, const std::string& parameters,
                             LoadFlags flags) {
    if (file.compression() != io::Compression::none &&
        file.compression() != description_.compression)
        TRY(require_no_flags(flags, file.path(),
                             "the kernel does not unpack this compression"));
    TRY_ASSIGN(const KernelSymbols* const own, symbols());
    TRY_ASSIGN(const std::string boot_line, command_line());
    TRY_ASSIGN(ModuleStore store, ModuleStore::lock(root_));
    LoadAttempt attempt{.root = root_,
                        .description = description_,
                        .release = release_,
                        .tree = tree_,
                        .command_line = boot_line,
                        .kernel_symbols = *own,
                        .store = store,
                        .file = file,
                        .parameters = parameters,
                        .flags = flags};
    attempt.module.line.refcount = 0;
    TRY_ASSIGN(attempt.loaded, store.exports());
    const Status verdict = run_load_checks(attempt);
    TRY(store.log(attempt.log));
    TRY(verdict);
    return store.insert(attempt.module);
}

Status SimulatedKernel::unload(const std::string& name, UnloadFlags flags) {
    TRY_ASSIGN(ModuleStore store, ModuleStore::lock(root_));
    if (const int code = unload_verdict(store.find(name), flags))
        return fail_errno(code, printable(name));
    return store.remove(name);
}

Result<std::vector<LoadedModule>> SimulatedKernel::modules() {
    auto modules = read_modules(root_);
    if (!modules && modules.error().kind == ErrorKind::not_found)
        return std::vector<LoadedModule>();
    return modules;
}

InitState SimulatedKernel::state(std::string_view name) {
    const InitState state = read_state(root_, name);
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

LogMark SimulatedKernel::mark_log() { return mark_log_file(root_, kLogFile); }

std::optional<std::vector<std::string>> SimulatedKernel::log_since(LogMark& mark) {
    return read_log_file(root_, kLogFile, mark);
}

LoadPolicy SimulatedKernel::policy() {
    LoadPolicy policy = read_policy(root_);
    // Whoever may write its files may do with it what he likes.
    policy.privileged = true;
    return policy;
}

KernelIdentity SimulatedKernel::identity() {
    return {.vermagic = description_.vermagic,
            .machine = description_.machine,
            .is_64 = std::nullopt,
            .order = std::nullopt};
}

std::optional<VisibleExports> SimulatedKernel::exports(
    const std::set<std::string, std::less<>>& symbols) {
    const auto own = this->symbols();
    const auto store = ModuleStore::lock(root_);
    if (!own || !store) return std::nullopt;
    const auto loaded = store->exports();
    if (!loaded) return std::nullopt;
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
