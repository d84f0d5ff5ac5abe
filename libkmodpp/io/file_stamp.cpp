// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/file_stamp.hpp"

#include <algorithm>
#include <ctime>

namespace kmodpp::io {

namespace {

using namespace std::chrono_literals;

// Ten timer ticks, because the clock of a file server may differ.
constexpr FileTime kTick = 100ms;
constexpr FileTime kWholeSeconds = 3s;

FileTime to_file_time(const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

FileStamp FileStamp::of(const struct stat& status) {
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
            to_file_time(status.st_mtim), to_file_time(status.st_ctim)};
}

bool FileStamp::is_settled(FileTime now) const {
    const FileTime latest = std::max(modified, changed);
    const bool has_fractions = changed % 1s != 0s;
    return latest < now - (has_fractions ? kTick : kWholeSeconds);
}

FileTime file_time_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return to_file_time(now);
}

}  // namespace kmodpp::io
