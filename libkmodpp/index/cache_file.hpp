// SPDX-License-Identifier: LGPL-2.1-or-later
// Where an inspection cache lies, and whom to believe it.
#pragma once

#include <string>
#include <string_view>

#include "index/inspection_cache.hpp"
#include "io/root.hpp"
#include "kmodpp/depmod.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// The cache file of one run. A cache that cannot be read or written is never more than a
/// remark.
class CacheFile {
public:
    /// \param root      of the tree that is read
    /// \param directory the module directory of the release, within the root
    CacheFile(const DepmodRequest& request, const io::Root& root,
              const std::string& directory);

    /// False: this run neither reads nor writes a cache.
    [[nodiscard]] bool is_used() const { return !path_.empty(); }
    /// Empty when there is no cache that can be used. One that others might have written
    /// is left alone: what it says ends up in the databases.
    [[nodiscard]] InspectionCache read(const io::Root& host, MessageSink& messages) const;
    void write(const io::Root& host, const LastRun& last, EncodedModules modules,
               MessageSink& messages) const;

private:
    [[nodiscard]] Status try_write(const io::Root& host, const std::string& bytes) const;
    void remove_orphans(const io::Root& host) const;

    std::string path_;    ///< on the host
    std::string origin_;  ///< what the file says that it is the cache of
    std::string module_directory_;
    bool automatic_ = false;
};

}  // namespace kmodpp::index
