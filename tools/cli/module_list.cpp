// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/module_list.hpp"

#include <algorithm>
#include <cstdio>
#include <unordered_map>
#include <utility>

#include "base/sort.hpp"
#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

using Uses = std::vector<std::vector<std::size_t>>;

/// Deeper than any real chain. Modules below this depth are shown as roots of their
/// own, so that the output for a malicious list stays linear in its length.
constexpr std::size_t kMaxDepth = 40;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kNameColumn = 19;
constexpr std::size_t kSizeColumn = 8;
/// The longest name that the kernel accepts (MODULE_NAME_LEN on 64-bit architectures).
/// The output for a malicious list stays linear in its length.
constexpr std::size_t kMaxNameColumn = 55;
/// What kmod prints (-ENOENT) on a kernel without module unloading.
constexpr long kNotCounted = -2;

struct Widths {
    std::size_t name = kNameColumn;
    std::size_t size = kSizeColumn;
};

/// "NAME       SIZE  LAST".
std::string columns(std::string name, const std::string& size, const std::string& last,
                    const Widths& widths) {
    name.resize(std::max(name.size(), widths.name), ' ');
    name.append(1 + widths.size - std::min(size.size(), widths.size), ' ');
    return name + size + "  " + last;
}

std::string columns(std::string name, const LoadedModule& module, const Widths& widths) {
    return columns(std::move(name), std::to_string(module.size),
                   std::to_string(module.refcount.value_or(kNotCounted)), widths);
}

StyledText title(const std::string& last, const Widths& widths) {
    StyledText text;
    text.add(Style::heading, columns("Module", "Size", last, widths)) += "\n";
    return text;
}

class TreeBuilder {
public:
    explicit TreeBuilder(const ModuleList& modules)
        : modules_(modules), uses_(uses_of(modules)), shown_(modules.size()) {}

    StyledText build() {
        std::vector<bool> used(modules_.size());
        for (const auto& uses : uses_)
            for (const std::size_t module : uses) used[module] = true;
        for (std::size_t i = 0; i < modules_.size(); ++i)
            if (!used[i]) show_from(i);
        // The rest is below the maximum depth or part of a cycle.
        for (std::size_t i = 0; i < modules_.size(); ++i)
            if (!shown_[i]) show_from(i);
        return text();
    }

private:
    struct Row {
        std::size_t module;
        std::size_t depth;
        bool is_repeated;
    };

    void show_from(std::size_t root) {
        std::vector<std::pair<std::size_t, std::size_t>> pending = {{root, 0}};
        while (!pending.empty()) {
            const auto [module, depth] = pending.back();
            pending.pop_back();
            const bool is_repeated = shown_[module] || depth == kMaxDepth;
            rows_.push_back({module, depth, is_repeated});
            if (is_repeated) continue;
            shown_[module] = true;
            for (auto use = uses_[module].rbegin(); use != uses_[module].rend(); ++use)
                pending.emplace_back(*use, depth + 1);
        }
    }

    [[nodiscard]] StyledText text() const {
        Widths widths;
        for (const Row& row : rows_)
            widths.name = std::max(
                widths.name, row.depth * kIndent + modules_[row.module].name.size());
        StyledText text = title("Used", widths);
        for (const Row& row : rows_) {
            const LoadedModule& module = modules_[row.module];
            const std::string name = std::string(row.depth * kIndent, ' ') + module.name;
            text += row.is_repeated ? name + " (shown in full elsewhere)"
                                    : columns(name, module, widths);
            text += "\n";
        }
        return text;
    }

    const ModuleList& modules_;
    Uses uses_;
    std::vector<bool> shown_;
    std::vector<Row> rows_;
};

}  // namespace

bool sort_modules(ModuleList& modules, std::string_view order) {
    const bool by_size = order == "size", by_uses = order == "used";
    if (!by_size && !by_uses && order != "name") return false;
    sort_by(modules, &LoadedModule::name);
    // The largest first; equal ones remain sorted by name.
    if (by_size)
        sort_by(modules, [](const LoadedModule& module) { return ~module.size; });
    if (by_uses)
        sort_by(modules,
                [](const LoadedModule& module) { return ~module.refcount.value_or(0); });
    return true;
}

StyledText modules_as_table(const ModuleList& modules, Columns kind) {
    const auto name_of = [kind](const LoadedModule& module) {
        return kind == Columns::fitted ? terminal_line(module.name) : module.name;
    };
    Widths widths;
    if (kind == Columns::fitted)
        for (const LoadedModule& module : modules) {
            const std::size_t name = std::min(name_of(module).size(), kMaxNameColumn);
            widths.name = std::max(widths.name, name);
            widths.size = std::max(widths.size, std::to_string(module.size).size());
        }
    StyledText text = title("Used by", widths);
    for (const LoadedModule& module : modules) {
        text += columns(name_of(module), module, widths);
        std::string_view separator = " ";
        for (const std::string& holder : module.holders) {
            (text += separator) += holder;
            separator = ",";
        }
        text += "\n";
    }
    return text;
}

StyledText modules_as_tree(const ModuleList& modules) {
    return TreeBuilder(modules).build();
}

std::vector<std::vector<std::size_t>> uses_of(const ModuleList& modules) {
    std::unordered_map<std::string_view, std::size_t> positions;
    for (std::size_t i = 0; i < modules.size(); ++i)
        positions.emplace(modules[i].name, i);
    Uses uses(modules.size());
    for (std::size_t i = 0; i < modules.size(); ++i)
        for (const std::string& holder : modules[i].holders)
            if (const auto found = positions.find(holder); found != positions.end())
                uses[found->second].push_back(i);
    return uses;
}

}  // namespace kmodpp::cli
