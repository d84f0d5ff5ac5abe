// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/inspect.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/text.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"

namespace kmodpp::index {

namespace {

/// Below this a second thread costs more to start than it brings.
constexpr std::size_t kModulesPerThread = 64;

/// Copies texts into one block, so that the file that they were read from can go.
class TextBlock {
public:
    explicit TextBlock(std::size_t size)
        : block_(std::make_unique_for_overwrite<char[]>(size)), end_(block_.get()) {}

    std::string_view keep(std::string_view text) {
        char* const at = end_;
        end_ = std::ranges::copy(text, at).out;
        return {at, text.size()};
    }
    std::unique_ptr<char[]> release() { return std::move(block_); }

private:
    std::unique_ptr<char[]> block_;
    char* end_;
};

Result<ModuleRecord> read_module(io::ModuleFile& file) {
    TRY_ASSIGN(const auto image, elf::Image::parse(file));
    TRY_ASSIGN(auto symbols, read_symbols(image));
    TRY_ASSIGN(const auto info, read_modinfo(image));

    ModuleRecord record;
    for (const InfoEntry& entry : info) {
        if (entry.key == "alias")
            record.aliases.push_back(entry.value);
        else if (entry.key == "softdep")
            record.softdeps.push_back(entry.value);
        else if (entry.key == "weakdep")
            record.weakdeps.push_back(entry.value);
    }
    record.exports = std::move(symbols.exports);
    record.needs = std::move(symbols.needs);

    std::size_t size = 0;
    for (const auto& symbol : record.exports) size += symbol.name.size();
    for (const auto& symbol : record.needs) size += symbol.name.size();
    for (const auto* list : {&record.aliases, &record.softdeps, &record.weakdeps})
        for (const std::string_view text : *list) size += text.size();

    TextBlock block(size);
    for (auto& symbol : record.exports) symbol.name = block.keep(symbol.name);
    for (auto& symbol : record.needs) symbol.name = block.keep(symbol.name);
    for (auto* list : {&record.aliases, &record.softdeps, &record.weakdeps})
        for (std::string_view& text : *list) text = block.keep(text);
    record.text = block.release();
    record.exports.shrink_to_fit();
    record.needs.shrink_to_fit();
    return record;
}

ModuleRecord inspect_one(const io::Root& root, const std::string& path) {
    ModuleRecord failed;
    auto file = io::ModuleFile::open(root, path);
    if (!file) {
        failed.failure = std::move(file).error();
        return failed;
    }
    auto record = read_module(*file);
    if (record) return *std::move(record);
    failed.failure = within(std::move(record).error(), file->path());
    return failed;
}

unsigned usable_processors() {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&processors)));
}

}  // namespace

std::vector<ModuleRecord> inspect(const io::Root& root,
                                  const std::vector<FoundModule>& modules,
                                  unsigned jobs) {
    std::vector<ModuleRecord> records(modules.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i; (i = next.fetch_add(1)) < modules.size();)
            records[i] = inspect_one(root, modules[i].path);
    };
    if (jobs == 0)
        jobs = std::min<unsigned>(
            usable_processors(),
            static_cast<unsigned>(modules.size() / kModulesPerThread + 1));
    {
        // The threads end before this block does; this one works too.
        std::vector<std::jthread> threads;
        for (unsigned i = 1; i < jobs; ++i) threads.emplace_back(work);
        work();
    }
    return records;
}

}  // namespace kmodpp::index
