// SPDX-License-Identifier: LGPL-2.1-or-later
// The picture of a set of files that are being replaced together, in memory that a writer
// and its guard share, and the one function that brings such a set to its end.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"

namespace kmodpp::io {

/// One file of a set. Plain data: whoever is killed between two of its stores leaves a
/// picture that settle() can finish. What is claimed to exist may not exist yet, or not
/// any more, but nothing exists that is not claimed.
struct StagedFile {
    /// A file name with its NUL; the longest that Linux knows is 255 bytes.
    using Name = std::array<char, NAME_MAX + 1>;
    enum class Action : std::uint8_t {
        none,    ///< forgotten, or done; there may be a temporary to be removed
        write,   ///< `name` becomes `temporary`
        remove,  ///< `name` goes
    };
    [[nodiscard]] std::string_view name_text() const { return name.data(); }

    Name name;
    Name temporary;  ///< the new contents, where has_temporary
    Name backup;     ///< the old file, where has_backup
    Action action;
    bool has_temporary;
    bool has_backup;
    bool was_absent;      ///< there was no old file
    bool attempted;       ///< somebody set about to replace or remove `name`
    bool replaced;        ///< and did it
    std::uint16_t named;  ///< how many names it was given
};

/// What becomes of a set when its owner does no more.
enum class Outcome : std::uint32_t {
    discard,  ///< temporaries and back-ups go
    replace,  ///< every file is replaced; when one cannot be, restore
    restore,  ///< back-ups go back to their places
};

/// More than any directory of databases has; the pages of the others are never touched.
inline constexpr std::uint32_t kMaxStagedFiles = 4096;

struct SetPicture {
    std::atomic<Outcome> outcome;
    std::atomic<std::uint32_t> count;
    bool sync;
    std::array<StagedFile, kMaxStagedFiles> files;
};

/// Why a set could not be replaced.
struct SettleFailure {
    int code = 0;                      ///< an errno; 0: there was none
    const StagedFile* file = nullptr;  ///< null: the directory could not be synced
    bool removal = false;              ///< the file was to be removed
    bool restored = true;              ///< false: not every old file could be put back
};

/// Does what the picture says is still to be done, in the directory of that descriptor.
/// May be called again and by another process after any part of it was done. Makes
/// async-signal-safe calls only: it runs in a copy of a process with threads.
SettleFailure settle(SetPicture& set, int directory);

/// True when fsync failed: some file systems cannot sync what they are asked to, and say
/// so.
[[nodiscard]] bool sync_failed(int result);

/// Temporaries and back-ups are called .NAME.XXXXXX.
[[nodiscard]] bool is_temporary_of(std::string_view name, std::string_view candidate);

/// Owns the memory of a picture. Move-only.
class StagedSet {
public:
    [[nodiscard]] static Result<StagedSet> make(bool sync);
    StagedSet(StagedSet&& other) noexcept;
    StagedSet& operator=(StagedSet&& other) noexcept;
    ~StagedSet();

    /// False after it was moved from.
    [[nodiscard]] explicit operator bool() const { return picture_ != nullptr; }
    /// Borrows from this object.
    [[nodiscard]] SetPicture& picture() const { return *picture_; }
    [[nodiscard]] std::span<StagedFile> files() const;
    /// A file with a new name for its temporary, which it claims to have if it is to be
    /// written. ENAMETOOLONG when there is no room for the longer name.
    [[nodiscard]] Result<StagedFile*> append(std::string_view name,
                                             StagedFile::Action action);
    /// Another name for a temporary or a back-up that is not there, and the claim that it
    /// is.
    static void rename_temporary(StagedFile& file);
    static void name_backup(StagedFile& file);

private:
    explicit StagedSet(SetPicture* picture) : picture_(picture) {}
    SetPicture* picture_;
};

}  // namespace kmodpp::io
