// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the parameters of a module and checks given ones as the kernel does (source:
// kernel/params.c, kernel/module/main.c, lib/dynamic_debug.c).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/parameter_table.hpp"
#include "format/parameter_types.hpp"
#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// One parameter of a module.
struct KnownParameter {
    std::string name = {};         ///< as the module declares it
    std::string type = {};         ///< from parmtype; if empty, any value is accepted
    std::string description = {};  ///< from parm; may be empty
    std::optional<ParameterEntry> entry = {};  ///< in the kernel's table

    [[nodiscard]] bool is_array() const { return type.starts_with(kArrayTypePrefix); }
    /// True if \p value has more elements than the array.
    [[nodiscard]] bool has_too_many_elements(std::string_view value) const;
    /// True if \p value is too long for the module's buffer (type "string").
    [[nodiscard]] bool is_too_long(std::string_view value) const;
};

/// Owns its texts. '-' equals '_' in names.
class KnownParameters {
public:
    /// The parameters of a module file: the entries of the kernel's table in the
    /// section __param, with the types from .modinfo. If the table is missing, or the
    /// name of an entry cannot be determined, parameters that only .modinfo describes
    /// are added.
    [[nodiscard]] static Result<KnownParameters> of_file(
        const elf::Image& image, const std::vector<InfoEntry>& info);
    /// The parameters of a built-in module. It may have others that are not described.
    [[nodiscard]] static KnownParameters of_builtin(const std::vector<InfoEntry>& info);

    /// True for parameters that every module accepts: async_probe, dyndbg, NAME.dyndbg.
    [[nodiscard]] static bool is_common(std::string_view name);

    /// Null if the module has no such parameter.
    [[nodiscard]] const KnownParameter* find(std::string_view name) const;
    /// True if the module may have parameters that are not listed here.
    [[nodiscard]] bool may_have_more() const { return may_have_more_; }
    [[nodiscard]] bool empty() const { return parameters_.empty(); }
    /// By normalised name.
    [[nodiscard]] const std::map<std::string, KnownParameter, std::less<>>& all() const {
        return parameters_;
    }
    /// Size of the kernel's long in bytes.
    [[nodiscard]] std::size_t long_size() const { return long_size_; }

    /// Fails if the kernel would refuse the value, as far as the type and the table
    /// show. Errors as for check_parameter().
    [[nodiscard]] Status check(const Parameter& parameter) const;
    /// Whether the kernel shows the text \p shown for a parameter that was given this
    /// value. nullopt: the driver defines how its values are written, or the module has
    /// no such parameter.
    [[nodiscard]] std::optional<bool> shows(const Parameter& given,
                                            std::string_view shown) const;
    /// Describes what is wrong with a parameter, for the messages of all tools; nullopt
    /// if the kernel accepts it.
    /// \param module the name with which the text begins
    [[nodiscard]] std::optional<ParameterProblem> problem(
        std::string_view module, const Parameter& parameter) const;

private:
    void describe(const std::vector<InfoEntry>& info, bool may_add);
    [[nodiscard]] std::string nearest(std::string_view module,
                                      std::string_view name) const;

    std::map<std::string, KnownParameter, std::less<>> parameters_;
    std::size_t long_size_ = sizeof(long);
    bool may_have_more_ = false;
};

}  // namespace kmodpp
