// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/known_parameters.hpp: the parameters of a module, and what the kernel
// does with a given one.
#include "format/known_parameters.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "support/elf_builder.hpp"
#include "support/parameter_module.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;
using test::ParameterModule;

Result<KnownParameters> read_known(const std::string& file) {
    MemorySource source(as_bytes(file));
    TRY_ASSIGN(const elf::Image image, elf::Image::parse(source));
    TRY_ASSIGN(const auto info, read_modinfo(image));
    return KnownParameters::of_file(image, info);
}

/// A module that declares its parameters in .modinfo alone.
KnownParameters declared(
    const std::vector<std::pair<std::string, std::string>>& parameters,
    test::ElfTarget target = {}) {
    ElfBuilder builder(target);
    for (const auto& [name, type] : parameters)
        builder.info(type.empty() ? "parm" : "parmtype", name + ":" + type);
    return read_known(builder.build()).value();
}

std::string text_of(const KnownParameters& known, const Parameter& parameter) {
    const auto problem = known.problem("m", parameter);
    return problem ? problem->text : std::string();
}

}  // namespace

TEST_CASE("KnownParameters: names come from the parameter table, types from .modinfo") {
    ParameterModule module;
    const std::uint64_t variable = module.number<std::uint32_t>(1);
    module.add("a-level", "int", variable);
    module.add("of_driver", "", variable);
    module.add("sub.debug", "", variable);
    const auto known = read_known(module.build());
    REQUIRE(known.has_value());
    CHECK(known->find("a_level")->type == "int");
    CHECK(known->find("a_level")->name == "a-level");
    CHECK(known->find("of-driver")->type.empty());
    CHECK(known->find("sub.debug") != nullptr);
    CHECK(known->find("debug") == nullptr);
    CHECK_FALSE(known->may_have_more());
}

TEST_CASE("KnownParameters: a description alone does not declare a parameter") {
    // The effect of a misspelt name in MODULE_PARM_DESC.
    ParameterModule module;
    module.add("debug", "int", module.number<std::uint32_t>(1));
    module.describe("dbug", "the level");
    const auto known = read_known(module.build());
    REQUIRE(known.has_value());
    CHECK(known->find("dbug") == nullptr);
    CHECK(text_of(*known, {"dbug", "1"}) ==
          "m has no parameter 'dbug': it will be ignored; the nearest name is 'debug'");
}

TEST_CASE("KnownParameters: without a parameter table, .modinfo declares the names") {
    const auto known = declared({{"level", "int"}, {"text-only", ""}});
    CHECK(known.find("level") != nullptr);
    CHECK(known.find("text_only") != nullptr);
    CHECK(known.find("leve") == nullptr);
    CHECK(known.find("") == nullptr);
}

TEST_CASE("KnownParameters: knows the parameters that every module accepts") {
    const auto known = declared({{"debug", "int"}});
    const struct {
        Parameter parameter;
        std::string_view nearest;
        bool taken;
    } rows[] = {
        {{"async_probe", std::nullopt}, "", true},
        {{"async_probe", "anything"}, "", true},
        {{"dyndbg", std::nullopt}, "", true},
        {{"dyndbg", "+p"}, "", true},
        {{"m.dyndbg", "+p"}, "", true},
        {{"other.dyndbg", "+p"}, "", true},
        {{"debug", "0x10"}, "", true},
        // The kernel compares these names literally and accepts no other prefix.
        {{"async-probe", std::nullopt}, "", false},
        {{"m.sub.dyndbg", "+p"}, "", false},
        {{"m.debug", "1"}, "debug", false},
        {{"m.debgu", "1"}, "", false},
        {{"other.debug", "1"}, "", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.parameter.name);
        const auto problem = known.problem("m", row.parameter);
        CHECK(problem.has_value() != row.taken);
        if (!problem) continue;
        CHECK(problem->kind == ParameterProblem::Kind::unknown);
        CHECK(problem->nearest == row.nearest);
    }
    CHECK(
        text_of(known, {"m.debug", "1"}) ==
        "m has no parameter 'm.debug': it will be ignored; the nearest name is 'debug'");
    CHECK(text_of(declared({}), {"a", "1"}) ==
          "m has no parameters: 'a' will be ignored");
}

