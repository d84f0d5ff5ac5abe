// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/inspect.hpp"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <span>

#include "base/text.hpp"
#include "format/modinfo.hpp"

#include "io/module_file.hpp"
#include "io/parallel.hpp"

namespace kmodpp::index {

namespace {

Result<ModuleFacts> read_facts(io::ModuleFile& file) {
    TRY_ASSIGN(const auto image, elf::Image::parse(file));
    TRY_ASSIGN(auto symbols, read_symbols(image));
    TRY_ASSIGN(const auto info, read_modinfo(image));

    FactLists lists;
    lists.exports = std::move(symbols.exports);
    lists.needs = std::move(symbols.needs);
    for (const InfoEntry& entry : info) {
        if (entry.key == "alias")
            lists.aliases.push_back(entry.value);
        else if (entry.key == "softdep")
            lists.softdeps.push_back(entry.value);
        else if (entry.key == "weakdep")
            lists.weakdeps.push_back(entry.value);
        else if (entry.key == "vermagic" && lists.release.empty())
            lists.release = entry.value.substr(0, entry.value.find(' '));
    }
    return ModuleFacts::pack(lists, file.size());
}

ModuleRecord read_record(const io::Root& root, const Result<io::Fd>& directory,
                         const FoundModule& module, io::FileTime now) {
    ModuleRecord record;
    auto file = directory
                    ? io::ModuleFile::open_scanned_in(*directory, root, module.opened)
                    : io::ModuleFile::open_scanned(root, module.opened);
    if (!file) {
        record.failure = std::move(file).error();
        return record;
    }
    auto facts = read_facts(*file);
    if (!facts) {
        record.failure = within(std::move(facts).error(), root.display(module.path));
        return record;
    }
    record.facts = *std::move(facts);
    if (file->stamp().is_settled(now)) record.stamp = file->stamp();
    return record;
}

/// The cached record of a file that has not changed since.
std::optional<ModuleRecord> recall(const FoundModule& module,
                                   const InspectionCache& known) {
    const RememberedModule* const remembered = known.find(module.database);
    if (remembered == nullptr || remembered->stamp != module.stamp) return std::nullopt;
    return ModuleRecord{remembered->facts.view(), remembered->stamp, true, std::nullopt};
}

std::string_view directory_of(const FoundModule& module) {
    return std::string_view(module.opened).substr(0, module.opened.rfind('/'));
}

/// Consecutive modules of one directory, so that it has to be opened once for them.
using Group = std::span<const FoundModule>;
std::vector<Group> group_by_directory(std::span<const FoundModule> modules) {
    // Threads share the groups, so they must not become large.
    constexpr std::size_t kMaxSize = 32;
    std::vector<Group> groups;
    while (!modules.empty()) {
        const std::string_view directory = directory_of(modules.front());
        std::size_t size = 1;
        while (size < std::min(modules.size(), kMaxSize) &&
               directory_of(modules[size]) == directory)
            ++size;
        groups.push_back(modules.first(size));
        modules = modules.subspan(size);
    }
    return groups;
}

}  // namespace

std::vector<ModuleRecord> inspect(const io::Root& root,
                                  const std::vector<FoundModule>& modules,
                                  const InspectionCache& known,
                                  const InspectOptions& options) {
    std::vector<ModuleRecord> records(modules.size());
    const std::vector<Group> groups = group_by_directory(modules);
    std::atomic<std::size_t> done = 0;
    const auto inspect_group = [&](std::size_t i) {
        std::optional<Result<io::Fd>> directory;
        for (const FoundModule& module : groups[i]) {
            ModuleRecord& record =
                records[static_cast<std::size_t>(&module - modules.data())];
            if (auto recalled = recall(module, known)) {
                record = *std::move(recalled);
                continue;
            }
            if (!directory)
                directory = root.open_file(std::string(directory_of(module)) + '/',
                                           O_PATH | O_DIRECTORY);
            record = read_record(root, *directory, module, options.now);
        }
        done += groups[i].size();
    };
    const auto report_progress = [&](std::size_t) {
        if (options.progress) options.progress(done, modules.size());
    };
    io::for_each_in_parallel(options.jobs, groups.size(), inspect_group, report_progress);
    report_progress(groups.size());
    return records;
}

}  // namespace kmodpp::index
