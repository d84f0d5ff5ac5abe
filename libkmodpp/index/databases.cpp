// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/databases.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <set>

#include "base/append_texts.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/builtin_list.hpp"
#include "format/index_format.hpp"
#include "format/index_writer.hpp"
#include "format/modinfo.hpp"
#include "index/message_buffer.hpp"
#include "io/parallel.hpp"

namespace kmodpp::index {

namespace {

/// A text database and the index made from the same lines. Entries borrow from the
/// records, from `text` or from `kept`.
struct Database {
    std::string text;
    std::vector<IndexEntry> entries;
    std::deque<std::string> kept;

    std::string_view keep(std::string text_to_keep) {
        return kept.emplace_back(std::move(text_to_keep));
    }
    /// The alias as normalise_alias() spells it; borrowed if that changes nothing.
    std::optional<std::string_view> normalise(std::string_view alias) {
        if (!alias.contains('-') && !alias.contains('[') && !alias.contains(']'))
            return alias;
        auto normalised = normalise_alias(alias);
        if (!normalised) return std::nullopt;
        return keep(*std::move(normalised));
    }
};

/// Whether anything reads the entries of a database.
bool uses_entries(const DatabaseInput& input) {
    return !input.texts_only || input.warn_duplicates;
}

/// Same, for text at the end of a line.
std::string_view fault_at_end_of(std::string_view text) {
    // Readers join such a line with the next one.
    if (text.ends_with('\\')) return "it ends in a backslash";
    return key_fault(text);
}

void warn_skipped(std::string_view module, std::string_view what, std::string_view text,
                  std::string_view why, MessageSink& messages) {
    messages.message(Priority::warning, cat("Module '", printable(module), "': ", what,
                                            " '", printable(text), "' skipped: ", why));
}

/// The alias as it is spelled in the index; nullopt, after a warning, if no query could
/// match it.
std::optional<std::string_view> usable_alias(Database& database, std::string_view alias,
                                             std::string_view module,
                                             MessageSink& messages) {
    std::string_view fault = key_fault(alias);
    const auto normalised = fault.empty() ? database.normalise(alias) : std::nullopt;
    if (fault.empty() && !normalised) fault = "Unmatched bracket";
    if (!fault.empty()) warn_skipped(module, "alias", alias, fault, messages);
    return normalised;
}

/// False, after a warning, if a module's name cannot be a key of an index.
bool usable_name(std::string_view module, MessageSink& messages) {
    const std::string_view fault = key_fault(module);
    if (!fault.empty()) warn_skipped(module, "name", module, fault, messages);
    return fault.empty();
}

void warn_repeated(const Database& database, std::string_view what,
                   MessageSink& messages) {
    // Several modules may share an alias; only a repetition within one module is a
    // duplicate.
    std::set<std::pair<std::string_view, std::string_view>> lines;
    for (const IndexEntry& entry : database.entries)
        if (!lines.insert({entry.key, entry.value}).second)
            messages.message(Priority::warning, cat("duplicate module ", what, ": ",
                                                    entry.key, " ", entry.value));
}

Database make_dep(const DatabaseInput& input, MessageSink& messages) {
    Database dep;
    std::vector<std::size_t> ends;
    ends.reserve(input.modules.size());
    for (std::size_t i = 0; i < input.modules.size(); ++i) {
        append_texts(dep.text, input.modules[i].database, ":");
        for (const std::uint32_t owner : input.dependencies[i])
            append_texts(dep.text, " ", input.modules[owner].database);
        ends.push_back(dep.text.size());
        dep.text += '\n';
    }
    std::size_t begin = 0;
    for (std::uint32_t i = 0; i < input.modules.size(); ++i) {
        const std::string_view line(dep.text.data() + begin, ends[i] - begin);
        begin = ends[i] + 1;
        if (usable_name(input.modules[i].name, messages) && uses_entries(input))
            dep.entries.push_back({input.modules[i].name, line, i});
    }
    return dep;
}

Database make_alias(const DatabaseInput& input, MessageSink& messages) {
    Database alias;
    alias.text = "# Aliases extracted from modules themselves.\n";
    for (std::uint32_t i = 0; i < input.modules.size(); ++i) {
        const std::string& module = input.modules[i].name;
        for (const std::string_view raw : input.records[i].facts.aliases()) {
            const auto normalised = usable_alias(alias, raw, module, messages);
            if (!normalised) continue;
            append_texts(alias.text, "alias ", raw, " ", module, "\n");
            if (uses_entries(input)) alias.entries.push_back({*normalised, module, i});
        }
    }
    return alias;
}

std::string make_hints(const DatabaseInput& input, std::string_view verb,
                       std::string_view header, TextList (ModuleFacts::*hints)() const,
                       MessageSink& messages) {
    std::string text(header);
    for (std::uint32_t i = 0; i < input.modules.size(); ++i)
        for (const std::string_view hint : (input.records[i].facts.*hints)()) {
            // These files are parsed as configuration: a line break could add any
            // command, including one that runs a program.
            if (const auto fault = fault_at_end_of(hint); !fault.empty())
                warn_skipped(input.modules[i].name, verb, hint, fault, messages);
            else
                append_texts(text, verb, " ", input.modules[i].name, " ", hint, "\n");
        }
    return text;
}

Database make_symbols(const DatabaseInput& input, MessageSink& messages) {
    constexpr std::string_view kPrefix = "symbol:";
    struct Line {
        std::size_t key;  ///< its offset
        std::size_t key_size;
        std::uint32_t module;
    };
    Database symbols;
    symbols.text = "# Aliases for symbols, used by symbol_request().\n";
    std::vector<Line> lines;
    for (std::uint32_t i = 0; i < input.modules.size(); ++i) {
        const std::string& module = input.modules[i].name;
        for (const ExportedSymbol symbol : input.records[i].facts.exports()) {
            // If several modules export a symbol, the last one provides it.
            const Provider* const provider = input.symbols.find(symbol.name, symbol.hash);
            if (provider == nullptr || provider->module != i) continue;
            const std::size_t line = symbols.text.size();
            append_texts(symbols.text, "alias ", kPrefix,
                         input.symbols.without_prefix(symbol.name), " ", module, "\n");
            const std::size_t begin = line + std::string_view("alias ").size();
            const std::size_t end = symbols.text.size() - module.size() - 2;
            const std::string_view key(symbols.text.data() + begin, end - begin);
            if (usable_alias(symbols, key, module, messages))
                lines.push_back({begin, key.size(), i});
            else
                symbols.text.resize(line);
        }
    }
    if (uses_entries(input))
        for (const auto& [key, size, module] : lines)
            symbols.entries.push_back(
                {{symbols.text.data() + key, size}, input.modules[module].name, module});
    return symbols;
}

/// The line "MODULE DEVNAME c10:229" of a module whose aliases give a device node and
/// its number; empty for other modules.
std::string devname_line(const std::string& module, const TextList& aliases,
                         MessageSink& messages) {
    std::string_view node;
    char type = 0;
    std::optional<unsigned> major, minor;
    for (std::string_view alias : aliases) {
        // Most aliases are neither.
        const bool is_node = alias.starts_with("devname:");
        if (!is_node && !alias.starts_with("char-major-") &&
            !alias.starts_with("block-major-"))
            continue;
        if (!key_fault(alias).empty()) continue;
        if (is_node) {
            node = alias.substr(8);
        } else {
            const char alias_type = alias[0];
            alias.remove_prefix(alias.find("major-") + 6);
            const auto alias_major = parse_unsigned<unsigned>(take_until(alias, '-'));
            const auto alias_minor = parse_unsigned<unsigned>(alias);
            if (!alias_major || !alias_minor) continue;
            type = alias_type;
            major = alias_major;
            minor = alias_minor;
        }
        if (type != 0 && !node.empty())
            return cat(module, " ", node, " ", type, *major, ":", *minor, "\n");
    }
    if (!node.empty())
        messages.message(Priority::warning,
                         cat("Module '", module, "' has devname (", printable(node),
                             ") but lacks major and minor information. Ignoring."));
    return {};
}

std::string make_devname(const DatabaseInput& input, MessageSink& messages) {
    std::string lines;
    for (std::uint32_t i = 0; i < input.modules.size(); ++i)
        lines += devname_line(input.modules[i].name, input.records[i].facts.aliases(),
                              messages);
    if (lines.empty()) return lines;
    return "# Device nodes to trigger on-demand module loading.\n" + lines;
}

Database make_builtin(const BuiltinTexts& builtin, MessageSink& messages) {
    Database names;
    BuiltinList list = parse_builtin_list(builtin.names);
    for (const std::string_view line : list.invalid)
        messages.message(Priority::error,
                         cat("Invalid modules.builtin line: '", printable(line), "'"));
    for (std::string& name : list.names)
        if (usable_name(name, messages))
            names.entries.push_back({names.keep(std::move(name)), "", 0});
    return names;
}

Database make_builtin_alias(const BuiltinTexts& builtin, MessageSink& messages) {
    Database aliases;
    const BuiltinModinfoFile file = parse_builtin_modinfo(builtin.modinfo);
    for (const std::string& remark : file.remarks)
        messages.message(Priority::error,
                         cat("modules.builtin.modinfo: ", remark, "; skipped"));
    for (const auto& [module, info] : file.entries) {
        if (info.key != "alias") continue;
        const auto alias = usable_alias(aliases, info.value, module, messages);
        if (!alias) continue;
        aliases.entries.push_back(
            {*alias, aliases.keep(normalise_module_name(module)), 0});
    }
    return aliases;
}

/// Collects the files that one maker produces.
class FileSet {
public:
    FileSet(const DatabaseInput& input, MessageSink& messages)
        : input_(input), messages_(messages) {}

