// SPDX-License-Identifier: LGPL-2.1-or-later
// The parameters of one module, and what the kernel does with a parameter that is given
// (source: kernel/params.c, kernel/module/main.c, lib/dynamic_debug.c).
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
#include "format/parameters.hpp"
#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// A parameter that a module has.
struct KnownParameter {
    std::string name = {};  ///< as the module declares it
    std::string type = {};  ///< of parmtype; empty: not declared, so any value is taken
    std::optional<ParameterEntry> entry = {};  ///< in the kernel's table

    [[nodiscard]] bool is_array() const { return type.starts_with(kArrayTypePrefix); }
    /// Whether an array is given more elements than it has.
    [[nodiscard]] bool has_too_many_elements(std::string_view value) const;
    /// Whether a text is too long for a buffer of the module (type "string").
    [[nodiscard]] bool is_too_long(std::string_view value) const;
};

/// Owns its texts. '-' equals '_' in names.
class KnownParameters {
public:
    /// The parameters of a module file: those of the kernel's table in the section
    /// __param, with the types of .modinfo. A file without a table, or with an entry
    /// whose name cannot be found, has those that .modinfo describes.
    [[nodiscard]] static Result<KnownParameters> of_file(
        const elf::Image& image, const std::vector<InfoEntry>& info);
    /// The parameters of a builtin module, of which some may not be described.
    [[nodiscard]] static KnownParameters of_builtin(const std::vector<InfoEntry>& info);

    /// Whether every module takes the parameter: async_probe, dyndbg, NAME.dyndbg.
    [[nodiscard]] static bool is_common(std::string_view name);

    /// Null when the module has no such parameter.
    [[nodiscard]] const KnownParameter* find(std::string_view name) const;
    /// Whether the module may have parameters that are not known here.
    [[nodiscard]] bool may_have_more() const { return may_have_more_; }
    [[nodiscard]] bool empty() const { return parameters_.empty(); }
    /// By normalised name.
    [[nodiscard]] const std::map<std::string, KnownParameter, std::less<>>& all() const {
        return parameters_;
    }
    /// Bytes of the kernel's long.
    [[nodiscard]] std::size_t long_size() const { return long_size_; }

    /// Whether the kernel takes the value, as far as type and table tell; the error is
    /// that of check_parameter().
    [[nodiscard]] Status check(const Parameter& parameter) const;
    /// What is wrong with a parameter, in the words of every tool; nullopt: the kernel
    /// takes it.
    /// \param module the name that the text begins with
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
