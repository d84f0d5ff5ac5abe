// SPDX-License-Identifier: LGPL-2.1-or-later
// The findings of the configuration check, and their severity.
#include "diagnose/config_check.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

using Lines = std::vector<std::string>;

/// Modules "net_card" (parameters level, name) and "disk", the builtin module "unix"
/// (backlog), and the alias "pci:*" of net_card.
class Kernel {
public:
    Kernel() {
        modules.dep({"kernel/net-card.ko:", "kernel/disk.ko:"});
        modules.file("kernel/net-card.ko", ElfBuilder()
                                               .info("parmtype", "level:int")
                                               .info("parmtype", "name:charp")
                                               .build());
        modules.file("kernel/disk.ko", ElfBuilder().info("license", "GPL").build());
        modules.index("modules.alias.bin", {{"pci:*", "net_card"}});
        modules.index("modules.builtin.bin", {{"unix", "unix"}});
        modules.file("modules.builtin.modinfo", "unix.parmtype=backlog:int\0"s);
    }

    /// "FILE:LINE level kind: text" of each finding; files are named as in modprobe.d.
    Lines check(std::string_view config, std::string_view command_line = {}) {
        modules.config(config);
        Catalog catalog = modules.catalog(command_line);
        const auto report = check_config(catalog);
        REQUIRE(report.has_value());
        files = report->files;
        Lines lines;
        for (const ConfigFinding& finding : report->findings) {
            std::string line =
                finding.origin.empty()
                    ? ""
                    : cat(base_name(finding.origin.file), ":", finding.origin.line, " ");
            line += cat(to_string(finding.level), " ", to_string(finding.kind), ": ",
                        finding.text);
            for (const std::string prefix = modules.outside("/"); line.contains(prefix);)
                line.erase(line.find(prefix), prefix.size());
            lines.push_back(line);
        }
        return lines;
    }

    ModuleDirectory modules;
    std::size_t files = 0;
};

struct Row {
    std::string config;
    Lines expected;
};

void check_rows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.config);
        Kernel kernel;
        CHECK(kernel.check(row.config) == row.expected);
    }
}

}  // namespace

TEST_CASE("check_config: warns of blacklist lines that do not keep a module away") {
    Kernel kernel;
    kernel.modules.dep({"kernel/net-card.ko: kernel/disk.ko",
                        "kernel/disk.ko:", "kernel/raid.ko: kernel/disk.ko"});
    const Lines needed = {
        "test.conf:1 warning needed: 'disk' is needed by net_card and raid: it is loaded "
        "anyway; 'forbid disk' prevents that"};
    CHECK(kernel.check("blacklist disk\n") == needed);
    CHECK(kernel.check("blacklist raid\nweakdep net-card raid\n") ==
          Lines{"test.conf:1 warning needed: 'raid' is named in "
                "etc/modprobe.d/test.conf line 2: it is loaded anyway; 'forbid raid' "
                "prevents that"});
    CHECK(kernel.check("blacklist disk\nforbid disk\n") ==
          Lines{"test.conf:2 note needed: 'disk' is needed by net_card and raid, which "
                "cannot be loaded either"});
    CHECK(kernel.check("blacklist raid\nblacklist net-card\n") == Lines{});
}

TEST_CASE("check_config: reports forbid lines without effect, and what they disable") {
    check_rows({
        {"forbid disk\ninstall disk /bin/false\n", {}},
        {"forbid *\ninstall * /bin/false\n", {}},
        {"forbid disk\nforbid disk again\n",
         {"test.conf:2 note overridden: 'disk' is already forbidden in "
          "etc/modprobe.d/test.conf line 1"}},
        {"forbid unix\n",
         {"test.conf:1 warning no_effect: 'unix' is built in: only initcall_blacklist= "
          "on "
          "the kernel command line keeps it from starting"}},
        {"forbid pci:1\n",
         {"test.conf:1 warning no_effect: 'pci:1' is an alias: a forbid line must name "
          "the module"}},
        {"forbid dusk\n",
         {"test.conf:1 note unknown_module: no module or alias 'dusk' in this kernel"}},
        {"forbid disk slow\ninstall disk run\n",
         {"test.conf:2 warning overridden: it never runs: disk is forbidden in "
          "etc/modprobe.d/test.conf line 1: slow"}},
        // The line for other versions of kmod cannot be overridden separately.
        {"install * run\nforbid disk\ninstall disk /bin/false\n", {}},
    });
}

