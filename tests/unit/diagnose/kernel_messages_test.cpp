// SPDX-License-Identifier: LGPL-2.1-or-later
// Interpretation of messages in the kernel's log.
#include "diagnose/kernel_messages.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"

using namespace kmodpp;
using Texts = std::vector<std::string_view>;
using Lines = std::vector<std::string>;

namespace {

Lines about(const std::string& module, const Lines& log) {
    Lines lines;
    for (const KernelLine& line : read_kernel_messages({module}, "", log).lines)
        lines.push_back(line.text);
    return lines;
}

}  // namespace

TEST_CASE("match_message: returns the text for each wildcard of the pattern") {
    const struct {
        std::string_view pattern, text;
        std::optional<Texts> captures;
    } cases[] = {
        {"Unknown symbol % (err %)", "Unknown symbol a_b (err -2)", Texts{"a_b", "-2"}},
        {"Unknown symbol % (err %)", "Unknown symbol a_b (err -2", std::nullopt},
        {"version magic '%' should be '%'", "version magic 'a b' should be 'c'",
         Texts{"a b", "c"}},
        {"% taints kernel.", "x taints kernel.", Texts{"x"}},
        {"%x%", "axb", Texts{"a", "b"}},
        {"%", "", Texts{""}},
        {"plain", "plain", Texts{}},
        {"plain", "plainer", std::nullopt},
        {"", "", Texts{}},
        {"a%", "", std::nullopt},
    };
    for (const auto& c : cases) {
        CAPTURE(c.pattern);
        CAPTURE(c.text);
        CHECK(match_message(c.pattern, c.text) == c.captures);
    }
}

TEST_CASE("kernel messages: finds the lines that begin with a name of the module") {
    CHECK(about("kvm_intel", {"kvm_intel: a", "module kvm_intel: b", "kvm: c",
                              "kvm-intel 0000:00: d", "kvm_intel", "ext4: e",
                              "kvm_intel2: f", "intel: g", "kv: h", ": i", ""}) ==
          Lines{"kvm_intel: a", "module kvm_intel: b", "kvm: c", "kvm-intel 0000:00: d",
                "kvm_intel"});
    CHECK(about("m", {"n: a", "m: \x1b[2J"}) == Lines{"m: \\x1b[2J"});
}

TEST_CASE(
    "kernel messages: finds lines that contain the name or the path of the module") {
    const Lines log = {"failed to validate module [m-x] BTF: -22",
                       "LoadPin: kernel-module denied obj=\"/lib/m-x.ko\" pid=1",
                       "BPF: mm_xx m_xy", "x86/modules: Invalid relocation target"};
    const auto messages = read_kernel_messages({"m_x"}, "/lib/m-x.ko", log);
    REQUIRE(messages.lines.size() == 2);
    CHECK(messages.lines[0].text == log[0]);
    CHECK(messages.lines[1].text == log[1]);
    CHECK_FALSE(messages.lines[0].explained);
    REQUIRE(messages.latest.size() == 2);
    CHECK(messages.latest[1].text == log[3]);
    // Found by the path only: the file name differs from the module name.
    CHECK(read_kernel_messages({"y"}, "/lib/m-x.ko", log).lines.size() == 1);
}

TEST_CASE("kernel messages: keeps the latest eight other lines") {
    Lines log;
    for (int i = 0; i < 20; ++i) log.push_back(cat("NVRM: line ", i));
    const auto messages = read_kernel_messages({"nvidia"}, "", log);
    CHECK(messages.lines.empty());
    REQUIRE(messages.latest.size() == 8);
    CHECK(messages.latest.front().text == "NVRM: line 12");
    CHECK(messages.latest.back().text == "NVRM: line 19");
}

TEST_CASE("kernel messages: a line that names no module applies to every load") {
    const auto messages =
        read_kernel_messages({"m"}, "",
                             {"Loading of unsigned module is rejected",
                              "Lockdown: insmod: unsigned module loading is "
                              "restricted; see man kernel_lockdown.7",
                              "Module m is blacklisted"});
    CHECK(messages.rejected == "unsigned module");
    CHECK(messages.restricted == "unsigned module loading");
    CHECK(messages.blacklisted);
    CHECK(messages.lines.size() == 3);
    CHECK_FALSE(read_kernel_messages({"m"}, "", {"Module n is blacklisted"}).blacklisted);
    CHECK(
        read_kernel_messages({"m"}, "", {"Lockdown: x: /dev/mem is restricted; see man"})
            .restricted.empty());
}

TEST_CASE("kernel messages: understands the old and the new quotation marks") {
    for (const std::string line :
         {"m: 'x' invalid for parameter 'n'", "m: `x' invalid for parameter `n'",
          "m: 'x' too large for parameter 'n'"}) {
        CAPTURE(line);
        const auto messages = read_kernel_messages({"m"}, "", {line});
        REQUIRE(messages.bad_parameters.size() == 1);
        CHECK(messages.bad_parameters[0] == KernelMessages::Pair{"n", "x"});
        CHECK(messages.lines.at(0).explained);
    }
    for (const std::string line :
         {"m: module uses symbol f from namespace N, but does not import it.",
          "m: module uses symbol (f) from namespace N, but does not import it."}) {
        const auto messages = read_kernel_messages({"m"}, "", {line});
        REQUIRE(messages.namespaces.size() == 1);
        CHECK(messages.namespaces[0] == KernelMessages::Pair{"f", "N"});
    }
}

TEST_CASE("kernel messages: finds limits of parameters in lines without a module name") {
    const auto messages = read_kernel_messages(
        {"m"}, "",
        {"numbers: can only take 4 arguments", "m: `1' invalid for parameter `numbers'",
         "text: string doesn't fit in 7 chars.", "other: can only take"});
    CHECK(messages.parameter_limits ==
          std::vector<KernelMessages::Pair>{{"numbers", "4 values"},
                                            {"text", "7 characters"}});
    CHECK(messages.lines.size() == 3);
}

TEST_CASE(
    "kernel messages: takes only missing symbols from lines about unknown symbols") {
    const auto messages = read_kernel_messages(
        {"m"}, "",
        {"m: Unknown symbol a (err -2)", "m: disagrees about version of symbol b",
         "m: Unknown symbol b (err -22)"});
    CHECK(messages.unknown_symbols == Lines{"a"});
    CHECK(messages.changed_symbols == Lines{"b"});
}

TEST_CASE("kernel messages: keeps lines that it does not understand") {
    const auto messages =
        read_kernel_messages({"m"}, "", {"m: no card", "m: x taints kernel."});
    REQUIRE(messages.lines.size() == 2);
    CHECK_FALSE(messages.lines[0].explained);
    CHECK(messages.lines[1].explained);
}

TEST_CASE("kernel messages: limits the number of lines") {
    CHECK(read_kernel_messages({"m"}, "", Lines(100'000, "m: no card")).lines.size() ==
          100);
    CHECK(read_kernel_messages({"m"}, "", {"m: " + std::string(100'000, 'x')})
              .lines.at(0)
              .text.size() < 500);
}
