// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens paths within a directory as if it were "/", with openat2 or by walking the
// path.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "io/fd.hpp"

namespace kmodpp::io {

/// Maximum number of symlinks in one path: the kernel's MAXSYMLINKS.
inline constexpr int kMaxSymlinks = 40;

/// Where symlinks within a root may lead.
enum class Links {
    stay_inside,  ///< only to places within the root
    /// A link is followed as the host sees it if its target does not exist within the
    /// root, or is a directory that contains the link. For reading only.
    may_leave,
};

/// A directory that is used as "/". Borrows.
struct RootDirectory {
    int fd = -1;  ///< O_PATH is sufficient
    /// The path of the directory ("/img"), as given and without symlinks. Within the
    /// root, a link to "/img/x" may also refer to "/x". Empty elements are ignored.
    std::array<std::string_view, 2> prefixes = {};
    Links links = Links::stay_inside;
};

/// A symlink in a path.
struct Link {
    std::string path;    ///< within the root, without other links
    std::string target;  ///< as stored in the link
};

/// openat2 with RESOLVE_IN_ROOT. ENOSYS before Linux 5.6; EPERM under some seccomp
/// filters. Ignores `prefixes` and `links`.
[[nodiscard]] ErrnoResult<Fd> open_with_openat2(const RootDirectory& root,
                                                const std::string& path, int flags,
                                                mode_t mode);

/// Same, by walking the path: opens each component without following it, and reads and
/// follows links itself. A ".." returns to the directory that the walk came from, so
/// that renaming directories during the walk cannot lead out of the root.
[[nodiscard]] ErrnoResult<Fd> open_with_walk(const RootDirectory& root,
                                             const std::string& path, int flags,
                                             mode_t mode);

/// Uses openat2 where its result is right, otherwise the walk.
[[nodiscard]] ErrnoResult<Fd> open_in_root(const RootDirectory& root,
                                           const std::string& path, int flags,
                                           mode_t mode);

/// The path within \p root of the same file without symlinks: "/", "/usr/lib". If the
/// path leaves the root, the link that does so and everything after it are kept.
[[nodiscard]] ErrnoResult<std::string> canonical_in_root(const RootDirectory& root,
                                                         const std::string& path);

/// The first link of the path that cannot be followed; nullopt if there is none.
[[nodiscard]] std::optional<Link> broken_link(const RootDirectory& root,
                                              const std::string& path);

/// The link by which the path leaves the root; nullopt if it stays inside.
[[nodiscard]] std::optional<Link> leaving_link(const RootDirectory& root,
                                               const std::string& path);

}  // namespace kmodpp::io
