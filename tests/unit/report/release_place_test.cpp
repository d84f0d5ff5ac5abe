// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/release_place.hpp: releases and directories named by the user.
#include "report/release_place.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

struct PlaceMachine {
    PlaceMachine() : root(io::Root::open(files.string()).value()) {
        for (const char* const directory :
             {"lib/modules/6.1.0", "lib/modules/6.2.0", "one/usr/lib/modules/6.3.0",
              "plain/kernel", "none/lib/modules"})
            boost::filesystem::create_directories(files.path() / directory);
    }

    /// "ROOT DIRECTORY RELEASE" without the temporary directory, or the error.
    [[nodiscard]] std::string find(std::string_view text) const {
        const auto place = find_release(root, text);
        std::string shown =
            place ? cat(place->root.prefix(), "|", place->directory, "|", place->release)
                  : place.error().message;
        for (std::size_t at; (at = shown.find(files.string())) != std::string::npos;)
            shown.replace(at, files.string().size(), "@");
        return shown;
    }
    [[nodiscard]] std::string below(std::string_view path) const {
        return files.string() + std::string(path);
    }

    test::TemporaryDirectory files;
    io::Root root;
};

}  // namespace

TEST_CASE("find_release: finds a release under the root") {
    const PlaceMachine machine;
    CHECK(machine.find("6.1.0") == "@|/lib/modules/6.1.0|6.1.0");
    for (const char* const name : {"6.9.0", "..", ".", ""})
        CHECK(machine.find(name) == cat(name, ": no such release in @/lib/modules"));
}

TEST_CASE("find_release: finds module directories, with their root if it is known") {
    const PlaceMachine machine;
    CHECK(machine.find(machine.below("/lib/modules/6.2.0//")) ==
          "@|/lib/modules/6.2.0|6.2.0");
    CHECK(machine.find(machine.below("/one/usr/lib/modules/6.3.0")) ==
          "@/one|/usr/lib/modules/6.3.0|6.3.0");
    CHECK(machine.find(machine.below("/plain")) == "|@/plain|plain");
    CHECK(machine.find(machine.below("/nosuch")) == "@/nosuch: no such directory");
}

TEST_CASE("find_release: finds a release in another root") {
    const PlaceMachine machine;
    CHECK(machine.find(machine.below(":6.2.0")) == "@|/lib/modules/6.2.0|6.2.0");
    CHECK(machine.find(machine.below("/one:6.3.0")) ==
          "@/one|/usr/lib/modules/6.3.0|6.3.0");
    CHECK(machine.find(machine.below("/one:6.2.0")) ==
          "6.2.0: no such release in @/one/lib/modules");
    CHECK(machine.find(machine.below("/nosuch:6.2.0")) ==
          "cannot open @/nosuch: No such file or directory");
}

TEST_CASE("find_release: uses the only release of a root") {
    const PlaceMachine machine;
    CHECK(machine.find(machine.below("/one")) == "@/one|/usr/lib/modules/6.3.0|6.3.0");
    CHECK(machine.find(machine.below("/")) ==
          "@/lib/modules: it has 2 releases; choose one, as in @:6.1.0");
    CHECK(machine.find(machine.below("/none")) ==
          "@/none/lib/modules: it has no release");
}
