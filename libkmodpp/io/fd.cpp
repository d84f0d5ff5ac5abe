// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/fd.hpp"

#include <unistd.h>

namespace kmodpp::io {

Fd::~Fd() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace kmodpp::io
