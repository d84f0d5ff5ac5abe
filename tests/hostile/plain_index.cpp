// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile/plain_index.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "format/index_reader.hpp"

namespace kmodpp::test {

namespace {

using Entries = std::vector<PlainEntry>;

/// Reads with at(), which throws past the end.
class Reading {
public:
    explicit Reading(const std::string& file) : file_(file) {}

    Entries entries;

    void node(std::uint32_t reference, std::string key) {
        std::size_t at = reference & 0x0fffffff;
        if (reference == at) return;
        if (++nodes_ > file_.size() || key.size() > file_.size())
            throw std::out_of_range("in circles");
        if ((reference & 0x80000000) != 0) key += text(at);
        std::vector<std::pair<char, std::uint32_t>> children;
        if ((reference & 0x20000000) != 0) {
            const auto first = static_cast<unsigned char>(file_.at(at));
            const auto last = static_cast<unsigned char>(file_.at(at + 1));
            at += 2;
            for (unsigned byte = first; byte <= last; ++byte)
                children.emplace_back(static_cast<char>(byte), number(at));
        }
        if ((reference & 0x40000000) != 0)
            for (std::uint32_t left = number(at); left > 0; --left) {
                const std::uint32_t priority = number(at);
                entries.push_back({key, priority, text(at)});
            }
        for (const auto& [byte, child] : children) node(child, key + byte);
    }

    std::uint32_t number(std::size_t& at) const {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i)
            value = value << 8 | static_cast<unsigned char>(file_.at(at++));
        return value;
    }

private:
    std::string text(std::size_t& at) const {
        std::string read;
        while (file_.at(at) != '\0') read += file_[at++];
        ++at;
        return read;
    }

    const std::string& file_;
    std::size_t nodes_ = 0;
};

using Found = std::vector<std::pair<std::uint32_t, std::string>>;

/// fnmatch(3) treats incomplete brackets and backslashes differently.
bool is_plain(std::string_view key) {
    return key.find_first_of("[]\\") == std::string_view::npos;
}

bool matches(const std::string& key, const std::string& query) {
    const std::size_t wild = key.find_first_of("*?");
    if (wild == std::string::npos) return key == query;
    return query.starts_with(key.substr(0, wild)) &&
           fnmatch(key.c_str() + wild, query.c_str() + wild, 0) == 0;
}

std::string answer_of(const IndexReader& reader, const Entries& entries,
                      const std::string& query) {
    const auto first = std::ranges::find(entries, query, &PlainEntry::key);
    if (const auto found = reader.find(query)) {
        const bool known = first != entries.end();
        if (known != found->has_value() || (known && first->value != **found))
            return cat("a look-up of '", query, "' finds something else");
    }
    if (!is_plain(query) || query.find_first_of("*?") != std::string::npos) return {};
    const auto searched = reader.search(query);
    if (!searched) return {};
    Found expected, found;
    for (const PlainEntry& entry : entries)
        if (is_plain(entry.key) && matches(entry.key, query))
            expected.emplace_back(entry.priority, entry.value);
    for (const IndexMatch& match : *searched)
        if (is_plain(match.key)) found.emplace_back(match.priority, match.value);
    std::ranges::sort(expected);
    std::ranges::sort(found);
    return expected == found ? "" : cat("a search for '", query, "' finds other values");
}

}  // namespace

std::optional<Entries> plain_index(const std::string& file) {
    Reading reading(file);
    try {
        std::size_t root = 8;
        reading.node(reading.number(root), "");
    } catch (const std::out_of_range&) {
        return std::nullopt;
    }
    return std::move(reading.entries);
}

std::string contradiction(const std::string& file,
                          const std::vector<std::string>& queries) {
    const auto reader = IndexReader::open(as_bytes(file));
    if (!reader) return {};
    Entries listed;
    const Status walked = reader->for_each([&](std::string_view key,
                                               const IndexValue& value) {
        listed.push_back({std::string(key), value.priority, std::string(value.value)});
    });
    if (!walked) return {};
    const auto entries = plain_index(file);
    if (!entries) return "what points out of the file is listed";
    if (*entries != listed) return "other entries are listed than there are";
    std::string wrong;
    for (const std::string& query : queries)
        if (wrong.empty()) wrong = answer_of(*reader, *entries, query);
    for (std::size_t i = 0; i < entries->size() && wrong.empty(); i += 97)
        wrong = answer_of(*reader, *entries, (*entries)[i].key);
    return wrong;
}

}  // namespace kmodpp::test
