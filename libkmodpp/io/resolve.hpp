// SPDX-License-Identifier: LGPL-2.1-or-later
// Opening a path beneath a directory as if that were "/": by the kernel, or by hand.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "io/fd.hpp"

namespace kmodpp::io {

/// The errno is the error; the caller knows what was attempted.
template <class T>
using ErrnoResult = std::expected<T, int>;

/// The symlinks that one path may lead through: the kernel's MAXSYMLINKS.
inline constexpr int kMaxSymlinks = 40;

/// openat2 with RESOLVE_IN_ROOT. ENOSYS before Linux 5.6; EPERM under some seccomp
/// filters.
[[nodiscard]] ErrnoResult<Fd> open_with_openat2(int root, const std::string& path,
                                                int flags, mode_t mode);

/// The same by a walk: each component is opened without following it, links are read and
/// followed here. A ".." goes back to the directory that the walk came from, so that
/// renaming directories meanwhile cannot lead out of the root.
[[nodiscard]] ErrnoResult<Fd> open_with_walk(int root, const std::string& path, int flags,
                                             mode_t mode);

/// The walk where openat2 cannot be used.
[[nodiscard]] ErrnoResult<Fd> open_in_root(int root, const std::string& path, int flags,
                                           mode_t mode);

/// The path from `root` that leads to the same file without symlinks: "/", "/usr/lib".
[[nodiscard]] ErrnoResult<std::string> canonical_in_root(int root,
                                                         const std::string& path);

}  // namespace kmodpp::io
