// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes module files from recipes: one, or all in a directory tree.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/names.hpp"
#include "base/text.hpp"
#include "support/module_recipe.hpp"

namespace {

namespace fs = boost::filesystem;
using namespace kmodpp;

constexpr std::string_view kRecipeSuffix = ".recipe";

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail_errno(errno, cat("open ", path));
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Status write_file(const std::string& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) return fail_errno(errno, cat("write ", path));
    return {};
}

/// The command that compresses its last argument to standard output; empty for an
/// uncompressed module. The kernel's xz decoder supports only CRC32 checks.
std::vector<std::string> compressor_for(std::string_view path) {
    const std::string_view suffix = module_suffix(base_name(path));
    if (suffix.ends_with(".gz")) return {"gzip", "-n", "-c"};
    if (suffix.ends_with(".xz")) return {"xz", "--check=crc32", "-c"};
    if (suffix.ends_with(".zst")) return {"zstd", "-q", "-c"};
    return {};
}

Status run_into(std::vector<std::string> command, const std::string& out) {
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    pid_t child = 0;
    const int failure =
        posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return fail_errno(failure, cat("run ", command[0]));
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return fail_errno(errno, cat("wait for ", command[0]));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(ErrorKind::io, cat(command[0], " failed to make ", out));
    return {};
}

Status make_one(const std::string& recipe_path, const std::string& out) {
    TRY_ASSIGN(const std::string text, read_file(recipe_path));
    TRY_ASSIGN(const test::ModuleRecipe recipe, test::parse_recipe(text, recipe_path));
    const std::string bytes = test::build_module(recipe, module_name_of_path(out));
    std::vector<std::string> compressor = compressor_for(out);
    if (compressor.empty()) return write_file(out, bytes);

    // Not NAME.ko, which may be another module in the same directory.
    const std::string plain = out + ".plain";
    TRY(write_file(plain, bytes));
    compressor.push_back(plain);
    Status status = run_into(std::move(compressor), out);
    ::unlink(plain.c_str());
    return status;
}

Status make_tree(const std::string& directory) {
    boost::system::error_code code;
    std::vector<std::string> recipes;
    for (fs::recursive_directory_iterator at(directory, code), end; at != end && !code;
         at.increment(code))
        if (at->path().string().ends_with(kRecipeSuffix))
            recipes.push_back(at->path().string());
    if (code) return fail_errno(code.value(), cat("walk ", directory));
    std::ranges::sort(recipes);
    for (const std::string& recipe : recipes) {
        TRY(make_one(recipe, recipe.substr(0, recipe.size() - kRecipeSuffix.size())));
        if (::unlink(recipe.c_str()) != 0)
            return fail_errno(errno, cat("remove ", recipe));
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: mkmodule tree DIR | mkmodule FILE.recipe OUT.ko\n", stderr);
        return 1;
    }
    const Status status = argv[1] == std::string_view("tree")
                              ? make_tree(argv[2])
                              : make_one(argv[1], argv[2]);
    if (status) return 0;
    std::fprintf(stderr, "mkmodule: %s\n", status.error().message.c_str());
    return 1;
}
