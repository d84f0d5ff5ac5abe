// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "io/file.hpp"
#include "io/replace_file.hpp"

namespace kmodpp {

namespace {

Status write_through(const std::string& path, std::string_view text) {
    constexpr int kFlags =
        O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    // Opening a FIFO does not wait for a reader; writing waits for a slow one.
    const io::Fd fd(::open(path.c_str(), kFlags, 0644));
    if (!fd) return fail_errno(errno, cat("cannot open ", path));
    TRY(io::wait_in_calls(fd.get()));
    auto written = io::write_all(fd.get(), text);
    if (!written) return std::unexpected(within(std::move(written).error(), path));
    return {};
}

Status write(const std::string& path, std::string_view text) {
    if (path.empty()) return fail_errno(ENOENT, "cannot write to ''");
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        return write_through(path, text);
    const std::string absolute = io::absolute_path(path);
    const std::size_t slash = absolute.rfind('/');
    const std::string directory = absolute.substr(0, slash + 1);
    TRY_ASSIGN(const io::Root host, io::Root::open("/"));
    TRY(host.make_directories(directory));
    // No sync: the output can be produced again at any time.
    return io::replace_file(host, directory, absolute.substr(slash + 1), text, 0644);
}

}  // namespace

Status write_output_file(const std::string& path, std::string_view text) {
    return guarded([&] { return write(path, text); });
}

}  // namespace kmodpp
