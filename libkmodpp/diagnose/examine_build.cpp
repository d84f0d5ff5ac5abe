// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the module's vermagic with the kernel's, which is found in the kernel's log
// or in any module that the kernel has accepted.
#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "diagnose/load_case.hpp"

namespace kmodpp {

namespace {

/// Maximum number of loaded modules that are read.
constexpr std::size_t kMaxAccepted = 16;
/// A vermagic has a handful of words; the comparison is quadratic.
constexpr std::size_t kMaxWords = 64;

std::optional<AcceptedModule> read_accepted(const LoadCase& load,
                                            const std::string& path) {
    auto file = io::ModuleFile::open(load.sources.root, path);
    if (!file) return std::nullopt;
    const auto image = elf::Image::parse(*file);
    if (!image) return std::nullopt;
    const auto info = read_modinfo(*image);
    const auto head = file->slice(0, std::min(file->size(), elf::kHeaderSize));
    if (!info || !head) return std::nullopt;
    const auto vermagic = find_info(*info, "vermagic");
    const auto header = elf::read_header(*head);
    if (!vermagic || !header) return std::nullopt;
    return AcceptedModule{path, std::string(*vermagic), *header};
}

/// Marks the words of two lists that belong to their longest common subsequence.
struct Comparison {
    std::vector<bool> first, second;
};
Comparison compare_words(const std::vector<std::string_view>& a,
                         const std::vector<std::string_view>& b) {
    std::vector<std::vector<std::size_t>> length(a.size() + 1,
                                                 std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            length[i][j] = a[i] == b[j] ? length[i + 1][j + 1] + 1
                                        : std::max(length[i + 1][j], length[i][j + 1]);
    Comparison same{std::vector<bool>(a.size()), std::vector<bool>(b.size())};
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (a[i] == b[j])
            same.first[i++] = same.second[j++] = true;
        else if (length[i + 1][j] >= length[i][j + 1])
            ++i;
        else
            ++j;
    }
    return same;
}

std::string marked(const std::vector<std::string_view>& words,
                   const std::vector<bool>& same) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += ' ';
        const std::string word = printable(words[i], 64);
        text += same[i] ? word : cat("[", word, "]");
    }
    return text;
}

std::vector<std::string_view> words_of(std::string_view vermagic) {
    auto words = split_words(vermagic);
    if (words.size() > kMaxWords) words.resize(kMaxWords);
    return words;
}

void add_wrong_vermagic(LoadCase& load, std::string_view module, std::string_view kernel,
                        bool release_counts) {
    const auto module_words = words_of(module);
    auto kernel_words = words_of(kernel);
    // Only the release of the kernel is known, not its options.
    const bool release_only = kernel_words.size() == 1;
    Comparison same = compare_words(module_words, kernel_words);
    if (release_only) std::fill(same.first.begin(), same.first.end(), true);
    if (!module_words.empty() && !kernel_words.empty()) {
        const bool equal = !release_counts || module_words[0] == kernel_words[0];
        same.first[0] = same.second[0] = equal;
    }
    const std::string built_for = release_of(module), own = release_of(kernel);
    std::string text = cat(load.failure.step.path, " was built ");
    if (built_for != own)
        text += cat("for kernel ", built_for, ", but this kernel is ", own);
    else
        text += "with other options than this kernel";
    const std::string hidden = hidden_file(load);
    if (!hidden.empty()) text += cat("; ", hiding(load, hidden));
    if (!release_only)
        text += cat("; its vermagic is '", marked(module_words, same.first),
                    "', the kernel's is '", marked(kernel_words, same.second), "'");
    auto& finding = load.add(FailureCause::wrong_vermagic, text,
                             advice_for_other_build(load, hidden));
    finding.facts = {{"module_vermagic", printable(module)},
                     {"kernel_vermagic", printable(kernel)},
                     {"path", load.failure.step.path}};
    if (!hidden.empty()) finding.facts.push_back({"hides", hidden});
}

