// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel has to say of a signature's form, before any key is looked at.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "format/pkcs7.hpp"
#include "trust/refusal.hpp"

namespace kmodpp::trust {

/// The first complaint of the kernel's pkcs7_parse_message() and of pkcs7_verify() about
/// the form; nullopt: it may be verified.
/// \param reading how reading the blob ended: what stands before the damage is looked at
///                first, as it is by a parser
[[nodiscard]] std::optional<Refusal> check_form(const pkcs7::SignedData& data,
                                                const Status& reading);

}  // namespace kmodpp::trust
