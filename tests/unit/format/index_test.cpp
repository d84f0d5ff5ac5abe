// SPDX-License-Identifier: LGPL-2.1-or-later
// Indexes: the reader finds what the writer wrote, and damaged files cause errors but
// no endless loops.
#include <doctest/doctest.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/endian.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "format/index_format.hpp"
#include "format/index_reader.hpp"
#include "format/index_writer.hpp"
#include "support/exact_copy.hpp"
#include "support/small_stack.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ExactCopy;

namespace {

std::string be(std::uint32_t value) {
    std::string out;
    append(out, value, std::endian::big);
    return out;
}

std::string header(std::uint32_t root) {
    return be(0xB007F457) + be(0x00020001) + be(root);
}

std::string written(std::vector<IndexEntry> entries) {
    auto index = write_index(std::move(entries));
    REQUIRE(index.has_value());
    return *index;
}

IndexReader opened(std::string_view index) {
    auto reader = IndexReader::open(as_bytes(index));
    REQUIRE(reader.has_value());
    return *reader;
}

std::vector<std::string> values_of(const IndexReader& reader, std::string_view query) {
    const auto found = reader.search(query);
    REQUIRE(found.has_value());
    std::vector<std::string> values;
    for (const IndexValue& value : *found) values.emplace_back(value.value);
    return values;
}

std::vector<std::string> keys_of(const IndexReader& reader, std::string_view query) {
    const auto found = reader.search(query);
    REQUIRE(found.has_value());
    std::vector<std::string> keys;
    for (const IndexMatch& match : *found) keys.push_back(match.key);
    return keys;
}

/// The first error of the three ways to read: find, search, for_each; or "".
std::string fault_of(std::string_view bytes, std::string_view query = "abc") {
    const ExactCopy copy(bytes);
    const auto reader = IndexReader::open(copy.bytes());
    if (!reader) return reader.error().message;
    std::string fault;
    if (const auto found = reader->find(query); !found) fault = found.error().message;
    if (const auto found = reader->search(query); !found) fault = found.error().message;
    if (const auto all = reader->for_each([](auto, const auto&) {}); !all)
        fault = all.error().message;
    return fault;
}

const std::vector<IndexEntry> kSmall = {
    {"ab", "one", 3},       {"abc", "two", 1},  {"ab*", "three", 2},
    {"x[0-9]y", "four", 0}, {"abc", "five", 1}, {"", "root", 7},
};

}  // namespace

TEST_CASE("write_index: writes an empty index as its header alone") {
    CHECK(written({}) == header(12));
    CHECK(fault_of(written({})) == "");
    CHECK(opened(written({})).find("").value() == std::nullopt);
}

TEST_CASE("write_index: writes children before their parent, in the documented layout") {
    CHECK(written({{"abc", "v", 5}}) ==
          header(0xC000000C) + "abc\0"s + be(1) + be(5) + "v\0"s);
    CHECK(written({{"ax", "1", 0}, {"az", "2", 9}, {"a", "3", 1}}) ==
          header(0xE0000020) +                                      //
              be(1) + be(0) + "1\0"s +                              // 0x0c: "ax"
              be(1) + be(9) + "2\0"s +                              // 0x16: "az"
              "a\0xz"s + be(0x4000000C) + be(0) + be(0x40000016) +  // 0x20
              be(1) + be(1) + "3\0"s);
}

TEST_CASE("write_index: refuses invalid keys") {
    const std::string longest(kMaxNameLength, 'a');
    CHECK(write_index({{longest, "", 0}}).has_value());
    const struct {
        std::string key;
        std::string_view error;
    } rows[] = {
        {"caf\xc3\xa9", "index key 'caf\\xc3\\xa9' is not 7-bit text"},
        {"a\0b"s, "is not 7-bit text"},
        {"\x80", "is not 7-bit text"},
        {longest + "a", "is longer than 4096 bytes"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.key.size());
        const auto index = write_index({{"good", "", 0}, {row.key, "", 0}});
        REQUIRE_FALSE(index.has_value());
        CHECK(index.error().kind == ErrorKind::malformed);
        CHECK(index.error().message.find(row.error) != std::string::npos);
    }
}

