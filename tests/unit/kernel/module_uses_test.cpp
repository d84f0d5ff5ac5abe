// SPDX-License-Identifier: LGPL-2.1-or-later
// What uses a module, from a fake /proc and /sys.
#include "kernel/module_uses.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

struct UsesMachine {
    UsesMachine() : root(io::Root::open(files.string()).value()) {}

    void write(std::string_view path, std::string_view text) const {
        files.write(std::string(path), std::string(text));
    }
    void link(const std::string& target, const std::string& path) const {
        boost::filesystem::create_directories(
            boost::filesystem::path(files.string() + "/" + path).parent_path());
        boost::filesystem::create_symlink(target, files.string() + "/" + path);
    }
    /// "mount /mnt (ext4)", one line per use.
    [[nodiscard]] std::vector<std::string> uses(
        std::string_view name, const std::vector<std::string>& nodes = {}) const {
        constexpr std::string_view kKinds[] = {"mount", "link", "open", "bound"};
        std::vector<std::string> lines;
        for (const kernel::ModuleUse& use : kernel::read_uses(
                 root, name, nodes,
                 [&](std::string_view type) { return type == cat(name, "fs"); }))
            lines.push_back(cat(kKinds[static_cast<std::size_t>(use.kind)], " ", use.what,
                                " (", use.how, ")"));
        return lines;
    }

    test::TemporaryDirectory files;
    io::Root root;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("read_uses: finds mounts of the module's file system or of its devices") {
    const UsesMachine machine;
    machine.write("proc/mounts",
                  "/dev/a1 / ext4 rw 0 0\nnone /run/x mfs rw 0 0\n"
                  "/dev/m0 /mnt ext4 rw 0 0\nbad line\n");
    CHECK(machine.uses("m") == Lines{"mount /run/x (mfs)"});
    CHECK(machine.uses("m", {"/dev/m0"}) ==
          Lines{"mount /run/x (mfs)", "mount /mnt (ext4)"});
    // A device is also known by its number.
    machine.write("proc/devices",
                  "Character devices:\n  7 n\n\nBlock devices:\n  7 m\n259 blkext\n");
    machine.write("sys/dev/block/7:0/uevent", "MAJOR=7\nMINOR=0\nDEVNAME=m0\n");
    machine.write("sys/dev/char/7:1/uevent", "MAJOR=7\nMINOR=1\nDEVNAME=a1\n");
    CHECK(machine.uses("m") == Lines{"mount /run/x (mfs)", "mount /mnt (ext4)"});
}

TEST_CASE("read_uses: finds network links and devices bound to the module's drivers") {
    const UsesMachine machine;
    machine.write("sys/module/m/drivers/.keep", "");
    machine.write("sys/bus/pci/drivers/mdrv/bind", "");
    machine.link("../../../../module/m", "sys/bus/pci/drivers/mdrv/module");
    machine.link("../../../bus/pci/drivers/mdrv", "sys/module/m/drivers/pci:mdrv");
    machine.link("../../../../devices/pci0/0000:00:03.0",
                 "sys/bus/pci/drivers/mdrv/0000:00:03.0");
    machine.link("../../../bus/pci/drivers/mdrv", "sys/devices/pci0/0000:00:03.0/driver");
    machine.link("../../../0000:00:03.0",
                 "sys/devices/pci0/0000:00:03.0/net/eth0/device");
    machine.link("../../devices/pci0/0000:00:03.0/net/eth0", "sys/class/net/eth0");
    machine.write("sys/class/net/lo/address", "");
    CHECK(machine.uses("m") == Lines{"link eth0 ()", "bound 0000:00:03.0 (pci:mdrv)"});
    const auto bound = kernel::read_bound_devices(machine.root, "m");
    REQUIRE(bound.size() == 1);
    CHECK(bound[0].what == "0000:00:03.0");
    CHECK(kernel::read_bound_devices(machine.root, "..").empty());
    CHECK(machine.uses("other").empty());
}

TEST_CASE("read_uses: finds processes that have the module's device nodes open") {
    const UsesMachine machine;
    machine.write("dev/fuse", "");
    machine.write("dev/null", "");
    machine.write("proc/42/comm", "sshfs\n");
    machine.link("/dev/fuse", "proc/42/fd/3");
    machine.link("/dev/null", "proc/42/fd/0");
    machine.link("socket:[12]", "proc/42/fd/4");
    machine.link("/dev/fuse", "proc/self/fd/3");
    CHECK(machine.uses("m", {"/dev/fuse"}) == Lines{"open /dev/fuse (sshfs (42))"});
    CHECK(machine.uses("m").empty());
}

TEST_CASE("read_uses: a name that is not a plain module name has no uses") {
    const UsesMachine machine;
    machine.write("sys/module/m/drivers/.keep", "");
    for (const std::string_view name : {"", "..", "../m", "a/b"})
        CHECK(machine.uses(name).empty());
}
