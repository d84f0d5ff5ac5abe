// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/catalog.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/names.hpp"
#include "base/silent_sink.hpp"
#include "base/text.hpp"
#include "catalog/config_files.hpp"
#include "io/interrupted_set.hpp"

namespace kmodpp {

namespace {

constexpr std::array<std::string_view, kDatabaseCount> kFileNames = {
    "modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
    "modules.builtin.alias.bin"};

/// Text databases with lines in the syntax of modprobe.d.
constexpr std::array<std::string_view, 2> kConfigDatabases = {"modules.softdep",
                                                              "modules.weakdep"};

/// The largest size that the offsets in an index can address.
constexpr std::uint64_t kMaxIndexSize = 1u << 28;
constexpr std::uint64_t kMaxTextDatabase = 64u << 20;

/// Some depmod implementations write an empty file for a kernel without
/// modules.builtin.
bool may_be_empty(Database database) {
    return database == Database::builtin || database == Database::builtin_alias;
}

bool is_module_path(std::string_view path) {
    return !module_suffix(base_name(path)).empty();
}

}  // namespace

std::string_view file_name(Database database) {
    return kFileNames[std::to_underlying(database)];
}

Catalog::Catalog(const io::Root& root, const io::Root& config_root,
                 CatalogOptions options, std::string_view command_line,
                 MessageSink& messages)
    : root_(root),
      config_root_(config_root),
      options_(std::move(options)),
      messages_(messages) {
    config_texts_ = read_config(messages);
    for (const ConfigFile& file : config_texts_.administrator)
        if (file.untrusted)
            parse_forbidden_modules(file.text, file.path, config_);
        else
            parse_modprobe_config(file.text, file.path, config_);
    parse_kernel_command_line(command_line, config_);
    // The dependencies that modules declare come after the administrator's rules.
    for (const ConfigFile& file : config_texts_.modules)
        parse_modprobe_config(file.text, file.path, config_);
    for (const ConfigRemark& remark : config_.remarks)
        messages.message(Priority::warning,
                         cat(remark.origin.describe(), ": ", remark.text));
}

Catalog::ConfigTexts Catalog::read_config(MessageSink& messages) const {
    ConfigTexts texts;
    texts.administrator = read_config_files(config_root_, "modprobe.d",
                                            options_.config_overrides, messages);
    for (const std::string_view name : kConfigDatabases) {
        const std::string path = cat(options_.directory, "/", name);
        auto text = root_.read_file(path, kMaxTextDatabase);
        if (text)
            texts.modules.push_back({root_.display(path), *std::move(text), false});
        else if (text.error().kind != ErrorKind::not_found)
            messages.message(Priority::warning, text.error().message);
    }
    return texts;
}

bool Catalog::config_changed() const {
    SilentSink silence;
    return read_config(silence) != config_texts_;
}

std::string Catalog::display_directory() const {
    return root_.display(options_.directory);
}

Error Catalog::in_database(Database database, Error error) const {
    return within(std::move(error), cat(display_directory(), "/", file_name(database)));
}

Result<const IndexReader*> Catalog::index(Database database) {
    auto& slot = indexes_[std::to_underlying(database)];
    if (!slot) {
        if (database == Database::dep &&
            io::has_interrupted_set(root_, options_.directory))
            messages_.message(
                Priority::warning,
                cat(display_directory(), ": depmod was killed while it replaced the ",
                    "databases, which may be inconsistent; run depmod again"));
        OpenIndex open;
        auto fd = root_.open_file(path_of(database), O_RDONLY);
        if (!fd && fd.error().kind != ErrorKind::not_found)
            return std::unexpected(std::move(fd).error());
        if (fd) {
            auto file = io::LazyFile::open(*std::move(fd), kMaxIndexSize);
            if (!file)
                return std::unexpected(in_database(database, std::move(file).error()));
            open.stamp = file->stamp();
            if (file->size() > 0 || !may_be_empty(database)) {
                open.file = std::make_unique<io::LazyFile>(*std::move(file));
                auto reader = IndexReader::open(*open.file);
                if (!reader)
                    return std::unexpected(
                        in_database(database, std::move(reader).error()));
                open.reader = *reader;
            }
        }
        slot = std::move(open);
    }
    return slot->reader ? &*slot->reader : nullptr;
}

std::string Catalog::path_of(Database database) const {
    return cat(options_.directory, "/", file_name(database));
}

void Catalog::close_databases() {
    for (auto& slot : indexes_) slot.reset();
    builtin_modinfo_.reset();
}

bool Catalog::databases_changed() const {
    for (std::size_t i = 0; i < kDatabaseCount; ++i) {
        if (!indexes_[i]) continue;
        const auto status = root_.stat(path_of(static_cast<Database>(i)));
        const auto now =
            status ? std::optional(io::FileStamp::of(*status)) : std::nullopt;
        if (now != indexes_[i]->stamp) return true;
    }
    return false;
}

Result<bool> Catalog::has(Database database) {
    TRY_ASSIGN(const IndexReader* reader, index(database));
    return reader != nullptr;
}

std::string Catalog::absolute(std::string_view path) const {
    // Absolute paths belong to modules in external directories.
    return path.starts_with('/') ? root_.refer(path) : cat(options_.directory, "/", path);
}

template <class Value>
Result<Value> Catalog::or_empty(Database database, Result<Value> result) {
    if (result || !options_.skip_damaged || result.error().kind != ErrorKind::malformed)
        return result;
    if (!std::exchange(skipped_[std::to_underlying(database)], true))
        messages_.message(Priority::error, result.error().message);
    return Value{};
}

Result<std::optional<ModuleEntry>> Catalog::find_module(std::string_view name) {
    return or_empty(Database::dep, read_entry(name));
}

Result<std::optional<ModuleEntry>> Catalog::read_entry(std::string_view name) {
    TRY_ASSIGN(const IndexReader* reader, index(Database::dep));
    if (reader == nullptr) return std::nullopt;
    auto line = reader->find(name);
    if (!line)
        return std::unexpected(in_database(Database::dep, std::move(line).error()));
    if (!*line) return std::nullopt;
    std::string_view rest = **line;
    const std::string_view path = take_until(rest, ':');
    const std::vector<std::string_view> dependencies = split_words(rest);
    // Only a damaged database has such a line. It must not cause other files to be
    // opened.
    if (!is_module_path(path) || !same_module_name(module_name_of_path(path), name) ||
        !std::ranges::all_of(dependencies, is_module_path))
        return std::unexpected(in_database(
            Database::dep, {ErrorKind::malformed, 0,
                            cat("the line of ", printable(name, 64), " is damaged: '",
                                printable(**line, 128), "'")}));
    ModuleEntry entry{std::string(name), absolute(path), {}};
    entry.dependencies.reserve(dependencies.size());
    for (const std::string_view dependency : dependencies)
        entry.dependencies.push_back(absolute(dependency));
    return entry;
}

Result<std::vector<NamedModule>> Catalog::search(Database database,
                                                 std::string_view query) {
    return or_empty(database, read_matches(database, query));
}

Result<std::vector<NamedModule>> Catalog::read_matches(Database database,
                                                       std::string_view query) {
    TRY_ASSIGN(const IndexReader* reader, index(database));
    std::vector<NamedModule> modules;
    if (reader == nullptr) return modules;
    auto found = reader->search(query);
    if (!found) return std::unexpected(in_database(database, std::move(found).error()));
    for (IndexMatch& match : *found)
        modules.push_back(
            {.name = std::string(match.value), .pattern = std::move(match.key)});
    return modules;
}

Result<bool> Catalog::is_builtin(std::string_view name) {
    return or_empty(Database::builtin, read_builtin(name));
}

Result<bool> Catalog::read_builtin(std::string_view name) {
    TRY_ASSIGN(const IndexReader* reader, index(Database::builtin));
    if (reader == nullptr) return false;
    auto found = reader->find(name);
    if (!found)
        return std::unexpected(in_database(Database::builtin, std::move(found).error()));
    return found->has_value();
}

Status Catalog::for_each(Database database, const IndexReader::Visitor& visit) {
    TRY_ASSIGN(const IndexReader* reader, index(database));
    if (reader == nullptr) return {};
    auto done = reader->for_each(visit);
    if (!done) return std::unexpected(in_database(database, std::move(done).error()));
    return {};
}

Result<const std::vector<BuiltinInfoEntry>*> Catalog::builtin_modinfo() {
    if (!builtin_modinfo_) {
        const std::string path = cat(options_.directory, "/modules.builtin.modinfo");
        auto read = std::make_unique<BuiltinModinfo>();
        TRY_ASSIGN(read->text, root_.read_file(path, kMaxTextDatabase));
        BuiltinModinfoFile file = parse_builtin_modinfo(read->text);
        for (const std::string& remark : file.remarks)
            messages_.message(Priority::error,
                              cat(root_.display(path), ": ", remark, "; skipped"));
        read->entries = std::move(file.entries);
        builtin_modinfo_ = std::move(read);
    }
    return &builtin_modinfo_->entries;
}

}  // namespace kmodpp
