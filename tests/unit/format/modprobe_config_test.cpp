// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/modprobe_config.hpp: the verbs of modprobe.d, module parameters on
// the kernel command line, and the lines that are refused.
#include "format/modprobe_config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kmodpp;
using namespace std::string_literals;

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += cat(text.empty() ? "" : ",", word);
    return text;
}

/// Every rule as a line, free text in <>; remarks start with '!', those about
/// deprecated verbs with '~'.
std::vector<std::string> rules_of(const ModprobeConfig& config) {
    std::vector<std::string> rules;
    const auto add = [&](const Origin& origin, const std::string& rule) {
        rules.push_back(origin.line == 0 ? rule : cat(rule, " @", origin.line));
    };
    for (const AliasRule& rule : config.aliases)
        add(rule.origin, cat("alias ", rule.pattern, " ", rule.module));
    for (const BlacklistRule& rule : config.blacklist)
        add(rule.origin, cat("blacklist ", rule.module));
    for (const ForbidRule& rule : config.forbid)
        add(rule.origin, cat("forbid ", rule.module, " <", rule.text, ">"));
    for (const OptionsRule& rule : config.options)
        add(rule.origin, cat("options ", rule.module, " <", rule.options, ">"));
    for (const CommandRule& rule : config.install)
        add(rule.origin, cat("install ", rule.module, " <", rule.command, ">"));
    for (const CommandRule& rule : config.forbid_repeats)
        add(rule.origin,
            cat("install ", rule.module, " <", rule.command, "> repeats forbid"));
    for (const CommandRule& rule : config.remove)
        add(rule.origin, cat("remove ", rule.module, " <", rule.command, ">"));
    for (const SoftdepRule& rule : config.softdeps) {
        const SoftdepNames names = rule.names();
        add(rule.origin, cat("softdep ", rule.module, " pre:", joined(names.pre),
                             " post:", joined(names.post)));
    }
    for (const WeakdepRule& rule : config.weakdeps)
        add(rule.origin, cat("weakdep ", rule.module, " ", joined(rule.modules())));
    for (const ConfigRemark& remark : config.remarks)
        rules.push_back(cat(remark.deprecated ? "~" : "!", remark.origin.describe(), ": ",
                            remark.text));
    return rules;
}

struct Row {
    std::string text;
    std::vector<std::string> expected;
};

}  // namespace

