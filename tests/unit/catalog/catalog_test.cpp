// SPDX-License-Identifier: LGPL-2.1-or-later
// Looking up names in the databases of a module directory.
#include "catalog/catalog.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

using Names = std::vector<std::string>;

TEST_CASE(
    "Catalog: returns the path and the dependencies of a module as absolute paths") {
    ModuleDirectory modules;
    modules.dep({"kernel/a.ko.xz: kernel/b.ko /opt/c.ko",
                 "kernel/b.ko:", "/opt/snd-pcm.ko: kernel/b.ko"});
    Catalog catalog = modules.catalog();
    const auto a = catalog.find_module("a").value();
    REQUIRE(a.has_value());
    CHECK(a->name == "a");
    CHECK(a->path == "/lib/modules/6.1.0/kernel/a.ko.xz");
    CHECK(a->dependencies == Names{"/lib/modules/6.1.0/kernel/b.ko", "/opt/c.ko"});
    CHECK(catalog.find_module("b").value()->dependencies.empty());
    CHECK(catalog.find_module("snd_pcm").value()->path == "/opt/snd-pcm.ko");
    CHECK_FALSE(catalog.find_module("snd-pcm").value().has_value());
    CHECK_FALSE(catalog.find_module("").value().has_value());
}

TEST_CASE("Catalog: searches aliases by priority and knows builtin modules") {
    ModuleDirectory modules;
    modules.index("modules.alias.bin", {{"pci:*", "second"}, {"pci:v1", "third"}});
    modules.index("modules.symbols.bin", {{"symbol:foo", "provider"}});
    modules.index("modules.builtin.bin", {{"unix", ""}});
    modules.index("modules.builtin.alias.bin", {{"net-pf-1", "unix"}});
    Catalog catalog = modules.catalog();
    const auto found = [&](Database database, std::string_view query) {
        Names names;
        const auto matches = catalog.search(database, query).value();
        for (const NamedModule& match : matches)
            names.push_back(cat(match.pattern, " ", match.name));
        return names;
    };
    CHECK(found(Database::alias, "pci:v1") == Names{"pci:* second", "pci:v1 third"});
    CHECK(found(Database::symbols, "symbol:foo") == Names{"symbol:foo provider"});
    CHECK(found(Database::builtin_alias, "net-pf-1") == Names{"net-pf-1 unix"});
    CHECK(catalog.is_builtin("unix").value());
    CHECK_FALSE(catalog.is_builtin("uni").value());

    Names dumped;
    REQUIRE(catalog
                .for_each(Database::alias,
                          [&](std::string_view key, const IndexValue& value) {
                              dumped.push_back(cat(key, " ", value.value));
                          })
                .has_value());
    CHECK(dumped == Names{"pci:* second", "pci:v1 third"});
}

TEST_CASE("Catalog: a missing database is treated as an empty one") {
    ModuleDirectory modules;
    Catalog catalog = modules.catalog();
    for (const Database database : {Database::dep, Database::alias, Database::symbols,
                                    Database::builtin, Database::builtin_alias}) {
        CAPTURE(file_name(database));
        CHECK_FALSE(catalog.has(database).value());
        CHECK(catalog.search(database, "x").value().empty());
        CHECK(catalog.for_each(database, [](auto, const auto&) { FAIL("a key"); })
                  .has_value());
    }
    CHECK_FALSE(catalog.find_module("a").value().has_value());
    CHECK_FALSE(catalog.is_builtin("a").value());
}

TEST_CASE("Catalog: an empty index file of builtin modules is valid") {
    ModuleDirectory modules;
    modules.file("modules.builtin.bin", "");
    modules.file("modules.builtin.alias.bin", "");
    modules.file("modules.dep.bin", "");
    Catalog catalog = modules.catalog();
    CHECK_FALSE(catalog.is_builtin("a").value());
    CHECK(catalog.search(Database::builtin_alias, "a").value().empty());
    CHECK_FALSE(catalog.find_module("a").has_value());
}

