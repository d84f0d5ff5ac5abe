// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/pem.hpp.
#include "format/pem.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

std::string block(std::string_view base64) {
    return cat("-----BEGIN CERTIFICATE-----\n", base64, "\n-----END CERTIFICATE-----\n");
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("read_certificates: decodes base64 with and without padding and line ends") {
    CHECK(pem::read_certificates(block("")).value() == Texts{""});
    CHECK(pem::read_certificates(block("Zm9v")).value() == Texts{"foo"});
    CHECK(pem::read_certificates(block("Zm9vYg==")).value() == Texts{"foob"});
    CHECK(pem::read_certificates(block("Zm\r\n9v YmE=")).value() == Texts{"fooba"});
    CHECK(pem::read_certificates(block("//79+w==")).value() == Texts{"\xff\xfe\xfd\xfb"});
    CHECK(pem::read_certificates(cat("x", block("Zg=="), "y", block("Zm8="), "z"))
              .value() == Texts{"f", "fo"});
    CHECK(pem::read_certificates("nothing").value().empty());
}

TEST_CASE("read_certificates: names the invalid block and character") {
    CHECK(pem::read_certificates(block("Zm9v") + block("Z\xc3 9")).error().message ==
          "certificate 2: '\\xc3' is not valid base64 at this place");
    CHECK(pem::read_certificates(block("Zg==Zg==")).error().message ==
          "certificate 1: 'Z' is not valid base64 at this place");
    CHECK(pem::read_certificates("-----BEGIN CERTIFICATE-----\nZm9v").error().message ==
          "certificate 1 has no line '-----END CERTIFICATE-----'");
}
