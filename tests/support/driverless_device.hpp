// SPDX-License-Identifier: LGPL-2.1-or-later
// A file that must not be opened.
#pragma once

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>

namespace kmodpp::test {

/// Makes a character device with a number that no driver has: opening it fails with
/// ENXIO. Only root can make one; another user gets a FIFO.
/// \returns 0 or -1, as mknod
inline int make_driverless_device(const std::string& path) {
    if (::mknod(path.c_str(), S_IFCHR | 0600, makedev(241, 241)) == 0) return 0;
    return ::mkfifo(path.c_str(), 0600);
}

}  // namespace kmodpp::test
