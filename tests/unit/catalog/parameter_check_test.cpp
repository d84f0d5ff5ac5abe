// SPDX-License-Identifier: LGPL-2.1-or-later
// Warnings about parameters before the kernel sees them.
#include "catalog/parameter_check.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

KnownParameters declared(std::initializer_list<std::string_view> types,
                         bool is_64 = true) {
    test::ElfBuilder builder(test::ElfTarget{.is_64 = is_64});
    for (const std::string_view type : types)
        builder.info(type.contains(':') ? "parmtype" : "parm", type);
    const std::string file = builder.build();
    MemorySource source(as_bytes(file));
    const elf::Image image = elf::Image::parse(source).value();
    return KnownParameters::of_file(image, read_modinfo(image).value()).value();
}

KnownParameters usual_parameters(bool is_64 = true) {
    return declared(
        {"count:int", "flag:bool", "list:array of int", "small:byte", "on-off:invbool",
         "text:charp", "big:ulong", "driver_own:hdmi", "any", "verbosity:uint"},
        is_64);
}

std::vector<std::string> texts(std::string_view parameters, bool is_64 = true) {
    std::vector<std::string> lines;
    for (const auto& problem : check_parameters("m", parameters, usual_parameters(is_64)))
        lines.push_back(problem.text);
    return lines;
}

class ModuleOnDisk {
public:
    explicit ModuleOnDisk(const test::ElfBuilder& builder) {
        files_.write("m.ko", builder.build());
    }
    [[nodiscard]] std::vector<ParameterProblem> check(const std::string& parameters) {
        auto file = io::ModuleFile::open(root_, "m.ko");
        REQUIRE(file.has_value());
        return check_parameters("m", parameters, *file);
    }

private:
    test::TemporaryDirectory files_;
    io::Root root_ = io::Root::open(files_.string()).value();
};

}  // namespace

TEST_CASE("check_parameters: reports nothing that the kernel will accept") {
    for (const std::string_view parameters :
         {"", "count=1", "count=-0x10 flag", "flag=off list=1,2,3", "small=255",
          "on_off=n", "on-off=y", "text=\"two words\"", "big=18446744073709551615",
          "driver_own=anything", "any", "any=thing", "dyndbg=+p dyndbg", "async_probe=1",
          "other.dyndbg=1", "-- nonsense=1"}) {
        CAPTURE(parameters);
        CHECK(texts(parameters).empty());
    }
}

TEST_CASE("check_parameters: names the value that does not fit its type") {
    const struct {
        std::string_view parameters, text;
    } cases[] = {
        {"count=x", "m: parameter count: 'x' is not a valid int"},
        {"count=", "m: parameter count: '' is not a valid int"},
        {"count", "m: parameter count: needs a value"},
        {"count=2147483648", "m: parameter count: '2147483648' is out of range for int"},
        {"small=256", "m: parameter small: '256' is out of range for byte"},
        {"flag=maybe", "m: parameter flag: 'maybe' is not a valid bool"},
        {"on_off=", "m: parameter on_off: '' is not a valid invbool"},
        {"list=1,x", "m: parameter list: 'x' is not a valid int (array of int)"},
        {"big=-1", "m: parameter big: '-1' is not a valid ulong"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.parameters);
        CHECK(texts(c.parameters) == std::vector{std::string(c.text)});
    }
    CHECK(texts("big=4294967296", false) ==
          std::vector<std::string>{
              "m: parameter big: '4294967296' is out of range for ulong"});
}

TEST_CASE("check_parameters: suggests a similar name for an unknown one") {
    const struct {
        std::string_view parameters, nearest;
    } cases[] = {
        {"cuont=1", "count"},
        {"conut", "count"},
        {"fleg=1", "flag"},
        {"onoff=1", "on-off"},
        {"verbosiy=1", "verbosity"},
        {"counter=1", "count"},
        {"x=1", ""},
        {"tt=1", ""},
        {"entirely_other=1", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.parameters);
        const auto problems = check_parameters("m", c.parameters, usual_parameters());
        REQUIRE(problems.size() == 1);
        CHECK(problems[0].kind == ParameterProblem::Kind::unknown);
        CHECK(problems[0].nearest == c.nearest);
        CHECK(problems[0].text.contains("it will be ignored"));
        CHECK(problems[0].text.contains("the nearest name is") != c.nearest.empty());
    }
}

