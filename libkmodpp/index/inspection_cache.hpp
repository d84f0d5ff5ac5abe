// SPDX-License-Identifier: LGPL-2.1-or-later
// What earlier runs have read out of module files, and what the last one wrote. A cache
// only saves time: one that is damaged, foreign or old counts as empty.
//
//   0   "KMODPPIC", u32 version, u32 0
//   16  u64 checksum of what follows up to the modules
//   24  u64 size of the part about modules, u64 checksum of it
//   40  text   origin: whose cache it is, and by which program
//       u64    digest of what the last run read; u32 1 if it was silent;
//       u32    number of its files
//       each   text name, u64 size, u64 checksum of the contents
//   the modules, to the end of the file:
//       u32    number of modules
//       each   text path, u64 × 5 stamp, facts (module_facts.hpp)
//
// Integers are little-endian, texts end in NUL. Readers take their own version only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "index/module_facts.hpp"
#include "io/buffer.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"

namespace kmodpp::index {

/// A file as the last run left it.
struct WrittenFile {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
    bool operator==(const WrittenFile&) const = default;
};

/// The outcome of a run, by which the next one can tell that there is nothing to do.
struct LastRun {
    /// Of its modules and of what it read besides them, see digest_of().
    std::uint64_t digest = 0;
    /// It had no remarks on what it read, which a repetition would have to make again.
    bool silent = false;
    /// The databases; none when there was no such run.
    std::vector<WrittenFile> files;
};

/// A module as it is remembered; borrows.
struct RememberedModule {
    std::string_view path;  ///< as modules.dep has it
    io::FileStamp stamp;
    ModuleFacts facts;
};

/// 64 bits that tell texts apart, by the machine that asks; not for other machines. A
/// text may come in blocks of kBlock bytes, of which the last may be shorter.
class Checksum {
public:
    static constexpr std::size_t kBlock = 64u << 10;
    void add(std::string_view block);
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};
[[nodiscard]] std::uint64_t checksum_of(std::string_view text);

/// The part of a cache file that is about modules.
struct EncodedModules {
    std::string bytes;
    std::uint64_t checksum = 0;
};

/// Immutable; the records of inspect() borrow from it.
class InspectionCache {
public:
    /// Knows nothing.
    InspectionCache() = default;
    /// The bytes of a cache file. malformed, with the reason, when they are not an intact
    /// cache of this origin and version.
    [[nodiscard]] static Result<InspectionCache> decode(std::string bytes,
                                                        std::string_view origin);
    /// False for some other file, by its first 8 bytes or what it has of them.
    [[nodiscard]] static bool may_be_one(std::string_view head);
    /// The greater part of a cache file, which can be made before the run is over.
    [[nodiscard]] static EncodedModules encode_modules(
        const std::vector<RememberedModule>& modules);
    /// What stands before that part.
    [[nodiscard]] static std::string encode_head(std::string_view origin,
                                                 const LastRun& last,
                                                 const EncodedModules& modules);

    /// Null when the path is not known. Safe from several threads.
    [[nodiscard]] const RememberedModule* find(std::string_view path) const;
    [[nodiscard]] const LastRun& last_run() const { return last_; }
    [[nodiscard]] const std::vector<RememberedModule>& modules() const {
        return modules_;
    }

private:
    std::string bytes_;
    LastRun last_;
    std::vector<RememberedModule> modules_;
    std::unordered_map<std::string_view, std::size_t> positions_;
};

}  // namespace kmodpp::index
