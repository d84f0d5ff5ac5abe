// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/link.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/text.hpp"
#include "index/cycles.hpp"

namespace kmodpp::index {

namespace {

void add_exports(const io::Root& root, const std::vector<FoundModule>& modules,
                 const std::vector<ModuleRecord>& records, SymbolTable& symbols,
                 bool warn_duplicates, MessageSink& messages) {
    std::size_t count = 0;
    for (const ModuleRecord& record : records) count += record.facts.exports().size();
    symbols.reserve(count);
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        for (const ExportedSymbol symbol : records[i].facts.exports()) {
            const auto before = symbols.add(symbol.name, {i, symbol.crc});
            if (before && warn_duplicates)
                messages.message(
                    Priority::warning,
                    cat(root.display(modules[i].path), " exports duplicate symbol ",
                        symbol.name, " of ", root.display(modules[*before].path)));
        }
    }
}

/// The direct dependencies of each module, each once, in the order of its symbols.
Edges direct_dependencies(const io::Root& root, const std::vector<FoundModule>& modules,
                          const std::vector<ModuleRecord>& records,
                          const SymbolTable& symbols, const LinkOptions& options,
                          MessageSink& messages) {
    Edges edges(modules.size());
    // seen[p] == i + 1 if p is already a dependency of module i.
    std::vector<std::uint32_t> seen(modules.size());
    std::vector<std::uint32_t> owners;
    for (std::uint32_t i = 0; i < modules.size(); ++i) {
        owners.clear();
        const auto warn = [&](std::string_view what, std::string_view name) {
            messages.message(Priority::warning,
                             cat(root.display(modules[i].path), " ", what, " ", name));
        };
        for (const NeededSymbol need : records[i].facts.needs()) {
            const Provider* const provider = symbols.find(need.name, need.hash);
            if (provider == nullptr) {
                if (options.report_unknown_symbols && !need.weak)
                    warn("needs unknown symbol", need.name);
                continue;
            }
            // A missing CRC counts as CRC 0, as in the Module.symvers of a kernel
            // without modversions.
            if (options.check_versions && options.report_unknown_symbols && !need.weak &&
                need.crc.value_or(0) != provider->crc.value_or(0))
                warn("disagrees about version of symbol", need.name);
            const std::uint32_t owner = provider->module;
            if (owner == Provider::kKernel || seen[owner] == i + 1) continue;
            if (options.tell_need)
                options.tell_need(cat(root.display(modules[i].path), " needs \"",
                                      need.name,
                                      "\": ", root.display(modules[owner].path)));
            seen[owner] = i + 1;
            owners.push_back(owner);
        }
        edges[i] = owners;
    }
    return edges;
}

/// A position for each module such that dependents precede their dependencies. Modules
/// in a cycle, and those needed by one, have none.
struct Ranking {
    static constexpr std::uint32_t kNone = UINT32_MAX;
    std::vector<std::uint32_t> rank;
    std::vector<std::uint32_t> unranked;
};
Ranking rank_modules(const Edges& edges) {
    std::vector<std::uint32_t> users(edges.size());
    for (const auto& needs : edges)
        for (const std::uint32_t owner : needs) ++users[owner];

    // Last in, first out: the order that modules.dep has always had.
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < edges.size(); ++i)
        if (users[i] == 0) ready.push_back(i);

    Ranking ranking{std::vector(edges.size(), Ranking::kNone), {}};
    std::uint32_t next = 0;
    while (!ready.empty()) {
        const std::uint32_t module = ready.back();
        ready.pop_back();
        ranking.rank[module] = next++;
        for (const std::uint32_t owner : edges[module])
            if (--users[owner] == 0) ready.push_back(owner);
    }
    for (std::uint32_t i = 0; i < edges.size(); ++i)
        if (ranking.rank[i] == Ranking::kNone) ranking.unranked.push_back(i);
    return ranking;
}

std::unexpected<Error> report_cycles(const std::vector<FoundModule>& modules,
                                     const Edges& edges, MessageSink& messages) {
    std::size_t members = 0;
    for (const CycleGroup& group : find_cycles(edges)) {
        members += group.members.size();
        for (const auto& cycle : group.cycles) {
            std::string text = "Cycle detected: ";
            for (const std::uint32_t member : cycle)
                text += cat(modules[member].name, " -> ");
            messages.message(Priority::error, text + modules[cycle.front()].name);
        }
        if (group.cut_short)
            messages.message(
                Priority::error,
                cat("Only ", group.cycles.size(), " of the cycles among these ",
                    group.members.size(), " modules are shown"));
    }
    return fail(ErrorKind::conflict,
                cat("Found ", members, " modules in dependency cycles!"));
}

/// The direct and indirect dependencies of each module, sorted by rank.
Dependencies close(const Edges& edges, const Ranking& ranking) {
    std::vector<std::uint32_t> by_rank(edges.size());
    for (std::uint32_t i = 0; i < edges.size(); ++i) by_rank[ranking.rank[i]] = i;
    const auto rank_of = [&](std::uint32_t module) { return ranking.rank[module]; };

    Dependencies all(edges.size());
    std::vector<std::uint32_t> seen(edges.size(), Ranking::kNone);
    std::vector<std::uint32_t> needs, reached;
    // Dependencies rank after their dependents, so their own dependencies are already
    // known.
    for (const std::uint32_t module : by_rank | std::views::reverse) {
        reached.clear();
        const auto add = [&](std::uint32_t owner) {
            if (std::exchange(seen[owner], module) != module) reached.push_back(owner);
        };
        needs = edges[module];
        // The first one often depends on the others, which are then skipped.
        std::ranges::sort(needs, {}, rank_of);
        for (const std::uint32_t owner : needs) {
            if (seen[owner] == module) continue;
            add(owner);
            std::ranges::for_each(all[owner], add);
        }
        std::ranges::sort(reached, {}, rank_of);
        all[module] = reached;
    }
    return all;
}

}  // namespace

Result<Dependencies> link(const io::Root& root, const std::vector<FoundModule>& modules,
                          const std::vector<ModuleRecord>& records, SymbolTable& symbols,
                          const LinkOptions& options, MessageSink& messages) {
    add_exports(root, modules, records, symbols, options.warn_duplicates, messages);
    const Edges edges =
        direct_dependencies(root, modules, records, symbols, options, messages);
    const Ranking ranking = rank_modules(edges);
    if (!ranking.unranked.empty()) return report_cycles(modules, edges, messages);
    return close(edges, ranking);
}

}  // namespace kmodpp::index
