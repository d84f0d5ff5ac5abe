// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys that a running kernel lists: their names, not the keys themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::trust {

/// A public key of some keyring.
struct ListedKey {
    std::string name;  ///< subject of its certificate: "Debian Secure Boot CA"
    std::string id;    ///< raw bytes: its key id, or serial number
};

//   1dd8a4ad I------     1 perm 1f030000     0     0 asymmetri NAME: ID: X509.rsa …
//
/// The public keys among the lines of /proc/keys, each once; lines of other forms are
/// passed over.
[[nodiscard]] std::vector<ListedKey> listed_keys(std::string_view proc_keys);

}  // namespace kmodpp::trust