TEST_CASE("Catalog: a damaged database is an error that names the file") {
    ModuleDirectory modules;
    const std::string good = write_index({{"a", "kernel/a.ko:", 0}}).value();
    const struct {
        std::string contents;
        std::string_view error;
    } rows[] = {
        {"ELF", "not an index: 3 bytes"},
        {good.substr(0, good.size() - 1), "node 0xc: value runs past the end"},
        {good.substr(0, 4) + std::string("\0\1\0\0", 4) + good.substr(8),
         "index version 1.0 is not 2.x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.error);
        modules.file("modules.dep.bin", row.contents);
        Catalog catalog = modules.catalog();
        const auto entry = catalog.find_module("a");
        REQUIRE_FALSE(entry.has_value());
        CHECK(entry.error().message.starts_with(
            cat(modules.outside("/lib/modules/6.1.0/modules.dep.bin"), ": ", row.error)));
        CHECK_FALSE(catalog.search(Database::dep, "a").has_value());
        CHECK_FALSE(
            catalog.for_each(Database::dep, [](auto, const auto&) {}).has_value());
        // One damaged file does not affect the others.
        CHECK_FALSE(catalog.is_builtin("a").value());
    }
    modules.file("modules.builtin.bin/x", "a directory");
    CHECK_FALSE(modules.catalog().is_builtin("a").has_value());
}

TEST_CASE("Catalog: skips damaged databases on request and reports each of them once") {
    ModuleDirectory modules;
    for (const char* const name :
         {"modules.dep.bin", "modules.builtin.bin", "modules.alias.bin"})
        modules.file(name, "damaged");
    modules.file("modules.symbols.bin", write_index({{"symbol:fn", "a", 0}}).value());
    Catalog catalog(modules.root(), modules.root(),
                    {"6.1.0", std::string(ModuleDirectory::kDirectory), {}, true}, "",
                    modules.messages());
    for (int round = 0; round < 2; ++round) {
        CHECK_FALSE(catalog.find_module("a").value().has_value());
        CHECK_FALSE(catalog.is_builtin("a").value());
        CHECK(catalog.search(Database::alias, "a").value().empty());
        CHECK(catalog.search(Database::symbols, "symbol:fn").value().size() == 1);
    }
    REQUIRE(modules.messages().lines().size() == 3);
    CHECK(modules.messages().lines()[0] ==
          cat("error: ", modules.outside("/lib/modules/6.1.0/modules.dep.bin"),
              ": not an index: 7 bytes are less than a header"));
    // A database that is asked for by name is still an error.
    CHECK_FALSE(catalog.has(Database::dep).has_value());
    CHECK_FALSE(catalog.for_each(Database::dep, [](auto, const auto&) {}).has_value());
}

TEST_CASE("Catalog: a line of modules.dep without a valid module path is damaged") {
    const struct {
        std::string_view name, line;
    } rows[] = {
        {"no path", ""},
        {"a directory", "kernel/:"},
        {"another module", "kernel/b.ko:"},
        {"no module file", "kernel/a:"},
        {"no suffix known", "kernel/a.ko.lz4:"},
        {"a dependency that is not a module file", "kernel/a.ko: kernel/b"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        ModuleDirectory modules;
        modules.index("modules.dep.bin", {{"a", std::string(row.line)}});
        const auto found = modules.catalog().find_module("a");
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error().kind == ErrorKind::malformed);
        CHECK(found.error().message.ends_with(
            cat("modules.dep.bin: the line of a is damaged: '", row.line, "'")));
    }
}

TEST_CASE("Catalog: orders rules: configuration, kernel command line, modules") {
    ModuleDirectory modules;
    modules.config("options a x=1\nsoftdep a pre: own\nfrobnicate\n");
    modules.file("modules.softdep", "# Soft dependencies\nsoftdep a pre: b\n");
    modules.file("modules.weakdep", "weakdep a c\n");
    Catalog catalog = modules.catalog("a.y=2 modprobe.blacklist=z");
    const ModprobeConfig& config = catalog.config();
    REQUIRE(config.options.size() == 2);
    CHECK(config.options[0].options == "x=1");
    CHECK(config.options[1].options == "y=2");
    REQUIRE(config.softdeps.size() == 2);
    CHECK(config.softdeps[0].names().pre == Names{"own"});
    CHECK(config.softdeps[1].origin.describe() ==
          modules.outside("/lib/modules/6.1.0/modules.softdep") + " line 2");
    CHECK(config.weakdeps.size() == 1);
    CHECK(config.blacklist.size() == 1);
    CHECK(modules.messages().lines() ==
          Names{cat("warning: ", modules.outside("/etc/modprobe.d/test.conf"),
                    " line 3: ignoring bad line starting with 'frobnicate'")});
}

TEST_CASE("Catalog: a file that others can write can only forbid modules") {
    if (::geteuid() != 0) return;  // without privileges, the owner is not checked
    ModuleDirectory modules;
    modules.config(
        "blacklist evil\ninstall worse /bin/false # no\ninstall x /bin/sh -c id\n"
        "remove x /bin/true\noptions x a=1\nalias y x\nsoftdep x pre: y\nbad\n");
    REQUIRE(::chmod(modules.outside("/etc/modprobe.d/test.conf").c_str(), 0666) == 0);
    const Catalog catalog = modules.catalog();
    const ModprobeConfig& config = catalog.config();
    REQUIRE(config.blacklist.size() == 1);
    CHECK(config.blacklist[0].module == "evil");
    REQUIRE(config.install.size() == 1);
    CHECK(config.install[0].module == "worse");
    CHECK(config.install[0].origin.line == 2);
    CHECK(config.remove.empty());
    CHECK(config.options.empty());
    CHECK(config.aliases.empty());
    CHECK(config.softdeps.empty());
    CHECK(config.remarks.empty());
    CHECK(modules.messages().count("error: ") == 1);
}

TEST_CASE("Catalog: resolves an absolute symlink to a database within the root") {
    ModuleDirectory modules;
    modules.files().write("elsewhere/dep",
                          write_index({{"a", "kernel/a.ko:", 0}}).value());
    modules.file("x", "");
    REQUIRE(::symlink("/elsewhere/dep",
                      modules.outside("/lib/modules/6.1.0/modules.dep.bin").c_str()) ==
            0);
    CHECK(modules.catalog().find_module("a").value().has_value());
}

TEST_CASE("Catalog: detects changed databases and reopens them after close_databases()") {
    ModuleDirectory modules;
    modules.dep({"a.ko:"});
    Catalog catalog = modules.catalog();
    CHECK_FALSE(catalog.databases_changed());
    CHECK(catalog.find_module("a").value().has_value());
    CHECK(catalog.search(Database::alias, "x").value().empty());
    CHECK_FALSE(catalog.databases_changed());
    const auto renew = [&](const char* name) {
        const std::string path =
            modules.outside(cat(ModuleDirectory::kDirectory, "/", name));
        REQUIRE(::rename(path.c_str(), (path + ".old").c_str()) == 0);
    };
    renew("modules.dep.bin");
    CHECK(catalog.databases_changed());
    modules.dep({"b.ko:"});
    CHECK(catalog.databases_changed());
    CHECK(catalog.find_module("a").value().has_value());
    catalog.close_databases();
    CHECK_FALSE(catalog.databases_changed());
    CHECK_FALSE(catalog.find_module("a").value().has_value());
    CHECK(catalog.find_module("b").value().has_value());
    // A database that did not exist when it was searched.
    CHECK(catalog.search(Database::alias, "x").value().empty());
    CHECK_FALSE(catalog.databases_changed());
    modules.index("modules.alias.bin", {{"x", "b"}});
    CHECK(catalog.databases_changed());
}

TEST_CASE("Catalog: detects a change of the rules in its configuration") {
    ModuleDirectory modules;
    modules.config("blacklist a\n");
    modules.file("modules.softdep", "softdep a pre: b\n");
    const Catalog catalog = modules.catalog();
    CHECK_FALSE(catalog.config_changed());
    modules.config("blacklist a\n");
    CHECK_FALSE(catalog.config_changed());
    modules.config("blacklist b\n");
    CHECK(catalog.config_changed());
    modules.config("blacklist a\n");
    CHECK_FALSE(catalog.config_changed());
    modules.files().write("etc/modprobe.d/README", "no configuration\n");
    CHECK_FALSE(catalog.config_changed());
    modules.file("modules.weakdep", "weakdep a c\n");
    CHECK(catalog.config_changed());
}
