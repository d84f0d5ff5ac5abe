// SPDX-License-Identifier: LGPL-2.1-or-later
// The PKCS#7 SignedData that signs a module: taken apart, not judged.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "format/der.hpp"

namespace kmodpp::pkcs7 {

//   ContentInfo { signedData OID, [0] SignedData { version, digestAlgorithms,
//     encapContentInfo { type, [0] content? }, [0] certificates?, [1] crls?,
//     signerInfos { SignerInfo { version, issuerAndSerialNumber | [0] key id,
//       digestAlgorithm, [0] signedAttrs?, signatureAlgorithm, signature,
//       [1] unsignedAttrs? } … } } }                                       (RFC 5652)

/// One value of an attribute: those with several come several times.
struct Attribute {
    Bytes type;  ///< an object identifier
    der::Element value;
};

/// What is signed in the place of the contents.
struct SignedAttributes {
    Bytes whole = {};  ///< the element; empty: it is damaged, behind \p values
    std::vector<Attribute> values = {};

    /// The first value of that type; null: it has none.
    [[nodiscard]] const der::Element* find(std::string_view type) const;
};

/// Whose signature it is: both in the certificate's own encoding.
struct SignerInfo {
    std::optional<Bytes> version = {};  ///< contents of an integer
    Bytes issuer = {};                  ///< contents of the name; empty when by key id
    Bytes serial = {};                  ///< contents of the integer
    std::optional<Bytes> key_id = {};   ///< the subject key identifier
    // Object identifiers. What is not there is behind the damage.
    std::optional<Bytes> hash = {};
    std::optional<Bytes> algorithm = {};
    std::optional<SignedAttributes> attributes = {};
    Bytes signature = {};
};

/// Borrows from the blob that it was read from.
struct SignedData {
    std::optional<Bytes> type = {};     ///< an object identifier; is to be SignedData
    std::optional<Bytes> version = {};  ///< contents of an integer
    std::optional<Bytes> content_type = {};
    bool has_content = false;              ///< not detached
    std::vector<Bytes> certificates = {};  ///< each a whole element
    std::vector<SignerInfo> signers = {};
};

/// A decoder that meets damage has read what stands before it, and may have complained of
/// that: so \p out has everything up to the damage, which is the error (malformed, with
/// its place). Bytes behind the ContentInfo are not looked at, as in the kernel.
[[nodiscard]] Status read_signed_data(Bytes blob, SignedData& out);

}  // namespace kmodpp::pkcs7
