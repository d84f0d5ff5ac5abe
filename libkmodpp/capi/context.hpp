// SPDX-License-Identifier: LGPL-2.1-or-later
// The context object of the C interface.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capi/border.hpp"
#include "capi/log.hpp"
#include "catalog/catalog.hpp"
#include "catalog/config_rules.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "plan/resolver.hpp"

struct kmod_ctx {
    /// \param module_directory absolute
    /// \param tree the root that the module directory belongs to
    kmod_ctx(kmodpp::io::Root host, kmodpp::io::Root tree,
             std::unique_ptr<kmodpp::kernel::Kernel> its_kernel,
             std::string module_directory, std::vector<std::string> config_paths);

    /// Closes the databases that earlier calls have opened, so that changes on disk are
    /// seen, unless kmod_load_resources() was called.
    [[nodiscard]] kmodpp::Catalog& databases() const;
    /// Every line of the configuration. Built on the first call.
    [[nodiscard]] std::shared_ptr<const std::vector<kmodpp::ConfigRule>> rules() const;
    /// Whether a module is live in the kernel or built into it.
    [[nodiscard]] kmodpp::LoadedQuery loaded_query() const;
    /// Logs the error and returns its negative errno.
    int failed(const kmodpp::Error& error) const;
    int failed(const kmodpp::Error& error, kmodpp::Priority priority) const;

    unsigned references = 1;
    const std::string directory;
    mutable kmodpp::capi::Log log = {};
    const kmodpp::io::Root root;
    /// The root that the module directory belongs to; symlinks are resolved inside it.
    /// Programs see paths with the prefix of this root.
    const kmodpp::io::Root image;
    const std::unique_ptr<kmodpp::kernel::Kernel> kernel;
    /// Keyed by name and by the alias that led to it. Both borrow from the module.
    std::map<std::pair<std::string_view, std::string_view>, kmod_module*> modules = {};
    const void* userdata = nullptr;
    bool keeps_databases = false;  ///< kmod_load_resources was called

    [[nodiscard]] const kmodpp::ModprobeConfig& config() const {
        return catalog_->config();
    }
    /// Whether the configuration or the databases have changed since they were read.
    [[nodiscard]] kmod_resources validate() const;
    void close_databases() { catalog_->close_databases(); }

private:
    const std::unique_ptr<kmodpp::Catalog> catalog_;
    mutable std::shared_ptr<const std::vector<kmodpp::ConfigRule>> rules_ = {};
};
