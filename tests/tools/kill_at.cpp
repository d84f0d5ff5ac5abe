// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a command and kills it, or a process that it started, at the n-th system call.
// Prints "killed NAME CALLS" with the name of the thread that made the call, or "ended
// STATUS CALLS"; CALLS is the number of calls seen.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string_view>

#include "support/kill_at_call.hpp"

int main(int argc, char** argv) {
    using namespace kmodpp;
    const struct {
        std::string_view name;
        test::Counted counted;
    } modes[] = {{"first", test::Counted::first_process},
                 {"all", test::Counted::all_processes},
                 {"others", test::Counted::all_but_first}};
    const auto n = argc > 3 ? parse_unsigned<unsigned>(argv[2]) : std::nullopt;
    const auto mode = std::ranges::find(modes, argc > 3 ? argv[1] : "",
                                        [](const auto& row) { return row.name; });
    if (!n || mode == std::end(modes)) {
        std::fputs("usage: kill_at first|all|others N COMMAND...\n", stderr);
        return 2;
    }
    const test::Killed result = test::kill_at_call(*n, mode->counted, [&] {
        ::execv(argv[3], argv + 3);
        return 127;
    });
    if (result.failed) {
        std::fputs("kill_at: ptrace is not allowed\n", stderr);
        return 2;
    }
    if (result.killed)
        std::printf("killed %s %u\n", result.victim.c_str(), result.calls);
    else
        std::printf("ended %d %u\n",
                    WIFEXITED(result.status) ? WEXITSTATUS(result.status) : 128,
                    result.calls);
    return 0;
}
