// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/commit_record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <string>

#include "base/text.hpp"
#include "io/fd.hpp"
#include "io/file.hpp"
#include "io/temporary_name.hpp"

namespace kmodpp::io {

namespace {

using namespace std::string_view_literals;

constexpr auto kReplace = "replace"sv;
constexpr auto kRemove = "remove"sv;
constexpr auto kCommit = "commit/\n"sv;

/// Far more than the record of kMaxStagedFiles files needs.
constexpr std::uint64_t kMaxRecord = 4u << 20;

std::string to_text(const SetPicture& set) {
    std::string out;
    const auto files = std::span(set.files).first(set.count.load());
    for (const StagedFile& file : files) {
        if (file.action == StagedFile::Action::none) continue;
        const bool removal = file.action == StagedFile::Action::remove;
        out += cat(removal ? kRemove : kReplace, "/", file.name_text(), "/",
                   removal ? "" : file.temporary.data(), "/",
                   file.has_backup ? file.backup.data() : "", "/\n");
    }
    return out.append(kCommit);
}

/// The next field; nullopt if the text ends before its end.
std::optional<std::string_view> take_field(std::string_view& text) {
    const std::size_t end = text.find('/');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(end + 1);
    return field;
}

bool copy_name(StagedFile::Name& to, std::string_view name) {
    if (name.size() >= to.size() || name.contains('\0')) return false;
    to = {};
    std::ranges::copy(name, to.begin());
    return true;
}

/// Parses one line; false if it is not valid.
bool take_file(std::string_view& text, StagedFile& file) {
    const auto action = take_field(text);
    const auto name = take_field(text);
    const auto temporary = take_field(text);
    const auto backup = take_field(text);
    if (!backup || !text.starts_with('\n')) return false;
    text.remove_prefix(1);
    const bool removal = action == kRemove;
    const auto belongs = [&](std::string_view other) {
        return is_temporary_of(*name, other);
    };
    if ((!removal && action != kReplace) || name->empty() ||
        temporary->empty() != removal || (!removal && !belongs(*temporary)) ||
        (!backup->empty() && !belongs(*backup)) || !copy_name(file.name, *name) ||
        !copy_name(file.temporary, *temporary) || !copy_name(file.backup, *backup))
        return false;
    file.action = removal ? StagedFile::Action::remove : StagedFile::Action::write;
    file.has_temporary = !removal;
    file.has_backup = !backup->empty();
    file.was_absent = backup->empty();
    // The killed process may already have replaced or removed the file.
    file.attempted = true;
    return true;
}

/// Fills in the set; false if the record is incomplete, which means that no file has
/// been replaced.
bool read_record(std::string_view text, SetPicture& set) {
    std::uint32_t count = 0;
    while (!text.starts_with(kCommit)) {
        if (count == kMaxStagedFiles || !take_file(text, set.files[count])) return false;
        ++count;
    }
    text.remove_prefix(kCommit.size());
    const bool undo = !text.empty();
    for (std::uint32_t i = 0; i < count; ++i) set.files[i].replaced = undo;
    set.outcome.store(undo ? Outcome::restore : Outcome::replace);
    set.count.store(count);
    return true;
}

}  // namespace

Status write_commit_record(const SetPicture& set, int directory) {
    const auto failed = [](int code) {
        return fail_errno(code, "cannot record the new files");
    };
    // Without a lock, a record of another writer may be left.
    ::unlinkat(directory, kCommitRecord, 0);
    auto fd = open_at(directory, kCommitRecord, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!fd) return failed(fd.error());
    if (auto written = write_all(fd->get(), to_text(set)); !written)
        return failed(written.error().code);
    if (set.sync && sync_failed(::fsync(fd->get()))) return failed(errno);
    if (::close(fd->release()) != 0) return failed(errno);
    return {};
}

Status finish_interrupted_set(int directory, bool sync) {
    const auto fd = open_regular(directory, kCommitRecord, O_RDONLY);
    const auto failed = [](int code) {
        return fail_errno(code, "cannot finish an interrupted update");
    };
    if (!fd && fd.error() == ENOENT) return {};
    if (!fd) return failed(fd.error());
    TRY_ASSIGN(const std::string text, read_all(fd->get(), kMaxRecord));
    TRY_ASSIGN(const StagedSet set, StagedSet::make(sync));
    set.picture().has_record = true;
    read_record(text, set.picture());
    const SettleFailure failure = settle(set.picture(), directory);
    return failure.code == 0 ? Status() : failed(failure.code);
}

}  // namespace kmodpp::io
