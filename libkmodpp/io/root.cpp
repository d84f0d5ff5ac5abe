// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/root.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "io/file.hpp"
#include "io/resolve.hpp"

namespace kmodpp::io {

namespace {

std::string with_leading_slash(std::string_view path) {
    return path.starts_with('/') ? std::string(path) : cat('/', path);
}

constexpr std::size_t kMaxShownTarget = 1024;

/// The target of a symlink of the host; nullopt if \p path is not a symlink.
std::optional<std::string> link_target(const std::string& path) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return std::nullopt;
    return std::string(target.data(), static_cast<std::size_t>(length));
}

/// Prefix of a path of the host in the result of refer(). Other paths begin with a
/// slash, or with a name in the module directory.
constexpr std::string_view kHostMark = "host:/";

/// The path after kHostMark; nullopt for a path within the root.
std::optional<std::string_view> host_path(std::string_view path) {
    if (!path.starts_with(kHostMark)) return std::nullopt;
    return path.substr(kHostMark.size() - 1);
}

/// The path without symlinks; empty if it is the same or cannot be determined.
std::string real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(
        ::realpath(path.c_str(), nullptr), &std::free);
    return !real || path == real.get() ? std::string() : std::string(real.get());
}

}  // namespace

Result<Root> Root::open(std::string_view path, Links links) {
    std::string prefix(path);
    if (!prefix.empty() && !prefix.starts_with('/')) {
        const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0),
                                                               &std::free);
        if (!here) return fail_errno(errno, "cannot determine the current directory");
        prefix = cat(std::string_view(here.get()), '/', prefix);
    }
    while (prefix.ends_with('/')) prefix.pop_back();
    if (prefix.empty()) return host();

    if (prefix.find('\0') != std::string::npos)
        return fail_errno(EINVAL, cat("cannot open ", printable(prefix)));
    auto fd = io::open_at(AT_FDCWD, prefix.c_str(), O_PATH | O_DIRECTORY);
    if (!fd) return fail_errno(fd.error(), cat("cannot open ", prefix));
    std::string real = real_path(prefix);
    return Root(std::move(prefix), std::move(real), *std::move(fd), links);
}

ErrnoResult<Fd> Root::try_open(std::string_view path, int flags, mode_t mode) const {
    // A name with a NUL would be truncated, and another file opened.
    if (path.find('\0') != std::string_view::npos) return std::unexpected(EINVAL);
    if ((flags & O_PATH) == 0) flags |= O_NONBLOCK | O_NOCTTY;
    if (const auto host = host_path(path))
        return io::open_at(AT_FDCWD, std::string(*host).c_str(), flags, mode);
    const std::string absolute = with_leading_slash(path);
    return is_host() ? io::open_at(AT_FDCWD, absolute.c_str(), flags, mode)
                     : open_in_root(directory(), absolute, flags, mode);
}

std::string Root::reason(int code, std::string_view path) const {
    const char* const text = std::strerror(code);
    if ((code != ENOENT && code != ELOOP) || path.find('\0') != std::string_view::npos)
        return text;
    const auto host = host_path(path);
    const std::string absolute = host ? std::string(*host) : with_leading_slash(path);
    std::optional<Link> link;
    if (host || is_host()) {
        if (auto target = link_target(absolute))
            link = Link{absolute, *std::move(target)};
    } else {
        link = broken_link(directory(), absolute);
    }
    if (!link) return text;
    const bool is_path_itself = link->path == absolute;
    const std::string where = links_ == Links::stay_inside && !is_host()
                                  ? cat(" under ", prefix_)
                                  : std::string();
    return cat(is_path_itself ? "a link to " : display(link->path) + " is a link to ",
               printable(link->target, kMaxShownTarget),
               code == ENOENT ? cat(", which does not exist", where) : cat(": ", text));
}

std::unexpected<Error> Root::cannot(std::string_view what, int code,
                                    std::string_view path) const {
    return fail(kind_of_errno(code),
                cat("cannot ", what, " ", display(path), ": ", reason(code, path)), code);
}

std::string Root::refer(std::string_view path) const {
    std::string within_root = with_leading_slash(path);
    if (is_host() || exists(within_root)) return within_root;
    for (const std::string_view prefix : directory().prefixes) {
        if (prefix.empty() || !path.starts_with(prefix)) continue;
        const std::string_view inner = path.substr(prefix.size());
        if (inner.starts_with('/')) return std::string(inner);
    }
    if (links_ == Links::stay_inside) return within_root;
    std::string on_host = cat(kHostMark, path.substr(1));
    return exists(on_host) ? on_host : within_root;
}

std::optional<Link> Root::leaving_link(std::string_view path) const {
    if (is_host() || links_ == Links::stay_inside) return std::nullopt;
    return io::leaving_link(directory(), with_leading_slash(path));
}

std::string Root::display(std::string_view path) const {
    if (const auto host = host_path(path)) return std::string(*host);
    return prefix_ + with_leading_slash(path);
}

std::optional<std::string_view> Root::inside(std::string_view displayed) const {
    if (!displayed.starts_with(prefix_)) return std::nullopt;
    displayed.remove_prefix(prefix_.size());
    if (!displayed.starts_with('/')) return std::nullopt;
    return displayed;
}

