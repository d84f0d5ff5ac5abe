// SPDX-License-Identifier: LGPL-2.1-or-later
// Module objects: counted references, one object for each name of a context.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "capi/border.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp::capi {

/// Holds one reference.
class ModuleRef {
public:
    ModuleRef() = default;
    /// Takes over a reference that is held already.
    static ModuleRef adopt(kmod_module* module) { return ModuleRef(module); }
    /// Takes one of its own.
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
    /// Hands the reference over.
    [[nodiscard]] kmod_module* release() { return std::exchange(module_, nullptr); }

private:
    explicit ModuleRef(kmod_module* module) : module_(module) {}
    kmod_module* module_ = nullptr;
};

/// The object of a name, made when there is none.
/// \param name normalised
/// \param alias what led to it; objects of a name and of an alias are different ones
[[nodiscard]] ModuleRef module_of(kmod_ctx& context, std::string_view name,
                                  std::string_view alias = {});

/// What modules.dep says of it, kept from then on, and with it the path if there was
/// none. Null: nothing.
const ModuleEntry* entry_of(const kmod_module& module, Catalog& databases);
/// The file, if it has one: that of its path, or of the databases. Kept from then on.
[[nodiscard]] const std::string* path_of(const kmod_module& module);
/// Whether the kernel was built with it. Kept from then on.
[[nodiscard]] bool is_builtin(const kmod_module& module);

}  // namespace kmodpp::capi

struct kmod_module {
    kmod_module(kmod_ctx& its_context, std::string its_name, std::string its_alias);
    ~kmod_module();
    kmod_module(const kmod_module&) = delete;
    kmod_module& operator=(const kmod_module&) = delete;

    kmod_ctx& context;  ///< holds a reference
    const std::string name;
    const std::string alias;  ///< empty: its own name led to it
    unsigned references = 1;
    // Found out when they are first asked for: programs borrow them as long as the object
    // lives, and see them as constant.
    mutable std::optional<std::string> path = {};
    mutable std::optional<kmodpp::ModuleEntry> entry = {};
    mutable std::optional<bool> builtin = {};
    mutable std::optional<std::string> options = {};
    mutable std::optional<std::string> install_command = {};
    mutable std::optional<std::string> remove_command = {};
};
