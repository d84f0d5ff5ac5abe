// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/inspect.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "base/text.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"

namespace kmodpp::index {

namespace {

/// Below this a second thread costs more to start than it brings.
constexpr std::size_t kModulesPerThread = 64;

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
    }
    return ModuleFacts::pack(lists);
}

ModuleRecord read_record(const io::Root& root, const std::string& path,
                         io::FileTime now) {
    ModuleRecord record;
    auto file = io::ModuleFile::open(root, path);
    if (!file) {
        record.failure = std::move(file).error();
        return record;
    }
    auto facts = read_facts(*file);
    if (!facts) {
        record.failure = within(std::move(facts).error(), file->path());
        return record;
    }
    record.facts = *std::move(facts);
    if (file->stamp().is_settled(now)) record.stamp = file->stamp();
    return record;
}

/// What the cache says of a file that has not changed since.
std::optional<ModuleRecord> recall(const FoundModule& module,
                                   const InspectionCache& known) {
    const RememberedModule* const remembered = known.find(module.database);
    if (remembered == nullptr || remembered->stamp != module.stamp) return std::nullopt;
    Bytes packed = remembered->facts;
    auto facts = ModuleFacts::take(packed);
    if (!facts) return std::nullopt;
    return ModuleRecord{*std::move(facts), remembered->stamp, true, std::nullopt};
}

unsigned usable_processors() {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&processors)));
}

}  // namespace

std::vector<ModuleRecord> inspect(const io::Root& root,
                                  const std::vector<FoundModule>& modules,
                                  const InspectionCache& known,
                                  const InspectOptions& options) {
    std::vector<ModuleRecord> records(modules.size());
    std::atomic<std::size_t> next = 0, done = 0;
    const auto inspect_next = [&] {
        const std::size_t i = next.fetch_add(1);
        if (i >= modules.size()) return false;
        auto recalled = recall(modules[i], known);
        records[i] = recalled ? *std::move(recalled)
                              : read_record(root, modules[i].path, options.now);
        done.fetch_add(1);
        return true;
    };
    const unsigned jobs =
        options.jobs > 0
            ? options.jobs
            : std::min<unsigned>(
                  usable_processors(),
                  static_cast<unsigned>(modules.size() / kModulesPerThread + 1));
    {
        // The threads end before this block does; this one works too.
        std::vector<std::jthread> threads;
        try {
            for (unsigned i = 1; i < jobs; ++i)
                threads.emplace_back([&] {
                    while (inspect_next()) continue;
                });
        } catch (const std::system_error&) {
            // No more threads are to be had: those that there are do the work.
        }
        while (inspect_next())
            if (options.progress) options.progress(done, modules.size());
    }
    if (options.progress) options.progress(modules.size(), modules.size());
    return records;
}

}  // namespace kmodpp::index
