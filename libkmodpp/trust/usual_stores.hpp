// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the certificates that the kernel of a system trusts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kmodpp/message.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

struct UsualStores {
    TrustStore store = {};
    /// One error, with path and reason, for each store that exists but could not be
    /// read.
    std::vector<Error> unread = {};
};

/// The trusted certificates of a system for one kernel release, in this order:
///  1. the kernel image: /boot/vmlinuz-RELEASE, MODULES/RELEASE/vmlinuz,
///     /boot/vmlinux-RELEASE, MODULES/RELEASE/build/vmlinux; the first that has any
///  2. the machine owner's keys: /sys/firmware/efi/mok-variables/MokListRT, or the
///     variable MokListRT in /sys/firmware/efi/efivars
///  3. the firmware's keys: the variable db there
///
/// Revoked are MokListXRT and dbx. Known but not trusted are /var/lib/dkms/mok.pub,
/// /var/lib/shim-signed/mok/MOK.der, and, if that kernel is running, the keys listed in
/// /proc/keys.
/// \param module_directory of the release, within the root: "/lib/modules/6.1.0"
[[nodiscard]] UsualStores usual_stores(const io::Root& root, std::string_view release,
                                       std::string_view module_directory);

/// The certificates in \p paths, or those of usual_stores() if \p paths is empty. A
/// usual store that exists but cannot be read is a warning; it is an error if the
/// machine failed (EIO, ENOMEM, ...).
/// \param host root in which \p paths are looked up
/// \param root, release, module_directory as for usual_stores()
[[nodiscard]] Result<TrustStore> chosen_store(
    const io::Root& host, const std::vector<std::string>& paths, const io::Root& root,
    std::string_view release, std::string_view module_directory, MessageSink& messages);

}  // namespace kmodpp::trust
