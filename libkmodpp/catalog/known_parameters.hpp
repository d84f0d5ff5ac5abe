// SPDX-License-Identifier: LGPL-2.1-or-later
// Which parameters a module takes, and of which types.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "format/parameters.hpp"

namespace kmodpp {

/// Of one module. Owns its texts.
class KnownParameters {
public:
    /// \param module normalised name of a module of modules.dep or of a builtin one.
    /// A file tells all of its parameters: those that .modinfo describes, and by the
    /// symbols of its __param section the few that nothing describes. Of a builtin module
    /// only the described ones can be known.
    [[nodiscard]] static Result<KnownParameters> read(Catalog& catalog,
                                                      const std::string& module);

    /// '-' and '_' are alike. True too for those that every module takes.
    [[nodiscard]] bool has(std::string_view name) const;
    /// Whether there can be others.
    [[nodiscard]] bool may_have_more() const { return may_have_more_; }
    /// The known name most like this one; empty when none is like it.
    [[nodiscard]] std::string nearest(std::string_view name) const;
    /// Whether the kernel would take the value, as far as the type tells.
    [[nodiscard]] Status check(const Parameter& parameter) const;

private:
    /// Normalised name -> type.
    std::map<std::string, std::optional<std::string>, std::less<>> types_;
    std::size_t long_size_ = sizeof(long);
    bool may_have_more_ = false;
};

}  // namespace kmodpp
