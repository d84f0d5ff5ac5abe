// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the list of keys that a running kernel publishes: their names, not the keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::trust {

/// A public key in one of the kernel's keyrings.
struct ListedKey {
    std::string name;  ///< subject of its certificate: "Debian Secure Boot CA"
    std::string id;    ///< raw bytes of its key id or serial number
};

//   1dd8a4ad I------     1 perm 1f030000     0     0 asymmetri NAME: ID: X509.rsa …
//
/// The public keys in the contents of /proc/keys, each once. Other lines are ignored.
[[nodiscard]] std::vector<ListedKey> listed_keys(std::string_view proc_keys);

}  // namespace kmodpp::trust
