// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/error.hpp, base/errno_name.hpp and of the public headers for errors and
// messages.
#include "base/error.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

#include "base/errno_name.hpp"
#include "kmodpp/message.hpp"

using namespace kmodpp;

namespace {

/// Returns what is written to standard error during the call.
template <class Call>
std::string standard_error_of(Call call) {
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    const int saved = ::dup(STDERR_FILENO);
    std::fflush(stderr);
    ::dup2(::fileno(file), STDERR_FILENO);
    call();
    std::fflush(stderr);
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    std::rewind(file);
    std::array<char, 512> text;
    const std::size_t size = std::fread(text.data(), 1, text.size(), file);
    std::fclose(file);
    return {text.data(), size};
}

}  // namespace

TEST_CASE("ErrorKind: has a stable name for each enumerator") {
    CHECK(to_string(ErrorKind::not_found) == "not_found");
    CHECK(to_string(ErrorKind::malformed) == "malformed");
    CHECK(to_string(ErrorKind::unsupported) == "unsupported");
    CHECK(to_string(ErrorKind::denied) == "denied");
    CHECK(to_string(ErrorKind::busy) == "busy");
    CHECK(to_string(ErrorKind::io) == "io");
    CHECK(to_string(ErrorKind::conflict) == "conflict");
}

TEST_CASE("StandardErrorSink: prints a line for each message down to a priority") {
    const auto all = [](MessageSink& sink) {
        for (const Priority priority :
             {Priority::fatal, Priority::error, Priority::warning, Priority::notice,
              Priority::info, Priority::debug})
            sink.message(priority, "text");
    };
    StandardErrorSink usual;
    CHECK(standard_error_of([&] { all(usual); }) ==
          "fatal: text\nerror: text\nwarning: text\n");
    StandardErrorSink verbose(Priority::debug);
    CHECK(standard_error_of([&] { all(verbose); }) ==
          "fatal: text\nerror: text\nwarning: text\nnotice: text\ninfo: text\n"
          "debug: text\n");
}

TEST_CASE("errno_name: the symbol of an error number") {
    CHECK(errno_name(ENOENT) == "ENOENT");
    CHECK(errno_name(EKEYREJECTED) == "EKEYREJECTED");
    CHECK(errno_name(4095).empty());
}
