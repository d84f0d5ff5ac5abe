// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/kernel_description.hpp"

#include <algorithm>
#include <array>

#include "base/errno_name.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/load_call.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::uint64_t kMaxDescription = 1u << 20;
/// The kernel returns errors as values from -1 to -4095.
constexpr int kMaxErrno = 4095;

std::unexpected<Error> bad(std::string message) {
    return fail(ErrorKind::malformed, std::move(message));
}

std::optional<int> errno_named(std::string_view name) {
    if (name.empty()) return std::nullopt;
    for (int code = 1; code <= kMaxErrno; ++code)
        if (errno_name(code) == name) return code;
    return std::nullopt;
}

/// "ENODEV", "-ENODEV" and "-19" are the same failure; "19" is a positive result.
std::optional<int> parse_result(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (const auto code = errno_named(text)) return -*code;
    const auto number = parse_unsigned<unsigned>(text);
    if (!number || *number > static_cast<unsigned>(kMaxErrno)) return std::nullopt;
    return negative ? -static_cast<int>(*number) : static_cast<int>(*number);
}

Status set_init(KernelDescription& out, std::string_view value) {
    const auto words = split_words(value);
    if (words.size() != 2) return bad("init needs a module and a result");
    const auto result = parse_result(words[1]);
    if (!result) return bad(cat("unknown result '", printable(words[1]), "'"));
    out.init_results[normalise_module_name(words[0])] = *result;
    return {};
}

Status set_machine(KernelDescription& out, std::string_view value) {
    out.machine = parse_unsigned<std::uint16_t>(value);
    if (!out.machine) return bad(cat("bad machine '", printable(value), "'"));
    return {};
}

Status set_compression(KernelDescription& out, std::string_view value) {
    out.compression = compression_named(value);
    if (out.compression == io::Compression::none)
        return bad(cat("unknown compression '", printable(value), "'"));
    return {};
}

/// Upper limit for the delay of an init function.
constexpr unsigned kMaxDelay = 3'600'000;

Status set_delay(KernelDescription& out, std::string_view value) {
    const auto words = split_words(value);
    if (words.size() != 2) return bad("delay needs a module and milliseconds");
    const auto delay = parse_unsigned<unsigned>(words[1]);
    if (!delay || *delay > kMaxDelay)
        return bad(cat("bad delay '", printable(words[1]), "': expected 0 to ", kMaxDelay,
                       " milliseconds"));
    out.delays[normalise_module_name(words[0])] = std::chrono::milliseconds(*delay);
    return {};
}

Status add_trusted(KernelDescription& out, std::string_view value) {
    out.trusted.emplace_back(value);
    return {};
}

Status set_signatures(KernelDescription& out, std::string_view value) {
    if (value == "unchecked")
        out.signatures = SignatureRule::unchecked;
    else if (value == "permissive")
        out.signatures = SignatureRule::permissive;
    else if (value == "enforced")
        out.signatures = SignatureRule::enforced;
    else
        return bad(cat("'", printable(value),
                       "' is not a valid signature rule: expected "
                       "unchecked, permissive or enforced"));
    return {};
}

Status set_lockdown(KernelDescription& out, std::string_view value) {
    const auto level = lockdown_named(value);
    if (!level)
        return bad(cat("'", printable(value),
                       "' is not a valid lockdown level: expected "
                       "none, integrity or confidentiality"));
    out.lockdown = *level;
    return {};
}

template <auto Member>
Status set_switch(KernelDescription& out, std::string_view value) {
    if (value != "yes" && value != "no")
        return bad(cat("'", printable(value), "' is not valid: expected yes or no"));
    out.*Member = value == "yes";
    return {};
}

struct Statement {
    std::string_view word;
    Status (*apply)(KernelDescription& out, std::string_view value);
};

template <auto Member>
Status set_text(KernelDescription& out, std::string_view value) {
    out.*Member = std::string(value);
    return {};
}

Status add_builtin(KernelDescription& out, std::string_view value) {
    out.builtins.insert(normalise_module_name(value));
    return {};
}

using D = KernelDescription;
constexpr std::array<Statement, 20> kStatements = {{
    {"release", set_text<&KernelDescription::release>},
    {"vermagic", set_text<&KernelDescription::vermagic>},
    {"cmdline", set_text<&KernelDescription::command_line>},
    {"symvers", set_text<&KernelDescription::symvers>},
    {"system-map", set_text<&KernelDescription::system_map>},
    {"machine", set_machine},
    {"init", set_init},
    {"builtin", add_builtin},
    {"compression", set_compression},
    {"delay", set_delay},
    {"trusted", add_trusted},
    {"signatures", set_signatures},
    {"lockdown", set_lockdown},
    {"capability", set_switch<&D::capability>},
    {"modules-disabled", set_switch<&D::modules_disabled>},
    {"unload", set_switch<&D::unload>},
    {"forced-load", set_switch<&D::forced_load>},
    {"forced-unload", set_switch<&D::forced_unload>},
    {"livepatch", set_switch<&D::livepatch>},
    {"retpoline", set_switch<&D::retpoline>},
}};

constexpr std::array<std::string_view, 3> kLockdowns = {"none", "integrity",
                                                        "confidentiality"};

Status parse_line(KernelDescription& out, std::string_view line) {
    const std::size_t end = kBlanks.find(line);
    const std::string_view word = line.substr(0, end);
    const std::string_view value = trim(line.substr(end));
    for (const Statement& statement : kStatements) {
        if (statement.word != word) continue;
        if (value.empty()) return bad(cat(word, " needs a value"));
        return statement.apply(out, value);
    }
    return bad(cat("unknown word '", printable(word), "'"));
}

}  // namespace

std::string_view to_string(Lockdown level) {
    return kLockdowns[static_cast<std::size_t>(level)];
}

std::optional<Lockdown> lockdown_named(std::string_view name) {
    const auto found = std::ranges::find(kLockdowns, name);
    if (found == kLockdowns.end()) return std::nullopt;
    return static_cast<Lockdown>(found - kLockdowns.begin());
}

Result<KernelDescription> parse_kernel_description(std::string_view text) {
    KernelDescription out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = trim(take_until(text, '\n'));
        if (line.empty() || line.starts_with('#')) continue;
        if (auto status = parse_line(out, line); !status)
            return std::unexpected(
                within(std::move(status).error(), cat("line ", number)));
    }
    return out;
}

Result<KernelDescription> read_kernel_description(const io::Root& root) {
    const auto text = root.read_file(kDescriptionPath, kMaxDescription);
    if (!text && text.error().kind == ErrorKind::not_found) return KernelDescription();
    if (!text) return std::unexpected(text.error());
    auto description = parse_kernel_description(*text);
    if (!description)
        return std::unexpected(
            within(std::move(description).error(), root.display(kDescriptionPath)));
    return description;
}

}  // namespace kmodpp::kernel
