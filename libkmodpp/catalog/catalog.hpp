// SPDX-License-Identifier: LGPL-2.1-or-later
// What exists for one kernel: the databases of its module directory, looked up lazily,
// and the configuration.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "catalog/config_files.hpp"
#include "format/index_reader.hpp"
#include "format/modinfo.hpp"
#include "format/modprobe_config.hpp"
#include "io/file.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// The .bin databases of a module directory.
enum class Database { dep, alias, symbols, builtin, builtin_alias };
inline constexpr std::size_t kDatabaseCount = 5;

/// "modules.dep.bin"
[[nodiscard]] std::string_view file_name(Database database);

/// A module file as modules.dep knows it.
struct ModuleEntry {
    std::string name;                       ///< normalised
    std::string path;                       ///< within the root, absolute
    std::vector<std::string> dependencies;  ///< paths within the root, dependents first
};

struct CatalogOptions {
    std::string release;
    /// The directory that holds the release's databases, absolute within the root.
    std::string directory;
    /// Files and directories that replace the default modprobe.d list.
    std::vector<std::string> config_overrides;
    /// A damaged database is told of once, as an error, and then counts as missing:
    /// but not for has() and for_each(), which are about itself.
    bool pass_over_damaged = false;
};

/// Databases are opened at their first use. A missing one answers as an empty one; has()
/// tells them apart. A damaged one is a malformed error that names the file. Not
/// thread-safe. \see CatalogOptions::pass_over_damaged
class Catalog {
public:
    /// \param root        where the module directory lies
    /// \param config_root where the configuration lies; the same unless an image is
    /// queried with the host's configuration. Both must outlive the catalog
    /// \param command_line the kernel's
    /// \param messages must outlive the catalog
    Catalog(const io::Root& root, const io::Root& config_root, CatalogOptions options,
            std::string_view command_line, MessageSink& messages);

    [[nodiscard]] const io::Root& root() const { return root_; }
    [[nodiscard]] const std::string& release() const { return options_.release; }
    /// Within the root.
    [[nodiscard]] const std::string& directory() const { return options_.directory; }
    /// As seen from outside the root.
    [[nodiscard]] std::string display_directory() const;
    [[nodiscard]] const ModprobeConfig& config() const { return config_; }
    /// Where the configuration lies.
    [[nodiscard]] const io::Root& config_root() const { return config_root_; }
    [[nodiscard]] const std::vector<std::string>& config_overrides() const {
        return options_.config_overrides;
    }

    [[nodiscard]] Result<bool> has(Database database);
    /// The module of exactly that normalised name, from modules.dep.
    [[nodiscard]] Result<std::optional<ModuleEntry>> find_module(std::string_view name);
    /// Modules whose alias patterns match, by priority: name and pattern of each.
    [[nodiscard]] Result<std::vector<NamedModule>> search(Database database,
                                                          std::string_view query);
    [[nodiscard]] Result<bool> is_builtin(std::string_view name);
    /// Every key and value of a database, in the order of the keys.
    [[nodiscard]] Status for_each(Database database, const IndexReader::Visitor& visit);
    /// Everything in modules.builtin.modinfo; borrows from the catalog. not_found where
    /// there is no such file.
    [[nodiscard]] Result<const std::vector<BuiltinInfoEntry>*> builtin_modinfo();

    /// Forgets every database, so that the next question reads it anew. What was borrowed
    /// from them ends.
    void close_databases();
    /// Whether a file in use is another one by now, or one is there that was missing. A
    /// process that lives long asks this; others end before anything changes.
    [[nodiscard]] bool databases_changed() const;
    /// Whether the files of the configuration, those of the module directory included,
    /// say something else than what was read. Reads them again.
    [[nodiscard]] bool config_changed() const;

private:
    struct OpenIndex {
        std::optional<io::FileStamp> stamp;  ///< none: the file did not exist
        std::unique_ptr<io::LazyFile> file;  ///< the reader borrows from it
        std::optional<IndexReader> reader;  ///< none: the file does not exist
    };
    struct ConfigTexts {
        std::vector<ConfigFile> administrator;
        std::vector<ConfigFile> modules;  ///< what they say of themselves
        bool operator==(const ConfigTexts&) const = default;
    };
    struct BuiltinModinfo {
        std::string text;
        std::vector<BuiltinInfoEntry> entries;  ///< borrow from the text
    };
    [[nodiscard]] Result<const IndexReader*> index(Database database);
    [[nodiscard]] Result<std::optional<ModuleEntry>> read_entry(std::string_view name);
    [[nodiscard]] Result<std::vector<NamedModule>> read_matches(Database database,
                                                                std::string_view query);
    [[nodiscard]] Result<bool> read_builtin(std::string_view name);
    /// The answer, or that of an empty database.
    template <class Answer>
    Result<Answer> or_nothing(Database database, Result<Answer> answer);
    [[nodiscard]] std::string path_of(Database database) const;
    [[nodiscard]] ConfigTexts read_config(MessageSink& messages) const;
    [[nodiscard]] Error in_database(Database database, Error error) const;
    [[nodiscard]] std::string absolute(std::string_view path_of_database) const;

    const io::Root& root_;
    const io::Root& config_root_;
    CatalogOptions options_;
    ModprobeConfig config_;
    ConfigTexts config_texts_;  ///< what config_ was made of
    std::array<std::optional<OpenIndex>, kDatabaseCount> indexes_;
    std::unique_ptr<BuiltinModinfo> builtin_modinfo_;
    MessageSink& messages_;
    std::array<bool, kDatabaseCount> passed_over_ = {};
};

}  // namespace kmodpp
