// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/root.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

ErrnoResult<Fd> plain_open(const std::string& path, int flags, mode_t mode) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return std::unexpected(errno);
    return Fd(fd);
}

/// \param fd -1 for the host
ErrnoResult<Fd> open_at_root(int fd, std::string_view path, int flags, mode_t mode) {
    // A name with a NUL would be cut there, and something else be opened.
    if (path.find('\0') != std::string_view::npos) return std::unexpected(EINVAL);
    flags |= O_CLOEXEC;
    if ((flags & O_PATH) == 0) flags |= O_NONBLOCK | O_NOCTTY;
    const std::string absolute = with_leading_slash(path);
    return fd < 0 ? plain_open(absolute, flags, mode)
                  : open_in_root(fd, absolute, flags, mode);
}

}  // namespace

Result<Root> Root::open(std::string_view path) {
    std::string prefix(path);
    if (!prefix.empty() && !prefix.starts_with('/')) {
        const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0),
                                                               &std::free);
        if (!here) return fail_errno(errno, "cannot tell the current directory");
        prefix = cat(std::string_view(here.get()), '/', prefix);
    }
    while (prefix.ends_with('/')) prefix.pop_back();
    if (prefix.empty()) return Root(std::string(), Fd());

    if (prefix.find('\0') != std::string::npos)
        return fail_errno(EINVAL, cat("cannot open ", printable(prefix)));
    auto fd = plain_open(prefix, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (!fd) return fail_errno(fd.error(), cat("cannot open ", prefix));
    return Root(std::move(prefix), *std::move(fd));
}

std::string Root::display(std::string_view path) const {
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
    auto fd = open_at_root(fd_.get(), path, flags, mode);
    if (!fd) return fail_errno(fd.error(), cat("cannot open ", display(path)));
    return *std::move(fd);
}

Result<Fd> Root::open_no_device(std::string_view path, int flags) const {
    TRY_ASSIGN(const Fd place, open_file(path, flags | O_PATH));
    struct stat status {};
    if (::fstat(place.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display(path)));
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
        return fail(ErrorKind::malformed, cat(display(path), ": not a regular file"),
                    EINVAL);
    // By the descriptor, so that no device can take its place in between.
    auto fd = plain_open(cat("/proc/self/fd/", place.get()),
                         (flags & ~O_NOFOLLOW) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (!fd && fd.error() == ENOENT)  // /proc is not mounted
        fd = open_at_root(fd_.get(), path, flags, 0);
    if (!fd) return fail_errno(fd.error(), cat("cannot open ", display(path)));
    return *std::move(fd);
}

Result<struct stat> Root::stat(std::string_view path) const {
    struct stat status {};
    auto fd = open_at_root(fd_.get(), path, O_PATH, 0);
    if (!fd) return fail_errno(fd.error(), cat("cannot stat ", display(path)));
    if (::fstat(fd->get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display(path)));
    return status;
}

bool Root::exists(std::string_view path) const {
    return open_at_root(fd_.get(), path, O_PATH, 0).has_value();
}

Result<std::string> Root::read_file(std::string_view path, std::uint64_t limit) const {
    TRY_ASSIGN(const Fd fd, open_file(path, O_RDONLY));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display(path)));
    if (!S_ISREG(status.st_mode))
        return fail(ErrorKind::malformed, cat(display(path), ": not a regular file"));
    auto text = read_all(fd.get(), limit);
    if (!text) return std::unexpected(within(std::move(text).error(), display(path)));
    return text;
}

Result<std::vector<std::string>> Root::list(std::string_view path) const {
    TRY_ASSIGN(Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
    const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd.get()));
    if (!directory) return fail_errno(errno, cat("cannot list ", display(path)));
    static_cast<void>(fd.release());  // the stream has taken it over

    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(directory.get());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return fail_errno(errno, cat("cannot list ", display(path)));
    std::ranges::sort(names);
    return names;
}

Result<std::string> Root::canonical(std::string_view path) const {
    TRY_ASSIGN(const Fd root, open_file("/", O_PATH | O_DIRECTORY));
    auto canonical = path.find('\0') == std::string_view::npos
                         ? canonical_in_root(root.get(), with_leading_slash(path))
                         : ErrnoResult<std::string>(std::unexpected(EINVAL));
    if (!canonical)
        return fail_errno(canonical.error(), cat("cannot resolve ", display(path)));
    return *std::move(canonical);
}

Status Root::make_directories(std::string_view path, mode_t mode) const {
    const auto open_directory = [&](std::string_view directory) {
        return open_at_root(fd_.get(), directory, O_PATH | O_DIRECTORY, 0);
    };
    const auto cannot_make = [&](int code, std::string_view what) {
        return fail_errno(code, cat("cannot make the directory ", display(what)));
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
        // From the root again: a component may be a symlink, or "..".
        parent = open_directory(so_far);
    }
    if (!parent) return cannot_make(parent.error(), path);
    return {};
}

}  // namespace kmodpp::io
