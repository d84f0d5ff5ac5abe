// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/x509_parts.hpp"

#include "base/text.hpp"
#include "format/oids.hpp"

namespace kmodpp::x509 {

Result<Algorithm> read_algorithm(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(der::Reader algorithm, from.enter(der::kSequence, what));
    TRY_ASSIGN(const Bytes id, algorithm.take(der::kObjectId, what));
    // The kernel would read the end mark as the parameters.
    if (algorithm.at_end() && algorithm.is_indefinite())
        return malformed(cat(what, ": indefinite length without parameters"));
    Bytes parameters;
    if (!algorithm.at_end()) {
        TRY_ASSIGN(const der::Element element, algorithm.next(what));
        parameters = element.without_end_mark();
    }
    TRY(algorithm.expect_end(what));
    return Algorithm{id, parameters};
}

Status check_name(der::Reader name) {
    do {
        TRY_ASSIGN(der::Reader part, name.enter(der::kSet, "name part"));
        do {
            TRY_ASSIGN(der::Reader attribute, part.enter(der::kSequence, "attribute"));
            TRY(attribute.take(der::kObjectId, "attribute type"));
            TRY(attribute.next("attribute value"));
            TRY(attribute.expect_end("attribute"));
        } while (!part.at_end());
    } while (!name.at_end());
    return {};
}

Result<std::string> common_name(Bytes name) {
    for (der::Reader reader(name); !reader.at_end();) {
        TRY_ASSIGN(der::Reader part, reader.enter(der::kSet, "issuer: name part"));
        while (!part.at_end()) {
            TRY_ASSIGN(der::Reader attribute,
                       part.enter(der::kSequence, "issuer: attribute"));
            TRY_ASSIGN(const Bytes type,
                       attribute.take(der::kObjectId, "issuer: attribute type"));
            if (as_text(type) != oid::kCommonName) continue;
            // The value may have any of the string types.
            TRY_ASSIGN(const der::Element value, attribute.next("issuer: common name"));
            return std::string(as_text(value.contents));
        }
    }
    return std::string();
}

}  // namespace kmodpp::x509
