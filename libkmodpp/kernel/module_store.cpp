// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/module_store.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "format/proc_modules.hpp"
#include "io/file.hpp"
#include "io/staged_files.hpp"
#include "kernel/module_directory.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::string_view kLogDirectory = "/var/log";

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
    Export symbol{std::string(take_until(rest, '\t')), std::nullopt, rest == "gpl"};
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

/// Takes back the reference that `user` holds, if it does.
void drop_holder(LoadedModule& owner, std::string_view user) {
    if (std::erase(owner.holders, user) > 0 && owner.refcount) --*owner.refcount;
}

}  // namespace

Result<ModuleStore> ModuleStore::lock(const io::Root& root) {
    TRY(root.make_directories(kSysModule));
    TRY_ASSIGN(io::Fd fd, root.open_file(kSysModule, O_RDONLY | O_DIRECTORY));
    while (flock(fd.get(), LOCK_EX) != 0)
        if (errno != EINTR)
            return fail_errno(errno, cat("cannot lock ", root.display(kSysModule)));
    auto modules = read_modules(root);
    if (!modules && modules.error().kind != ErrorKind::not_found)
        return std::unexpected(std::move(modules).error());
    if (!modules) return ModuleStore(root, std::move(fd), {});
    for (const LoadedModule& module : *modules)
        if (!is_entry_name(module.name))
            return fail(ErrorKind::malformed,
                        cat(root.display(kProcModules), ": bad name '",
                            printable(module.name), "'"));
    return ModuleStore(root, std::move(fd), *std::move(modules));
}

const LoadedModule* ModuleStore::find(std::string_view name) const {
    const auto found = std::ranges::find(modules_, name, &LoadedModule::name);
    return found == modules_.end() ? nullptr : &*found;
}

Result<LoadedExports> ModuleStore::exports() const {
    LoadedExports out;
    for (const LoadedModule& module : modules_) {
        const std::string path = cat(kSysModule, '/', module.name, '/', kExportsFile);
        const auto text = read_state_file(*root_, path);
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
                    within(std::move(status).error(), root_->display(path)));
    }
    return out;
}

Status ModuleStore::write_record(const std::vector<LoadedModule>& modules) const {
    constexpr std::string_view kDirectory = "/proc";
    std::string text;
    for (const LoadedModule& module : modules) text += format_proc_modules_line(module);
    TRY(root_->make_directories(kDirectory));
    TRY_ASSIGN(auto staged,
               io::StagedFiles::open(*root_, kDirectory, {.sync = false, .mode = 0444}));
    TRY(staged.add("modules", text));
    return staged.commit();
}

Status ModuleStore::write_references(const std::vector<LoadedModule>& before,
                                     const std::vector<LoadedModule>& after) const {
    for (const LoadedModule& module : after) {
        const auto old = std::ranges::find(before, module.name, &LoadedModule::name);
        if (old != before.end() &&
            (old->refcount != module.refcount || old->holders != module.holders))
            TRY(update_references(*root_, module));
    }
    return {};
}

Status ModuleStore::insert(const NewModule& module) {
    std::vector<LoadedModule> after;
    after.reserve(modules_.size() + 1);
    after.push_back(module.line);
    for (const LoadedModule& old : modules_) {
        LoadedModule& owner = after.emplace_back(old);
        if (std::ranges::find(module.owners, owner.name) == module.owners.end()) continue;
        owner.holders.insert(owner.holders.begin(), module.line.name);
        if (owner.refcount) ++*owner.refcount;
    }
    Status status = create_module_directory(*root_, module);
    if (status) status = write_references(modules_, after);
    if (status) status = write_record(after);
    if (!status) {
        static_cast<void>(write_references(after, modules_));
        static_cast<void>(remove_module_directory(*root_, module.line.name));
        return status;
    }
    modules_ = std::move(after);
    return {};
}

Status ModuleStore::remove(std::string_view name) {
    std::vector<LoadedModule> after;
    for (const LoadedModule& old : modules_) {
        if (old.name == name) continue;
        drop_holder(after.emplace_back(old), name);
    }
    TRY(write_record(after));
    TRY(write_references(modules_, after));
    TRY(remove_module_directory(*root_, name));
    modules_ = std::move(after);
    return {};
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

}  // namespace kmodpp::kernel
