// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory that stands for "/": every path is resolved beneath it, symlinks included.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/resolve.hpp"

namespace kmodpp::io {

/// The system root or the root of an image. An absolute symlink, or a ".." too many,
/// inside an image leads to a place in the image: openat2 with RESOLVE_IN_ROOT, or a walk
/// by components where the kernel lacks it (before 5.6, or under a seccomp filter). With
/// Links::may_leave, a link that leads nowhere there, or back into a directory that
/// contains it, is followed as the host sees it; nothing is written through such a link.
/// The host's own "/" is used with plain system calls.
///
/// Paths handed in are absolute within the root ("/lib/modules/…"); a missing leading
/// slash is the same. Immutable after open: safe for several threads.
class Root {
public:
    /// \param path the directory; "" and "/" are the host. Relative ones are made
    /// absolute.
    [[nodiscard]] static Result<Root> open(std::string_view path,
                                           Links links = Links::stay_inside);

    /// The host's "/".
    [[nodiscard]] static Root host() { return {{}, {}, Fd(), Links::stay_inside}; }

    /// The absolute path of the directory without a trailing slash: "" for the host.
    [[nodiscard]] const std::string& prefix() const { return prefix_; }
    [[nodiscard]] bool is_host() const { return prefix_.empty(); }
    /// What a person would type to see the file from outside: prefix + path.
    [[nodiscard]] std::string display(std::string_view path) const;

    /// The inverse: the path within the root of one as seen from outside; nullopt when it
    /// does not lie beneath the root. Borrows from \p displayed.
    [[nodiscard]] std::optional<std::string_view> inside(
        std::string_view displayed) const;

    /// Opens with O_CLOEXEC added. Never blocks on a FIFO (O_NONBLOCK is added). Reading
    /// from another root than the host's is open_no_device().
    [[nodiscard]] Result<Fd> open_file(std::string_view path, int flags,
                                       mode_t mode = 0) const;
    /// Opens for reading what is not a device. To open a device may start it (a watchdog,
    /// a tape), so one is refused before that: malformed.
    [[nodiscard]] Result<Fd> open_no_device(std::string_view path, int flags) const;
    /// Follows symlinks. not_found when nothing is there.
    [[nodiscard]] Result<struct stat> stat(std::string_view path) const;
    [[nodiscard]] bool exists(std::string_view path) const;
    /// A whole regular file of at most `limit` bytes; malformed beyond it.
    [[nodiscard]] Result<std::string> read_file(std::string_view path,
                                                std::uint64_t limit) const;
    /// The names in a directory, sorted bytewise, without "." and "..".
    [[nodiscard]] Result<std::vector<std::string>> list(std::string_view path) const;
    /// The path within the root with every symlink resolved; the last component must
    /// exist. A link that leaves the root stays, with what follows it.
    [[nodiscard]] Result<std::string> canonical(std::string_view path) const;
    /// The link by which a path leaves the root.
    [[nodiscard]] std::optional<Link> leaving_link(std::string_view path) const;
    /// Why a path cannot be opened, for messages: the errno's text, or "a link to TARGET,
    /// which does not exist".
    [[nodiscard]] std::string reason(int code, std::string_view path) const;

    /// What an absolute path means that a database or the configuration names: a place
    /// beneath the root, or where that does not exist and links may leave the root, one
    /// of the host. The result stands for it in every function that takes a path.
    [[nodiscard]] std::string refer(std::string_view path) const;
    /// mkdir -p.
    [[nodiscard]] Status make_directories(std::string_view path,
                                          mode_t mode = 0755) const;

private:
    Root(std::string prefix, std::string real_prefix, Fd fd, Links links)
        : prefix_(std::move(prefix)),
          real_prefix_(std::move(real_prefix)),
          fd_(std::move(fd)),
          links_(links) {}
    [[nodiscard]] RootDirectory directory() const {
        return {fd_.get(), {prefix_, real_prefix_}, links_};
    }
    [[nodiscard]] ErrnoResult<Fd> open_at(std::string_view path, int flags,
                                          mode_t mode) const;
    [[nodiscard]] std::unexpected<Error> cannot(std::string_view what, int code,
                                                std::string_view path) const;

    std::string prefix_;
    std::string real_prefix_;  ///< without links; empty when it is the same
    Fd fd_;                    ///< O_PATH; not open for the host
    Links links_;
};

}  // namespace kmodpp::io
