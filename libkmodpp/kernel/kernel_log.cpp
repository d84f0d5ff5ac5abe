// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/kernel_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>

#include "base/text.hpp"
#include "io/file.hpp"

namespace kmodpp::kernel {

namespace {

/// The kernel does not split a record; this is the largest size it can have
/// (source: kernel/printk/printk.c, CONSOLE_EXT_LOG_MAX and PRINTKRB_RECORD_MAX).
constexpr std::size_t kMaxRecord = 8192;
/// More than any kernel's buffer holds. Without a limit, reading a log that grows all the
/// time would never end.
constexpr std::size_t kMaxRecords = 100'000;
constexpr std::uint64_t kMaxLogPart = 1u << 20;

/// Keeps the latest lines.
class Tail {
public:
    void add(std::string_view line) {
        if (line.empty()) return;
        if (lines_.size() == kMaxLogLines) lines_.pop_front();
        lines_.emplace_back(line);
    }
    [[nodiscard]] std::vector<std::string> take() && {
        return {std::make_move_iterator(lines_.begin()),
                std::make_move_iterator(lines_.end())};
    }

private:
    std::deque<std::string> lines_;
};

}  // namespace

std::string_view text_of_record(std::string_view record) {
    const std::string_view line = take_until(record, '\n');
    const std::size_t end = line.find(';');
    const bool has_head = !line.empty() && line[0] >= '0' && line[0] <= '9';
    if (!has_head || end == std::string_view::npos) return {};
    return line.substr(end + 1);
}

LogMark mark_kmsg(const io::Root& root) {
    auto fd = root.open_file("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    if (!fd || lseek(fd->get(), 0, SEEK_END) < 0) return {};
    return {*std::move(fd), 0};
}

std::optional<std::vector<std::string>> read_kmsg(const LogMark& mark) {
    if (!mark.log) return std::nullopt;
    Tail lines;
    std::array<char, kMaxRecord> buffer;
    for (std::size_t records = 0; records < kMaxRecords; ++records) {
        const ssize_t size = read(mark.log.get(), buffer.data(), buffer.size());
        // Some records were overwritten before they were read; continue with the next.
        if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (size <= 0) break;
        lines.add(text_of_record({buffer.data(), static_cast<std::size_t>(size)}));
    }
    return std::move(lines).take();
}

LogMark mark_log_file(const io::Root& root, std::string_view path) {
    const auto status = root.stat(path);
    return {{}, status ? static_cast<std::uint64_t>(status->st_size) : 0};
}

std::optional<std::vector<std::string>> read_log_file(const io::Root& root,
                                                      std::string_view path,
                                                      const LogMark& mark) {
    const auto fd = root.open_file(path, O_RDONLY);
    if (!fd && fd.error().kind == ErrorKind::not_found) return std::vector<std::string>{};
    if (!fd || lseek(fd->get(), static_cast<off_t>(mark.offset), SEEK_SET) < 0)
        return std::nullopt;
    const auto text = io::read_all(fd->get(), kMaxLogPart);
    if (!text) return std::nullopt;
    Tail lines;
    for (std::string_view rest = *text; !rest.empty();) lines.add(take_until(rest, '\n'));
    return std::move(lines).take();
}

}  // namespace kmodpp::kernel
