// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo --verify --json. A separate file, because the JSON library is slow to
// compile.
#include "cli/hex.hpp"
#include "cli/json.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

namespace {

void add_check(Json& object, const SignatureCheck& check) {
    object["verdict"] = std::string(to_string(check.verdict));
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) object[key] = value;
    };
    add("reason", check.reason);
    if (check.kernel_error != 0) object["errno"] = check.kernel_error;
    add("signer", check.signer);
    add("key", hex_digits(check.key_id));
    add("hash", check.hash_algorithm);
    add("store", check.store);
    add("candidate", check.candidate);
}

}  // namespace

std::string verdict_as_json(const VerifiedModule& module, bool terminal) {
    Json object = {{"name", module.name}, {"builtin", module.builtin}};
    if (!module.builtin) {
        object["filename"] = module.filename;
        if (module.check)
            add_check(object, *module.check);
        else
            object["error"] = module.check.error().message;
    }
    return json_element(object, terminal);
}

}  // namespace kmodpp::cli
