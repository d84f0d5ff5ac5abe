// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/module_store.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/proc_modules.hpp"
#include "io/file.hpp"
#include "kernel/module_files.hpp"
#include "simulated/module_directory.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::string_view kLogDirectory = "/var/log";
constexpr std::string_view kTaintedDirectory = "/proc/sys/kernel";
constexpr std::string_view kProc = "/proc";
const std::string kChanging = ".changing";

Status parse_export(std::string_view line, const std::string& owner, LoadedExports& out) {
    constexpr std::string_view kMachine = "machine ";
    const auto bad = [&] {
        return fail(ErrorKind::malformed, cat("bad line '", printable(line, 80), "'"));
    };
    if (line.starts_with(kMachine)) {
        const auto machine = parse_unsigned<std::uint16_t>(line.substr(kMachine.size()));
        if (!machine) return bad();
        out.machine = *machine;
        return {};
    }
    std::string_view rest = line;
    const std::string_view crc = take_until(rest, '\t');
    Export symbol;
    symbol.name = take_until(rest, '\t');
    symbol.gpl_only = take_until(rest, '\t') == "gpl";
    symbol.symbol_namespace = rest;
    if (symbol.name.empty()) return bad();
    if (crc != "-") {
        if (!crc.starts_with("0x")) return bad();
        symbol.crc = parse_unsigned<std::uint32_t>(crc.substr(2), 16);
        if (!symbol.crc) return bad();
    }
    std::string name = symbol.name;
    out.symbols.try_emplace(std::move(name), OwnedExport{owner, std::move(symbol)});
    return {};
}

Result<LoadedExports> read_exports(const io::Root& root,
                                   const std::vector<LoadedModule>& modules) {
    LoadedExports out;
    for (const LoadedModule& module : modules) {
        const std::string path = cat(kSysModule, '/', module.name, '/', kExportsFile);
        const auto text = read_state_file(root, path);
        if (!text) {
            if (text.error().kind != ErrorKind::not_found)
                return std::unexpected(text.error());
            out.undescribed.push_back(module.name);
            continue;
        }
        for (std::string_view rest = *text; !rest.empty();)
            if (auto status = parse_export(take_until(rest, '\n'), module.name, out);
                !status)
                return std::unexpected(
                    within(std::move(status).error(), root.display(path)));
    }
    return out;
}

/// Drops the reference that `user` holds, if any.
void drop_holder(LoadedModule& owner, std::string_view user) {
    if (std::erase(owner.holders, user) > 0 && owner.refcount) --*owner.refcount;
}

}  // namespace

Result<ModuleStore> ModuleStore::lock(const io::Root& root, StoreMemory& memory) {
    std::unique_lock memory_lock(memory.mutex_);
    TRY_ASSIGN(StateDirectory directory, StateDirectory::open(root, kSysModule));
    TRY_ASSIGN(auto lock,
               io::DirectoryLock::take(directory.fd(), root.display(kSysModule)));
    ModuleStore store(root, memory, std::move(memory_lock), std::move(directory),
                      std::move(lock));
    TRY(store.refresh());
    TRY(store.repair());
    TRY(store.drop_orphans());
    return store;
}

Status ModuleStore::refresh() {
    StoreMemory& memory = *memory_;
    const auto now = root_->stat(kProcModules);
    if (now && memory.record_ && io::FileStamp::of(*now) == memory.stamp_) return {};
    memory.record_ = io::Fd();
    memory.exports_.reset();
    memory.modules_.clear();
    auto modules = read_modules(*root_);
    if (!modules && modules.error().kind == ErrorKind::not_found) return {};
    if (!modules) return std::unexpected(std::move(modules).error());
    for (const LoadedModule& module : *modules)
        if (!is_entry_name(module.name))
            return fail(ErrorKind::malformed,
                        cat(root_->display(kProcModules), ": bad name '",
                            printable(module.name), "'"));
    memory.modules_ = *std::move(modules);
    return {};
}