TEST_CASE("IndexReader: finds random keys like a multimap") {
    std::mt19937 random(20240229);
    const auto below = [&](unsigned limit) { return random() % limit; };
    for (int round = 0; round < 40; ++round) {
        std::vector<std::string> texts;
        for (unsigned i = below(200) + 1; i > 0; --i) {
            std::string key;
            for (unsigned length = below(8); length > 0; --length)
                key += "ab*?[]\x01\x7f"[below(8)];
            texts.push_back(key);
        }
        std::multimap<std::string, std::pair<std::uint32_t, std::string>> expected;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < texts.size(); ++i) names.push_back(std::to_string(i));
        std::vector<IndexEntry> entries;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::uint32_t priority = below(4);
            entries.push_back({texts[i], names[i], priority});
            expected.emplace(texts[i], std::pair(priority, names[i]));
        }
        const std::string index = written(entries);
        const IndexReader reader = opened(index);

        std::multimap<std::string, std::pair<std::uint32_t, std::string>> dumped;
        std::string last;
        REQUIRE(reader
                    .for_each([&](std::string_view key, const IndexValue& value) {
                        CHECK(last <= key);
                        last = key;
                        dumped.emplace(
                            std::string(key),
                            std::pair(value.priority, std::string(value.value)));
                    })
                    .has_value());
        const auto sorted = [](const auto& map) {
            std::vector<std::tuple<std::string, std::uint32_t, std::string>> rows;
            for (const auto& [key, value] : map)
                rows.emplace_back(key, value.first, value.second);
            std::ranges::sort(rows);
            return rows;
        };
        CHECK(sorted(dumped) == sorted(expected));

        for (const std::string& key : texts) {
            // The lowest priority; among equals the entry that was added last.
            std::pair<std::uint32_t, std::size_t> best{UINT32_MAX, 0};
            for (std::size_t i = 0; i < entries.size(); ++i)
                if (entries[i].key == key && entries[i].priority <= best.first)
                    best = {entries[i].priority, i};
            CHECK(reader.find(key).value() == names[best.second]);
            CHECK(reader.find(key + "q").value() == std::nullopt);
        }
    }
}

TEST_CASE("IndexReader: search returns the same keys as matching each key alone") {
    std::mt19937 random(7);
    std::vector<std::string> keys, names;
    for (int i = 0; i < 300; ++i) {
        std::string key;
        for (unsigned length = random() % 7; length > 0; --length)
            key += "aabb*?"[random() % 6];
        if (i % 7 == 0) key += "[ab]";
        keys.push_back(key);
        names.push_back(std::to_string(i));
    }
    std::vector<IndexEntry> entries;
    for (std::size_t i = 0; i < keys.size(); ++i)
        entries.push_back({keys[i], names[i], static_cast<std::uint32_t>(i)});
    const std::string index = written(entries);
    const IndexReader reader = opened(index);
    for (int i = 0; i < 300; ++i) {
        std::string query;
        for (unsigned length = random() % 9; length > 0; --length)
            query += "ab"[random() % 2];
        std::vector<std::string> expected, patterns;
        for (std::size_t k = 0; k < keys.size(); ++k) {
            if (!wildcard_match(keys[k], query)) continue;
            expected.push_back(names[k]);
            patterns.push_back(keys[k]);
        }
        CAPTURE(query);
        CHECK(values_of(reader, query) == expected);
        CHECK(keys_of(reader, query) == patterns);
    }
}

