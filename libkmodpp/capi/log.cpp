// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/log.hpp"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/environment.hpp"

namespace kmodpp::capi {

namespace {

/// In the order of the enumerators of Priority.
struct PriorityRow {
    int syslog;
    const char* name;
};
constexpr std::array<PriorityRow, 6> kPriorities = {{
    {LOG_CRIT, "FATAL"},
    {LOG_ERR, "ERROR"},
    {LOG_WARNING, "WARNING"},
    {LOG_NOTICE, "NOTICE"},
    {LOG_INFO, "INFO"},
    {LOG_DEBUG, "DEBUG"},
}};

/// Parses the value of KMOD_LOG: a number, or a text that begins with a known word.
int parse_priority(const char* given) {
    char* end = nullptr;
    const long number = std::strtol(given, &end, 10);
    if (*end == '\0' || std::isspace(static_cast<unsigned char>(*end)))
        return static_cast<int>(std::clamp<long>(number, INT_MIN, INT_MAX));
    const std::string_view text = given;
    if (text.starts_with("err")) return LOG_ERR;
    if (text.starts_with("info")) return LOG_INFO;
    if (text.starts_with("debug")) return LOG_DEBUG;
    return 0;
}

const char* name_of(int priority) {
    for (const PriorityRow& row : kPriorities)
        if (row.syslog == priority) return row.name;
    return "";
}

void to_stderr(void*, int priority, const char*, int, const char*, const char* format,
               std::va_list args) {
    char* text = nullptr;
    if (::vasprintf(&text, format, args) < 0) return;
    // One call per line, so that lines of several threads do not mix.
    std::fprintf(stderr, "libkmod: %s: %s", name_of(priority), text);
    std::free(text);
}

/// Makes the va_list that callbacks expect.
__attribute__((format(printf, 7, 8))) void call(LogFunction function, void* data,
                                                int priority, const char* file, int line,
                                                const char* name, const char* format,
                                                ...) {
    std::va_list args;
    va_start(args, format);
    function(data, priority, file, line, name, format, args);
    va_end(args);
}

}  // namespace

Log::Log() : function_(to_stderr), priority_(LOG_ERR) {
    if (const char* const level = kmodpp::trusted_variable("KMOD_LOG"))
        priority_ = parse_priority(level);
}

void Log::write(Priority priority, std::string_view text, std::source_location where) {
    const int level = kPriorities[std::to_underlying(priority)].syslog;
    if (function_ == nullptr || level > priority_) return;
    const std::string line(text);
    call(function_, data_, level, where.file_name(), static_cast<int>(where.line()),
         where.function_name(), "%s\n", line.c_str());
}

}  // namespace kmodpp::capi
