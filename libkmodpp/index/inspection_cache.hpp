// SPDX-License-Identifier: LGPL-2.1-or-later
// The inspection cache: what earlier runs read from module files, and what the last run
// wrote. It only saves time: a cache that is damaged, of another version or of another
// tree counts as empty.
//
//   0   "KMODPPIC", u32 version, u32 0
//   16  u64 checksum of everything between here and the modules
//   24  u64 size of the modules part, u64 checksum of it
//   40  text   origin: the tree, and the program that wrote the cache
//       u64    digest of the input of the last run; u32 1 if it was silent;
//       u32    number of files that it wrote
//       each   text name, u64 size, u64 checksum of the contents
//   the modules, to the end of the file:
//       u32    number of modules
//       each   text path, u64 × 5 stamp, facts (module_facts.hpp)
//
// Integers are little-endian, texts end in NUL. Other versions are rejected.
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

/// A file that the last run wrote.
struct WrittenFile {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
    bool operator==(const WrittenFile&) const = default;
};

/// The outcome of a run, from which the next one sees whether there is anything to do.
struct LastRun {
    /// Digest of its input, see digest_of().
    std::uint64_t digest = 0;
    /// True if the run printed no warnings, which the next one would have to repeat.
    bool silent = false;
    /// The databases; empty if no run is recorded.
    std::vector<WrittenFile> files;
};

/// A cached module. Borrows.
struct RememberedModule {
    std::string_view path;  ///< as in modules.dep
    /// Empty, which no file matches, if the file has to be read again in any case.
    io::FileStamp stamp;
    ModuleFacts facts;
};

/// A 64-bit checksum that is only meaningful on the machine that computed it. Texts are
/// added in blocks of kBlock bytes, of which only the last may be shorter.
class Checksum {
public:
    static constexpr std::size_t kBlock = 64u << 10;
    void add(std::string_view block);
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};
[[nodiscard]] std::uint64_t checksum_of(std::string_view text);

/// The modules part of a cache file.
struct EncodedModules {
    std::string bytes;
    std::uint64_t checksum = 0;
};

/// Immutable; the records of inspect() borrow from it.
class InspectionCache {
public:
    /// An empty cache.
    InspectionCache() = default;
    /// Decodes the contents of a cache file.
    /// \return malformed, with the reason, unless it is an intact cache of this origin
    /// and version
    [[nodiscard]] static Result<InspectionCache> decode(std::string bytes,
                                                        std::string_view origin);
    /// False if the first 8 bytes of a file show that it is not a cache; \p head has
    /// fewer if the file is shorter.
    [[nodiscard]] static bool may_be_cache(std::string_view head);
    /// Encodes the larger part of a cache file, which is possible before the run has
    /// ended.
    [[nodiscard]] static EncodedModules encode_modules(
        const std::vector<RememberedModule>& modules);
    /// Encodes everything that precedes the modules.
    [[nodiscard]] static std::string encode_head(std::string_view origin,
                                                 const LastRun& last,
                                                 const EncodedModules& modules);

    /// Null if \p path is not in the cache. Thread-safe.
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