TEST_CASE("check_config: a correct configuration has no findings") {
    Kernel kernel;
    CHECK(kernel.check("# all is well\n"
                       "alias eth0 net-card\n"
                       "alias virtual runs-a-command\n"
                       "options net-card level=1 name=\"a b\" dyndbg=+p async_probe\n"
                       "options pci:1 level=2\n"
                       "options eth0 name=x\n"
                       "install runs-* /bin/true\n"
                       "install disk /bin/true\n"
                       "remove disk /bin/true\n"
                       "blacklist disk\n"
                       "softdep net-card pre: disk post: unix pci:1\n"
                       "weakdep net-card disk\n",
                       "quiet net_card.level=1 printk.time=1 unix.backlog=1 unix.x=1") ==
          Lines{});
    CHECK(kernel.files == 1);
}

TEST_CASE("check_config: invalid lines are errors, deprecated ones are warnings") {
    check_rows({
        {"blacklist disk\nnonsense x\n",
         {"test.conf:2 error bad_line: ignoring bad line starting with 'nonsense'"}},
        {"alias x\n",
         {"test.conf:1 error bad_line: ignoring bad line starting with 'alias'"}},
        {"include /etc/x\n",
         {"test.conf:1 warning deprecated_verb: command include is deprecated and not "
          "parsed anymore"}},
    });
}

TEST_CASE("check_config: reports names that this kernel does not have") {
    const std::string missing = " unknown_module: no module or alias ";
    check_rows({
        {"blacklist gone", {"test.conf:1 note" + missing + "'gone' in this kernel"}},
        {"install gone /bin/true",
         {"test.conf:1 note" + missing +
          "'gone' in this kernel; the command only runs for exactly that name"}},
        {"options net-crad level=1",
         {"test.conf:1 warning" + missing +
          "'net_crad' in this kernel; the nearest name is 'net_card'"}},
        {"alias x gone",
         {"test.conf:1 warning" + missing +
          "'gone' in this kernel; the alias has no effect"}},
        {"softdep gone pre: disk",
         {"test.conf:1 note" + missing + "'gone' in this kernel"}},
        {"softdep disk pre: gone post: lost",
         {"test.conf:1 warning" + missing + "'gone' in this kernel",
          "test.conf:1 warning" + missing + "'lost' in this kernel"}},
        {"weakdep disk gone", {"test.conf:1 note" + missing + "'gone' in this kernel"}},
    });
}

TEST_CASE("check_config: reports lines without effect") {
    check_rows({
        {"blacklist unix",
         {"test.conf:1 warning no_effect: 'unix' is built in: a blacklist line has "
          "no effect on it"}},
        {"blacklist pci:1",
         {"test.conf:1 warning no_effect: 'pci:1' is an alias: a blacklist line must "
          "name the module"}},
        {"install unix /bin/true",
         {"test.conf:1 warning no_effect: 'unix' is built in: the command never "
          "runs"}},
        {"options unix backlog=1",
         {"test.conf:1 warning no_effect: 'unix' is built in: set its parameters on the "
          "kernel command line, as unix.PARAMETER=VALUE"}},
        {"alias x pci:1",
         {"test.conf:1 warning no_effect: 'pci:1' is an alias itself: an alias must "
          "name a module"}},
        {"softdep disk unix",
         {"test.conf:1 warning no_effect: no module follows 'pre:' or 'post:'"}},
    });
}

