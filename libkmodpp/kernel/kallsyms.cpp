// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/kallsyms.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::string_view kEntry = "__ksymtab_";
constexpr std::string_view kGplBegin = "__start___ksymtab_gpl";
constexpr std::string_view kGplEnd = "__stop___ksymtab_gpl";

constexpr std::size_t kPiece = 64u << 10;
/// Several times the size of the list for the largest kernel with all its modules.
constexpr std::uint64_t kMaxListing = 128u << 20;
/// Symbol names have at most 512 bytes.
constexpr std::size_t kMaxLine = 4096;

}  // namespace

void KallsymsReader::add(std::string_view piece) {
    while (!piece.empty()) {
        const std::size_t end = piece.find('\n');
        if (end == std::string_view::npos) {
            if (rest_.size() + piece.size() <= kMaxLine) rest_ += piece;
            return;
        }
        if (rest_.empty()) {
            add_line(piece.substr(0, end));
        } else {
            rest_ += piece.substr(0, end);
            add_line(rest_);
            rest_.clear();
        }
        piece.remove_prefix(end + 1);
    }
}

void KallsymsReader::add_line(std::string_view line) {
    const std::string_view address = take_until(line, ' ');
    static_cast<void>(take_until(line, ' '));  // the type
    std::string_view name = take_until(line, '\t');
    const auto value = parse_unsigned<std::uint64_t>(address, 16).value_or(0);
    if (name == kGplBegin) gpl_begin_ = value;
    if (name == kGplEnd) gpl_end_ = value;
    if (!name.starts_with(kEntry)) return;
    shows_exports_ = true;
    name.remove_prefix(kEntry.size());
    if (!wanted_.contains(name)) return;
    VisibleExport& found = found_[std::string(name)];
    if (line.starts_with('[') && line.ends_with(']'))
        found.owner = line.substr(1, line.size() - 2);
    else
        own_.push_back({std::string(name), value});
}

std::optional<VisibleExports> KallsymsReader::take() && {
    if (!shows_exports_) return std::nullopt;
    // Every address is 0 for an unprivileged process.
    if (gpl_begin_ != 0 && gpl_begin_ < gpl_end_)
        for (const Place& place : own_)
            found_[place.symbol].gpl_only =
                place.address >= gpl_begin_ && place.address < gpl_end_;
    return std::move(found_);
}

std::optional<VisibleExports> read_kallsyms(
    const io::Root& root, const std::set<std::string, std::less<>>& wanted) {
    const auto fd = root.open_file("/proc/kallsyms", O_RDONLY);
    if (!fd) return std::nullopt;
    KallsymsReader reader(wanted);
    std::vector<char> piece(kPiece);
    for (std::uint64_t all = 0; all < kMaxListing;) {
        const ssize_t size = read(fd->get(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        reader.add({piece.data(), static_cast<std::size_t>(size)});
        all += static_cast<std::uint64_t>(size);
    }
    return std::move(reader).take();
}

}  // namespace kmodpp::kernel
