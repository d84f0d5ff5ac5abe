// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads what X.509 certificates and PKCS#7 messages have in common: names and the
// identifiers of algorithms. libkmodpp-load does without the reader of certificates.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "format/der.hpp"

namespace kmodpp::x509 {

/// AlgorithmIdentifier { id, parameters? }.
struct Algorithm {
    Bytes id;
    Bytes parameters;  ///< the element; empty if there is none
};
[[nodiscard]] Result<Algorithm> read_algorithm(der::Reader& from, std::string_view what);

/// malformed unless \p name has the form of a Name.
[[nodiscard]] Status check_name(der::Reader name);

/// The first common name in the contents of a Name, as encoded in the certificate;
/// empty if there is none.
[[nodiscard]] Result<std::string> common_name(Bytes name);

}  // namespace kmodpp::x509
