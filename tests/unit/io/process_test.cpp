// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "io/process.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

TEST_CASE("run_shell: returns the exit status of the command") {
    const struct {
        const char* command;
        int expected;
    } cases[] = {{"true", 0},
                 {"exit 3", 3},
                 {"exit 255", 255},
                 {"", 0},
                 {"/nonexistent/command 2>/dev/null", 127}};
    for (const auto& item : cases) {
        CAPTURE(std::string(item.command));
        const auto status = io::run_shell(item.command, {});
        REQUIRE(status);
        CHECK(*status == item.expected);
    }
}

TEST_CASE("run_shell: added variables replace those of the environment") {
    const test::TemporaryDirectory directory;
    ::setenv("KMODPP_TEST_OLD", "old", 1);
    ::setenv("KMODPP_TEST_KEPT", "kept", 1);
    const auto status = io::run_shell(
        "echo \"$KMODPP_TEST_OLD|$KMODPP_TEST_KEPT|$MODPROBE_MODULE\" > \"$OUT\"",
        {{"KMODPP_TEST_OLD", "new=1"},
         {"MODPROBE_MODULE", "snd pcm"},
         {"OUT", directory.string() + "/out"}});
    REQUIRE(status);
    CHECK(*status == 0);
    CHECK(directory.read("out") == "new=1|kept|snd pcm\n");
    CHECK(std::string(::getenv("KMODPP_TEST_OLD")) == "old");
}

TEST_CASE("run_shell: a death by signal is an error that names the signal") {
    const auto status = io::run_shell("kill -KILL $$", {});
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::io);
    CHECK(status.error().message == "'kill -KILL $$' was killed by signal 9 (Killed)");
}
