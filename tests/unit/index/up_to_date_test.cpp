// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the comparison of a run's input with that of the last run.
#include "index/up_to_date.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

using namespace kmodpp;
using namespace kmodpp::index;

namespace {

constexpr std::string_view kCacheOrigin = "origin";
constexpr std::uint64_t kDigest = 7;

FactLists usual_lists() {
    FactLists lists;
    lists.exports = {{"a_fn", 1}};
    lists.needs = {{"printk", 2, false}};
    lists.aliases = {"alias"};
    lists.softdeps = {"pre: b"};
    lists.weakdeps = {"c"};
    lists.release = "6.1.0";
    return lists;
}

ModuleFacts pack(const FactLists& lists) {
    auto facts = ModuleFacts::pack(lists, 1000);
    REQUIRE(facts.has_value());
    return *std::move(facts);
}

/// A cache of one module and of a run that wrote one file.
InspectionCache some_cache(const ModuleFacts& facts) {
    std::vector<RememberedModule> modules;
    modules.push_back({"a.ko", {}, facts.view()});
    const LastRun last{kDigest, true, {{"modules.dep", 5, checksum_of("a.ko:")}}};
    const EncodedModules encoded = InspectionCache::encode_modules(modules);
    auto cache = InspectionCache::decode(
        InspectionCache::encode_head(kCacheOrigin, last, encoded) + encoded.bytes,
        kCacheOrigin);
    REQUIRE(cache.has_value());
    return *std::move(cache);
}

/// The first letters of the members that are true.
std::string letters(const Changes& changes) {
    std::string text;
    if (changes.symbols) text += 's';
    if (changes.aliases) text += 'a';
    if (changes.hints) text += 'h';
    if (changes.builtin) text += 'b';
    return text;
}

/// A module that was read again, compared with the cached one.
class Comparison {
public:
    Comparison() { files.write("modules.dep", "a.ko:"); }

    std::string changes(const FactLists& lists) const {
        const ModuleFacts old = pack(usual_lists());
        const InspectionCache cache = some_cache(old);
        std::vector<ModuleRecord> records(1);
        records[0].facts = pack(lists);
        const auto root = io::Root::open(files.string());
        REQUIRE(root.has_value());
        return letters(changes_since(cache, digest,
                                     {{"/a.ko", "/a.ko", path, "a", false, {}}}, records,
                                     *root, ""));
    }

    test::TemporaryDirectory files;
    std::uint64_t digest = kDigest;
    std::string path = "a.ko";
};

}  // namespace

TEST_CASE("changes_since: names the facts of a module that have changed") {
    const struct {
        std::string_view what;
        void (*change)(FactLists&);
        std::string_view changes;
    } rows[] = {
        {"nothing", [](FactLists&) {}, ""},
        {"an export", [](FactLists& lists) { lists.exports[0].name = "b_fn"; }, "s"},
        {"another export",
         [](FactLists& lists) {
             lists.exports.push_back({"b_fn", 1});
         },
         "s"},
        {"a needed symbol", [](FactLists& lists) { lists.needs.clear(); }, "s"},
        {"a name that moves from needs to exports",
         [](FactLists& lists) {
             lists.needs.clear();
             lists.exports.push_back({"printk", 2});
         },
         "s"},
        {"a CRC, which no database contains",
         [](FactLists& lists) { lists.needs[0].crc = 3; }, ""},
        {"an alias", [](FactLists& lists) { lists.aliases[0] = "other"; }, "a"},
        {"a softdep", [](FactLists& lists) { lists.softdeps.clear(); }, "h"},
        {"a weakdep", [](FactLists& lists) { lists.weakdeps[0] = "d"; }, "h"},
        {"the release", [](FactLists& lists) { lists.release = "6.2.0"; }, ""},
        {"an alias and an export",
         [](FactLists& lists) {
             lists.aliases.clear();
             lists.exports.clear();
         },
         "sa"},
    };
    for (const auto& [what, change, changes] : rows) {
        CAPTURE(what);
        FactLists lists = usual_lists();
        change(lists);
        CHECK(Comparison().changes(lists) == changes);
    }
}

TEST_CASE("changes_since: everything has changed if the last run cannot be compared") {
    const struct {
        std::string_view what;
        void (*change)(Comparison&);
    } rows[] = {
        {"other modules or lists", [](Comparison& run) { run.digest = kDigest + 1; }},
        {"a module that is not cached", [](Comparison& run) { run.path = "b.ko"; }},
        {"a damaged database",
         [](Comparison& run) { run.files.write("modules.dep", "b.ko:"); }},
        {"a missing database",
         [](Comparison& run) {
             boost::filesystem::remove(run.files.path() / "modules.dep");
         }},
    };
    for (const auto& [what, change] : rows) {
        CAPTURE(what);
        Comparison run;
        change(run);
        CHECK(run.changes(usual_lists()) == "sahb");
    }
}

TEST_CASE("describe_run: keeps the files of the last run that were not written again") {
    const LastRun last{kDigest, true, {{"modules.dep", 1, 2}, {"modules.alias", 3, 4}}};
    const LastRun run =
        describe_run(kDigest, last, {{"modules.alias", "text", true}}, true);
    CHECK(run.files ==
          std::vector<WrittenFile>{{"modules.dep", 1, 2},
                                   {"modules.alias", 4, checksum_of("text")}});
}
