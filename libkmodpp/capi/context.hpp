// SPDX-License-Identifier: LGPL-2.1-or-later
// What a context of the C interface owns.
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

    /// As fresh as the program wants it: what an earlier call has opened counts only
    /// while the databases are loaded.
    [[nodiscard]] kmodpp::Catalog& databases() const;
    /// Every line of the configuration; made at the first call.
    [[nodiscard]] std::shared_ptr<const std::vector<kmodpp::ConfigRule>> rules() const;
    /// Whether the kernel has it, as one of its modules or built in.
    [[nodiscard]] kmodpp::LoadedQuery loaded_query() const;
    /// The same for plans that are not carried out: what the kernel holds counts only
    /// where the databases are its own.
    [[nodiscard]] kmodpp::LoadedQuery planned_query() const;
    /// Logs the error. Its negative errno, for functions that have one to answer with.
    int failed(const kmodpp::Error& error) const;
    int failed(const kmodpp::Error& error, kmodpp::Priority priority) const;

    unsigned references = 1;
    const std::string directory;
    mutable kmodpp::capi::Log log = {};
    const kmodpp::io::Root root;
    /// Links in the module directory are followed beneath it; paths that programs see are
    /// those from outside.
    const kmodpp::io::Root image;
    const std::unique_ptr<kmodpp::kernel::Kernel> kernel;
    /// By name and the alias that led to it; both are texts of the module.
    std::map<std::pair<std::string_view, std::string_view>, kmod_module*> modules = {};
    const void* userdata = nullptr;
    bool keeps_databases = false;  ///< kmod_load_resources was called

    [[nodiscard]] const kmodpp::ModprobeConfig& config() const {
        return catalog_->config();
    }
    /// Whether what was loaded is out of date.
    [[nodiscard]] kmod_resources validate() const;
    void close_databases() { catalog_->close_databases(); }

private:
    const std::unique_ptr<kmodpp::Catalog> catalog_;
    mutable std::shared_ptr<const std::vector<kmodpp::ConfigRule>> rules_ = {};
};
