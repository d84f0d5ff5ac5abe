// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/load_errors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace kmodpp::cli {

namespace {

struct ErrorRow {
    int code;
    const char* text;
};

constexpr std::array<ErrorRow, 4> kInsmodTexts = {{
    {ENOEXEC, "Invalid module format"},
    {ENOENT, "Unknown symbol in module"},
    {ESRCH, "Module has wrong symbol version"},
    {EINVAL, "Invalid parameters"},
}};

constexpr std::array<ErrorRow, 2> kModprobeTexts = {{
    {EEXIST, "Module already in kernel"},
    {ENOENT, "Unknown symbol in module, or unknown parameter (see dmesg)"},
}};

std::string text_of(std::span<const ErrorRow> rows, const Error& error) {
    // not_found means a missing file; a missing symbol is another error.
    if (error.kind != ErrorKind::not_found)
        for (const ErrorRow& row : rows)
            if (row.code == error.code) return row.text;
    return plain_error_text(error);
}

}  // namespace

std::string insmod_error_text(const Error& error) { return text_of(kInsmodTexts, error); }
std::string modprobe_error_text(const Error& error) {
    return text_of(kModprobeTexts, error);
}

std::string plain_error_text(const Error& error) {
    return error.code != 0 ? std::strerror(error.code) : error.message;
}

}  // namespace kmodpp::cli
