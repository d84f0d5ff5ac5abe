// SPDX-License-Identifier: LGPL-2.1-or-later
// Which source finds a name, and which modules it returns.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "plan/resolver.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {

using Names = std::vector<std::string>;

/// "SOURCE: MODULE (ALIAS)" of each module that was found for the name.
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

TEST_CASE("look_up: only the first source that knows a name is used") {
    // At first every source knows the name; each round removes the one that was used.
    const struct {
        NameSource source;
        std::string_view module;  ///< empty: the name itself
    } order[] = {{NameSource::config_alias, "m1"}, {NameSource::module_name, ""},
                 {NameSource::symbol, "m3"},       {NameSource::command, ""},
                 {NameSource::module_alias, "m5"}, {NameSource::builtin_name, ""},
                 {NameSource::builtin_alias, "m7"}};
    for (const std::string name : {"symbol:x", "x"}) {
        // A module name has no colon, and symbols are only looked up by "symbol:NAME".
        const bool is_symbol = name != "x";
        for (std::size_t first = 0; first < std::size(order); ++first) {
            const NameSource source = order[first].source;
            if (source == (is_symbol ? NameSource::module_name : NameSource::symbol))
                continue;
            ModuleDirectory modules;
            if (first <= 0) modules.files().write("etc/modprobe.d/1.conf", "alias *x m1");
            if (first <= 1 && !is_symbol) modules.dep({"kernel/x.ko:"});
            if (first <= 2) modules.index("modules.symbols.bin", {{name, "m3"}});
            if (first <= 3)
                modules.files().write("etc/modprobe.d/2.conf",
                                      cat("remove ", name, " true"));
            if (first <= 4) modules.index("modules.alias.bin", {{"*x", "m5"}});
            if (first <= 5) modules.index("modules.builtin.bin", {{name, ""}});
            modules.index("modules.builtin.alias.bin", {{"*x", "m7"}});
            Catalog catalog = modules.catalog();
            CAPTURE(name);
            CAPTURE(first);
            const auto answer = look_up(catalog, name);
            REQUIRE(answer.has_value());
            REQUIRE(answer->size() == 1);
            const bool by_name = order[first].module.empty();
            CHECK(answer->front().source == source);
            CHECK(answer->front().name == (by_name ? name : order[first].module));
            CHECK(answer->front().alias == (by_name ? "" : name));
        }
    }
}

TEST_CASE("look_up: normalises names as the databases do") {
    ModuleDirectory modules;
    modules.config(
        "alias my-card[a-c] snd-pcm\ninstall only-here true\n"
        "forbid never-here\ninstall never-here /bin/false\n");
    modules.dep({"kernel/snd-pcm.ko:"});
    modules.index("modules.symbols.bin",
                  {{"symbol:a-b", "odd"}, {"symbol:c_d", "plain"}});
    modules.index("modules.alias.bin",
                  {{"pci:v*", "second"}, {"pci:v1", "third"}, {"pci:v?", "second"}});
    modules.index("modules.builtin.bin", {{"net_core", ""}});
    Catalog catalog = modules.catalog();
    CHECK(found(catalog, "snd-pcm") == Names{"modules.dep: snd_pcm"});
    CHECK(found(catalog, "snd_pcm") == Names{"modules.dep: snd_pcm"});
    CHECK(found(catalog, "my-cardb") ==
          Names{"alias lines of the configuration: snd_pcm (my_cardb)"});
    CHECK(found(catalog, "symbol:a-b") == Names{});
    CHECK(found(catalog, "symbol:a_b") == Names{});
    CHECK(found(catalog, "symbol:c-d") == Names{"modules.symbols: plain (symbol:c_d)"});
    CHECK(found(catalog, "only_here") ==
          Names{"install and remove lines of the configuration: only_here"});
    CHECK(found(catalog, "only_her*") == Names{});
    CHECK(found(catalog, "never_here") == Names{});
    CHECK(found(catalog, "net-core") == Names{"modules.builtin: net_core"});
    CHECK(found(catalog, "pci:v1") ==
          Names{"modules.alias: second (pci:v1)", "modules.alias: third (pci:v1)"});
    const auto matches = find_matches(catalog, "pci:v1").value();
    REQUIRE(matches.size() == 3);
    CHECK(matches[2].name == "second");
    CHECK(matches[2].pattern == "pci:v?");
}

