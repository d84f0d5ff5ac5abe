// SPDX-License-Identifier: LGPL-2.1-or-later
// Opening a path beneath a directory as if that were "/": by the kernel, or by hand.
#pragma once

#include <sys/types.h>

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "io/fd.hpp"

namespace kmodpp::io {

/// The errno is the error; the caller knows what was attempted.
template <class T>
using ErrnoResult = std::expected<T, int>;

/// The symlinks that one path may lead through: the kernel's MAXSYMLINKS.
inline constexpr int kMaxSymlinks = 40;

/// Where the symlinks beneath a root may lead.
enum class Links {
    stay_inside,  ///< to a place beneath the root
    /// Where that place does not exist, or is a directory that contains the link: to what
    /// the host sees. Reading only.
    may_leave,
};

/// A directory that stands for "/". Borrows.
struct RootDirectory {
    int fd = -1;  ///< O_PATH will do
    /// Its own path, "/img", as it was given and without links: a link to "/img/x" also
    /// means "/x" beneath it. Empty texts are none.
    std::array<std::string_view, 2> prefixes = {};
    Links links = Links::stay_inside;
};

/// A symlink on the way of a path.
struct Link {
    std::string path;    ///< beneath the root, no other link in it
    std::string target;  ///< as it is written in the link
};

/// openat2 with RESOLVE_IN_ROOT. ENOSYS before Linux 5.6; EPERM under some seccomp
/// filters. Knows neither prefixes nor may_leave.
[[nodiscard]] ErrnoResult<Fd> open_with_openat2(const RootDirectory& root,
                                                const std::string& path, int flags,
                                                mode_t mode);

/// The same by a walk: each component is opened without following it, links are read and
/// followed here. A ".." goes back to the directory that the walk came from, so that
/// renaming directories meanwhile cannot lead out of the root.
[[nodiscard]] ErrnoResult<Fd> open_with_walk(const RootDirectory& root,
                                             const std::string& path, int flags,
                                             mode_t mode);

/// openat2 where it gives the right answer, else the walk.
[[nodiscard]] ErrnoResult<Fd> open_in_root(const RootDirectory& root,
                                           const std::string& path, int flags,
                                           mode_t mode);

/// The path from `root` that leads to the same file without symlinks: "/", "/usr/lib". Of
/// a path that leaves the root, the link that does so and what follows it stay.
[[nodiscard]] ErrnoResult<std::string> canonical_in_root(const RootDirectory& root,
                                                         const std::string& path);

/// The first link of the path that cannot be followed; nullopt when there is none.
[[nodiscard]] std::optional<Link> broken_link(const RootDirectory& root,
                                              const std::string& path);

/// The link by which the path leaves the root; nullopt when it stays inside.
[[nodiscard]] std::optional<Link> leaving_link(const RootDirectory& root,
                                               const std::string& path);

}  // namespace kmodpp::io
