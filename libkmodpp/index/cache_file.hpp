// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the inspection cache file and decides whether it can be trusted.
#pragma once

#include <string>
#include <string_view>

#include "index/inspection_cache.hpp"
#include "io/root.hpp"
#include "kmodpp/depmod.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// The cache file of one run. A failure to read or write it only causes a message.
class CacheFile {
public:
    /// \param root      of the tree that is read
    /// \param directory the module directory of the release, within the root
    CacheFile(const DepmodRequest& request, const io::Root& root,
              const std::string& directory);

    /// False: this run does not use a cache.
    [[nodiscard]] bool is_used() const { return !path_.empty(); }
    /// Empty if the cache is missing or unusable. A cache that another user could have
    /// written is not used, because its contents end up in the databases.
    [[nodiscard]] InspectionCache read(const io::Root& host, MessageSink& messages) const;
    void write(const io::Root& host, const LastRun& last, EncodedModules modules,
               MessageSink& messages) const;

private:
    [[nodiscard]] Status try_write(const io::Root& host, const std::string& bytes) const;
    void remove_orphans(const io::Root& host) const;

    std::string path_;    ///< on the host
    std::string origin_;  ///< the tree and program recorded in the file
    std::string module_directory_;
    bool automatic_ = false;
};

}  // namespace kmodpp::index
