// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the aliases of two releases.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/names.hpp"
#include "base/sort.hpp"
#include "format/index_reader.hpp"
#include "format/index_writer.hpp"
#include "report/release_diff.hpp"

namespace kmodpp {

namespace {

/// Names of modules; borrowed from the release.
using NameViews = std::set<std::string_view>;

/// The aliases of a release, and an index that finds the patterns that cover another
/// pattern.
class AliasTable {
public:
    struct Entry {
        std::string_view pattern;  ///< as the module states it; borrows
        NameViews modules;
    };
    /// By normalised pattern.
    using Entries = std::map<std::string, Entry, std::less<>>;

    static Result<AliasTable> make(const std::vector<ModuleContents>& modules) {
        AliasTable table;
        for (const ModuleContents& module : modules)
            for (const std::string& alias : module.aliases) {
                // depmod does not index other aliases.
                auto key = normalise_alias(alias);
                if (!key || !key_fault(alias).empty()) continue;
                auto [at, is_new] = table.entries_.try_emplace(*std::move(key));
                if (is_new) at->second.pattern = alias;
                at->second.modules.insert(module.name);
            }
        std::vector<IndexEntry> index;
        for (const auto& [key, entry] : table.entries_)
            for (const std::string_view module : entry.modules)
                index.push_back({key, module});
        TRY_ASSIGN(table.index_, write_index(std::move(index)));
        return table;
    }

    [[nodiscard]] const Entries& entries() const { return entries_; }

    [[nodiscard]] const Entry* find(std::string_view key) const {
        const auto at = entries_.find(key);
        return at == entries_.end() ? nullptr : &at->second;
    }

    /// The modules whose patterns match everything that the given pattern matches. A
    /// pattern covers another one if it matches its text: only a '*' matches a '*'.
    [[nodiscard]] Result<std::vector<std::string>> covering(std::string_view key) const {
        NameViews modules;
        // A set in brackets does not match its own text.
        if (const Entry* const same = find(key)) modules = same->modules;
        TRY_ASSIGN(const auto reader, IndexReader::open(as_bytes(index_)));
        TRY_ASSIGN(const auto matches, reader.search(key));
        for (const IndexMatch& match : matches) modules.insert(match.value);
        return std::vector<std::string>(modules.begin(), modules.end());
    }

private:
    Entries entries_;
    std::string index_;
};

/// Aliases of hardware have the form BUS:IDENTIFIERS. "devname:" names a device node.
bool is_of_device(std::string_view pattern) {
    return pattern.contains(':') && !pattern.starts_with("devname:");
}

}  // namespace

Result<std::vector<AliasChange>> compare_aliases(
    const std::vector<ModuleContents>& before, const std::vector<ModuleContents>& after) {
    TRY_ASSIGN(const auto old_table, AliasTable::make(before));
    TRY_ASSIGN(const auto new_table, AliasTable::make(after));
    std::map<std::string_view, std::string_view> patterns;  // by their normalised form
    const auto offer = [&](const AliasTable& table, const AliasTable& other) {
        for (const auto& [key, entry] : table.entries())
            if (const auto* const same = other.find(key);
                same == nullptr || same->modules != entry.modules)
                patterns.try_emplace(key, entry.pattern);
    };
    offer(old_table, new_table);
    offer(new_table, old_table);

    std::vector<AliasChange> changes;
    for (const auto& [key, pattern] : patterns) {
        AliasChange change{.pattern = std::string(pattern),
                           .of_device = is_of_device(pattern)};
        TRY_ASSIGN(change.before, old_table.covering(key));
        TRY_ASSIGN(change.after, new_table.covering(key));
        if (change.before != change.after) changes.push_back(std::move(change));
    }
    sort_by(changes, &AliasChange::pattern);
    return changes;
}

}  // namespace kmodpp