    void add_text(std::string_view name, std::string text) {
        files_.push_back({std::string(name), std::move(text), true});
    }
    void add_index(std::string_view name, std::vector<IndexEntry> entries) {
        if (input_.texts_only || !status_) return;
        auto index = write_index(std::move(entries));
        if (index)
            files_.push_back({std::string(name), *std::move(index), false});
        else
            status_ = std::unexpected(within(std::move(index).error(), name));
    }
    /// \param what  the word for its entries in warnings
    void add_both(std::string_view name, Database database, std::string_view what) {
        if (input_.warn_duplicates) warn_repeated(database, what, messages_);
        const std::size_t at = files_.size();
        add_index(cat(name, ".bin"), std::move(database.entries));
        // Moved after the index was made, because the entries borrow from the text.
        files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(at),
                      {std::string(name), std::move(database.text), true});
    }

    Status move_to(std::vector<DatabaseFile>& files) {
        TRY(status_);
        std::ranges::move(files_, std::back_inserter(files));
        return {};
    }

private:
    const DatabaseInput& input_;
    MessageSink& messages_;
    std::vector<DatabaseFile> files_;
    Status status_;
};

struct Maker {
    bool Changes::*input;
    void (*make)(const DatabaseInput&, FileSet&, MessageSink&);
};
/// Each runs on its own thread and only reads the input. In the order of
/// kDatabaseNames.
constexpr Maker kMakers[] = {
    {&Changes::symbols,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         set.add_both("modules.dep", make_dep(input, messages), "deps");
     }},
    {&Changes::aliases,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         set.add_both("modules.alias", make_alias(input, messages), "alias");
     }},
    {&Changes::hints,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         set.add_text(
             "modules.softdep",
             make_hints(input, "softdep",
                        "# Soft dependencies extracted from modules themselves.\n",
                        &ModuleFacts::softdeps, messages));
         set.add_text(
             "modules.weakdep",
             make_hints(input, "weakdep",
                        "# Weak dependencies extracted from modules themselves.\n",
                        &ModuleFacts::weakdeps, messages));
     }},
    {&Changes::symbols,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         set.add_both("modules.symbols", make_symbols(input, messages), "syms");
     }},
    {&Changes::builtin,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         const Database names = make_builtin(input.builtin, messages);
         set.add_index("modules.builtin.bin", names.entries);
         const Database aliases = make_builtin_alias(input.builtin, messages);
         set.add_index("modules.builtin.alias.bin", aliases.entries);
     }},
    {&Changes::aliases,
     [](const DatabaseInput& input, FileSet& set, MessageSink& messages) {
         set.add_text("modules.devname", make_devname(input, messages));
     }},
};

}  // namespace

Result<std::vector<DatabaseFile>> make_databases(const DatabaseInput& input,
                                                 unsigned jobs, MessageSink& messages) {
    std::vector<MessageBuffer> remarks(std::size(kMakers));
    std::vector<FileSet> sets;
    for (MessageBuffer& sink : remarks) sets.emplace_back(input, sink);
    io::for_each_in_parallel(jobs, std::size(kMakers), [&](std::size_t i) {
        if (input.changes.*kMakers[i].input) kMakers[i].make(input, sets[i], remarks[i]);
    });

    std::vector<DatabaseFile> files;
    for (std::size_t i = 0; i < std::size(kMakers); ++i) {
        remarks[i].pass_on(messages);
        TRY(sets[i].move_to(files));
    }
    return files;
}

}  // namespace kmodpp::index