TEST_CASE("look_up: a name that is in no database is not found") {
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

TEST_CASE("look_up: a damaged database is an error if it has to be searched") {
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
    CHECK(to_string(NameSource::config_alias) == "alias lines of the configuration");
    CHECK(to_string(NameSource::module_alias) == "modules.alias");
    CHECK(to_string(NameSource::path) == "path");
}

TEST_CASE("look_up: returns the line or the pattern that led to a module") {
    ModuleDirectory modules;
    modules.config("# mine\nalias my-* one\ninstall only-here true\n");
    modules.index("modules.symbols.bin", {{"symbol:a_b", "odd"}});
    modules.index("modules.alias.bin",
                  {{"pci:v*d[0-9]*", "first"}, {"pci:v1d2", "third"}});
    modules.index("modules.builtin.alias.bin", {{"net*", "unix"}});
    Catalog catalog = modules.catalog();
    const struct {
        std::string_view name;
        Names expected;  ///< PATTERN, a blank, and the last character of the origin
    } rows[] = {
        {"my-card", {"my_* 2"}}, {"symbol:a-b", {"symbol:a_b "}},
        {"only-here", {" 3"}},   {"pci:v1d2", {"pci:v*d[0-9]* ", "pci:v1d2 "}},
        {"net-pf-1", {"net* "}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Names lines;
        const auto found = look_up(catalog, row.name).value();
        for (const NamedModule& module : found) {
            const std::string origin = module.origin.describe();
            lines.push_back(cat(module.pattern, " ",
                                origin.substr(origin.empty() ? 0 : origin.size() - 1)));
        }
        CHECK(lines == row.expected);
    }
}

TEST_CASE("trace_name: lists the sources that were searched until one knew the name") {
    ModuleDirectory modules;
    modules.dep({"kernel/snd-pcm.ko:"});
    modules.index("modules.builtin.bin", {{"net_core", ""}});
    Catalog catalog = modules.catalog();
    const auto asked = [&](std::string_view name) {
        const auto trace = trace_name(catalog, name);
        REQUIRE(trace.has_value());
        Names lines;
        for (const AskedSource& source : trace->asked)
            lines.push_back(cat(to_string(source.source), " ", source.answers,
                                source.there ? "" : " (not there)"));
        return lines;
    };
    const std::string config = "alias lines of the configuration 0";
    const std::string commands = "install and remove lines of the configuration 0";
    CHECK(asked("snd-pcm") == Names{config, "modules.dep 1"});
    CHECK(asked("net-core") == Names{config, "modules.dep 0", commands,
                                     "modules.alias 0 (not there)", "modules.builtin 1"});
    CHECK(asked("symbol:x") == Names{config, "modules.dep 0",
                                     "modules.symbols 0 (not there)", commands,
                                     "modules.alias 0 (not there)", "modules.builtin 0",
                                     "modules.builtin.alias 0 (not there)"});
    CHECK(asked("") == Names{});
    CHECK(asked("a[b") == Names{});
    CHECK(asked("/x/snd-pcm.ko.xz") == Names{});
    CHECK(trace_name(catalog, "/x/snd-pcm.ko.xz")->modules.at(0).name == "snd_pcm");
    CHECK(trace_name(catalog, "./a.ko")->modules.at(0).source == NameSource::path);
    const auto trace = trace_name(catalog, "snd-pcm");
    CHECK(trace->name == "snd-pcm");
    CHECK(trace->normalised == "snd_pcm");
    CHECK(trace->modules.size() == 1);
    CHECK(trace->asked[0].file == "");
    CHECK(trace->asked[1].file == modules.outside("/lib/modules/6.1.0/modules.dep.bin"));
    CHECK(trace->nearest == "");
}

TEST_CASE("trace_name: suggests the module with the most similar name") {
    ModuleDirectory modules;
    modules.dep(
        {"ext4.ko:", "ext2.ko:", "e1000.ko:", "nf_conntrack.ko:", "xt_TCPMSS.ko:"});
    modules.index("modules.builtin.bin", {{"unix", ""}, {"nf_contrack", ""}});
    Catalog catalog = modules.catalog();
    const struct {
        std::string name, nearest;
    } rows[] = {
        {"ext5", "ext2"},
        {"xet4", "ext4"},
        {"nf-conntrak", "nf_conntrack"},
        {"unics", "unix"},
        {"nf_contracks", "nf_contrack"},
        {"completely", ""},
        {"ex", ""},
        {std::string(3000, 'e'), ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(trace_name(catalog, row.name).value().nearest == row.nearest);
    }
}

TEST_CASE("is_module_path: accepts only names that begin like a path") {
    CHECK(is_module_path("/a/b.ko"));
    CHECK(is_module_path("./b.ko"));
    CHECK_FALSE(is_module_path("b.ko"));
    CHECK_FALSE(is_module_path("../b.ko"));
    CHECK_FALSE(is_module_path(""));
}
