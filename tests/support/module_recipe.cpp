// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/module_recipe.hpp"

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "support/cms_signer.hpp"

namespace kmodpp::test {

namespace {

constexpr std::size_t kMaxTextSize = 64 << 20;
/// The longest name that fits into a row of __versions in both classes.
constexpr std::size_t kMaxVersionName = 55;

struct Machine {
    std::string_view name;
    std::uint16_t e_machine;
};
constexpr Machine kMachines[] = {
    {"x86_64", EM_X86_64},   {"i386", EM_386},       {"arm", EM_ARM},
    {"aarch64", EM_AARCH64}, {"ppc", EM_PPC},        {"ppc64", EM_PPC64},
    {"s390x", EM_S390},      {"mips", EM_MIPS},      {"riscv", EM_RISCV},
    {"sparc", EM_SPARC},     {"sparc64", EM_SPARCV9}};

using Words = std::span<const std::string_view>;

std::unexpected<Error> bad(std::string message) {
    return fail(ErrorKind::malformed, std::move(message));
}

std::optional<std::uint32_t> parse_crc(std::string_view word) {
    if (word.starts_with("0x")) word.remove_prefix(2);
    return parse_unsigned<std::uint32_t>(word, 16);
}

Result<std::string> parse_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        const auto byte = parse_unsigned<std::uint8_t>(digits.substr(at, 2), 16);
        if (!byte || at + 1 == digits.size())
            return bad(cat("'", digits, "' is not a row of hexadecimal bytes"));
        bytes += static_cast<char>(*byte);
    }
    return bytes;
}

/// NAME [CRC] [FLAG].
struct SymbolWords {
    std::string name;
    std::optional<std::uint32_t> crc;
    bool flag = false;
};
Result<SymbolWords> parse_symbol(Words words, std::string_view flag) {
    SymbolWords out{std::string(words[0]), {}, false};
    words = words.subspan(1);
    if (!words.empty() && words.back() == flag) {
        out.flag = true;
        words = words.first(words.size() - 1);
    }
    if (!words.empty()) {
        out.crc = parse_crc(words[0]);
        if (!out.crc) return bad(cat("'", words[0], "' is not a CRC"));
        words = words.subspan(1);
    }
    if (!words.empty()) return bad(cat("'", words[0], "' is not expected"));
    return out;
}

Status read_class(Words words, ModuleRecipe& recipe) {
    if (words[0] != "64" && words[0] != "32") return bad("class is 32 or 64");
    recipe.target.is_64 = words[0] == "64";
    return {};
}

Status read_order(Words words, ModuleRecipe& recipe) {
    if (words[0] != "little" && words[0] != "big") return bad("order is little or big");
    recipe.target.order = words[0] == "little" ? std::endian::little : std::endian::big;
    return {};
}

Status read_machine(Words words, ModuleRecipe& recipe) {
    const auto* const machine = std::ranges::find(kMachines, words[0], &Machine::name);
    if (machine == std::end(kMachines))
        return bad(cat("unknown machine '", words[0], "'"));
    recipe.target.e_machine = machine->e_machine;
    return {};
}

Status read_export(Words words, ModuleRecipe& recipe) {
    TRY_ASSIGN(SymbolWords symbol, parse_symbol(words, "gpl"));
    recipe.exports.push_back({std::move(symbol.name), symbol.crc, symbol.flag});
    return {};
}

Status read_namespace(Words words, ModuleRecipe& recipe) {
    recipe.namespaces.push_back({std::string(words[0]), std::string(words[1])});
    return {};
}

Status read_need(Words words, ModuleRecipe& recipe) {
    TRY_ASSIGN(SymbolWords symbol, parse_symbol(words, "weak"));
    if (symbol.crc && symbol.name.size() > kMaxVersionName)
        return bad(cat("a name with a CRC has at most ", kMaxVersionName, " characters"));
    recipe.needs.push_back({std::move(symbol.name), symbol.crc, symbol.flag});
    return {};
}

Status read_crc_place(Words words, ModuleRecipe& recipe) {
    if (words[0] != "absolute" && words[0] != "section")
        return bad("crc-place is absolute or section");
    recipe.crc_place = words[0] == "absolute" ? CrcPlace::absolute : CrcPlace::section;
    return {};
}

Status read_choice(Words words, bool& choice) {
    if (words[0] != "yes" && words[0] != "no")
        return bad(cat("'", words[0], "' is neither yes nor no"));
    choice = words[0] == "yes";
    return {};
}

Status read_text(Words words, ModuleRecipe& recipe) {
    const auto size = parse_unsigned<std::size_t>(words[0]);
    if (!size || *size > kMaxTextSize)
        return bad(cat("text is a size up to ", kMaxTextSize));
    recipe.text_size = *size;
    return {};
}

Status read_build_id(Words words, ModuleRecipe& recipe) {
    TRY_ASSIGN(recipe.build_id, parse_hex(words[0]));
    return {};
}

Status read_raw(Words words, ModuleRecipe& recipe) {
    if (!recipe.raw) recipe.raw.emplace();
    for (const std::string_view word : words) {
        TRY_ASSIGN(const std::string bytes, parse_hex(word));
        *recipe.raw += bytes;
    }
    return {};
}

Status read_truncate(Words words, ModuleRecipe& recipe) {
    recipe.truncate = parse_unsigned<std::size_t>(words[0]);
    if (!recipe.truncate) return bad("truncate is a number of bytes");
    return {};
}

Status read_sign(Words words, ModuleRecipe& recipe) {
    const auto* const key = std::ranges::find(kSigningKeys, words[0], &SigningKey::name);
    if (key == std::end(kSigningKeys)) return bad(cat("unknown key '", words[0], "'"));
    if (words.size() > 1 && words[1] != "attributes")
        return bad(cat("'", words[1], "' is not expected"));
    recipe.signatures.push_back({key, words.size() > 1});
    return {};
}

