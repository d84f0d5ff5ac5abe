// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of a Context that only checks and reports use.
#include <utility>

#include "catalog/depmod_rules.hpp"
#include "context/parts.hpp"
#include "execute/signature_gate.hpp"
#include "trust/usual_stores.hpp"

namespace kmodpp {

System Context::Parts::system() {
    const bool own = is_own_tree();
    return {
        kernel::Sysfs(simulated_root ? *simulated_root : host, messages),
        *kernel,
        catalog(),
        own,
        [this, own](std::string_view name) {
            if (own) return state(name);
            return catalog().is_builtin(name).value_or(false) ? InitState::builtin
                                                              : InitState::absent;
        },
        certificates()};
}

Result<const trust::TrustStore*> Context::Parts::trust_store() {
    if (store) return store.get();
    if (const auto* const own = kernel->certificates(); own && trust.empty()) return own;
    TRY_ASSIGN(auto found,
               trust::chosen_store(host, trust, root, release,
                                   cat(KMODPP_MODULE_DIR, "/", release), messages));
    store = std::make_shared<const trust::TrustStore>(std::move(found));
    return store.get();
}

std::function<const trust::TrustStore*()> Context::Parts::certificates() {
    return [this] { return trust_store().value_or(nullptr); };
}

Result<ScanResult> Context::Parts::scan(bool strict, MessageSink& sink) const {
    const DepmodConfig rules =
        read_depmod_config(simulated_root ? root : host, {}, sink);
    return kmodpp::scan({.root = root,
                         .directory = cat(KMODPP_MODULE_DIR, "/", release),
                         .release = release,
                         .config = rules,
                         .strict = strict},
                        sink);
}

Result<SignatureGate> Context::Parts::signature_gate() {
    TRY_ASSIGN(const trust::TrustStore* const signers, trust_store());
    return [signers](io::ModuleFile& file) { return require_signature(file, *signers); };
}

}  // namespace kmodpp
