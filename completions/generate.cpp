// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the completions of a shell: fills the option tables into its template.
//
//   generate SHELL TEMPLATE [TOOL]
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"

namespace {

using kmodpp::completions::Tables;

std::optional<std::string> contents_of(const char* path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"),
                                                               std::fclose);
    if (!file) return std::nullopt;
    std::string text;
    for (int c; (c = std::fgetc(file.get())) != EOF;) text += static_cast<char>(c);
    return text;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;
         at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        std::fputs("usage: generate bash|zsh|fish TEMPLATE [TOOL]\n", stderr);
        return 2;
    }
    const std::string shell = argv[1];
    const std::string tool = argc > 3 ? argv[3] : "";
    auto text = contents_of(argv[2]);
    if (!text) {
        std::fprintf(stderr, "generate: cannot read %s\n", argv[2]);
        return 1;
    }
    namespace completions = kmodpp::completions;
    Tables tables;
    if (shell == "bash") tables = completions::tables_for_bash();
    if (shell == "zsh") tables = completions::tables_for_zsh();
    if (shell == "fish") tables = completions::tables_for_fish(tool);
    *text = replaced(std::move(*text), "@OPTIONS@\n", tables.options);
    *text = replaced(std::move(*text), "@ARGUMENTS@\n", tables.arguments);
    *text = replaced(std::move(*text), "@COMMANDS@", completions::commands_of_kmod());
    *text = replaced(std::move(*text), "@TOOL@", tool);
    *text = replaced(std::move(*text), "@MODULE_DIR@", KMODPP_MODULE_DIR);
    std::fputs(text->c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