/// Makes sys/module agree with the record after a process was killed during a change: for
/// the module it was changing, and for the references of all modules.
Status ModuleStore::repair() {
    TRY_ASSIGN(const bool changing, directory_.has(kChanging));
    if (!changing) return {};
    const auto text = read_state_file(*root_, cat(kSysModule, '/', kChanging));
    const std::string name(text ? trim(*text) : std::string_view());
    const LoadedModule* const module = find(name);
    // The directory of a built-in module has no initstate and is left alone.
    const bool ours =
        is_entry_name(name) && root_->exists(cat(kSysModule, '/', name, "/initstate"));
    TRY(directory_.tidy());
    TRY_ASSIGN(const StateDirectory proc, StateDirectory::open(*root_, kProc));
    TRY(proc.tidy());
    if (module != nullptr && !ours) TRY(place_module_directory(directory_, name));
    TRY(drop_prepared(directory_));
    if (module == nullptr && ours) TRY(directory_.discard(name));
    if (module != nullptr && ours && module->state == InitState::live)
        TRY(make_live(directory_, *module));
    for (const LoadedModule& other : modules()) TRY(update_references(directory_, other));
    return end_change();
}

/// Removes modules whose loader was killed while the init function ran, as if init had
/// failed.
Status ModuleStore::drop_orphans() {
    std::vector<std::string> orphans;
    for (const LoadedModule& module : modules())
        if (module.state == InitState::coming &&
            loader_of(*root_, module.name) == Loader::gone)
            orphans.push_back(module.name);
    for (const std::string& name : orphans) TRY(remove(name));
    return {};
}

const LoadedModule* ModuleStore::find(std::string_view name) const {
    const auto found = std::ranges::find(modules(), name, &LoadedModule::name);
    return found == modules().end() ? nullptr : &*found;
}

Result<const LoadedExports*> ModuleStore::exports() const {
    if (!memory_->exports_) {
        TRY_ASSIGN(memory_->exports_, read_exports(*root_, modules()));
    }
    return &*memory_->exports_;
}

Status ModuleStore::begin_change(std::string_view name) const {
    // Created in place, because a temporary name could be left by a kill. While the file
    // is empty, nothing has changed yet.
    TRY(directory_.create(kChanging, name, 0644));
    return {};
}

Status ModuleStore::end_change() const { return directory_.remove(kChanging); }

Status ModuleStore::write_record(std::vector<LoadedModule> modules) {
    std::string text;
    for (const LoadedModule& module : modules) text += format_proc_modules_line(module);
    TRY_ASSIGN(const StateDirectory proc, StateDirectory::open(*root_, kProc));
    TRY(proc.put("modules", text, 0444));
    StoreMemory& memory = *memory_;
    memory.modules_ = std::move(modules);
    // On failure here, the next reader reads everything again.
    memory.record_ = io::Fd();
    auto record = root_->open_file(kProcModules, O_PATH);
    struct stat status {};
    if (record && fstat(record->get(), &status) == 0) {
        memory.record_ = *std::move(record);
        memory.stamp_ = io::FileStamp::of(status);
    }
    return {};
}

Status ModuleStore::write_references(const std::vector<LoadedModule>& before,
                                     const std::vector<LoadedModule>& after) const {
    for (const LoadedModule& module : after) {
        const auto old = std::ranges::find(before, module.name, &LoadedModule::name);
        if (old != before.end() &&
            (old->refcount != module.refcount || old->holders != module.holders))
            TRY(update_references(directory_, module));
    }
    return {};
}