Result<Fd> Root::open_file(std::string_view path, int flags, mode_t mode) const {
    constexpr int kOtherThanReading = O_ACCMODE | O_PATH | O_CREAT | O_DIRECTORY;
    if (!is_host() && (flags & kOtherThanReading) == O_RDONLY)
        return open_no_device(path, flags);
    auto fd = try_open(path, flags, mode);
    if (!fd) return cannot("open", fd.error(), path);
    return *std::move(fd);
}

Result<Fd> Root::open_no_device(std::string_view path, int flags) const {
    // openat2 refuses other flags together with O_PATH.
    TRY_ASSIGN(const Fd place, open_file(path, O_PATH | (flags & O_NOFOLLOW)));
    struct stat status {};
    if (::fstat(place.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display(path)));
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
        return fail(ErrorKind::malformed, cat(display(path), ": not a regular file"),
                    EINVAL);
    auto fd = open_again(place.get(), flags);
    if (!fd && fd.error() == ENOENT) fd = try_open(path, flags, 0);
    if (!fd) return cannot("open", fd.error(), path);
    return *std::move(fd);
}

ErrnoResult<struct stat> Root::try_stat(std::string_view path) const {
    struct stat status {};
    const auto host = host_path(path);
    int code = 0;
    if (path.find('\0') != std::string_view::npos) {
        code = EINVAL;
    } else if (host || is_host()) {
        const std::string absolute = host ? std::string(*host) : with_leading_slash(path);
        if (::stat(absolute.c_str(), &status) != 0) code = errno;
    } else {
        const auto fd = try_open(path, O_PATH);
        if (!fd || ::fstat(fd->get(), &status) != 0) code = fd ? errno : fd.error();
    }
    if (code != 0) return std::unexpected(code);
    return status;
}

Result<struct stat> Root::stat(std::string_view path) const {
    const auto status = try_stat(path);
    if (!status) return cannot("stat", status.error(), path);
    return *status;
}

bool Root::exists(std::string_view path) const { return try_stat(path).has_value(); }

Result<std::string> Root::read_file(std::string_view path, std::uint64_t limit) const {
    TRY_ASSIGN(const Fd fd, open_file(path, O_RDONLY));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display(path)));
    if (!S_ISREG(status.st_mode))
        return fail(ErrorKind::malformed, cat(display(path), ": not a regular file"));
    auto text = read_all(fd.get(), status, limit);
    if (!text) return std::unexpected(within(std::move(text).error(), display(path)));
    return text;
}

Result<std::vector<std::string>> Root::list(std::string_view path) const {
    TRY_ASSIGN(const Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
    auto names = names_in(fd.get());
    if (!names) return fail_errno(names.error(), cat("cannot list ", display(path)));
    return *std::move(names);
}

Result<std::vector<DirectoryEntry>> Root::entries(std::string_view path) const {
    TRY_ASSIGN(const Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
    auto entries = entries_in(fd.get());
    if (!entries) return fail_errno(entries.error(), cat("cannot list ", display(path)));
    return *std::move(entries);
}

Result<std::string> Root::read_link(std::string_view path) const {
    TRY_ASSIGN(const Fd fd, open_file(path, O_PATH | O_NOFOLLOW));
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(fd.get(), "", target.data(), target.size());
    // ENOENT is the error for a file that is not a symlink.
    if (length < 0 && errno != ENOENT)
        return fail_errno(errno, cat("cannot read the link ", display(path)));
    if (length < 0)
        return fail(ErrorKind::malformed, cat(display(path), ": not a symlink"), EINVAL);
    return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::string> Root::canonical(std::string_view path) const {
    if (path.find('\0') != std::string_view::npos) return cannot("resolve", EINVAL, path);
    if (host_path(path)) {
        if (auto fd = try_open(path, O_PATH, 0); !fd)
            return cannot("resolve", fd.error(), path);
        return std::string(path);
    }
    TRY_ASSIGN(const Fd root, open_file("/", O_PATH | O_DIRECTORY));
    RootDirectory start = directory();
    start.fd = root.get();
    auto canonical = canonical_in_root(start, with_leading_slash(path));
    if (!canonical) return cannot("resolve", canonical.error(), path);
    return *std::move(canonical);
}

Status Root::make_directories(std::string_view path, mode_t mode) const {
    const auto open_directory = [&](std::string_view directory) {
        return try_open(directory, O_PATH | O_DIRECTORY);
    };
    const auto cannot_make = [&](int code, std::string_view what) {
        return fail_errno(code, cat("cannot create the directory ", display(what)));
    };

    auto parent = open_directory(path);
    if (parent) return {};
    if (parent.error() != ENOENT) return cannot_make(parent.error(), path);

    const std::string whole = with_leading_slash(path);
    parent = open_directory("/");
    for (std::size_t end = 0; end < whole.size();) {
        if (!parent) return cannot_make(parent.error(), whole.substr(0, end));
        const std::size_t begin = whole.find_first_not_of('/', end);
        if (begin == std::string::npos) return {};
        end = std::min(whole.find('/', begin), whole.size());
        const std::string name = whole.substr(begin, end - begin);
        const std::string so_far = whole.substr(0, end);
        if (::mkdirat(parent->get(), name.c_str(), mode) != 0 && errno != EEXIST)
            return cannot_make(errno, so_far);
        // Start from the root again, because a component may be a symlink or "..".
        parent = open_directory(so_far);
    }
    if (!parent) return cannot_make(parent.error(), path);
    return {};
}

}  // namespace kmodpp::io
