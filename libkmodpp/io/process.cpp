// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/process.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/environment.hpp"
#include "base/text.hpp"

namespace kmodpp::io {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The environment of this process; if its caller has fewer privileges, the environment
/// that the kernel gives to programs it starts.
std::vector<std::string> own_environment() {
    if (has_rights_of_its_own())
        return {"HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin"};
    std::vector<std::string> own;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at)
        own.emplace_back(*at);
    return own;
}

/// The environment of this process, with `variables` added or replaced.
std::vector<std::string> merge_environment(const Variables& variables) {
    std::vector<std::string> merged = own_environment();
    std::erase_if(merged, [&](const std::string& entry) {
        const auto name = std::string_view(entry).substr(0, entry.find('='));
        return std::ranges::any_of(
            variables, [&](const auto& added) { return added.first == name; });
    });
    for (const auto& [name, value] : variables) merged.push_back(cat(name, '=', value));
    return merged;
}

std::vector<char*> as_argv(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Result<int> run_shell(const std::string& command, const Variables& variables) {
    std::vector<std::string> arguments{"sh", "-c", command};
    std::vector<std::string> environment = merge_environment(variables);
    pid_t child = -1;
    if (const int code =
            ::posix_spawn(&child, "/bin/sh", nullptr, nullptr, as_argv(arguments).data(),
                          as_argv(environment).data());
        code != 0)
        return fail(ErrorKind::io,
                    cat("cannot start /bin/sh for '", printable(command),
                        "': ", std::strerror(code)),
                    code);

    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno == EINTR) continue;
        return fail(
            ErrorKind::io,
            cat("cannot wait for '", printable(command), "': ", std::strerror(errno)),
            errno);
    }
    if (WIFSIGNALED(status))
        return fail(ErrorKind::io,
                    cat("'", printable(command), "' was killed by signal ",
                        WTERMSIG(status), " (", ::strsignal(WTERMSIG(status)), ')'));
    return WEXITSTATUS(status);
}

}  // namespace kmodpp::io
