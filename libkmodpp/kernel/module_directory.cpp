// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/module_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "io/staged_files.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// No module is called so: names of modules do not begin with a dot.
constexpr std::string_view kUnfinished = ".unfinished";

constexpr io::StageOptions kPublic{.sync = false, .mode = 0444};
constexpr io::StageOptions kWriteOnly{.sync = false, .mode = 0200};
constexpr io::StageOptions kSecret{.sync = false, .mode = 0400};

using FileList = std::vector<std::pair<std::string, std::string>>;

std::string path_of(std::string_view name) { return cat(kSysModule, '/', name); }

Status write_files(const io::Root& root, const std::string& directory,
                   const FileList& files, io::StageOptions options) {
    TRY(root.make_directories(directory));
    TRY_ASSIGN(auto staged, io::StagedFiles::open(root, directory, options));
    for (const auto& [name, contents] : files) TRY(staged.add(name, contents));
    return staged.commit();
}

/// Removes what the directory `path` holds, and it.
Status remove_tree(const io::Root& root, const std::string& parent,
                   const std::string& name) {
    TRY_ASSIGN(const io::Fd directory, root.open_file(parent, O_RDONLY | O_DIRECTORY));
    const std::string path = cat(parent, '/', name);
    if (unlinkat(directory.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    // POSIX says EPERM for a directory, Linux EISDIR.
    if (errno != EISDIR && errno != EPERM)
        return fail_errno(errno, cat("cannot remove ", root.display(path)));
    TRY_ASSIGN(const auto names, root.list(path));
    for (const std::string& entry : names) TRY(remove_tree(root, path, entry));
    if (unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR) != 0)
        return fail_errno(errno, cat("cannot remove ", root.display(path)));
    return {};
}

std::string exports_text(const NewModule& module) {
    std::string text = cat("machine ", module.machine, '\n');
    for (const Export& symbol : module.exports)
        text += cat(symbol.crc ? hex32(*symbol.crc) : "-", '\t', symbol.name, '\t',
                    symbol.gpl_only ? "gpl" : "-", '\n');
    return text;
}

std::string counted(const LoadedModule& line) { return cat(*line.refcount, '\n'); }

Status fill(const io::Root& root, const std::string& directory, const NewModule& module) {
    FileList files = {
        {"initstate", "live\n"},
        {"coresize", cat(module.line.size, '\n')},
        // The kernel frees what only init needs before it calls a module live.
        {"initsize", "0\n"},
        {"taint", module.line.taint + '\n'},
        {std::string(kExportsFile), exports_text(module)},
    };
    if (module.line.refcount) files.emplace_back("refcnt", counted(module.line));
    if (module.version) files.emplace_back("version", *module.version + '\n');
    if (module.srcversion) files.emplace_back("srcversion", *module.srcversion + '\n');
    TRY(write_files(root, directory, files, kPublic));
    TRY(write_files(root, directory, {{"uevent", ""}}, kWriteOnly));

    FileList sections;
    for (const std::string& name : module.sections)
        sections.emplace_back(name, cat("0x", std::string(16, '0'), '\n'));
    TRY(write_files(root, cat(directory, "/sections"), sections, kSecret));
    if (!module.parameters.empty()) {
        FileList parameters;
        for (const auto& [name, value] : module.parameters)
            parameters.emplace_back(name, value + '\n');
        TRY(write_files(root, cat(directory, "/parameters"), parameters, kPublic));
    }
    return root.make_directories(cat(directory, "/holders"));
}

Status rename_into_place(const io::Root& root, const std::string& name) {
    TRY_ASSIGN(const io::Fd directory,
               root.open_file(kSysModule, O_RDONLY | O_DIRECTORY));
    if (renameat(directory.get(), kUnfinished.data(), directory.get(), name.c_str()) != 0)
        return fail_errno(errno, cat("cannot create ", root.display(path_of(name))));
    return {};
}

}  // namespace

Status create_module_directory(const io::Root& root, const NewModule& module) {
    const std::string unfinished(kUnfinished);
    const std::string& name = module.line.name;
    // Either is there only when a process died at this.
    TRY(remove_tree(root, std::string(kSysModule), unfinished));
    TRY(remove_module_directory(root, name));
    Status status = fill(root, path_of(unfinished), module);
    if (status) status = rename_into_place(root, name);
    if (!status)
        static_cast<void>(remove_tree(root, std::string(kSysModule), unfinished));
    return status;
}

Status remove_module_directory(const io::Root& root, std::string_view name) {
    return remove_tree(root, std::string(kSysModule), std::string(name));
}

Status update_references(const io::Root& root, const LoadedModule& module) {
    const std::string directory = path_of(module.name);
    // A directory made here would pass for that of a built-in module.
    if (!root.exists(directory)) return {};
    if (module.refcount)
        TRY(write_files(root, directory, {{"refcnt", counted(module)}}, kPublic));

    const std::string holders = cat(directory, "/holders");
    TRY(root.make_directories(holders));
    TRY_ASSIGN(const auto present, root.list(holders));
    TRY_ASSIGN(const io::Fd fd, root.open_file(holders, O_RDONLY | O_DIRECTORY));
    for (const std::string& name : present)
        if (std::ranges::find(module.holders, name) == module.holders.end())
            TRY(remove_tree(root, holders, name));
    for (const std::string& name : module.holders) {
        if (std::ranges::binary_search(present, name)) continue;
        if (symlinkat(cat("../../", name).c_str(), fd.get(), name.c_str()) != 0)
            return fail_errno(errno,
                              cat("cannot create ", root.display(holders), '/', name));
    }
    return {};
}

}  // namespace kmodpp::kernel