Result<io::Fd> ModuleStore::insert(const NewModule& module) {
    const std::vector<LoadedModule> before = modules();
    std::vector<LoadedModule> after;
    after.reserve(before.size() + 1);
    after.push_back(module.line);
    if (module.line.state == InitState::coming) after.front().size += module.init_size;
    for (const LoadedModule& old : before) {
        LoadedModule& owner = after.emplace_back(old);
        if (std::ranges::find(module.owners, owner.name) == module.owners.end()) continue;
        // Without CONFIG_MODULE_UNLOAD there are no reference counts.
        if (!owner.refcount) continue;
        owner.holders.insert(owner.holders.begin(), module.line.name);
        ++*owner.refcount;
    }
    TRY(exports());  // read before the new module is part of the store
    const std::string& name = module.line.name;
    TRY(begin_change(name));
    auto loader = prepare_module_directory(directory_, module);
    Status status = loader ? Status() : std::unexpected(loader.error());
    // In the order in which a real kernel makes the changes visible.
    if (status) status = write_record(after);
    if (status) status = write_references(before, after);
    if (status) status = place_module_directory(directory_, name);
    if (!status) {
        static_cast<void>(write_references(after, before));
        static_cast<void>(directory_.discard(name));
        static_cast<void>(drop_prepared(directory_));
        static_cast<void>(write_record(before));
        static_cast<void>(end_change());
        return std::unexpected(std::move(status).error());
    }
    LoadedExports& known = *memory_->exports_;
    known.machine = module.machine;
    for (const Export& symbol : module.exports)
        known.symbols.try_emplace(symbol.name, OwnedExport{name, symbol});
    TRY(end_change());
    return loader;
}

Status ModuleStore::set_live(std::string_view name) {
    std::vector<LoadedModule> after = modules();
    const auto module = std::ranges::find(after, name, &LoadedModule::name);
    if (module == after.end() || module->state != InitState::coming)
        return fail(ErrorKind::io, cat(name, " was removed while its init function ran"),
                    EIO);
    module->state = InitState::live;
    // Drops the reference held during init.
    if (module->refcount) --*module->refcount;
    if (const auto size =
            read_state_file(*root_, cat(kSysModule, '/', module->name, "/coresize")))
        module->size = parse_unsigned<std::uint64_t>(trim(*size)).value_or(module->size);
    const LoadedModule live = *module;
    TRY(begin_change(name));
    TRY(write_record(std::move(after)));
    TRY(make_live(directory_, live));
    return end_change();
}

Status ModuleStore::remove(std::string_view name) {
    const std::string gone(name);
    const std::vector<LoadedModule> before = modules();
    std::vector<LoadedModule> after;
    for (const LoadedModule& old : before) {
        if (old.name == gone) continue;
        drop_holder(after.emplace_back(old), gone);
    }
    TRY(begin_change(gone));
    TRY(write_record(after));
    if (memory_->exports_) {
        std::erase_if(memory_->exports_->symbols,
                      [&](const auto& entry) { return entry.second.owner == gone; });
        std::erase(memory_->exports_->undescribed, gone);
    }
    TRY(write_references(before, after));
    TRY(directory_.discard(gone));
    return end_change();
}

Status ModuleStore::log(const std::vector<std::string>& lines) const {
    if (lines.empty()) return {};
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    TRY(root_->make_directories(kLogDirectory));
    TRY_ASSIGN(const io::Fd fd,
               root_->open_file(kLogFile, O_WRONLY | O_APPEND | O_CREAT, 0644));
    return io::write_all(fd.get(), text);
}

bool ModuleStore::has_logged(std::string_view text) const {
    const auto log = read_state_file(*root_, kLogFile);
    return log && log->contains(text);
}

std::uint64_t ModuleStore::tainted() const {
    const auto text = read_state_file(*root_, kTaintedFile);
    if (!text) return 0;
    return parse_unsigned<std::uint64_t>(trim(*text)).value_or(0);
}

Status ModuleStore::add_taints(std::uint64_t bits) const {
    const std::uint64_t before = tainted();
    if ((before | bits) == before) return {};
    TRY_ASSIGN(const StateDirectory directory,
               StateDirectory::open(*root_, kTaintedDirectory));
    return directory.put("tainted", cat(before | bits, '\n'), 0644);
}

}  // namespace kmodpp::kernel
