// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of depmod's cache of facts about modules, valid and damaged.
#include "index/inspection_cache.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/endian.hpp"
#include "base/text.hpp"

using namespace kmodpp;
using namespace kmodpp::index;

namespace {

constexpr std::string_view kOrigin = "1 8 /lib/modules/6.1.0";
constexpr std::size_t kChecksumOffset = 16, kCoveredOffset = 24, kModulesOffset = 32;

std::string some_cache() {
    FactLists lists;
    lists.exports = {{"a_fn", 1}};
    lists.aliases = {"alias"};
    const auto facts = ModuleFacts::pack(lists, 1000);
    REQUIRE(facts.has_value());
    const io::FileStamp stamp{1, 2, 3, io::FileTime(4), io::FileTime(5)};
    std::vector<RememberedModule> modules;
    modules.push_back({"kernel/a.ko", stamp, facts->view()});
    modules.push_back({"kernel/b.ko", {}, facts->view()});
    const LastRun last{7, true, {{"modules.dep", 8, 9}, {"modules.alias", 10, 11}}};
    const EncodedModules encoded = InspectionCache::encode_modules(modules);
    return InspectionCache::encode_head(kOrigin, last, encoded) + encoded.bytes;
}

/// Corrects the checksums, so that the reader has to check the contents themselves.
std::string with_checksum(std::string bytes) {
    const auto put = [&bytes](std::size_t at, std::string_view text) {
        std::string raw;
        append(raw, checksum_of(text), std::endian::little);
        bytes.replace(at, raw.size(), raw);
    };
    if (bytes.size() < kModulesOffset + 8) return bytes;
    const auto size =
        load<std::uint64_t>(as_bytes(bytes).data() + kCoveredOffset, std::endian::little);
    const std::string all = bytes;
    if (size > all.size() - kModulesOffset - 8) return bytes;
    const std::size_t head = all.size() - size;
    put(kModulesOffset, std::string_view(all).substr(head));
    const std::string covered = bytes.substr(kCoveredOffset, head - kCoveredOffset);
    put(kChecksumOffset, covered);
    return bytes;
}

}  // namespace

TEST_CASE("InspectionCache: returns what was stored") {
    const auto cache = InspectionCache::decode(some_cache(), kOrigin);
    REQUIRE(cache.has_value());
    CHECK(cache->last_run().digest == 7);
    CHECK(cache->last_run().silent);
    CHECK(cache->last_run().files ==
          std::vector<WrittenFile>{{"modules.dep", 8, 9}, {"modules.alias", 10, 11}});
    CHECK(cache->find("kernel/c.ko") == nullptr);
    const RememberedModule* const module = cache->find("kernel/a.ko");
    REQUIRE(module != nullptr);
    CHECK(module->stamp == io::FileStamp{1, 2, 3, io::FileTime(4), io::FileTime(5)});
    REQUIRE(module->facts.exports().size() == 1);
    CHECK((*module->facts.exports().begin()).name == "a_fn");
    CHECK(*module->facts.aliases().begin() == "alias");
    CHECK(cache->modules().size() == 2);
    CHECK(InspectionCache().find("kernel/a.ko") == nullptr);
    CHECK(InspectionCache().last_run().files.empty());
}

TEST_CASE("InspectionCache: reports why a file is not a usable cache") {
    const std::string good = some_cache();
    std::string other_version = good;
    ++other_version[8];
    const struct {
        std::string_view name;
        std::string bytes;
        std::string_view origin;
        std::string_view error;
    } rows[] = {
        {"empty", "", kOrigin, "not an inspection cache"},
        {"text", "modules.dep: not a cache at all", kOrigin, "not an inspection cache"},
        {"other version", with_checksum(other_version), kOrigin,
         "written by another version"},
        {"other tree", good, "1 8 /lib/modules/6.2.0",
         "written for another tree or by another program"},
        {"cut", good.substr(0, good.size() - 1), kOrigin, "damaged"},
        {"longer", good + "x", kOrigin, "damaged"},
        {"longer, checksums right", with_checksum(good + "x"), kOrigin, "malformed"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto cache = InspectionCache::decode(row.bytes, row.origin);
        REQUIRE_FALSE(cache.has_value());
        CHECK(cache.error().message == row.error);
    }
}

TEST_CASE("InspectionCache: detects every changed bit and every truncation") {
    const std::string good = some_cache();
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        // The four bytes between version and checksum are unused.
        if (at < 12 || at >= kChecksumOffset) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string bad = good;
                bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
                CHECK_FALSE(InspectionCache::decode(bad, kOrigin).has_value());
            }
        }
        CHECK_FALSE(InspectionCache::decode(good.substr(0, at), kOrigin).has_value());
    }
}

TEST_CASE("InspectionCache: damage under a correct checksum is refused or harmless") {
    const std::string good = some_cache();
    for (std::size_t at = kCoveredOffset; at < good.size(); ++at) {
        CAPTURE(at);
        CHECK_FALSE(InspectionCache::decode(with_checksum(good.substr(0, at)), kOrigin));
        for (const unsigned value : {0u, 1u, 0x7fu, 0x80u, 0xffu}) {
            std::string bad = good;
            bad[at] = static_cast<char>(value);
            const auto cache = InspectionCache::decode(with_checksum(bad), kOrigin);
            if (!cache) continue;
            for (const RememberedModule& module : cache->modules()) {
                std::size_t size = module.path.size();
                for (const ExportedSymbol symbol : module.facts.exports())
                    size += symbol.name.size();
                for (const std::string_view alias : module.facts.aliases())
                    size += alias.size();
                CHECK(size < good.size());
            }
        }
    }
}

TEST_CASE("FileStamp: is settled if a later change would be visible in it") {
    using namespace std::chrono_literals;
    using io::FileTime;
    constexpr FileTime kNow = 1000s + 1ns;
    const struct {
        std::string_view name;
        FileTime modified, changed;
        bool settled;
    } rows[] = {
        {"long ago", 10s, 20s + 1ns, true},
        {"a second ago", 999s + 1ns, 999s + 1ns, true},
        {"just now", kNow, kNow, false},
        {"a tick ago", kNow - 10ms, kNow - 10ms, false},
        {"moved here just now", 10s, kNow - 1ms, false},
        {"from the future", kNow + 10s, 20s + 1ns, false},
        {"whole seconds, a second ago", 999s, 999s, false},
        {"whole seconds, five seconds ago", 995s, 995s, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const io::FileStamp stamp{1, 1, 1, row.modified, row.changed};
        CHECK(stamp.is_settled(kNow) == row.settled);
    }
}
