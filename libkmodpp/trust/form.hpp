// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the structure of a PKCS#7 signature as the kernel does before it looks up any
// key.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "format/pkcs7.hpp"
#include "trust/refusal.hpp"

namespace kmodpp::trust {

/// The first error that the kernel's pkcs7_parse_message() or pkcs7_verify() would
/// report about the structure; nullopt if there is none.
/// \param reading the result of parsing the message: what precedes the damage is
/// checked first, as in a parser
[[nodiscard]] std::optional<Refusal> check_form(const pkcs7::SignedData& data,
                                                const Status& reading);

}  // namespace kmodpp::trust