TEST_CASE("check_parameters: checks every parameter, in their order") {
    CHECK(
        texts("cuont=1 count=x \n nope=1 flag=1") ==
        std::vector<std::string>{
            "m has no parameter 'cuont': it will be ignored; the nearest name is 'count'",
            "m: parameter count: 'x' is not a valid int",
            "m has no parameter 'nope': it will be ignored"});
    const auto none = check_parameters("m", "a=1", declared({}));
    REQUIRE(none.size() == 1);
    CHECK(none[0].text == "m has no parameters: 'a' will be ignored");
}

TEST_CASE("check_parameters: escapes unprintable names") {
    const auto problems = check_parameters("m", "\x1b[2J=1", usual_parameters());
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].text == "m has no parameter '\\x1b[2J': it will be ignored");
    const std::string huge(100'000, 'a');
    CHECK(check_parameters("m", huge, usual_parameters()).at(0).text.size() < 200);
}

TEST_CASE("check_parameters: reads the declarations from the module file") {
    ModuleOnDisk module(std::move(test::ElfBuilder()
                                      .text(8)
                                      .info("parmtype", "count:int")
                                      .info("parm", "described:a callback")
                                      .this_module("m")));
    CHECK(module.check("count=1 described=x").empty());
    CHECK(module.check("count=x").at(0).type == "int");
    CHECK(module.check("cuont=1").at(0).nearest == "count");
}

TEST_CASE("check_parameters: reports nothing for a file that is not a module") {
    test::TemporaryDirectory files;
    files.write("m.ko", "no module");
    const io::Root root = io::Root::open(files.string()).value();
    auto file = io::ModuleFile::open(root, "m.ko");
    REQUIRE(file.has_value());
    CHECK(check_parameters("m", "a=1", *file).empty());
}

TEST_CASE("check_parameters: names the line that set a parameter, or the last one") {
    test::TemporaryDirectory files;
    files.write("m.ko", test::ElfBuilder().text(8).this_module("m").build());
    const io::Root root = io::Root::open(files.string()).value();
    auto file = io::ModuleFile::open(root, "m.ko");
    REQUIRE(file.has_value());
    Step step;
    step.module = "m";
    step.options = "a=1 b=2 a=1";
    step.option_sources = {
        {"a=1", {"x.conf", 3}}, {"b=2", {"command line", 0}}, {"a=1", {"y.conf", 7}}};
    const auto problems = check_parameters(step, *file);
    REQUIRE(problems.size() == 3);
    CHECK(problems[0].origin.describe() == "y.conf line 7");
    CHECK(problems[0].text.ends_with("(y.conf line 7)"));
    CHECK(problems[1].origin.describe() == "command line");
    CHECK_FALSE(problems[1].text.contains("command line"));
}

TEST_CASE("check_builtin_parameters: points to the kernel command line") {
    const std::vector<InfoEntry> info = {{"parmtype", "max:int"}};
    const auto problems = check_builtin_parameters("loop", "max=3 mux=1 max",
                                                   KnownParameters::of_builtin(info));
    REQUIRE(problems.size() == 3);
    CHECK(problems[0].kind == ParameterProblem::Kind::builtin);
    CHECK(problems[0].text ==
          "loop is built into the kernel: 'max' can only be set on the kernel "
          "command line, as loop.max=3");
    CHECK(problems[1].kind == ParameterProblem::Kind::unknown);
    CHECK(problems[2].text.ends_with("as loop.max"));
    CHECK(check_builtin_parameters("loop", "mux=1", KnownParameters::of_builtin({}))
              .at(0)
              .kind == ParameterProblem::Kind::builtin);
}

TEST_CASE("read_known_parameters: reads module files and modules.builtin.modinfo") {
    test::ModuleDirectory modules;
    modules.dep({"kernel/m.ko:"});
    modules.file("kernel/m.ko", test::ElfBuilder().info("parmtype", "level:int").build());
    {
        Catalog catalog = modules.catalog();
        CHECK(read_known_parameters(catalog, "m").value().find("level") != nullptr);
        const auto nothing = read_known_parameters(catalog, "unix").value();
        CHECK(nothing.may_have_more());
        CHECK(nothing.empty());
    }
    modules.file("modules.builtin.modinfo",
                 std::string("un-ix.parmtype=level:int\0other.parm=loud:x\0", 43));
    modules.file("kernel/m.ko", "text");
    Catalog catalog = modules.catalog();
    const auto known = read_known_parameters(catalog, "un_ix").value();
    CHECK(known.find("level") != nullptr);
    CHECK(known.find("loud") == nullptr);
    const auto damaged = read_known_parameters(catalog, "m");
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.error().message.contains("kernel/m.ko"));
}