TEST_CASE("IndexReader: search orders by priority, and equals from last to first") {
    const std::string index = written({{"pci:v*", "late", 9},
                                       {"pci:v1", "older", 4},
                                       {"pci:v1", "newer", 4},
                                       {"pci:v?", "first", 1},
                                       {"pci:v[0-9]", "set", 2},
                                       {"pci:v2", "other", 0}});
    const IndexReader reader = opened(index);
    using Values = std::vector<std::string>;
    CHECK(values_of(reader, "pci:v1") ==
          Values{"first", "set", "older", "newer", "late"});
    CHECK(values_of(reader, "pci:v") == Values{"late"});
    CHECK(values_of(reader, "pci:vx") == Values{"first", "late"});
    CHECK(values_of(reader, "pci") == Values{});
    CHECK(values_of(reader, "") == Values{});
    CHECK(reader.find("pci:v1").value() == "newer");
    CHECK(reader.find("pci:v*").value() == "late");
}

TEST_CASE("IndexReader: does not find a key that ends inside a prefix") {
    const std::string index = written({{"abcdef", "1", 0}, {"abcxyz", "2", 0}});
    const IndexReader reader = opened(index);
    for (const std::string_view key : {"", "a", "abc", "abcd", "abcde", "abcdefg", "b"}) {
        CAPTURE(key);
        CHECK(reader.find(key).value() == std::nullopt);
        CHECK(values_of(reader, key).empty());
    }
    CHECK(reader.find("abcdef").value() == "1");
}

TEST_CASE("IndexReader: nested patterns are not mistaken for a loop") {
    std::vector<std::string> keys;
    for (std::size_t i = 1; i <= 300; ++i) keys.emplace_back(i, '*');
    std::vector<IndexEntry> entries;
    for (const std::string& key : keys) entries.push_back({key, "m", 0});
    const std::string index = written(entries);
    const IndexReader reader = opened(index);
    CHECK(values_of(reader, "").size() == keys.size());
    CHECK(values_of(reader, "abc").size() == keys.size());
    CHECK(values_of(reader, std::string(300, '*')).size() >= keys.size());
}

