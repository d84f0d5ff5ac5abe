// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/up_to_date.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "io/file.hpp"

namespace kmodpp::index {

namespace {

constexpr std::uint64_t kMaxDatabase = 1u << 30;

std::optional<io::FileStamp> stamp_of(const io::Root& root, const std::string& path) {
    const auto status = root.stat(path);
    if (!status) return std::nullopt;
    return io::FileStamp::of(*status);
}

/// True if modules.dep lists exactly these modules, in this order.
bool lists(std::string_view dep, const std::vector<FoundModule>& modules) {
    for (const FoundModule& module : modules) {
        const std::string_view line = take_until(dep, '\n');
        if (line.substr(0, line.find(':')) != module.database) return false;
    }
    return dep.empty();
}

/// Reads in blocks, because allocating memory for whole files takes longer than
/// reading.
bool is_intact(const io::Root& output, const std::string& directory,
               const WrittenFile& file) {
    const auto fd = output.open_file(cat(directory, "/", file.name), O_RDONLY);
    struct stat status {};
    if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::uint64_t>(status.st_size) != file.size)
        return false;
    // Not on the stack: threads of the caller may have small ones.
    std::vector<std::byte> buffer(std::min<std::uint64_t>(Checksum::kBlock, file.size));
    Checksum checksum;
    std::uint64_t offset = 0;
    do {
        const std::span<std::byte> block(
            buffer.data(), std::min<std::uint64_t>(buffer.size(), file.size - offset));
        if (!io::read_at(fd->get(), block, offset)) return false;
        checksum.add(as_text(block));
        offset += block.size();
    } while (offset < file.size);
    return checksum.value() == file.checksum;
}

bool are_intact(const io::Root& output, const std::string& directory,
                const std::vector<WrittenFile>& files) {
    return std::ranges::all_of(files, [&](const WrittenFile& file) {
        return is_intact(output, directory, file);
    });
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

LastRun describe_run(std::uint64_t digest, const LastRun& last,
                     const std::vector<DatabaseFile>& files, bool silent) {
    LastRun run{digest, silent, last.files};
    for (const DatabaseFile& file : files) {
        std::erase_if(run.files,
                      [&](const WrittenFile& old) { return old.name == file.name; });
        run.files.push_back(
            {file.name, file.contents.size(), checksum_of(file.contents)});
    }
    return run;
}

bool repeats_last_run(const LastRun& last, std::uint64_t digest,
                      const std::vector<ModuleRecord>& records, const io::Root& output,
                      const std::string& directory) {
    return !last.files.empty() && last.digest == digest &&
           std::ranges::all_of(records, &ModuleRecord::from_cache) &&
           are_intact(output, directory, last.files);
}

Changes changes_since(const InspectionCache& cache, std::uint64_t digest,
                      const std::vector<FoundModule>& modules,
                      const std::vector<ModuleRecord>& records, const io::Root& output,
                      const std::string& directory) {
    const LastRun& last = cache.last_run();
    if (last.files.empty() || last.digest != digest) return {};
    Changes changes{false, false, false, false};
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i].from_cache) continue;
        const RememberedModule* const old = cache.find(modules[i].database);
        if (old == nullptr) return {};
        const ModuleFacts& facts = records[i].facts;
        changes.symbols |= !facts.same_symbols(old->facts);
        changes.aliases |= !facts.same_aliases(old->facts);
        changes.hints |= !facts.same_hints(old->facts);
    }
    return are_intact(output, directory, last.files) ? changes : Changes{};
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
           std::ranges::all_of(modules, is_older, &FoundModule::opened);
}

}  // namespace kmodpp::index