TEST_CASE("parse_modprobe_config: reads every verb") {
    const std::string bad = "!m.conf line 1: ignoring bad line starting with ";
    const Row rows[] = {
        {"alias pci:v*-x snd-pcm", {"alias pci:v*_x snd_pcm @1"}},
        {"alias a[b-c]-d e", {"alias a[b-c]_d e @1"}},
        {"alias a b c", {"alias a b @1"}},
        {"alias a", {bad + "'alias'"}},
        {"alias a[b c", {bad + "'alias'"}},
        {"alias", {bad + "'alias'"}},
        {"blacklist snd-pcm", {"blacklist snd_pcm @1"}},
        {"blacklist\t a ", {"blacklist a @1"}},
        {"blacklist ", {bad + "'blacklist'"}},
        {"forbid snd-pcm", {"forbid snd_pcm <> @1"}},
        {"forbid snd-* it \\\n hangs\t# often ", {"forbid snd_* <it  hangs # often> @2"}},
        {"forbid a x\x1b[2Jy", {"forbid a <x [2Jy> @1"}},
        {"forbid a \x01x\x7f", {"forbid a <x> @1"}},
        {"forbid", {bad + "'forbid'"}},
        {"forbid a[b", {bad + "'forbid'"}},
        {"install a /bin/false\nforbid a\ninstall b /bin/false\ninstall a /bin/false -x",
         {"forbid a <> @2", "install b </bin/false> @3", "install a </bin/false -x> @4",
          "install a </bin/false> repeats forbid @1"}},
        {"forbid a*\ninstall ab /bin/true\ninstall a* /bin/true",
         {"forbid a* <> @1", "install ab </bin/true> @2",
          "install a* </bin/true> repeats forbid @3"}},
        {"options snd-pcm a=1  b=\"x y\" ",
         {"options snd_pcm <a=1  b=\"x y\" >"s + " @1"}},
        {"options a b=1\tc=2", {"options a <b=1 c=2> @1"}},
        {"options a", {bad + "'options'"}},
        {"options a ", {bad + "'options'"}},
        {"options", {bad + "'options'"}},
        {"install snd-* /bin/true; echo $CMDLINE_OPTS",
         {"install snd_* </bin/true; echo $CMDLINE_OPTS> @1"}},
        {"install a", {bad + "'install'"}},
        {"remove a /sbin/modprobe -r --ignore-remove a \\\n && true",
         {"remove a </sbin/modprobe -r --ignore-remove a  && true> @2"}},
        {"remove a", {bad + "'remove'"}},
        {"softdep snd-pcm pre: a-b c post: d", {"softdep snd_pcm pre:a-b,c post:d @1"}},
        {"softdep a post: b pre: c post: d", {"softdep a pre:c post:b,d @1"}},
        {"softdep a x pre: b", {"softdep a pre:b post: @1"}},
        {"softdep a pre:b", {"softdep a pre: post: @1"}},
        {"softdep a[b pre: c", {bad + "'softdep'"}},
        {"softdep a", {bad + "'softdep'"}},
        {"softdep", {bad + "'softdep'"}},
        {"weakdep snd-pcm b c", {"weakdep snd_pcm b,c @1"}},
        {"weakdep a", {bad + "'weakdep'"}},
        {"weakdep", {bad + "'weakdep'"}},
        {"include /x",
         {"~m.conf line 1: command include is deprecated and not parsed "
          "anymore"}},
        {"config yes",
         {"~m.conf line 1: command config is deprecated and not parsed anymore"}},
        {"Alias a b", {bad + "'Alias'"}},
        {"blacklisted a", {bad + "'blacklisted'"}},
        {"x\0y\x1b z"s, {bad + "'x\\x00y\\x1b'"}},
        {"# alias a b\n\n  alias c d", {"alias c d @3"}},
        {"alias a b\r\nblacklist c\r\n", {"alias a b @1", "blacklist c @2"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        ModprobeConfig config;
        parse_modprobe_config(row.text, "m.conf", config);
        CHECK(rules_of(config) == row.expected);
    }
}

TEST_CASE("parse_modprobe_config: accepts every truncation of a file") {
    const std::string whole =
        "alias a[b-c] d\noptions e f=\"g h\"\ninstall i \\\n j\nsoftdep k pre: l post: "
        "m\n"
        "weakdep n o\nblacklist p\nforbid q r s\ninstall q /bin/false\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        ModprobeConfig config;
        parse_modprobe_config(whole.substr(0, size), "m.conf", config);
        CAPTURE(size);
        CHECK(config.remarks.size() <= 1);
    }
}

TEST_CASE(
    "parse_modprobe_config: an install line repeats a forbid line of its own file") {
    ModprobeConfig config;
    parse_modprobe_config("forbid a\n", "one.conf", config);
    parse_modprobe_config("install a /bin/false\n", "two.conf", config);
    CHECK(config.install.size() == 1);
    CHECK(config.forbid_repeats.empty());
}

TEST_CASE("parse_forbidden_modules: only uses lines that keep modules away") {
    ModprobeConfig config;
    parse_forbidden_modules(
        "forbid a why\ninstall a /bin/false\ninstall b id\nalias c d\noptions a x=1\n",
        "m.conf", config);
    CHECK(rules_of(config) ==
          std::vector<std::string>{"forbid a <why> @1",
                                   "install a </bin/false> repeats forbid @2"});
}

TEST_CASE("forbid_file_text: is read back as one rule with the same text") {
    for (const std::string_view text :
         {"", "hangs", "gr\xc3\xb6\xc3\x9f\x65r than 1 # \"x\"", "a\\b", "\\",
          "ends\\"}) {
        CAPTURE(text);
        ModprobeConfig config;
        parse_modprobe_config(forbid_file_text("snd_pcm", text), "m.conf", config);
        CHECK(rules_of(config) ==
              std::vector<std::string>{cat("forbid snd_pcm <", text, "> @2"),
                                       "install snd_pcm </bin/false> repeats forbid @4"});
    }
}

TEST_CASE("parse_kernel_command_line: returns the arguments that concern modules") {
    const Row rows[] = {
        {"", {}},
        {"root=/dev/sda1 quiet ro", {}},
        {"snd-pcm.debug=1 snd_pcm.level=2",
         {"options snd_pcm <debug=1>", "options snd_pcm <level=2>"}},
        {"mod.param", {"options mod <param>"}},
        {"mod.param=\"a b\" x", {"options mod <param=\"a b\">"}},
        {"\"mod.param=a b\" x.y=1", {"options mod <param=\"a b\">", "options x <y=1>"}},
        {"\"mod.param=\" mod.param=",
         {"options mod <param=\"\">", "options mod <param=>"}},
        {"\"mod.param\" \"mod\".param=1 mod.\"param=1\" \"mod.param x\"", {}},
        {"mod.param=x\"y z\"w", {"options mod <param=x\"y z\"w>"}},
        {"mod.param=a.b", {"options mod <param=a.b>"}},
        {"x.y=1 mod.param=\"a b.c=1", {"options x <y=1>"}},
        {"a.b.c=1", {}},
        {"a.b.c", {}},
        {"x=y.z", {}},
        {".a=1 a. a.=1 .", {}},
        {"modprobe.blacklist=a,b-c", {"blacklist a", "blacklist b_c"}},
        {"modprobe.blacklist=,a,,b,", {"blacklist a", "blacklist b"}},
        {"modprobe.blacklist=\"a,b\"", {"blacklist a", "blacklist b"}},
        {"\"modprobe.blacklist=a,b\"", {"blacklist a", "blacklist b"}},
        {"modprobe.blacklist= modprobe.other=1", {"options modprobe <other=1>"}},
        {"a.b=1\tc.d=2\n", {"options a <b=1>", "options c <d=2>"}},
        {"a.b=1 -- c.d=2", {"options a <b=1>"}},
        {"a.b=1 --x c.d=2", {"options a <b=1>", "options c <d=2>"}},
        {"\" \" \"\" \"", {}},
        {"ivrs_acpihid[14:00.5]=AMD0020:00 a[x-y]-b.c=1", {"options a[x-y]_b <c=1>"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        ModprobeConfig config;
        parse_kernel_command_line(row.text, config);
        CHECK(rules_of(config) == row.expected);
        for (const OptionsRule& rule : config.options)
            CHECK(rule.origin.describe() == "kernel command line");
    }
}

TEST_CASE("only_prevents_load: accepts only commands that do nothing") {
    for (const std::string_view command :
         {"/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false", "true", "false",
          ":", "exit", "exit 0", "exit 1", "  /bin/true\t",
          "/bin/false # CVE-2017-6074"}) {
        CAPTURE(command);
        CHECK(only_prevents_load(command));
    }
    for (const std::string_view command :
         {"", "#", "# /bin/true", "/bin/true; id", "/bin/true;id", "/bin/true& id",
          "/bin/true id", "/tmp/true", "exit 1; id", "exit $(id)", "/bin/true#x",
          "$(id) # x", "./true", "/bin/../tmp/true"}) {
        CAPTURE(command);
        CHECK_FALSE(only_prevents_load(command));
    }
}
