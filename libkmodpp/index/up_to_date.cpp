// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/up_to_date.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp::index {

namespace {

constexpr std::uint64_t kMaxDatabase = 1u << 30;

std::optional<io::FileStamp> stamp_of(const io::Root& root, const std::string& path) {
    const auto status = root.stat(path);
    if (!status) return std::nullopt;
    return io::FileStamp::of(*status);
}

/// The paths before the colons of modules.dep.
bool lists(std::string_view dep, const std::vector<FoundModule>& modules) {
    for (const FoundModule& module : modules) {
        const std::string_view line = take_until(dep, '\n');
        if (line.substr(0, line.find(':')) != module.database) return false;
    }
    return dep.empty();
}

bool is_intact(const io::Root& output, const std::string& directory,
               const WrittenFile& file) {
    const auto contents = output.read_file(cat(directory, "/", file.name), kMaxDatabase);
    return contents && contents->size() == file.size &&
           checksum_of(*contents) == file.checksum;
}

}  // namespace

std::uint64_t digest_of(const std::vector<FoundModule>& modules,
                        const BuiltinTexts& builtin, std::optional<char> symbol_prefix) {
    std::string all;
    for (const FoundModule& module : modules) (all += module.database) += '\n';
    const auto add = [&all](std::string_view text) {
        append(all, checksum_of(text), std::endian::native);
    };
    add(builtin.names);
    add(builtin.modinfo);
    if (symbol_prefix) all += *symbol_prefix;
    return checksum_of(all);
}

LastRun describe_run(std::uint64_t digest, const std::vector<DatabaseFile>& files,
                     bool silent) {
    LastRun run{digest, silent, {}};
    for (const DatabaseFile& file : files)
        run.files.push_back(
            {file.name, file.contents.size(), checksum_of(file.contents)});
    return run;
}

bool repeats_last_run(const LastRun& last, std::uint64_t digest,
                      const std::vector<ModuleRecord>& records, const io::Root& output,
                      const std::string& directory) {
    return !last.files.empty() && last.digest == digest &&
           std::ranges::all_of(records, &ModuleRecord::from_cache) &&
           std::ranges::all_of(last.files, [&](const WrittenFile& file) {
               return is_intact(output, directory, file);
           });
}

bool looks_up_to_date(const io::Root& root, const std::vector<FoundModule>& modules,
                      const io::Root& output, const std::string& directory) {
    const auto dep = output.read_file(directory + "/modules.dep", kMaxDatabase);
    if (!dep || !lists(*dep, modules)) return false;

    io::FileTime oldest = io::FileTime::max();
    for (const std::string_view name : kDatabaseNames) {
        const auto stamp = stamp_of(output, cat(directory, "/", name));
        if (!stamp) return false;
        oldest = std::min(oldest, stamp->modified);
    }
    const auto is_older = [&](const std::string& path) {
        const auto stamp = stamp_of(root, path);
        return !stamp || std::max(stamp->modified, stamp->changed) < oldest;
    };
    return is_older(directory + "/modules.builtin") &&
           is_older(directory + "/modules.builtin.modinfo") &&
           std::ranges::all_of(modules, is_older, &FoundModule::path);
}

}  // namespace kmodpp::index
