// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>

#include "io/shared_object.hpp"

using kmodpp::ErrorKind;
using kmodpp::io::SharedObject;

TEST_CASE("SharedObject: a missing library names its file, its package and the reason") {
    const auto library = SharedObject::open("libkmodpp-none.so.7", "libkmodpp-none7");
    REQUIRE_FALSE(library);
    CHECK(library.error().kind == ErrorKind::unsupported);
    CHECK(library.error().message.starts_with(
        "libkmodpp-none.so.7 cannot be opened (package libkmodpp-none7): "));
    CHECK(library.error().message.find("No such file") != std::string::npos);
}

TEST_CASE("SharedObject: binds functions and names the one that is missing") {
    const auto library = SharedObject::open("libc.so.6", "libc6");
    REQUIRE(library);
    int (*absolute)(int) = nullptr;
    REQUIRE(library->bind(absolute, "abs"));
    CHECK(absolute(-3) == 3);

    const auto status = library->bind(absolute, "kmodpp_no_such_function");
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::unsupported);
    CHECK(status.error().message.starts_with(
        "libc.so.6 has no function kmodpp_no_such_function"));
    CHECK(absolute(-4) == 4);
}
