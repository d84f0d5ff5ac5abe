// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints for each certificate of a packed file (certificate_variants.py) the errno with
// which the kernel would refuse to add it to a keyring, or 0; followed by "ec" if the
// result depends on an ECDSA signature.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "trust/certificate.hpp"

using namespace kmodpp;

namespace {

struct Answer {
    int code;
    bool by_ec;
};

Answer ask(Bytes der) {
    // add_key() itself refuses an empty payload.
    if (der.empty()) return {EINVAL, false};
    const auto fields = x509::read_certificate(der);
    if (!fields) return {fields.error().code, false};
    const trust::Certificate certificate(*fields, "");
    const auto refusal = certificate.refusal();
    if (!refusal) return {-1, false};
    const bool by_ec = !fields->refusal && certificate.is_self_issued() &&
                       key_kind(fields->public_key.algorithm) == KeyKind::ec;
    return {*refusal ? (*refusal)->code : 0, by_ec};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    for (Bytes rest = as_bytes(bytes); rest.size() >= 4;) {
        const auto size = load<std::uint32_t>(rest.data(), std::endian::little);
        const Answer answer = ask(rest.subspan(4, size));
        std::printf("%d%s\n", answer.code, answer.by_ec ? " ec" : "");
        rest = rest.subspan(4 + size);
    }
}
