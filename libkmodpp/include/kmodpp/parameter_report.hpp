// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The parameters of a module: the value in the running kernel, and the value that the
/// configuration asks for. Plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/export.hpp>
#include <kmodpp/loaded_module.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// A value from an options line of modprobe.d or from the kernel command line.
struct RequestedValue {
    std::optional<std::string> value = {};  ///< nullopt: given without "="
    Origin origin = {};                     ///< the line, or "kernel command line"
};

/// The result of comparing the running value with the requested one, by the type of the
/// parameter: Y, y, 1 and on are the same bool, 16 and 0x10 the same number.
enum class Agreement {
    not_compared,  ///< one of the values is missing
    same,
    different,
    unknown,  ///< the texts differ, but a driver defines how they are written
};
/// A stable name for programs: "different".
[[nodiscard]] KMODPP_API std::string_view to_string(Agreement agreement);

/// One parameter of a module.
struct ParameterStatus {
    std::string name = {};         ///< as the module declares it
    std::string type = {};         ///< "bool", "array of int"; empty: not declared
    std::string description = {};  ///< may be empty
    /// The permissions of its file in /sys/module/NAME/parameters; 0: it has none. From
    /// the module file if the module is not loaded.
    unsigned mode = 0;
    /// The value in the kernel, as sysfs shows it. nullopt: the module is not loaded, or
    /// this process cannot read the value.
    std::optional<std::string> value = {};
    std::string value_fault = {};  ///< why it cannot be read: "Permission denied"
    std::optional<RequestedValue> requested = {};  ///< the last value that is asked for
    Agreement agreement = Agreement::not_compared;
    /// For different values: possible reasons, and what to do; else empty.
    std::string note = {};

    /// Whether root can change the value while the module is loaded.
    [[nodiscard]] bool writable() const { return (mode & 0222) != 0; }
};

/// The parameters of one module, sorted by name.
struct ModuleParameters {
    std::string module = {};  ///< normalised
    /// The state in the kernel; for the modules of another kernel, absent or builtin.
    InitState state = InitState::absent;
    std::vector<ParameterStatus> parameters = {};
    /// Values that are asked for without effect: unknown parameters, values that the
    /// kernel would refuse, options lines for a built-in module.
    std::vector<ParameterProblem> problems = {};
    /// Why the module file cannot be read, so that types and descriptions are missing;
    /// else empty.
    std::string file_fault = {};
};

}  // namespace kmodpp