TEST_CASE("IndexReader: refuses files that are not an index") {
    const struct {
        std::string_view name;
        std::string bytes;
        ErrorKind kind;
        std::string_view error;
    } rows[] = {
        {"no bytes", "", ErrorKind::malformed, "0 bytes are less than a header"},
        {"half a header", header(12).substr(0, 11), ErrorKind::malformed,
         "11 bytes are less"},
        {"magic", be(0xB007F458) + be(0x20001) + be(12), ErrorKind::malformed,
         "magic is 0xb007f458 instead of 0xb007f457"},
        {"version 3.0", be(0xB007F457) + be(0x30000) + be(12), ErrorKind::unsupported,
         "index version 3.0 is not 2.x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto reader = IndexReader::open(as_bytes(row.bytes));
        REQUIRE_FALSE(reader.has_value());
        CHECK(reader.error().kind == row.kind);
        CHECK(reader.error().message.find(row.error) != std::string::npos);
    }
    CHECK(fault_of(be(0xB007F457) + be(0x0002ffff) + be(12)) == "");
}

TEST_CASE("IndexReader: names the damaged node") {
    const std::string loop = "\0\x61\x61"s;
    const struct {
        std::string_view name;
        std::string bytes;
        std::string_view error;
    } rows[] = {
        {"root past the end", header(0x80000FFF), "node 0xfff: lies outside the file"},
        {"root in the header", header(0x80000004) + "abc\0"s,
         "node 0x4: lies outside the file"},
        {"open prefix", header(0x8000000C) + "abc", "node 0xc: prefix is not terminated"},
        {"no child range", header(0x2000000C) + "a", "node 0xc: child range runs past"},
        {"child table past the end", header(0x2000000C) + "ab" + be(0) + "xyz",
         "node 0xc: child range runs past"},
        {"range upside down", header(0x2000000C) + "ba" + be(0) + be(0),
         "child range 98..97 is not a range"},
        {"range beyond ASCII", header(0x2000000C) + "a\x80" + std::string(256, '\0'),
         "child range 97..128 is not a range"},
        {"child outside", header(0x2000000C) + "aa" + be(0x80000400),
         "node 0x400: lies outside the file"},
        {"no count", header(0x4000000C) + "\0\0\0"s, "value count runs past"},
        {"count too high", header(0x4000000C) + be(0xFFFFFFFF) + be(0) + "v\0"s,
         "values run past the end of the file"},
        {"open value", header(0x4000000C) + be(1) + be(0) + "value",
         "value runs past the end of the file"},
        {"node within itself", header(0x2000000C) + "aa" + be(0x2000000C), "loops"},
        {"a cycle of empty prefixes", header(0xA000000C) + loop + be(0xA000000C),
         "loops"},
        {"child with a wildcard within itself",
         header(0x2000000C) + "**" + be(0x2000000C), "loops"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const std::string fault = fault_of(row.bytes, "");
        CAPTURE(fault);
        CHECK(fault.find(row.error) != std::string::npos);
        CHECK(fault.starts_with("node 0x"));
    }
}

TEST_CASE("IndexReader: a chain deeper than any key is an error") {
    // One node for each byte of a key, each with one child.
    std::string bytes = header(0x2000000C);
    for (std::uint32_t i = 1; i <= 6000; ++i) bytes += "aa" + be(0x2000000C + 6 * i);
    bytes += "aa" + be(0);
    CHECK(fault_of(bytes).find("key is longer than 4096 bytes") != std::string::npos);
    bytes[12] = bytes[13] = '*';
    const IndexReader reader = opened(bytes);
    CHECK(reader.search("x").value().empty());  // no longer key can match
    const auto found = reader.search(std::string(5000, 'a'));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message.find("key is longer") != std::string::npos);
}

TEST_CASE("IndexReader: overlapping nodes and shared children take linear time") {
    // Every node has 128 children that are all the next node: 128^100 paths.
    std::string bytes = header(0x2000000C);
    constexpr std::uint32_t kSize = 2 + 4 * 128;
    for (std::uint32_t i = 1; i <= 100; ++i) {
        bytes += "\0\x7f"s;
        for (int child = 0; child < 128; ++child)
            bytes += be((i == 100 ? 0 : 0x2000000C) + (i == 100 ? 0 : kSize * i));
    }
    CHECK(fault_of(bytes, "xyz").find("loops") != std::string::npos);
}

TEST_CASE("IndexReader: a value shared by many nodes is returned once, without copies") {
    // 26 * 26 paths lead to one value of 1 MiB; a list of copies would take 676 MiB.
    constexpr std::uint32_t kSize = 2 + 4 * 26;
    std::string bytes = header(0x2000000C);
    for (const std::uint32_t next : {0x2000000C + kSize, 0x4000000C + 2 * kSize}) {
        bytes += "az";
        for (int child = 0; child < 26; ++child) bytes += be(next);
    }
    constexpr std::size_t kLength = 1u << 20;
    bytes += be(1) + be(0) + std::string(kLength, 'v') + '\0';
    CHECK(fault_of(bytes).find("loops") != std::string::npos);
    CHECK(opened(bytes).find("ab").value()->size() == kLength);
    CHECK(opened(bytes).search("ab").value().size() == 1);
}

TEST_CASE("IndexReader: patterns with many repetitions do not slow down the search") {
    std::vector<std::string> keys;
    for (int i = 0; i < 200; ++i)
        keys.push_back("*" + std::string(2000, 'a') + "b" + std::to_string(i));
    std::vector<IndexEntry> entries;
    for (const std::string& key : keys) entries.push_back({key, "m", 0});
    const std::string index = written(entries);
    CHECK(values_of(opened(index), std::string(4000, 'a')).empty());
    CHECK(values_of(opened(index), std::string(2100, 'a') + "b7").size() == 1);
    CHECK(values_of(opened(index), "pci:v1").empty());
}

TEST_CASE("IndexReader: patterns match as fnmatch does") {
    std::mt19937 random(480);
    std::vector<std::string> keys;
    for (int i = 0; i < 480; ++i) {
        std::string key = i % 3 == 0 ? "pci:v" : "usb:";
        for (unsigned length = random() % 9; length > 0; --length) {
            constexpr std::string_view kPieces[] = {
                "0", "1", "A", "*", "?", "*d", "sv", "i", "[01]", "[!A]", "[A-C]", "\\*"};
            key += kPieces[random() % std::size(kPieces)];
        }
        // Before the first wildcard of a key, a backslash is an ordinary character.
        if (key.find('\\') < key.find_first_of("*?[")) key.erase(key.find('\\'), 1);
        keys.push_back(key);
    }
    std::vector<IndexEntry> entries;
    for (const std::string& key : keys)
        entries.push_back({key, key, static_cast<std::uint32_t>(entries.size())});
    const std::string index = written(entries);
    const IndexReader reader = opened(index);
    std::size_t matches = 0;
    for (int i = 0; i < 450; ++i) {
        std::string name = i % 3 == 0 ? "pci:v" : "usb:";
        for (unsigned length = random() % 9; length > 0; --length)
            name += "01ABdsvi"[random() % 8];
        std::vector<std::string> expected;
        for (const std::string& key : keys)
            if (::fnmatch(key.c_str(), name.c_str(), 0) == 0) expected.push_back(key);
        matches += expected.size();
        CAPTURE(name);
        REQUIRE(keys_of(reader, name) == expected);
    }
    CHECK(matches > 1000);
}

namespace {

/// Counts the bytes that are read.
class CountingIndex final : public ByteSource {
public:
    explicit CountingIndex(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override {
        if (!in_range(offset, size, bytes_.size()) || offset + size > kept_)
            return fail(ErrorKind::malformed, "truncated");
        asked_ += size;
        return as_bytes(bytes_).subspan(offset, size);
    }
    /// Makes every byte from offset `size` on unreadable.
    void cut(std::uint64_t size) { kept_ = size; }
    [[nodiscard]] std::uint64_t asked() const { return std::exchange(asked_, 0); }

private:
    std::string_view bytes_;
    std::uint64_t kept_ = UINT64_MAX;
    mutable std::uint64_t asked_ = 0;
};

}  // namespace

TEST_CASE("IndexReader: reads only the nodes on the path of a query") {
    // 40,000 ACPI keys and one more, each with a wildcard in the middle.
    std::vector<std::string> keys{"acpi*:PNP0303:*"};
    for (unsigned i = 0; i < 40'000; ++i)
        keys.push_back("acpi*:" + hex(0x10000 + i).substr(2) + ":*");
    std::vector<IndexEntry> entries;
    for (const std::string& key : keys) entries.push_back({key, "m", 0});
    const std::string index = written(entries);
    CountingIndex source(index);
    const auto reader = IndexReader::open(source);
    REQUIRE(reader.has_value());
    CHECK(reader->search("acpi:PNP0303:")->size() == 1);
    CHECK(source.asked() < 8192);
    CHECK(reader->search("acpi:13579:PNP0303:")->size() == 2);
    CHECK(source.asked() < 16384);
    CHECK(reader->find(keys.back()).value() == "m");
    CHECK(source.asked() < 8192);
}

TEST_CASE("IndexReader: dumps a source as it dumps memory, and reads it at most twice") {
    std::vector<std::string> keys;
    for (unsigned i = 0; i < 20'000; ++i)
        keys.push_back("usb:v" + hex(0x10000 + i * 7919 % 50'000).substr(3) + "p*");
    keys.push_back("long");
    std::vector<IndexEntry> entries;
    for (const std::string& key : keys) entries.push_back({key, "module", 1});
    const std::string larger_than_window(200'000, 'v');
    entries.back().value = larger_than_window;
    // Siblings in a random order, after their parent.
    std::vector<std::uint32_t> order(128);
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::shuffle(order, std::mt19937(1));
    std::string table(4 * order.size(), '\0');
    std::string shuffled;
    constexpr std::uint32_t kAfterTable = 12 + 2 + 4 * 128;
    for (const std::uint32_t child : order) {
        const auto offset = static_cast<std::uint32_t>(kAfterTable + shuffled.size());
        table.replace(4 * child, 4, be(offset | 0x40000000));
        shuffled += be(1) + be(child) + std::string(2000, 's') + '\0';
    }
    for (const std::string& index :
         {written(entries), header(12 | 0x20000000) + "\0\x7f"s + table + shuffled}) {
        const auto dump = [](const IndexReader& reader) {
            std::vector<std::tuple<std::string, std::string, std::uint32_t>> all;
            REQUIRE(reader.for_each([&](std::string_view key, const IndexValue& value) {
                all.emplace_back(key, value.value, value.priority);
            }));
            return all;
        };
        CountingIndex source(index);
        const auto reader = IndexReader::open(source);
        REQUIRE(reader.has_value());
        CHECK(dump(*reader) == dump(opened(index)));
        CHECK(source.asked() < 2 * index.size() + (64u << 10));
    }
}

TEST_CASE("IndexReader: reads long prefixes and values from a source") {
    const std::string long_key(4000, 'k'), long_value(100'000, 'v');
    const std::string index =
        written({{long_key + "*", long_value, 1}, {long_key + "1", "one", 0}});
    CountingIndex source(index);
    const auto reader = IndexReader::open(source);
    REQUIRE(reader.has_value());
    CHECK(reader->find(long_key + "*").value() == long_value);
    const auto found = reader->search(long_key + "1");
    REQUIRE(found.has_value());
    REQUIRE(found->size() == 2);
    CHECK(found->at(0).value == "one");
    CHECK(found->at(1).value == long_value);
    std::vector<std::string> dumped;
    REQUIRE(reader->for_each([&](std::string_view key, const IndexValue& value) {
        dumped.push_back(std::string(key) + " " + std::string(value.value));
    }));
    CHECK(dumped == std::vector{long_key + "* " + long_value, long_key + "1 one"});
    for (const std::size_t size : {0, 11, 100, 5000}) {
        source.cut(size);
        CHECK_FALSE(reader->find(long_key + "*"));
        CHECK_FALSE(reader->search(long_key + "1"));
        CHECK_FALSE(reader->for_each([](auto, const auto&) {}));
        CHECK(IndexReader::open(source).has_value() == (size >= 12));
    }
}

TEST_CASE("index: 4,096 nested keys need no more stack than one") {
    // Each key is a prefix of the next one.
    for (const char letter : {'a', '*'}) {
        std::vector<std::string> keys;
        for (std::size_t i = 1; i <= kMaxNameLength; ++i) keys.emplace_back(i, letter);
        std::vector<IndexEntry> entries;
        for (const std::string& key : keys) entries.push_back({key, "m", 0});
        std::size_t found = 0, dumped = 0;
        REQUIRE(test::with_small_stack([&] {
            const auto index = write_index(entries);
            if (!index) return;
            const auto reader = IndexReader::open(as_bytes(*index));
            if (const auto matches = reader->search(keys.back())) found = matches->size();
            if (!reader->for_each([&](auto, const auto&) { ++dumped; })) dumped = 0;
        }));
        CAPTURE(letter);
        CHECK(found >= (letter == 'a' ? 1 : keys.size()));
        CHECK(dumped == keys.size());
    }
}

TEST_CASE("IndexReader: every truncation is an error") {
    const std::string whole = written(kSmall);
    CHECK(fault_of(whole) == "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(fault_of(whole.substr(0, size)) != "");
    }
}

TEST_CASE("IndexReader: survives any single changed byte") {
    const std::string whole = written(kSmall);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned char value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
            std::string changed = whole;
            changed[at] = static_cast<char>(value);
            for (const std::string_view query : {"", "abc", "x5y"})
                refused += !fault_of(changed, query).empty();
        }
    }
    CHECK(refused > 0);
    CHECK(refused < whole.size() * 15);
}
