// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz/index_model.hpp"

#include <algorithm>
#include <ranges>

#include "base/names.hpp"
#include "base/wildcard.hpp"
#include "format/index_writer.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

constexpr std::size_t kMostBytes = 1u << 16;
constexpr std::string_view kWildcards = "*?[";

/// The key as a pattern, literal up to its first wildcard.
bool matches_at(std::string_view key, std::size_t wild, std::string_view query) {
    return query.substr(0, wild) == key.substr(0, wild) &&
           wildcard_match(key.substr(wild), query.substr(wild));
}

bool must_match(std::string_view key, std::string_view query) {
    const std::size_t wild = key.find_first_of(kWildcards);
    if (wild == std::string_view::npos) return key == query;
    return wild <= query.size() && matches_at(key, wild, query);
}

/// A query with wildcards may also match wildcards of the key literally.
bool may_match(std::string_view key, std::string_view query) {
    if (key == query) return true;
    for (std::size_t at = 0; at < key.size() && at <= query.size(); ++at)
        if (kWildcards.contains(key[at]) && matches_at(key, at, query)) return true;
    return false;
}

}  // namespace

bool IndexModel::add(std::string_view key, const IndexValue& value) {
    bytes_ += key.size() + value.value.size() + 1;
    if (bytes_ > kMostBytes) return false;
    entries_[std::string(key)].push_back({std::string(value.value), value.priority});
    return true;
}

std::optional<std::string_view> IndexModel::find(std::string_view key) const {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return std::nullopt;
    return entry->second.front().text;
}

std::vector<std::string> IndexModel::keys() const {
    const auto keys = std::views::keys(entries_);
    return {keys.begin(), keys.end()};
}

void IndexModel::check_search(std::string_view query,
                              const std::vector<IndexMatch>& matches) const {
    claim(std::ranges::is_sorted(matches, {}, &IndexValue::priority),
          "matches ascend by priority");
    std::map<std::string, std::vector<Value>, std::less<>> found;
    for (const IndexMatch& match : matches)
        found[match.key].push_back({std::string(match.value), match.priority});
    for (const auto& [key, values] : found) {
        claim(may_match(key, query), "the key of a match matches the query");
        const auto entry = entries_.find(key);
        claim(entry != entries_.end(), "a match is an entry of the index");
        for (const Value& value : values)
            claim(std::ranges::find(entry->second, value) != entry->second.end(),
                  "the value of a match is one of its entry");
    }
    for (const auto& [key, values] : entries_) {
        if (!must_match(key, query)) continue;
        const auto match = found.find(key);
        claim(match != found.end(), "every matching key is found");
        claim(query.find_first_of(kWildcards) != std::string_view::npos
                  ? match->second.size() >= values.size()
                  : match->second.size() == values.size(),
              "all values of a match are found");
    }
}

bool IndexModel::is_writable() const {
    return std::ranges::all_of(entries_, [](const auto& entry) {
        return std::ranges::all_of(
                   entry.first, [](char c) { return static_cast<signed char>(c) > 0; }) &&
               std::ranges::is_sorted(entry.second, {}, &Value::priority);
    });
}

void IndexModel::check_rewritten() const {
    std::vector<IndexEntry> all;
    for (const auto& [key, values] : entries_)
        // For equal priorities the writer stores the latest entry first.
        for (const Value& value : values | std::views::reverse)
            all.push_back({key, value.text, value.priority});
    const auto written = write_index(all);
    if (!is_writable()) return;
    claim(written.has_value(), "the entries can be written");
    const ExactCopy bytes(*written);
    const auto reader = IndexReader::open(bytes.bytes());
    claim(reader.has_value(), "the written index can be opened");
    IndexModel again;
    const Status walked =
        reader->for_each([&again](std::string_view key, const IndexValue& value) {
            claim(again.add(key, value), "the written index has no additional entry");
        });
    claim(walked.has_value(), "the written index can be read completely");
    claim(again.entries_ == entries_, "the written index has the same entries");
}

}  // namespace kmodpp::test