TEST_CASE("KnownParameters: checks values if the type is known") {
    const std::vector<std::pair<std::string, std::string>> parameters = {
        {"level", "int"}, {"size", "ulong"}, {"own", "special"}, {"free", ""}};
    const auto known = declared(parameters);
    const struct {
        Parameter parameter;
        bool taken;
    } rows[] = {
        {{"level", "12"}, true},
        {{"level", "x"}, false},
        {{"level", std::nullopt}, false},
        {{"own", "x"}, true},
        {{"free", "x"}, true},
        {{"unknown", "x"}, true},
        {{"size", "0x100000000"}, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.parameter.name);
        CHECK(known.check(row.parameter).has_value() == row.taken);
    }
    // The width of a long depends on the class of the module.
    const auto narrow = declared(parameters, {.is_64 = false});
    CHECK_FALSE(narrow.check({"size", "0x100000000"}).has_value());
}

TEST_CASE("KnownParameters: takes the limits of arrays and buffers from the table") {
    ParameterModule module;
    const std::uint64_t array =
        module.data(std::string("\3\0\0\0\4\0\0\0", 8) + std::string(24, '\0'));
    module.add("list", "array of int", array);
    const std::uint64_t buffer =
        module.data(std::string("\4\0\0\0", 4) + std::string(12, '\0'));
    module.add("text", "string", buffer);
    const auto known = read_known(module.build()).value();
    CHECK(known.check({"list", "1,2,3"}).has_value());
    CHECK(known.check({"text", "abc"}).has_value());
    const auto list = known.check({"list", "1,2,3,4"});
    REQUIRE_FALSE(list.has_value());
    CHECK(list.error().code == EINVAL);
    CHECK(text_of(known, {"list", "1,2,3,4"}) ==
          "m: parameter list: it accepts at most 3 values (array of int)");
    const auto text = known.check({"text", "abcd"});
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error().code == ENOSPC);
    CHECK(text.error().message == "parameter text: it accepts at most 3 characters");
}

TEST_CASE("KnownParameters: a builtin module may have parameters without description") {
    const std::vector<InfoEntry> info = {{"parmtype", "level:int"}};
    const auto known = KnownParameters::of_builtin(info);
    CHECK(known.find("level") != nullptr);
    CHECK(known.may_have_more());
    CHECK_FALSE(known.check({"level", "x"}).has_value());
}

TEST_CASE("KnownParameters: every truncation of a module file is an error or readable") {
    ParameterModule module;
    module.add("level", "int", module.number<std::uint32_t>(1));
    const std::string whole = module.build();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(read_known(whole.substr(0, size)).has_value());
    }
}

TEST_CASE("KnownParameters: compares shown values by the type of the parameter") {
    const auto known = declared({{"flag", "bool"},
                                 {"odd", "invbool"},
                                 {"count", "int"},
                                 {"mask", "hexint"},
                                 {"name", "charp"},
                                 {"list", "array of int"},
                                 {"own", "level"}});
    struct Row {
        std::string name;
        std::optional<std::string> given;
        std::string shown;
        std::optional<bool> expected;
    };
    for (const Row& row : std::vector<Row>{
             {"flag", "1", "Y", true},
             {"flag", "on", "Y", true},
             {"flag", std::nullopt, "Y", true},
             {"flag", "0", "Y", false},
             {"odd", "n", "N", true},
             {"count", "0x10", "16", true},
             {"count", "020", "16", true},
             {"count", "-5", "-5", true},
             {"count", "10", "16", false},
             {"mask", "255", "0x0000ff", true},
             {"name", "a b", "a b", true},
             {"name", "a", "ab", false},
             {"list", "0x1,2", "1,2", true},
             {"list", "1,2", "1,2,0,0", true},
             {"list", "1,2", "1,20", false},
             {"own", "high", "high", true},
             {"own", "high", "3", std::nullopt},
             {"own", "0x10", "16", true},
             {"own", "0x10", "17", std::nullopt},
             {"nosuch", "1", "1", std::nullopt},
         }) {
        CAPTURE(row.name);
        CAPTURE(row.shown);
        CHECK(known.shows({row.name, row.given}, row.shown) == row.expected);
    }
}

TEST_CASE("KnownParameters: an array that counts its elements is shown as given") {
    ParameterModule module;
    const std::uint64_t variable = module.number<std::uint32_t>(0);
    module.add("plain", "int", variable);
    module.describe("plain", "a number");
    const auto known = read_known(module.build());
    REQUIRE(known.has_value());
    CHECK(known->find("plain")->description == "a number");
    CHECK(known->shows({"plain", "0"}, "0,0") == false);
}
