// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the certificates lie that the kernel of a system trusts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kmodpp/message.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

struct UsualStores {
    TrustStore store = {};
    /// Stores that are there and could not be read, each with its path and the reason.
    std::vector<Error> unread = {};
};

/// The certificates beneath a root for one kernel release, in this order:
///  1. the kernel image: /boot/vmlinuz-RELEASE, MODULES/RELEASE/vmlinuz,
///     /boot/vmlinux-RELEASE, MODULES/RELEASE/build/vmlinux; the first that has any
///  2. the machine owner's keys: /sys/firmware/efi/mok-variables/MokListRT, or the
///     variable MokListRT in /sys/firmware/efi/efivars
///  3. the firmware's keys: the variable db there
/// and revoked: MokListXRT and dbx. Known, but not trusted: /var/lib/dkms/mok.pub,
/// /var/lib/shim-signed/mok/MOK.der, and the keys that /proc/keys lists
/// when that kernel runs.
/// \param module_directory of the release, within the root: "/lib/modules/6.1.0"
[[nodiscard]] UsualStores usual_stores(const io::Root& root, std::string_view release,
                                       std::string_view module_directory);

/// The certificates in `paths`, or those of the usual stores when there are none; of the
/// latter, what is there and cannot be read is a warning, unless the machine failed
/// at it (EIO, ENOMEM...): then that is the answer.
/// \param host   beneath which `paths` lie
/// \param root, release, module_directory  as of usual_stores()
[[nodiscard]] Result<TrustStore> chosen_store(
    const io::Root& host, const std::vector<std::string>& paths, const io::Root& root,
    std::string_view release, std::string_view module_directory, MessageSink& messages);

}  // namespace kmodpp::trust