TEST_CASE("check_config: reports lines that another line overrides") {
    check_rows({
        {"install disk a\ninstall disk b\ninstall d* c\ninstall net-card d\n",
         {"test.conf:2 warning overridden: it never runs: the install line for "
          "'disk' (etc/modprobe.d/test.conf line 1) takes precedence"}},
        {"remove d* a\nremove disk b\n",
         {"test.conf:2 warning overridden: it never runs: the remove line for "
          "'d*' (etc/modprobe.d/test.conf line 1) takes precedence"}},
        {"blacklist disk\nblacklist disk\n",
         {"test.conf:2 note overridden: 'disk' is already blacklisted in "
          "etc/modprobe.d/test.conf line 1"}},
        {"alias a disk\nalias a disk\nalias a net-card\n",
         {"test.conf:2 note overridden: duplicate of etc/modprobe.d/test.conf line 1"}},
        {"options net-card level=1\noptions net-card level=2 dyndbg=a dyndbg=b\n",
         {"test.conf:1 warning overridden: level=1 is overridden by level=2 "
          "(etc/modprobe.d/test.conf line 2)"}},
        {"options net-card level=1\noptions net-card level=1\n", {}},
    });
}

TEST_CASE("check_config: reports unknown parameters and values that would be refused") {
    Kernel kernel;
    CHECK(
        kernel.check("options net-card levle=1 level=high\noptions pci:1 no-such-one\n"
                     "options unix fresh=1\n",
                     "net_card.level net_card.other=1 gone.x=1 unix.more=1") ==
        Lines{"test.conf:1 error unknown_parameter: net_card has no parameter "
              "'levle': it will be ignored; the nearest name is 'level'",
              "test.conf:1 error bad_value: net_card: parameter level: 'high' is not a "
              "valid int",
              "test.conf:1 note overridden: level=high is overridden by level "
              "(kernel command line)",
              "test.conf:2 error unknown_parameter: pci:1 has no parameter "
              "'no-such-one': it will be ignored",
              "test.conf:3 warning no_effect: 'unix' is built in: set its "
              "parameters on the kernel command line, as unix.PARAMETER=VALUE",
              "test.conf:3 warning unknown_parameter: unix has no parameter 'fresh': it "
              "will be ignored",
              "kernel command line:0 error bad_value: net_card: parameter level: needs "
              "a value",
              "kernel command line:0 error unknown_parameter: net_card has no "
              "parameter 'other': it will be ignored"});
}

TEST_CASE("check_config: reports files that are masked or cannot be read") {
    Kernel kernel;
    kernel.modules.files().write("run/modprobe.d/test.conf", "blacklist gone");
    kernel.modules.files().write("etc/modprobe.d/a.conf", "nonsense");
    kernel.modules.files().write("etc/modprobe.d/z.conf/x", "a directory");
    const Lines lines = kernel.check("nonsense\n");
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].starts_with("a.conf:1 error bad_line: "));
    CHECK(lines[1].starts_with("test.conf:1 error bad_line: "));
    CHECK(lines[2].starts_with("error unreadable_file: "));
    CHECK(lines[2].contains("z.conf"));
    CHECK(lines[3] ==
          "test.conf:0 note masked_file: not read: etc/modprobe.d/test.conf has the same "
          "name and takes precedence");
    CHECK(kernel.files == 2);
}

TEST_CASE("check_config: does not check the rules that modules themselves provide") {
    Kernel kernel;
    kernel.modules.file("modules.softdep", "softdep disk pre: gone\nsoftdep lost x\n");
    kernel.modules.file("modules.weakdep", "weakdep disk gone\n");
    CHECK(kernel.check("") == Lines{});
}

TEST_CASE("check_config: reports an unreadable module once for each line") {
    Kernel kernel;
    kernel.modules.file("kernel/net-card.ko", "no module");
    const Lines lines = kernel.check("options net-card a=1 b=2\n");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("test.conf:1 error unreadable_file: "));
    CHECK(lines[0].contains("kernel/net-card.ko"));
}

TEST_CASE("check_config: needs modules.dep to check names") {
    ModuleDirectory modules;
    modules.config("blacklist x\n");
    Catalog catalog = modules.catalog();
    const auto report = check_config(catalog);
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().kind == ErrorKind::not_found);
    CHECK(report.error().message.ends_with(
        cat("modules.dep.bin does not exist; run 'depmod -b ", modules.files().string(),
            " 6.1.0' to create it")));
}
