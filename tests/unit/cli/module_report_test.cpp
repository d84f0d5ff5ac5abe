// SPDX-License-Identifier: LGPL-2.1-or-later
// The output of modinfo.
#include "cli/module_report.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;
using namespace std::string_literals;
using cli::ReportForm;

namespace {

ModuleInfo some_module() {
    ModuleInfo info;
    info.name = "snd_pcm";
    info.filename = "/lib/modules/6.1.0/snd-pcm.ko";
    info.fields = {{"license", "GPL"},
                   {"alias", "a*"},
                   {"alias", "b\x1b[31m\nname: x"},
                   {"parmtype", "debug:int"}};
    info.parameters = {
        {"debug", "say more", "int"}, {"raw", {}, "bool"}, {"old", "odd", {}}};
    info.build_id = "\x01\xab";
    info.signature = {{.id = "PKCS#7",
                       .signer = "Me",
                       .key_id = "\x0a\xff",
                       .hash = "sha256",
                       .signature = std::string(21, '\x01')}};
    return info;
}

}  // namespace

TEST_CASE("report_as_text: aligns the values; parameters come last, in reverse order") {
    CHECK(cli::report_as_text(some_module(), {}) ==
          "filename:       /lib/modules/6.1.0/snd-pcm.ko\n"
          "license:        GPL\n"
          "alias:          a*\n"
          "alias:          b\x1b[31m\nname: x\n"
          "build-id:       01:AB\n"
          "sig_id:         PKCS#7\n"
          "signer:         Me\n"
          "sig_key:        0A:FF\n"
          "sig_hashalgo:   sha256\n"
          "signature:      01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:\n"
          "\t\t01\n"
          "parm:           old:odd\n"
          "parm:           raw:bool\n"
          "parm:           debug:say more (int)\n");
}

TEST_CASE("report_as_text: escapes control characters and line breaks on a terminal") {
    const std::string text = cli::report_as_text(some_module(), {.terminal = true});
    CHECK(text.contains("alias:          b\\x1b[31m\n\tname: x\n"));
    CHECK_FALSE(text.contains('\x1b'));
    // Continuation lines of the signature are unchanged.
    CHECK(text.contains(":01:\n\t\t01\n"));
}

TEST_CASE("report_as_text: prints a single field, and records that end with NUL") {
    const ModuleInfo info = some_module();
    CHECK(cli::report_as_text(info, {.field = "alias"}) == "a*\nb\x1b[31m\nname: x\n");
    CHECK(cli::report_as_text(info, {.field = "none"}).empty());
    CHECK(cli::report_as_text(info, {.field = "filename", .null = true}) ==
          "/lib/modules/6.1.0/snd-pcm.ko\0"s);
    CHECK(cli::report_as_text(info, {.field = "parm"}) ==
          "old:odd\nraw: (bool)\ndebug:say more (int)\n");
    CHECK(cli::report_as_text(info, {.field = "parmtype"}) == "debug:int\n");
    CHECK(cli::report_as_text(info, {.field = "build-id"}) == "01:AB\n");
    const std::string records = cli::report_as_text(info, {.null = true});
    CHECK(
        records.starts_with("filename:       /lib/modules/6.1.0/snd-pcm.ko\0"
                            "license=GPL\0alias=a*\0"s));
    CHECK(records.ends_with("parm:           debug:say more (int)\0"s));
}

TEST_CASE(
    "report_as_json: prints an element of an array, whatever bytes the values contain") {
    ModuleInfo info = some_module();
    info.signature->signature = "\x01";
    info.fields.push_back({"author", "caf\xe9"});
    CHECK(cli::report_as_json(info, false) == R"(  {
    "name": "snd_pcm",
    "builtin": false,
    "filename": "/lib/modules/6.1.0/snd-pcm.ko",
    "fields": {
      "license": [
        "GPL"
      ],
      "alias": [
        "a*",
        "b\u001b[31m\nname: x"
      ],
      "author": [
        "caf)"
                                              "\xef\xbf\xbd"
                                              R"("
      ]
    },
    "parameters": [
      {
        "name": "debug",
        "type": "int",
        "description": "say more"
      },
      {
        "name": "raw",
        "type": "bool"
      },
      {
        "name": "old",
        "description": "odd"
      }
    ],
    "build_id": "01ab",
    "signature": {
      "id": "PKCS#7",
      "signer": "Me",
      "key": "0aff",
      "hash": "sha256",
      "value": "01"
    }
  })");
    info.fields = {{"description",
                    "\xc2\x9b"
                    "caf\xc3\xa9\x7f"}};
    CHECK(cli::report_as_json(info, true).contains("\"\\u009bcaf\\u00e9\\u007f\""));
    ModuleInfo builtin;
    builtin.name = "fixed";
    builtin.filename = "(builtin)";
    builtin.builtin = true;
    CHECK(cli::report_as_json(builtin, false) == R"(  {
    "name": "fixed",
    "builtin": true,
    "fields": {},
    "parameters": []
  })");
}
