// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the index writer, and compares the index with a list of its entries.
//
//   query NEWLINE (key TAB value NEWLINE priority byte)…
#include <algorithm>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/index_reader.hpp"
#include "format/index_writer.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/index_model.hpp"

namespace kmodpp::test {

namespace {

bool is_key(std::string_view key) {
    return key.size() <= kMaxNameLength && std::ranges::all_of(key, [](char c) {
               return static_cast<signed char>(c) > 0;
           });
}

}  // namespace

void fuzz_one(Bytes input) {
    Cutter cut(input);
    const std::string_view query = cut.line();
    std::vector<IndexEntry> entries;
    bool has_keys = true;
    while (!cut.at_end()) {
        std::string_view value = cut.line();
        value = value.substr(0, value.find('\0'));
        const std::string_view key = take_until(value, '\t');
        has_keys = has_keys && is_key(key);
        entries.push_back({key, value, cut.byte()});
    }
    const auto index = write_index(entries);
    claim(index.has_value() == has_keys,
          "an index is written exactly if all keys are valid");
    if (!index) return;

    const ExactCopy bytes(*index);
    const auto reader = IndexReader::open(bytes.bytes());
    claim(reader.has_value(), "the written index can be opened");
    // Newest first, then by priority: the order of the values of one key.
    std::ranges::reverse(entries);
    std::ranges::stable_sort(entries, {}, &IndexEntry::priority);
    IndexModel model;
    for (const IndexEntry& entry : entries)
        if (!model.add(entry.key, {entry.value, entry.priority})) return;
    for (const std::string& key : model.keys()) {
        const auto found = reader->find(key);
        claim(found && *found == model.find(key), "every key is found");
    }
    const auto found = reader->find(query);
    claim(found && *found == model.find(query), "find() returns the first value");
    const auto matches = reader->search(query);
    claim(matches.has_value(), "the written index can be searched");
    model.check_search(query, *matches);
    model.check_rewritten();
}

}  // namespace kmodpp::test
