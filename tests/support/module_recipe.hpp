// SPDX-License-Identifier: LGPL-2.1-or-later
// Recipes: readable descriptions of modules, which tests and the demo turn into files:
//
//   # comment
//   class 64                   or 32; 64 by default
//   order little               or big; little by default
//   machine x86_64             the default; see kMachines in module_recipe.cpp
//   info license=GPL           a text of .modinfo, in order
//   export NAME [CRC] [gpl]    a CRC is hexadecimal, with or without 0x
//   namespace NAME SPACE       users of that export must import a namespace
//   need NAME [CRC] [weak]     an undefined symbol, and its modversion if there is a CRC
//   register NAME              a global register of SPARC: undefined, but not a need
//   crc-place section          or absolute, the default: location of the CRCs of exports
//   kflagstab yes              exports as 7.x kernels have them
//   ext-versions yes           modversions in __version_ext_crcs and __version_ext_names
//   text 4096                  bytes of .text; 64 by default
//   no-init                    no init_module
//   no-exit                    no cleanup_module
//   build-id 0123abcd
//   raw 7f454c46               the file is exactly these bytes; lines add up
//   truncate 100               keep that many bytes of the file
//   sign owner [attributes]    append a signature of that key of signing_keys.hpp; each
//                              signature covers everything before it
//   flip 100                   afterwards, change a bit of the byte at that offset
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "support/elf_builder.hpp"
#include "support/signing_keys.hpp"

namespace kmodpp::test {

/// A parsed recipe. Owns its strings.
struct ModuleRecipe {
    struct Info {
        std::string key, value;
    };
    struct Export {
        std::string name;
        std::optional<std::uint32_t> crc;
        bool gpl_only = false;
    };
    struct Need {
        std::string name;
        std::optional<std::uint32_t> crc;
        bool weak = false;
    };

    ElfTarget target;
    std::vector<Info> info;
    std::vector<Export> exports;
    std::vector<Info> namespaces;  ///< export, namespace
    std::vector<Need> needs;
    std::vector<std::string> registers;
    CrcPlace crc_place = CrcPlace::absolute;
    bool flagged_exports = false;
    bool extended_versions = false;
    std::size_t text_size = 64;
    bool has_init = true;
    bool has_exit = true;
    std::string build_id;  ///< bytes
    std::optional<std::string> raw;
    std::optional<std::size_t> truncate;
    struct Signature {
        const SigningKey* key;
        bool with_attributes = false;
    };
    std::vector<Signature> signatures;
    std::optional<std::size_t> flip;
};

/// Errors are malformed: "FILE:LINE: unknown word 'x'".
[[nodiscard]] Result<ModuleRecipe> parse_recipe(std::string_view text,
                                                std::string_view file);

/// Builds the bytes of the module. `name` is the name in its .gnu.linkonce.this_module
/// unless an info line gives another.
[[nodiscard]] std::string build_module(const ModuleRecipe& recipe, std::string_view name);

}  // namespace kmodpp::test
