// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/parameters.hpp and format/parameter_types.hpp: splitting, checking and
// displaying parameters.
#include "format/parameter_types.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

namespace {

using namespace kmodpp;

/// "name=value|name" of the split parameters.
std::string split(std::string_view text) {
    std::string out;
    for (const Parameter& parameter : split_parameters(text)) {
        if (!out.empty()) out += '|';
        out += parameter.name;
        if (parameter.value) out += "=" + *parameter.value;
    }
    return out;
}

int errno_of(std::string_view type, std::optional<std::string> value,
             std::size_t long_size = 8) {
    const Status status = check_parameter(type, {"p", std::move(value)}, long_size);
    return status ? 0 : status.error().code;
}

}  // namespace

TEST_CASE("split_parameters: splits as the kernel does") {
    const struct {
        const char* text;
        const char* expected;
    } cases[] = {
        {"", ""},
        {"  \t\n ", ""},
        {"a=1 b=2", "a=1|b=2"},
        {"  a=1\t\n\v\f\r b  ", "a=1|b"},
        {"a=", "a="},
        {"a=b=c", "a=b=c"},
        {"a=\"x y\" b=1", "a=x y|b=1"},
        {"\"a=x y\" b=1", "a=x y|b=1"},
        {"\"a b\" c", "a b|c"},
        {"a=x\" \"y", "a=x\" \"y"},
        {"a=\"x\\\" y\"", "a=x\\|y\""},
        {"a=\"unfinished b=1", "a=unfinished b=1"},
        {"a=\"", "a="},
        {"\"", ""},
        {"=x", "=x"},
        {"==x", "==x"},
        {"a=1 -- b=2", "a=1"},
        {"a=1 \"--\" b=2", "a=1"},
        {"--=1 b", "--=1|b"},
        {"a=1\xa0"
         "b=2",
         "a=1|b=2"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        CHECK(split(c.text) == c.expected);
    }
    CHECK(split(std::string_view("a=1\0b=2", 7)) == "a=1");
}

TEST_CASE("split_parameters: accepts every truncation of a line") {
    const std::string text = "a=1 \"b=x y\" c=\"p q\" =d \"e\" f= -- g";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CAPTURE(size);
        CHECK(split_parameters(std::string(text, 0, size)).size() <= 7);
    }
}

TEST_CASE("split_parameters: a leading '=' is part of the name") {
    const auto parameters = split_parameters("=x =y=1");
    REQUIRE(parameters.size() == 2);
    CHECK(parameters[0].name == "=x");
    CHECK_FALSE(parameters[0].value.has_value());
    CHECK(parameters[1].name == "=y");
    CHECK(parameters[1].value == "1");
}

TEST_CASE("check_parameter: returns the kernel's errno") {
    const struct {
        const char* type;
        const char* value;
        int code;
    } cases[] = {
        {"int", "0", 0},
        {"int", "-0", 0},
        {"int", "+5", 0},
        {"int", "-+5", EINVAL},
        {"int", "2147483647", 0},
        {"int", "2147483648", ERANGE},
        {"int", "-2147483648", 0},
        {"int", "-2147483649", ERANGE},
        {"int", "0x7fffffff", 0},
        {"int", "0X10", 0},
        {"int", "0xffffffff", ERANGE},
        {"int", "0x", EINVAL},
        {"int", "0xg", EINVAL},
        {"int", "010", 0},
        {"int", "08", EINVAL},
        {"int", "", EINVAL},
        {"int", "-", EINVAL},
        {"int", " 1", EINVAL},
        {"int", "1k", EINVAL},
        {"int", "1\n", 0},
        {"int", "1\n\n", EINVAL},
        {"int", "99999999999999999999", ERANGE},
        {"int", "99999999999999999999x", ERANGE},
        {"byte", "255", 0},
        {"byte", "256", ERANGE},
        {"byte", "-1", EINVAL},
        {"short", "-32768", 0},
        {"short", "32768", ERANGE},
        {"ushort", "65535", 0},
        {"ushort", "65536", ERANGE},
        {"uint", "4294967295", 0},
        {"uint", "4294967296", ERANGE},
        {"uint", "-1", EINVAL},
        {"hexint", "0xdeadbeef", 0},
        {"hexint", "0x1deadbeef", ERANGE},
        {"ullong", "18446744073709551615", 0},
        {"ullong", "18446744073709551616", ERANGE},
        {"long", "-9223372036854775808", 0},
        {"long", "-9223372036854775809", ERANGE},
        {"long", "9223372036854775808", ERANGE},
        {"ulong", "18446744073709551615", 0},
        {"bool", "y", 0},
        {"bool", "Yes please", 0},
        {"bool", "1", 0},
        {"bool", "0", 0},
        {"bool", "No", 0},
        {"bool", "on", 0},
        {"bool", "Off", 0},
        {"bool", "o", EINVAL},
        {"bool", "2", EINVAL},
        {"bool", "", EINVAL},
        {"invbool", "n", 0},
        {"invbool", "x", EINVAL},
        {"bint", "y", 0},
        {"bint", "5", EINVAL},
        {"bool_enable_only", "on", 0},
        {"charp", "", 0},
        {"charp", "any text", 0},
        {"string", "any text", 0},
        {"array of int", "1", 0},
        {"array of int", "1,-2,0x3", 0},
        {"array of int", "1,,3", EINVAL},
        {"array of int", "1,2,", EINVAL},
        {"array of int", "", EINVAL},
        {"array of int", "1,4294967296", ERANGE},
        {"array of bool", "y,n", 0},
        {"array of charp", "a,,b,", 0},
        {"driver_ops", "whatever", 0},
        {"array of driver_ops", "a,b", 0},
        {"", "x", 0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.type);
        CAPTURE(c.value);
        CHECK(errno_of(c.type, c.value) == c.code);
    }
}

