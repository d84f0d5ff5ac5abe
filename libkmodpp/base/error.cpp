// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace kmodpp {

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

std::unexpected<Error> malformed(std::string message) {
    return fail(ErrorKind::malformed, std::move(message));
}

std::unexpected<Error> fail_errno(int code, std::string_view attempt) {
    return fail(kind_of_errno(code), cat(attempt, ": ", std::strerror(code)), code);
}

Error within(Error error, std::string_view context) {
    error.message = cat(context, ": ", error.message);
    return error;
}

}  // namespace kmodpp
