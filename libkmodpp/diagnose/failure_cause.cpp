// SPDX-License-Identifier: LGPL-2.1-or-later
// The stable names of the causes, as printed in JSON.
#include <array>
#include <utility>

#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

namespace {

/// In the order of the enumerators of FailureCause.
constexpr std::array kNames = {
    std::string_view("no_module_directory"),
    std::string_view("not_indexed"),
    std::string_view("no_such_module"),
    std::string_view("file_missing"),
    std::string_view("file_unusable"),
    std::string_view("file_empty"),
    std::string_view("file_busy"),
    std::string_view("damaged_compression"),
    std::string_view("not_elf"),
    std::string_view("truncated"),
    std::string_view("damaged_elf"),
    std::string_view("wrong_elf_type"),
    std::string_view("wrong_machine"),
    std::string_view("wrong_class"),
    std::string_view("wrong_byte_order"),
    std::string_view("stripped"),
    std::string_view("not_a_module"),
    std::string_view("wrong_vermagic"),
    std::string_view("no_vermagic"),
    std::string_view("no_symbol_versions"),
    std::string_view("missing_dependency"),
    std::string_view("outdated_databases"),
    std::string_view("unknown_symbol"),
    std::string_view("gpl_only_symbol"),
    std::string_view("wrong_symbol_version"),
    std::string_view("namespace_not_imported"),
    std::string_view("duplicate_symbol"),
    std::string_view("bad_parameter"),
    std::string_view("unsigned_module"),
    std::string_view("unknown_key"),
    std::string_view("wrong_signature"),
    std::string_view("revoked_key"),
    std::string_view("malformed_signature"),
    std::string_view("unsupported_signature"),
    std::string_view("locked_down"),
    std::string_view("modules_disabled"),
    std::string_view("not_privileged"),
    std::string_view("blacklisted"),
    std::string_view("denied_by_policy"),
    std::string_view("already_loaded"),
    std::string_view("builtin"),
    std::string_view("being_loaded"),
    std::string_view("being_removed"),
    std::string_view("out_of_memory"),
    std::string_view("init_failed"),
    std::string_view("unsupported_by_kernel"),
    std::string_view("not_loaded"),
    std::string_view("in_use"),
    std::string_view("permanent"),
    std::string_view("forbidden"),
    std::string_view("command_failed"),
    std::string_view("unknown"),
};
static_assert(kNames.size() == std::to_underlying(FailureCause::unknown) + 1);

}  // namespace

std::string_view to_string(FailureCause cause) {
    return kNames[std::to_underlying(cause)];
}

}  // namespace kmodpp
