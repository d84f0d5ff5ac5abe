// SPDX-License-Identifier: LGPL-2.1-or-later
// Which source answers for a name, and with what.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "action/resolver.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {

using Names = std::vector<std::string>;

/// "SOURCE: MODULE (ALIAS)" of each module that the name stands for.
Names found(Catalog& catalog, std::string_view name) {
    const auto modules = look_up(catalog, name);
    REQUIRE(modules.has_value());
    Names names;
    for (const NamedModule& module : *modules)
        names.push_back(
            cat(to_string(module.source), ": ", module.name,
                module.alias.empty() ? std::string() : cat(" (", module.alias, ")")));
    return names;
}

}  // namespace

TEST_CASE("look_up: the first source that knows a name answers alone") {
    // Every source knows "symbol:x"; taken away one by one, the next answers.
    const std::string name = "symbol:x";
    const struct {
        NameSource source;
        std::string module;
    } order[] = {{NameSource::config_alias, "m1"}, {NameSource::module_name, name},
                 {NameSource::symbol, "m3"},       {NameSource::command, name},
                 {NameSource::module_alias, "m5"}, {NameSource::builtin_name, name},
                 {NameSource::builtin_alias, "m7"}};
    for (std::size_t first = 0; first < std::size(order); ++first) {
        ModuleDirectory modules;
        if (first <= 0)
            modules.files().write("etc/modprobe.d/1.conf", "alias symbol:* m1");
        if (first <= 1) modules.index("modules.dep.bin", {{name, "kernel/x.ko:"}});
        if (first <= 2) modules.index("modules.symbols.bin", {{name, "m3"}});
        if (first <= 3)
            modules.files().write("etc/modprobe.d/2.conf", "remove symbol:x true");
        if (first <= 4) modules.index("modules.alias.bin", {{"symbol:?", "m5"}});
        if (first <= 5) modules.index("modules.builtin.bin", {{name, ""}});
        modules.index("modules.builtin.alias.bin", {{"*:x", "m7"}});
        Catalog catalog = modules.catalog();
        CAPTURE(first);
        const auto answer = look_up(catalog, name);
        REQUIRE(answer.has_value());
        REQUIRE(answer->size() == 1);
        CHECK(answer->front().source == order[first].source);
        CHECK(answer->front().name == order[first].module);
        CHECK(answer->front().alias == (order[first].module == name ? "" : name));
    }
}

TEST_CASE("look_up: spells names as the databases do") {
    ModuleDirectory modules;
    modules.config("alias my-card[a-c] snd-pcm\ninstall only-here true\n");
    modules.dep({"kernel/snd-pcm.ko:"});
    modules.index("modules.symbols.bin", {{"symbol:a-b", "odd"}});
    modules.index("modules.alias.bin",
                  {{"pci:v*", "second"}, {"pci:v1", "third"}, {"pci:v?", "second"}});
    modules.index("modules.builtin.bin", {{"net_core", ""}});
    Catalog catalog = modules.catalog();
    CHECK(found(catalog, "snd-pcm") == Names{"modules.dep: snd_pcm"});
    CHECK(found(catalog, "snd_pcm") == Names{"modules.dep: snd_pcm"});
    CHECK(found(catalog, "my-cardb") == Names{"configuration: snd_pcm (my_cardb)"});
    CHECK(found(catalog, "symbol:a-b") == Names{"modules.symbols: odd (symbol:a_b)"});
    CHECK(found(catalog, "symbol:a_b") == Names{});
    CHECK(found(catalog, "only_here") == Names{"configuration: only_here"});
    CHECK(found(catalog, "only_her*") == Names{});
    CHECK(found(catalog, "net-core") == Names{"modules.builtin: net_core"});
    CHECK(found(catalog, "pci:v1") == Names{"modules.alias: second (pci:v1)",
                                            "modules.alias: third (pci:v1)",
                                            "modules.alias: second (pci:v1)"});
}

TEST_CASE("look_up: names that are in no database are not found, whatever they are") {
    ModuleDirectory modules;
    modules.config("alias * anything\n");
    Catalog catalog = modules.catalog();
    CHECK(found(catalog, "") == Names{});
    CHECK(found(catalog, std::string(4097, 'a')) == Names{});
    CHECK(found(catalog, std::string(4096, 'a')).size() == 1);
    CHECK(found(catalog, "a[b") == Names{});
    CHECK(found(catalog, "a]b") == Names{});
    CHECK(found(catalog, "caf\xc3\xa9").size() == 1);
}

TEST_CASE("look_up: a damaged database on the way is an error") {
    ModuleDirectory modules;
    modules.file("modules.alias.bin", "broken");
    modules.dep({"kernel/a.ko:"});
    Catalog catalog = modules.catalog();
    CHECK(look_up(catalog, "a").has_value());
    const auto broken = look_up(catalog, "b");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().message.contains("modules.alias.bin: not an index"));
}

TEST_CASE("to_string: names every source") {
    CHECK(to_string(NameSource::config_alias) == "configuration");
    CHECK(to_string(NameSource::module_alias) == "modules.alias");
    CHECK(to_string(NameSource::path) == "path");
}

TEST_CASE("is_module_path: only what begins as a path is one") {
    CHECK(is_module_path("/a/b.ko"));
    CHECK(is_module_path("./b.ko"));
    CHECK_FALSE(is_module_path("b.ko"));
    CHECK_FALSE(is_module_path("../b.ko"));
    CHECK_FALSE(is_module_path(""));
}