bool same_vermagic(std::string_view module, std::string_view kernel,
                   bool release_counts) {
    const auto a = split_words(module), b = split_words(kernel);
    if (b.size() <= 1)
        return !release_counts || (!a.empty() && !b.empty() && a[0] == b[0]);
    const std::size_t from = release_counts ? 0 : 1;
    return std::ranges::equal(
        a.begin() + static_cast<std::ptrdiff_t>(std::min(from, a.size())), a.end(),
        b.begin() + static_cast<std::ptrdiff_t>(from), b.end());
}

std::string vermagic_of_kernel(const LoadCase& load) {
    if (load.sources.is_other_kernel) return load.sources.catalog.release();
    if (load.messages.vermagic) return load.messages.vermagic->second;
    if (const auto own = load.sources.kernel.identity().vermagic) return *own;
    if (const auto accepted = find_accepted_modules(load); !accepted.empty())
        return accepted.front().vermagic;
    return load.sources.kernel.release().value_or("");
}

}  // namespace

std::vector<AcceptedModule> find_accepted_modules(const LoadCase& load) {
    std::vector<AcceptedModule> accepted;
    Catalog& catalog = load.sources.catalog;
    const auto release = load.sources.kernel.release();
    const auto modules = load.sources.kernel.modules();
    if (!release || *release != catalog.release() || !modules) return accepted;
    for (const LoadedModule& module : *modules) {
        // Forced and out-of-tree modules may have another vermagic than the kernel.
        if (module.taint.find_first_of("FO") != std::string::npos ||
            module.name == load.failure.step.module)
            continue;
        const auto entry = catalog.find_module(module.name);
        if (!entry || !*entry) continue;
        if (auto read = read_accepted(load, (*entry)->path))
            accepted.push_back(*std::move(read));
        if (accepted.size() == kMaxAccepted) break;
    }
    return accepted;
}

void examine_vermagic(LoadCase& load) {
    if (!load.image || load.found_something() || load.flags.ignore_vermagic) return;
    const auto vermagic = find_info(load.info, "vermagic");
    if (!vermagic) {
        load.add(
            FailureCause::no_vermagic,
            cat(load.failure.step.path,
                " has no vermagic, so the kernel cannot check what it was built for"),
            cat("build it with the kernel's build system: make -C /lib/modules/",
                load.sources.catalog.release(), "/build M=$PWD modules"));
        return;
    }
    const bool has_versions = load.image->find("__versions") != nullptr ||
                              load.image->find("__version_ext_crcs") != nullptr;
    const std::string kernel = vermagic_of_kernel(load);
    const bool release_counts = load.flags.ignore_modversions || !has_versions;
    if (kernel.empty()) return;
    if (load.messages.vermagic || !same_vermagic(*vermagic, kernel, release_counts))
        return add_wrong_vermagic(load, *vermagic, kernel, release_counts);
    // Kernels without CONFIG_MODULE_FORCE_LOAD refuse modules without versions.
    const bool compares = (" " + kernel + " ").contains(" modversions ");
    if (!load.messages.unversioned_symbols.empty() || (compares && release_counts))
        load.add(FailureCause::no_symbol_versions,
                 load.flags.ignore_modversions
                     ? "this kernel was built without CONFIG_MODULE_FORCE_LOAD: symbol "
                       "versions cannot be ignored"
                     : "it was built without symbol versions, which this kernel checks",
                 "build it against the headers and the Module.symvers of this kernel");
}

bool is_for_other_kernel(LoadCase& load) {
    examine_file(load);
    if (load.found_something()) return true;
    const auto vermagic = find_info(load.info, "vermagic");
    const std::string kernel = vermagic_of_kernel(load);
    // weak-updates contains modules of other releases with compatible symbols.
    const bool is_weak_update = load.sources.are_of_other_releases ||
                                load.failure.step.path.contains("/weak-updates/");
    if (load.image && vermagic && !kernel.empty() && !load.flags.ignore_vermagic &&
        !same_vermagic(*vermagic, kernel, !is_weak_update))
        add_wrong_vermagic(load, *vermagic, kernel, !is_weak_update);
    if (!load.found_something()) examine_symbol_versions(load);
    return load.found_something();
}

}  // namespace kmodpp