TEST_CASE("check_parameter: a long has the width of the module's class") {
    CHECK(errno_of("long", "2147483648", 4) == ERANGE);
    CHECK(errno_of("long", "2147483648", 8) == 0);
    CHECK(errno_of("ulong", "4294967296", 4) == ERANGE);
    CHECK(errno_of("ulong", "4294967295", 4) == 0);
}

TEST_CASE("check_parameter: only bool, bint and bool_enable_only may omit the value") {
    for (const char* type : {"bool", "bint", "bool_enable_only", "driver_ops"}) {
        CAPTURE(type);
        CHECK(errno_of(type, std::nullopt) == 0);
    }
    for (const char* type : {"invbool", "int", "charp", "string", "array of bool",
                             "array of charp", "ullong"}) {
        CAPTURE(type);
        CHECK(errno_of(type, std::nullopt) == EINVAL);
    }
}

TEST_CASE("check_parameter: limits a charp to 1024 bytes") {
    CHECK(errno_of("charp", std::string(1024, 'x')) == 0);
    CHECK(errno_of("charp", std::string(1025, 'x')) == ENOSPC);
    CHECK(errno_of("array of charp", std::string(1025, 'x')) == ENOSPC);
    CHECK(errno_of("array of charp",
                   std::string(1024, 'x') + "," + std::string(1024, 'y')) == 0);
}

TEST_CASE("check_parameter: describes the mistake") {
    const struct {
        const char* type;
        std::optional<std::string> value;
        const char* message;
    } cases[] = {
        {"int", "x\x1b", "parameter p: 'x\\x1b' is not a valid int"},
        {"byte", "256", "parameter p: '256' is out of range for byte"},
        {"int", std::nullopt, "parameter p: needs a value"},
        {"charp", std::string(1025, 'x'),
         "parameter p: a text of 1025 bytes is longer than 1024"},
    };
    for (const auto& c : cases) {
        const Status status = check_parameter(c.type, {"p", c.value}, 8);
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().kind == ErrorKind::malformed);
        CHECK(status.error().message == c.message);
    }
}

TEST_CASE("shown_parameter: formats values as the kernel does") {
    const struct {
        const char* type;
        std::optional<std::string> value;
        const char* expected;
    } cases[] = {
        {"bool", std::nullopt, "Y"},
        {"bool", "off", "N"},
        {"invbool", "y", "Y"},
        {"bint", "yes", "1"},
        {"bint", std::nullopt, "1"},
        {"bint", "n", "0"},
        {"int", "010", "8"},
        {"int", "-0x10", "-16"},
        {"int", "-0", "0"},
        {"uint", "+7\n", "7"},
        {"hexint", "15", "0x00000f"},
        {"hexint", "0", "0x000000"},
        {"hexint", "0xdeadbeef", "0xdeadbeef"},
        {"ullong", "18446744073709551615", "18446744073709551615"},
        {"charp", "a b", "a b"},
        {"string", "a b", "a b"},
        {"array of int", "1,010,0x10", "1,8,16"},
        {"array of bool", "y,off", "Y,N"},
        {"array of charp", "a,,b", "a,,b"},
        {"driver_ops", "x,y", "x,y"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.type);
        CHECK(shown_parameter(c.type, {"p", c.value}) == c.expected);
    }
}
