// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/inspect.hpp"

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

ModuleRecord read_record(const io::Root& root, const FoundModule& module,
                         io::FileTime now) {
    ModuleRecord record;
    auto file = io::ModuleFile::open_scanned(root, module.opened);
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

}  // namespace

std::vector<ModuleRecord> inspect(const io::Root& root,
                                  const std::vector<FoundModule>& modules,
                                  const InspectionCache& known,
                                  const InspectOptions& options) {
    std::vector<ModuleRecord> records(modules.size());
    const auto inspect_one = [&](std::size_t i) {
        auto recalled = recall(modules[i], known);
        records[i] =
            recalled ? *std::move(recalled) : read_record(root, modules[i], options.now);
    };
    const auto report_progress = [&](std::size_t done) {
        if (options.progress) options.progress(done, modules.size());
    };
    io::for_each_in_parallel(options.jobs, modules.size(), inspect_one, report_progress);
    report_progress(modules.size());
    return records;
}

}  // namespace kmodpp::index
