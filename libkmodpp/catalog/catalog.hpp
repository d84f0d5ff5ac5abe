// SPDX-License-Identifier: LGPL-2.1-or-later
// Gives access to the databases of a module directory, which are opened when needed,
// and to the configuration.
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

/// A line of modules.dep.
struct ModuleEntry {
    std::string name;                       ///< normalised
    std::string path;                       ///< within the root, absolute
    std::vector<std::string> dependencies;  ///< paths within the root, dependents first
};

struct CatalogOptions {
    std::string release;
    /// The module directory of the release, absolute within the root.
    std::string directory;
    /// Files and directories that replace the default modprobe.d list.
    std::vector<std::string> config_overrides;
    /// Report a damaged database as an error once, and then treat it as missing. has()
    /// and for_each() still return the error.
    bool skip_damaged = false;
};

/// Databases are opened on first use. A missing database is treated as empty; has()
/// distinguishes the two. For a damaged database, functions return a malformed error
/// that names the file. Not thread-safe. \see CatalogOptions::skip_damaged
class Catalog {
public:
    /// \param root the root of the module directory; must outlive the catalog
    /// \param config_root the root of the configuration; differs from `root` if an
    /// image is used with the host's configuration; must outlive the catalog
    /// \param command_line the kernel command line
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
    /// The root of the configuration.
    [[nodiscard]] const io::Root& config_root() const { return config_root_; }
    [[nodiscard]] const std::vector<std::string>& config_overrides() const {
        return options_.config_overrides;
    }

    [[nodiscard]] Result<bool> has(Database database);
    /// The line in modules.dep for exactly that normalised name.
    [[nodiscard]] Result<std::optional<ModuleEntry>> find_module(std::string_view name);
    /// The modules whose alias patterns match the query, ordered by priority. Sets name
    /// and pattern.
    [[nodiscard]] Result<std::vector<NamedModule>> search(Database database,
                                                          std::string_view query);
    [[nodiscard]] Result<bool> is_builtin(std::string_view name);
    /// Visits every key and value of a database, ordered by key.
    [[nodiscard]] Status for_each(Database database, const IndexReader::Visitor& visit);
    /// All entries of modules.builtin.modinfo; borrows from the catalog. not_found: the
    /// file does not exist.
    [[nodiscard]] Result<const std::vector<BuiltinInfoEntry>*> builtin_modinfo();

    /// Closes all databases, so that the next call opens them again. Invalidates
    /// everything that was borrowed from them.
    void close_databases();
    /// Whether an open database was replaced or removed, or a missing one was created.
    /// For long-running processes.
    [[nodiscard]] bool databases_changed() const;
    /// Whether the contents of the configuration files have changed, including those in
    /// the module directory. Reads them again.
    [[nodiscard]] bool config_changed() const;

private:
    struct OpenIndex {
        std::optional<io::FileStamp> stamp;  ///< nullopt: the file does not exist
        std::unique_ptr<io::LazyFile> file;  ///< the reader borrows from it
        std::optional<IndexReader> reader;   ///< nullopt: it does not exist or is empty
    };
    struct ConfigTexts {
        std::vector<ConfigFile> administrator;
        std::vector<ConfigFile> modules;  ///< modules.softdep and modules.weakdep
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
    /// Returns the result, or an empty one if the database is damaged and
    /// CatalogOptions::skip_damaged is set.
    template <class Value>
    Result<Value> or_empty(Database database, Result<Value> result);
    [[nodiscard]] std::string path_of(Database database) const;
    [[nodiscard]] ConfigTexts read_config(MessageSink& messages) const;
    [[nodiscard]] Error in_database(Database database, Error error) const;
    [[nodiscard]] std::string absolute(std::string_view path_of_database) const;

    const io::Root& root_;
    const io::Root& config_root_;
    CatalogOptions options_;
    ModprobeConfig config_;
    ConfigTexts config_texts_;  ///< the files that config_ was parsed from
    std::array<std::optional<OpenIndex>, kDatabaseCount> indexes_;
    std::unique_ptr<BuiltinModinfo> builtin_modinfo_;
    MessageSink& messages_;
    std::array<bool, kDatabaseCount> skipped_ = {};
};

}  // namespace kmodpp
