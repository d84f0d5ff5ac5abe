// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses the PKCS#7 SignedData of a module signature, without verifying it.
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

/// One value of an attribute; an attribute with several values has several entries.
struct Attribute {
    Bytes type;  ///< an object identifier
    der::Element value;
};

/// The attributes that are signed instead of the contents.
struct SignedAttributes {
    Bytes whole = {};  ///< the element; empty if damaged after `values`
    std::vector<Attribute> values = {};

    /// The first value of that type; null if there is none.
    [[nodiscard]] const der::Element* find(std::string_view type) const;
};

/// Identifies the signer; issuer and serial in the certificate's encoding.
struct SignerInfo {
    std::optional<Bytes> version = {};  ///< contents of an integer
    Bytes issuer = {};  ///< contents of the name; empty if identified by key id
    Bytes serial = {};  ///< contents of the integer
    std::optional<Bytes> key_id = {};  ///< the subject key identifier
    // Object identifiers. Missing if they come after the damage.
    std::optional<Bytes> hash = {};
    std::optional<Bytes> algorithm = {};
    std::optional<SignedAttributes> attributes = {};
    Bytes signature = {};
};

/// Borrows from the parsed bytes.
struct SignedData {
    std::optional<Bytes> type = {};     ///< object identifier; should be SignedData
    std::optional<Bytes> version = {};  ///< contents of an integer
    std::optional<Bytes> content_type = {};
    bool has_content = false;              ///< not detached
    std::vector<Bytes> certificates = {};  ///< whole elements
    std::vector<SignerInfo> signers = {};
};

/// Parses a SignedData. If it is damaged, the error is malformed with the position, and
/// \p out contains everything before that, because the kernel's decoder may report
/// another problem first. Bytes after the ContentInfo are ignored, as in the kernel.
[[nodiscard]] Status read_signed_data(Bytes blob, SignedData& out);

}  // namespace kmodpp::pkcs7