Status read_flip(Words words, ModuleRecipe& recipe) {
    recipe.flip = parse_unsigned<std::size_t>(words[0]);
    if (!recipe.flip) return bad("flip is the place of a byte");
    return {};
}

std::string with_signature(std::string bytes, const ModuleRecipe::Signature& signature) {
    const std::string blob =
        CmsSigner::with_key(*signature.key)
            .sign(bytes, {.with_attributes = signature.with_attributes})
            .der;
    SignatureTrailer trailer;
    trailer.sig_len = static_cast<std::uint32_t>(blob.size());
    return cat(bytes, blob, signature_tail(trailer));
}

/// The first word of a line, and the number of words after it.
struct Directive {
    std::string_view name;
    std::size_t least, most;
    Status (*read)(Words words, ModuleRecipe& recipe);
};
constexpr std::size_t kAny = ~std::size_t{0};
constexpr Directive kDirectives[] = {
    {"class", 1, 1, read_class},
    {"order", 1, 1, read_order},
    {"machine", 1, 1, read_machine},
    {"export", 1, 3, read_export},
    {"namespace", 2, 2, read_namespace},
    {"need", 1, 3, read_need},
    {"register", 1, 1,
     [](Words words, ModuleRecipe& recipe) -> Status {
         recipe.registers.emplace_back(words[0]);
         return {};
     }},
    {"crc-place", 1, 1, read_crc_place},
    {"kflagstab", 1, 1,
     [](Words words, ModuleRecipe& recipe) {
         return read_choice(words, recipe.flagged_exports);
     }},
    {"ext-versions", 1, 1,
     [](Words words, ModuleRecipe& recipe) {
         return read_choice(words, recipe.extended_versions);
     }},
    {"text", 1, 1, read_text},
    {"no-init", 0, 0,
     [](Words, ModuleRecipe& recipe) -> Status {
         recipe.has_init = false;
         return {};
     }},
    {"no-exit", 0, 0,
     [](Words, ModuleRecipe& recipe) -> Status {
         recipe.has_exit = false;
         return {};
     }},
    {"build-id", 1, 1, read_build_id},
    {"raw", 0, kAny, read_raw},
    {"truncate", 1, 1, read_truncate},
    {"sign", 1, 2, read_sign},
    {"flip", 1, 1, read_flip},
};

Status read_line(std::string_view line, ModuleRecipe& recipe) {
    // Everything after "info " is the text, including blanks and '#'.
    if (line.starts_with("info ")) {
        std::string_view value = line.substr(line.find(' ') + 1);
        if (value.find('=') == std::string_view::npos) return bad("info needs KEY=VALUE");
        const std::string_view key = take_until(value, '=');
        recipe.info.push_back({std::string(key), std::string(value)});
        return {};
    }
    const auto all = split_words(line);
    if (all.empty() || all[0].starts_with('#')) return {};
    const auto* const directive =
        std::ranges::find(kDirectives, all[0], &Directive::name);
    if (directive == std::end(kDirectives))
        return bad(cat("unknown word '", all[0], "'"));
    const Words words = Words(all).subspan(1);
    if (words.size() < directive->least || words.size() > directive->most)
        return bad(cat(all[0], " does not take ", words.size(), " words"));
    return directive->read(words, recipe);
}

}  // namespace

Result<ModuleRecipe> parse_recipe(std::string_view text, std::string_view file) {
    ModuleRecipe recipe;
    for (std::size_t number = 1; !text.empty(); ++number)
        if (auto status = read_line(take_until(text, '\n'), recipe); !status)
            return std::unexpected(within(status.error(), cat(file, ":", number)));
    return recipe;
}

std::string build_module(const ModuleRecipe& recipe, std::string_view name) {
    std::string bytes;
    if (recipe.raw) {
        bytes = *recipe.raw;
    } else {
        ElfBuilder builder(recipe.target);
        if (!recipe.build_id.empty()) builder.build_id(recipe.build_id);
        builder.text(recipe.text_size);
        for (const auto& [key, value] : recipe.info) {
            builder.info(key, value);
            if (key == "name") name = value;
        }
        for (const auto& symbol : recipe.exports)
            if (recipe.flagged_exports)
                builder.flagged_export(symbol.name, symbol.crc, symbol.gpl_only);
            else
                builder.exports(symbol.name, symbol.crc, symbol.gpl_only,
                                recipe.crc_place);
        for (const auto& [symbol, wanted] : recipe.namespaces)
            builder.symbol_namespace(symbol, wanted);
        constexpr std::uint8_t kRegisterType = 13;
        for (const std::string& variable : recipe.registers)
            builder.undefined(variable, STB_GLOBAL, kRegisterType);
        for (const auto& symbol : recipe.needs) {
            builder.undefined(symbol.name, symbol.weak ? STB_WEAK : STB_GLOBAL);
            if (!symbol.crc) continue;
            if (recipe.extended_versions)
                builder.extended_version(symbol.name, *symbol.crc);
            else
                builder.version(symbol.name, *symbol.crc);
        }
        builder.this_module(name, recipe.has_init, recipe.has_exit);
        bytes = builder.build();
    }
    if (recipe.truncate && *recipe.truncate < bytes.size())
        bytes.resize(*recipe.truncate);
    for (const auto& signature : recipe.signatures)
        bytes = with_signature(std::move(bytes), signature);
    if (recipe.flip && *recipe.flip < bytes.size()) bytes[*recipe.flip] ^= 1;
    return bytes;
}

}  // namespace kmodpp::test
