// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of the verdicts and the errno values that the kernel returns for them.
#include <array>
#include <cerrno>
#include <utility>

#include "trust/refusal.hpp"

namespace kmodpp {

namespace {

struct Row {
    std::string_view name;
    int code;
};
/// The name and the kernel's errno of each verdict, in the order of the enumerators of
/// SignatureVerdict (source: mod_verify_sig and the functions that it calls).
constexpr std::array<Row, 8> kVerdicts = {{
    {"valid", 0},
    {"unsigned_module", ENODATA},
    {"unknown_key", ENOKEY},
    {"changed", EKEYREJECTED},
    {"malformed", EBADMSG},
    {"unsupported", ENOPKG},
    {"blacklisted", EKEYREJECTED},
    {"not_for_modules", EKEYREJECTED},
}};

const Row& row_of(SignatureVerdict verdict) {
    return kVerdicts[static_cast<std::size_t>(verdict)];
}

}  // namespace

std::string_view to_string(SignatureVerdict verdict) { return row_of(verdict).name; }

namespace trust {

int kernel_errno(SignatureVerdict verdict) { return row_of(verdict).code; }

Refusal refusal(SignatureVerdict verdict, std::string reason) {
    return {verdict, kernel_errno(verdict), std::move(reason)};
}

Refusal refusal(const Error& error) {
    const auto verdict = error.code == ENOPKG         ? SignatureVerdict::unsupported
                         : error.code == EKEYREJECTED ? SignatureVerdict::changed
                                                      : SignatureVerdict::malformed;
    return {verdict, error.code, error.message};
}

}  // namespace trust

}  // namespace kmodpp
