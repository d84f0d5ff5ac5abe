// SPDX-License-Identifier: LGPL-2.1-or-later
#include "capi/error_code.hpp"

namespace kmodpp::capi {

namespace {

int errno_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::not_found: return ENOENT;
        case ErrorKind::malformed: return EINVAL;
        case ErrorKind::unsupported: return EOPNOTSUPP;
        case ErrorKind::denied: return EACCES;
        case ErrorKind::busy: return EBUSY;
        case ErrorKind::conflict: return EEXIST;
        case ErrorKind::io: break;
    }
    return EIO;
}

}  // namespace

int code_of(const Error& error) {
    return -(error.code > 0 ? error.code : errno_of(error.kind));
}

}  // namespace kmodpp::capi
