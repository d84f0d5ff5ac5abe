// SPDX-License-Identifier: LGPL-2.1-or-later
// Hostile compressed streams, configuration texts and names.
#include <algorithm>

#include "base/text.hpp"
#include "hostile/mutations.hpp"
#include "hostile/subjects.hpp"
#include "kmodpp/context.hpp"
#include "kmodpp/depmod.hpp"
#include "support/message_log.hpp"

namespace kmodpp::test {

namespace {

void write_kernel(const Setting& setting) {
    write_file(setting.root + "/etc/kmodpp/kernel.conf", cat("release ", kRelease, "\n"));
    write_file(setting.root + "/etc/modprobe.d/none.conf", "");
    write_file(setting.root + "/etc/depmod.d/none.conf", "");
}

void build_databases(const Setting& setting) {
    for (const auto& [name, bytes] : read_folder(setting.seeds + "/modules"))
        write_file(cat(setting.root, kModules, "/kernel/", name), bytes);
    for (const auto& [name, bytes] : read_folder(setting.seeds + "/texts"))
        write_file(cat(setting.root, kModules, "/", name), bytes);
    MessageLog log;
    const auto built = run_depmod({.root = setting.root,
                                   .release = std::string(kRelease),
                                   .config = {setting.root + "/etc/depmod.d"}},
                                  log);
    if (!built) throw std::runtime_error(built.error().message);
}

/// A compressed file is either a whole module or an error.
class Streams final : public Subject {
public:
    explicit Streams(const Setting& setting) : setting_(setting) {
        write_kernel(setting);
        for (auto& [name, bytes] : read_folder(setting.seeds + "/streams"))
            streams_.push_back({std::move(name), std::move(bytes), {}});
        for (Stream& stream : streams_) stream.answer = ask(stream.bytes, stream.name);
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        std::mt19937_64 random(number);
        const Stream& stream = streams_[number % streams_.size()];
        std::string bytes = stream.bytes;
        switch (number / streams_.size() % 8) {
            case 0: return bytes;
            case 1: return bytes + bytes;
            case 2: return bytes + "trailing bytes, many of them";
            case 3: return bytes + std::string(64, '\0');
            case 4: return bytes + streams_[random() % streams_.size()].bytes;
            case 5: return bytes.substr(0, random() % bytes.size());
            default: return with_noise(std::move(bytes), random);
        }
    }
    Verdict judge(const std::string& input, std::size_t number) override {
        const Stream& stream = streams_[number % streams_.size()];
        const std::string answer = ask(input, stream.name);
        if (answer == stream.answer) return {Answer::same};
        if (answer.starts_with("!"))
            return answer.contains("victim") ? Verdict{Answer::refused}
                                             : Verdict{Answer::wrong, answer};
        // Two modules in one file: the first is described, the second has the
        // signature.
        if (number / streams_.size() % 8 == 1 || number / streams_.size() % 8 == 4)
            return {Answer::changed};
        return {Answer::wrong, cat(stream.name, " is described in other words")};
    }

private:
    struct Stream {
        std::string name, bytes, answer;
    };
    [[nodiscard]] std::string ask(const std::string& bytes,
                                  const std::string& name) const {
        const std::string path =
            cat(setting_.root, "/victim", name.substr(name.find('.')));
        write_file(path, bytes);
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) return "!" + context.error().message;
        const auto infos = context->describe(path, NameKind::file_or_name);
        if (!infos) return "!" + infos.error().message;
        std::string text;
        for (const ModuleInfo& info : *infos)
            for (const InfoField& field : info.fields)
                text += cat(field.key, "=", field.value, "\n");
        return text;
    }
    Setting setting_;
    std::vector<Stream> streams_;
};

/// Configuration, command line and text databases, built from words of their grammar.
class Texts final : public Subject {
public:
    explicit Texts(const Setting& setting) : setting_(setting) {
        write_kernel(setting);
        build_databases(setting);
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        static constexpr std::string_view kWords[] = {"alias ",
                                                      "options ",
                                                      "install ",
                                                      "remove ",
                                                      "softdep ",
                                                      "weakdep ",
                                                      "blacklist ",
                                                      "include ",
                                                      "search ",
                                                      "override ",
                                                      "external ",
                                                      "exclude ",
                                                      "dummy ",
                                                      "crc16 ",
                                                      "no-such ",
                                                      "* ",
                                                      "pre: ",
                                                      "post: ",
                                                      "a=b ",
                                                      "\\\n",
                                                      "\n",
                                                      "\r\n",
                                                      "#",
                                                      "\"",
                                                      "'",
                                                      "[",
                                                      "]",
                                                      "[a-z]",
                                                      "****",
                                                      "/bin/true ",
                                                      "$CMDLINE_OPTS ",
                                                      "modprobe.blacklist=",
                                                      "dummy.numdummies=",
                                                      "-- ",
                                                      ".",
                                                      "=",
                                                      ",",
                                                      "\t",
                                                      "%s%n",
                                                      "\x1b[31m",
                                                      "\xff\xfe",
                                                      "((((",
                                                      "{1,255}",
                                                      "built-in ",
                                                      "../../",
                                                      " 0x"};
        std::mt19937_64 random(number);
        std::string text;
        // A tenth of the inputs are long, some without a newline.
        const auto most = number % 10 == 0 ? 20000 : 60;
        for (auto n = random() % static_cast<unsigned>(most); n > 0; --n)
            text += kWords[random() % std::size(kWords)];
        if (number % 7 == 0) text = with_noise(std::move(text), random);
        if (number % 50 == 0) text += std::string(1u << 20, "a*[ \\"[number / 50 % 5]);
        return text;
    }
    Verdict judge(const std::string& input, std::size_t number) override {
        write_file(setting_.root + "/etc/modprobe.d/none.conf", input);
        write_file(setting_.root + "/proc/cmdline", input);
        write_file(setting_.root + "/etc/depmod.d/none.conf", input);
        static constexpr std::string_view kDatabases[] = {
            "modules.softdep", "modules.weakdep", "modules.devname"};
        write_file(cat(setting_.root, kModules, "/", kDatabases[number % 3]), input);
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) return {Answer::wrong, context.error().message};
        const auto rules = context->configuration();
        if (!rules) return {Answer::wrong, rules.error().message};
        for (const ConfigRule& rule : *rules)
            if (rule.name.empty()) return {Answer::wrong, "a rule without a name"};
        if (const auto report = context->check_configuration(); !report)
            return {Answer::wrong, report.error().message};
        const auto nodes = context->device_nodes();
        // A module of the tree remains known, whatever the configuration says.
        const auto plan =
            context->plan_insert({.name = "crc16", .ignore_commands = true});
        if (!plan && plan.error().kind != ErrorKind::conflict)
            return {Answer::wrong, plan.error().message};
        const auto report = run_depmod({.root = setting_.root,
                                        .release = std::string(kRelease),
                                        .config = {setting_.root + "/etc/depmod.d"},
                                        .dry_run = true,
                                        .jobs = 1},
                                       log);
        if (!report) return {Answer::wrong, report.error().message};
        return {log.lines().empty() ? Answer::same : Answer::refused};
    }

private:
    Setting setting_;
};

