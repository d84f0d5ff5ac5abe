// SPDX-License-Identifier: LGPL-2.1-or-later
// Module objects: reference-counted, one object per name in a context.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "capi/error_code.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp::capi {

/// Holds one reference.
class ModuleRef {
public:
    ModuleRef() = default;
    /// Adopts an existing reference.
    static ModuleRef adopt(kmod_module* module) { return ModuleRef(module); }
    /// Takes a new reference.
    static ModuleRef share(kmod_module* module) {
        return ModuleRef(kmod_module_ref(module));
    }
    ModuleRef(ModuleRef&& other) noexcept
        : module_(std::exchange(other.module_, nullptr)) {}
    ModuleRef& operator=(ModuleRef&& other) noexcept {
        std::swap(module_, other.module_);
        return *this;
    }
    ~ModuleRef() { kmod_module_unref(module_); }

    [[nodiscard]] kmod_module* get() const { return module_; }
    kmod_module* operator->() const { return module_; }
    /// Passes the reference to the caller.
    [[nodiscard]] kmod_module* release() { return std::exchange(module_, nullptr); }

private:
    explicit ModuleRef(kmod_module* module) : module_(module) {}
    kmod_module* module_ = nullptr;
};

/// Returns the object for a name; creates it if necessary.
/// \param name normalised
/// \param alias the alias that led to the name; with an alias it is a separate object
[[nodiscard]] ModuleRef module_of(kmod_ctx& context, std::string_view name,
                                  std::string_view alias = {});

/// The module's line in modules.dep, cached together with the path if that was unknown.
/// Null: there is no line.
const ModuleEntry* entry_of(const kmod_module& module, Catalog& databases);
/// The module file, from its path or from the databases. Cached.
[[nodiscard]] const std::string* path_of(const kmod_module& module);
/// Whether the module is built in. Cached.
[[nodiscard]] bool is_builtin(const kmod_module& module);

}  // namespace kmodpp::capi

struct kmod_module {
    kmod_module(kmod_ctx& module_context, std::string module_name,
                std::string module_alias);
    ~kmod_module();
    kmod_module(const kmod_module&) = delete;
    kmod_module& operator=(const kmod_module&) = delete;

    kmod_ctx& context;  ///< holds a reference
    const std::string name;
    const std::string alias;  ///< empty: found by its own name
    unsigned references = 1;
    // Filled at the first use; programs may borrow them for the lifetime of the object.
    mutable std::optional<std::string> path = {};
    mutable std::optional<kmodpp::ModuleEntry> entry = {};
    mutable std::optional<bool> builtin = {};
    mutable std::optional<std::string> options = {};
    mutable std::optional<std::string> install_command = {};
    mutable std::optional<std::string> remove_command = {};
};
