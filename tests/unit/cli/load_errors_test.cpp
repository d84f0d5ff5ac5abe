// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/load_errors.hpp: the texts that scripts read after a failed load.
#include "cli/load_errors.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace kmodpp;

TEST_CASE("load errors: use the tool's own text, then strerror, then the message") {
    const struct {
        Error error;
        std::string_view insmod;
        std::string_view modprobe;
    } rows[] = {
        {{ErrorKind::io, ENOEXEC, "x"}, "Invalid module format", "Exec format error"},
        {{ErrorKind::io, ENOENT, "x"},
         "Unknown symbol in module",
         "Unknown symbol in module, or unknown parameter (see dmesg)"},
        {{ErrorKind::not_found, ENOENT, "cannot open a.ko: No such file or directory"},
         "No such file or directory",
         "No such file or directory"},
        {{ErrorKind::io, ESRCH, "x"},
         "Module has wrong symbol version",
         "No such process"},
        {{ErrorKind::io, EINVAL, "x"}, "Invalid parameters", "Invalid argument"},
        {{ErrorKind::io, EEXIST, "x"}, "File exists", "Module already in kernel"},
        {{ErrorKind::io, EPERM, "x"},
         "Operation not permitted",
         "Operation not permitted"},
        {{ErrorKind::malformed, 0, "not an ELF file"},
         "not an ELF file",
         "not an ELF file"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.error.code);
        CHECK(cli::insmod_error_text(row.error) == row.insmod);
        CHECK(cli::modprobe_error_text(row.error) == row.modprobe);
    }
}