/// Names from untrusted callers: each is looked up and not found.
class Names final : public Subject {
public:
    explicit Names(const Setting& setting) : setting_(setting) {
        write_kernel(setting);
        build_databases(setting);
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        static constexpr std::string_view kPieces[] = {
            "pci:v", "of:N", "symbol:", "fs-", "net-pf-", "*",    "?",    "[",
            "]",     "[!-]", "\\",      "../", "/",       "./",   ".ko",  ".ko.xz",
            "-",     "_",    " ",       "\n",  "\x1b",    "\xff", "$(a)", ";",
            "'",     "\"",   "%n",      "a",   "0",       "-r",   "--",   "="};
        std::mt19937_64 random(number);
        std::string name;
        const auto most = number % 10 == 0 ? 30000u : 12u;
        for (auto n = 1 + random() % most; n > 0; --n)
            name += kPieces[number % 5 == 0 ? number / 5 % std::size(kPieces)
                                            : random() % std::size(kPieces)];
        return name;
    }
    Verdict judge(const std::string& input, std::size_t) override {
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) return {Answer::wrong, context.error().message};
        const auto found = context->look_up(input);
        const auto plan = context->plan_insert({.name = input});
        const auto traced = context->trace_name(input);
        if (!found || !found->empty()) return {Answer::changed};
        if (plan) return {Answer::changed};
        return {plan.error().message.empty() || !traced ? Answer::wrong : Answer::refused,
                "no reason is given"};
    }

private:
    Setting setting_;
};

}  // namespace

std::unique_ptr<Subject> compressed_streams(const Setting& setting) {
    return std::make_unique<Streams>(setting);
}
std::unique_ptr<Subject> config_texts(const Setting& setting) {
    return std::make_unique<Texts>(setting);
}
std::unique_ptr<Subject> hostile_names(const Setting& setting) {
    return std::make_unique<Names>(setting);
}

}  // namespace kmodpp::test
