// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

namespace {

/// In the order of the enumerators of ErrorKind.
constexpr std::array<std::string_view, 7> kKinds = {
    "not_found", "malformed", "unsupported", "denied", "busy", "io", "conflict"};
/// In the order of the enumerators of Priority.
constexpr std::array<std::string_view, 6> kPriorities = {"fatal",  "error", "warning",
                                                         "notice", "info",  "debug"};

}  // namespace

std::string_view to_string(ErrorKind kind) { return kKinds[std::to_underlying(kind)]; }

std::string_view to_string(Priority priority) {
    return kPriorities[std::to_underlying(priority)];
}

std::unexpected<Error> fail(ErrorKind kind, std::string message, int code) {
    return std::unexpected(Error{kind, code, std::move(message)});
}

ErrorKind kind_of_errno(int code) {
    switch (code) {
        case ENOENT:
        case ENOTDIR:
        case ENXIO:
        case ENODEV: return ErrorKind::not_found;
        case EPERM:
        case EACCES:
        case EROFS:
        case EKEYREJECTED:
        case ENOKEY: return ErrorKind::denied;
        case EBUSY:
        case EAGAIN: return ErrorKind::busy;
        case EEXIST: return ErrorKind::conflict;
        case ENOSYS:
        case EOPNOTSUPP: return ErrorKind::unsupported;
        case ENOEXEC:
        case EBADMSG:
        case EINVAL: return ErrorKind::malformed;
        default: return ErrorKind::io;
    }
}

std::unexpected<Error> fail_errno(int code, std::string_view attempt) {
    return fail(kind_of_errno(code), cat(attempt, ": ", std::strerror(code)), code);
}

Error within(Error error, std::string_view context) {
    error.message = cat(context, ": ", error.message);
    return error;
}

}  // namespace kmodpp
