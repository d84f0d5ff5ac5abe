// SPDX-License-Identifier: LGPL-2.1-or-later
// The load policy of a kernel, read from a fake /proc and /sys.
#include "kernel/load_policy.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <string>

#include "kernel/kallsyms.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

struct PolicyMachine {
    test::TemporaryDirectory files;
    io::Root root = io::Root::open(files.string()).value();
};

using Names = std::set<std::string, std::less<>>;

constexpr std::string_view kKallsyms =
    "ffffffff81000000 T _text\n"
    "ffffffff82000000 r __ksymtab_open\n"
    "ffffffff82000010 r __start___ksymtab_gpl\n"
    "ffffffff82000010 r __ksymtab_closed\n"
    "ffffffff82000020 r __stop___ksymtab_gpl\n"
    "ffffffffc0000000 r __ksymtab_of_module\t[lib]\n"
    "ffffffffc0000010 t of_module\t[lib]\n";

std::optional<kernel::VisibleExports> parse(std::string_view text, std::size_t piece,
                                            const Names& wanted) {
    kernel::KallsymsReader reader(wanted);
    for (std::size_t at = 0; at < text.size(); at += piece)
        reader.add(text.substr(at, piece));
    return std::move(reader).take();
}

}  // namespace

TEST_CASE("LoadPolicy: reads the settings of a machine") {
    const PolicyMachine machine;
    machine.files.write("sys/module/module/parameters/sig_enforce", "Y\n");
    machine.files.write("sys/kernel/security/lockdown",
                        "none [integrity] confidentiality\n");
    machine.files.write("proc/sys/kernel/modules_disabled", "1\n");
    machine.files.write("proc/self/status",
                        "Name:\tx\nCapPrm:\t0000000000000000\n"
                        "CapEff:\t0000000000010000\n");
    const kernel::LoadPolicy policy = kernel::read_policy(machine.root);
    CHECK(policy.signatures_enforced == true);
    CHECK(policy.lockdown == "integrity");
    CHECK(policy.modules_disabled);
    CHECK(policy.privileged == true);
}

TEST_CASE("LoadPolicy: leaves settings unset that a machine does not show") {
    const PolicyMachine machine;
    const kernel::LoadPolicy policy = kernel::read_policy(machine.root);
    CHECK_FALSE(policy.signatures_enforced.has_value());
    CHECK(policy.lockdown.empty());
    CHECK_FALSE(policy.modules_disabled);
    CHECK_FALSE(policy.privileged.has_value());
}

TEST_CASE("LoadPolicy: ignores malformed contents") {
    const PolicyMachine machine;
    machine.files.write("sys/module/module/parameters/sig_enforce", "N\n");
    machine.files.write("proc/sys/kernel/modules_disabled", "0\n");
    for (const std::string_view text : {"", "none", "[", "]", "none [integrity"}) {
        machine.files.write("sys/kernel/security/lockdown", text);
        CHECK(kernel::read_policy(machine.root).lockdown.empty());
    }
    machine.files.write("proc/self/status", "CapEff:\t0000000000000000\n");
    CHECK(kernel::read_policy(machine.root).privileged == false);
    machine.files.write("proc/self/status", "CapEff:\tnonsense\n");
    const kernel::LoadPolicy policy = kernel::read_policy(machine.root);
    CHECK_FALSE(policy.privileged.has_value());
    CHECK(policy.signatures_enforced == false);
    CHECK_FALSE(policy.modules_disabled);
}

TEST_CASE("kallsyms: shows the owner of a symbol, and whether it is GPL-only") {
    const Names wanted = {"open", "closed", "of_module", "absent", "_text"};
    for (std::size_t piece = 1; piece <= kKallsyms.size(); piece += 7) {
        CAPTURE(piece);
        const auto found = parse(kKallsyms, piece, wanted);
        REQUIRE(found.has_value());
        REQUIRE(found->size() == 3);
        CHECK(found->at("open").owner.empty());
        CHECK(found->at("open").gpl_only == false);
        CHECK(found->at("closed").gpl_only == true);
        CHECK(found->at("of_module").owner == "lib");
        CHECK_FALSE(found->at("of_module").gpl_only.has_value());
    }
}

TEST_CASE("kallsyms: without privileges, shows only that a symbol exists") {
    const auto found = parse(
        "0000000000000000 r __start___ksymtab_gpl\n0000000000000000 r __ksymtab_a\n", 9,
        {"a"});
    REQUIRE(found.has_value());
    CHECK_FALSE(found->at("a").gpl_only.has_value());
}

TEST_CASE("kallsyms: a listing without exports is unknown, not empty") {
    CHECK_FALSE(parse("ffffffff81000000 T _text\n", 5, {"a"}).has_value());
    CHECK_FALSE(parse("", 5, {"a"}).has_value());
    const PolicyMachine machine;
    CHECK_FALSE(kernel::read_kallsyms(machine.root, {"a"}).has_value());
    machine.files.write("proc/kallsyms", kKallsyms);
    CHECK(kernel::read_kallsyms(machine.root, {"open"})->contains("open"));
}

TEST_CASE("kallsyms: accepts every truncation of a listing") {
    for (std::size_t size = 0; size < kKallsyms.size(); ++size) {
        const auto found = parse(kKallsyms.substr(0, size), 64, {"open", "closed"});
        CHECK((!found || found->size() <= 2));
    }
    CHECK_FALSE(parse(std::string(1 << 20, 'x'), 4096, {"open"}).has_value());
}
