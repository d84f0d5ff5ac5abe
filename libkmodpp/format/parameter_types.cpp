// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/parameter_types.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "base/text.hpp"

namespace kmodpp {

namespace {

/// Maximum length of a charp (source: kernel/params.c).
constexpr std::size_t kMaxCharp = 1024;

enum class Kind { boolean, number, charp };

/// What the kernel accepts for a parameter type.
struct Type {
    std::string_view name;
    Kind kind;
    bool is_signed = false;
    std::size_t size = 0;  ///< in bytes; 0 for the size of long
    bool needs_value = true;
};

constexpr std::array<Type, 14> kTypes = {{
    {"bool", Kind::boolean, false, 1, false},
    {"bint", Kind::boolean, true, 4, false},
    {"bool_enable_only", Kind::boolean, false, 1, false},
    {"invbool", Kind::boolean, false, 1},
    {"byte", Kind::number, false, 1},
    {"short", Kind::number, true, 2},
    {"ushort", Kind::number, false, 2},
    {"int", Kind::number, true, 4},
    {"uint", Kind::number, false, 4},
    {"hexint", Kind::number, false, 4},
    {"long", Kind::number, true, 0},
    {"ulong", Kind::number, false, 0},
    {"ullong", Kind::number, false, 8},
    {"charp", Kind::charp},
}};

const Type* find_type(std::string_view name) {
    const auto found = std::ranges::find(kTypes, name, &Type::name);
    return found == kTypes.end() ? nullptr : found;
}

/// Like the kernel, checks only the first letter, or the first two of "on" and "off".
std::optional<bool> parse_bool(std::string_view value) {
    if (value.empty()) return std::nullopt;
    switch (value[0]) {
        case 'y':
        case 'Y':
        case '1': return true;
        case 'n':
        case 'N':
        case '0': return false;
        case 'o':
        case 'O':
            if (value.size() < 2) return std::nullopt;
            if (value[1] == 'n' || value[1] == 'N') return true;
            if (value[1] == 'f' || value[1] == 'F') return false;
            return std::nullopt;
        default: return std::nullopt;
    }
}

/// A number as sign and magnitude, or an errno.
struct Number {
    int code = 0;
    bool negative = false;
    std::uint64_t magnitude = 0;
};

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

/// Base 0: "0x" and a digit begin a hexadecimal number, any other '0' begins an octal
/// one.
Number parse_digits(std::string_view text) {
    int base = 10;
    if (text.starts_with('0')) {
        const bool hexadecimal =
            text.size() > 2 && (text[1] | 0x20) == 'x' && digit_value(text[2]) < 16;
        base = hexadecimal ? 16 : 8;
        if (hexadecimal) text.remove_prefix(2);
    }
    std::size_t used = 0;
    while (used < text.size() && digit_value(text[used]) < base) ++used;
    if (used == 0) return {EINVAL};
    const auto magnitude = parse_unsigned<std::uint64_t>(text.substr(0, used), base);
    // The kernel detects an overflow before it checks what follows the digits.
    if (!magnitude) return {ERANGE};
    const std::string_view rest = text.substr(used);
    if (!rest.empty() && rest != "\n") return {EINVAL};
    return {0, false, *magnitude};
}

/// \param is_signed true if a '-' is accepted
Number parse_number(std::string_view text, bool is_signed) {
    const bool negative = is_signed && text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    Number number = parse_digits(text);
    number.negative = negative && number.magnitude != 0;
    return number;
}

bool fits(const Number& number, bool is_signed, std::size_t size) {
    const unsigned bits = static_cast<unsigned>(8 * size);
    if (!is_signed)
        return number.magnitude <= std::numeric_limits<std::uint64_t>::max() >>
               (64 - bits);
    const std::uint64_t limit = std::uint64_t{1} << (bits - 1);
    return number.negative ? number.magnitude <= limit : number.magnitude < limit;
}

std::unexpected<Error> reject(int code, std::string_view name, std::string_view problem) {
    return fail(ErrorKind::malformed, cat("parameter ", printable(name), ": ", problem),
                code);
}

Status check_value(const Type& type, std::string_view name, std::string_view value,
                   std::size_t long_size) {
    const auto quoted = [&] { return cat("'", printable(value, 64), "'"); };
    switch (type.kind) {
        case Kind::boolean:
            if (!parse_bool(value))
                return reject(EINVAL, name, cat(quoted(), " is not a valid ", type.name));
            return {};
        case Kind::charp:
            if (value.size() > kMaxCharp)
                return reject(
                    ENOSPC, name,
                    cat("a text of ", value.size(), " bytes is longer than ", kMaxCharp));
            return {};
        case Kind::number: break;
    }
    const Number number = parse_number(value, type.is_signed);
    if (number.code == EINVAL)
        return reject(EINVAL, name, cat(quoted(), " is not a valid ", type.name));
    const std::size_t size = type.size == 0 ? long_size : type.size;
    if (number.code == ERANGE || !fits(number, type.is_signed, size))
        return reject(ERANGE, name, cat(quoted(), " is out of range for ", type.name));
    return {};
}

std::string shown_hexint(std::uint64_t magnitude) {
    constexpr std::size_t kDigits = 6;  // "%#08x": the width includes the prefix
    std::string digits = hex(magnitude).substr(2);
    if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
    return cat("0x", digits);
}

std::string shown_switch(const Type& type, bool on) {
    if (type.name == "bint") return on ? "1" : "0";
    return on ? "Y" : "N";
}

std::string shown_value(const Type& type, std::string_view value) {
    if (type.kind == Kind::charp) return std::string(value);
    if (type.kind == Kind::boolean)
        return shown_switch(type, parse_bool(value).value_or(false));
    const Number number = parse_number(value, type.is_signed);
    if (type.name == "hexint") return shown_hexint(number.magnitude);
    return cat(number.negative ? "-" : "", number.magnitude);
}

}  // namespace

Status check_parameter(std::string_view type_name, const Parameter& parameter,
                       std::size_t long_size) {
    const bool is_array = type_name.starts_with(kArrayTypePrefix);
    if (is_array) type_name.remove_prefix(kArrayTypePrefix.size());
    const Type* type = find_type(type_name);
    const bool has_fixed_rule = type != nullptr || type_name == "string" || is_array;
    if (!parameter.value) {
        if (!has_fixed_rule || (!is_array && type && !type->needs_value)) return {};
        return reject(EINVAL, parameter.name, "needs a value");
    }
    if (type == nullptr) return {};
    if (!is_array) return check_value(*type, parameter.name, *parameter.value, long_size);

    // A comma at the end of the list begins another, empty element.
    std::string_view rest = *parameter.value;
    for (bool more = true; more;) {
        more = rest.find(',') != std::string_view::npos;
        TRY(check_value(*type, parameter.name, take_until(rest, ','), long_size));
    }
    return {};
}

bool is_standard_type(std::string_view type) {
    if (type.starts_with(kArrayTypePrefix)) type.remove_prefix(kArrayTypePrefix.size());
    return type == "string" || find_type(type) != nullptr;
}

std::string shown_parameter(std::string_view type_name, const Parameter& parameter) {
    const bool is_array = type_name.starts_with(kArrayTypePrefix);
    if (is_array) type_name.remove_prefix(kArrayTypePrefix.size());
    const Type* type = find_type(type_name);
    const std::string value =
        parameter.value.value_or(type && type->kind == Kind::boolean ? "1" : "");
    if (type == nullptr) return value;
    if (!is_array) return shown_value(*type, value);

    std::string shown;
    std::string_view rest = value;
    for (bool more = true; more;) {
        more = rest.find(',') != std::string_view::npos;
        shown += shown_value(*type, take_until(rest, ','));
        if (more) shown += ',';
    }
    return shown;
}

std::optional<std::size_t> parameter_size(std::string_view type_name,
                                          std::size_t long_size) {
    const Type* const type = find_type(type_name);
    if (type == nullptr || type->kind == Kind::charp) return std::nullopt;
    return type->size == 0 ? long_size : type->size;
}

std::string shown_bits(std::string_view type_name, std::uint64_t bits,
                       std::size_t long_size) {
    const Type* const type = find_type(type_name);
    if (type == nullptr || type->kind == Kind::charp) return {};
    // The kernel shows the value that was given, the opposite of the variable.
    if (type->name == "invbool") return shown_switch(*type, bits == 0);
    // bint is shown as an int, although it only accepts on and off.
    if (type->kind == Kind::boolean && type->name != "bint")
        return shown_switch(*type, bits != 0);
    if (type->name == "hexint") return shown_hexint(bits);
    const std::size_t size = type->size == 0 ? long_size : type->size;
    const std::uint64_t sign = std::uint64_t{1} << (8 * size - 1);
    if (!type->is_signed || (bits & sign) == 0) return cat(bits);
    // The magnitude, limited to the size of the type.
    return cat("-", (~bits + 1) & (sign - 1 + sign));
}

}  // namespace kmodpp
