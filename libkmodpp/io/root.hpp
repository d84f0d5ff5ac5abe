// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory that is used as "/": every path is resolved within it, including
// symlinks.
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

/// The system root or the root of an image. Absolute symlinks and surplus ".."
/// components in an image lead to places in the image: paths are resolved by openat2
/// with RESOLVE_IN_ROOT, or component by component where that fails (before Linux 5.6,
/// or under a seccomp filter). With Links::may_leave, a link whose target does not
/// exist in the image, or is a directory that contains the link, is followed as the
/// host sees it; nothing is written through such a link. The host's own "/" is used
/// with plain system calls.
///
/// Path arguments are absolute within the root ("/lib/modules/…"); the leading slash
/// may be omitted. Immutable after open() and thread-safe.
class Root {
public:
    /// \param path the directory; "" and "/" are the host. A relative path is made
    /// absolute.
    [[nodiscard]] static Result<Root> open(std::string_view path,
                                           Links links = Links::stay_inside);

    /// The host's "/".
    [[nodiscard]] static Root host() { return {{}, {}, Fd(), Links::stay_inside}; }

    /// The absolute path of the directory without a trailing slash: "" for the host.
    [[nodiscard]] const std::string& prefix() const { return prefix_; }
    [[nodiscard]] bool is_host() const { return prefix_.empty(); }
    [[nodiscard]] Links links() const { return links_; }
    /// The path of the file as seen from outside: prefix() + path.
    [[nodiscard]] std::string display(std::string_view path) const;

    /// The inverse of display(): the path within the root; nullopt if \p displayed is
    /// not in the root. Borrows from \p displayed.
    [[nodiscard]] std::optional<std::string_view> inside(
        std::string_view displayed) const;

    /// Opens a file. O_CLOEXEC is added, and O_NONBLOCK so that a FIFO does not block.
    /// In another root than the host's, a file is opened for reading by
    /// open_no_device().
    [[nodiscard]] Result<Fd> open_file(std::string_view path, int flags,
                                       mode_t mode = 0) const;
    /// Same with an errno as the error, and without a check for devices: for files that
    /// may be missing, because making a message takes longer than opening.
    [[nodiscard]] ErrnoResult<Fd> try_open(std::string_view path, int flags,
                                           mode_t mode = 0) const;
    /// Opens a file for reading. A device is refused as malformed without being opened,
    /// because that may start it (a watchdog, a tape).
    [[nodiscard]] Result<Fd> open_no_device(std::string_view path, int flags) const;
    /// Follows symlinks. not_found if the file does not exist.
    [[nodiscard]] Result<struct stat> stat(std::string_view path) const;
    [[nodiscard]] bool exists(std::string_view path) const;
    /// Reads a whole regular file; malformed beyond \p limit bytes.
    [[nodiscard]] Result<std::string> read_file(std::string_view path,
                                                std::uint64_t limit) const;
    /// The names in a directory, sorted bytewise, without "." and "..".
    [[nodiscard]] Result<std::vector<std::string>> list(std::string_view path) const;
    /// Same with the kind of each entry.
    [[nodiscard]] Result<std::vector<DirectoryEntry>> entries(std::string_view path) const;
    /// The target of a symlink as it is stored; malformed if the file is not a symlink.
    [[nodiscard]] Result<std::string> read_link(std::string_view path) const;
    /// The path within the root with every symlink resolved; the last component must
    /// exist. A link that leaves the root is kept, with everything after it.
    [[nodiscard]] Result<std::string> canonical(std::string_view path) const;
    /// The link by which a path leaves the root; nullopt if it stays inside.
    [[nodiscard]] std::optional<Link> leaving_link(std::string_view path) const;
    /// Why a path cannot be opened, for messages: the errno's text, or "a link to TARGET,
    /// which does not exist".
    [[nodiscard]] std::string reason(int code, std::string_view path) const;

    /// Interprets an absolute path from a database or the configuration: as a place
    /// within the root or, if that does not exist and links may leave the root, as one
    /// of the host. Every function that takes a path accepts the result.
    [[nodiscard]] std::string refer(std::string_view path) const;
    /// Like mkdir -p.
    [[nodiscard]] Status make_directories(std::string_view path,
                                          mode_t mode = 0755) const;

private:
    [[nodiscard]] ErrnoResult<struct stat> try_stat(std::string_view path) const;
    Root(std::string prefix, std::string real_prefix, Fd fd, Links links)
        : prefix_(std::move(prefix)),
          real_prefix_(std::move(real_prefix)),
          fd_(std::move(fd)),
          links_(links) {}
    [[nodiscard]] RootDirectory directory() const {
        return {fd_.get(), {prefix_, real_prefix_}, links_};
    }
    [[nodiscard]] std::unexpected<Error> cannot(std::string_view what, int code,
                                                std::string_view path) const;

    std::string prefix_;
    std::string real_prefix_;  ///< without links; empty if it is the same
    Fd fd_;                    ///< O_PATH; not open for the host
    Links links_;
};

}  // namespace kmodpp::io
