// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The differences between the modules of two kernel releases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// One of the two releases that were compared.
struct ComparedRelease {
    std::string release;         ///< "6.1.0-56-amd64"
    std::string directory;       ///< module directory, as seen from outside its root
    std::size_t modules = 0;     ///< number of module files
    std::size_t builtin = 0;     ///< number of built-in modules
    std::size_t unreadable = 0;  ///< module files that were compared by path only
    /// The list of the symbols that the kernel itself exports; empty if none was found.
    std::string symvers = {};
};

/// A module that exists in one of the releases only, or in another place or form.
struct ModuleChange {
    /// Kind of the change.
    enum class Kind { added, removed, moved, became_builtin, became_module };
    Kind kind = Kind::added;  ///< kind of the change
    std::string name;         ///< normalised
    /// Paths relative to the module directories, without the suffix of a compression;
    /// empty if the module does not exist or is built in.
    std::string before = {}, after = {};
    bool builtin_before = false, builtin_after = false;  ///< built in
};
/// A stable name for programs: "became_builtin".
[[nodiscard]] KMODPP_API std::string_view to_string(ModuleChange::Kind kind);

/// An alias that leads to other modules than before. Patterns of other aliases that
/// cover the whole pattern are considered: a device keeps its driver if a more general
/// pattern replaces the pattern of the device.
struct AliasChange {
    std::string pattern;     ///< as the module states it
    bool of_device = false;  ///< the alias identifies hardware: "pci:v00008086d*"
    /// The modules that it leads to, sorted; empty if there is none.
    std::vector<std::string> before = {}, after = {};
};

/// A parameter of a module that exists in both releases.
struct ParameterChange {
    std::string module;  ///< normalised
    std::string name;    ///< name of the parameter
    /// The types ("int"), which may be empty; nullopt if it does not exist.
    std::optional<std::string> before = {}, after = {};
};

/// An exported symbol in one of the releases.
struct ExportedState {
    std::string owner;                      ///< the module; empty for the kernel itself
    std::optional<std::uint32_t> crc = {};  ///< nullopt without symbol versions
    bool gpl_only = false;                  ///< only for modules with such a license
    std::string symbol_namespace = {};      ///< mostly empty
    bool operator==(const ExportedState&) const = default;
};

/// An exported symbol that differs.
struct SymbolChange {
    std::string name;  ///< name of the symbol
    std::optional<ExportedState> before = {},
                                 after = {};  ///< nullopt if it is not exported
};

/// A firmware file that modules of only one of the releases name.
struct FirmwareChange {
    std::string file;  ///< "iwlwifi-cc-a0-77.ucode"
    /// The modules that name it, sorted; one of the lists is empty.
    std::vector<std::string> before = {}, after = {};
};

/// All differences, each list sorted by name. Plain data.
struct ReleaseDiff {
    ComparedRelease before, after;            ///< the releases
    std::vector<ModuleChange> modules;        ///< modules
    std::vector<AliasChange> aliases;         ///< aliases
    std::vector<ParameterChange> parameters;  ///< parameters
    /// Symbols. Those of the kernel itself are included only if both releases have a
    /// list of them.
    std::vector<SymbolChange> symbols;
    std::vector<FirmwareChange> firmware;  ///< firmware files
};

}  // namespace kmodpp
