// SPDX-License-Identifier: LGPL-2.1-or-later
// Damaged modules: the results of modinfo, insmod, modprobe and depmod.
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "hostile/mutations.hpp"
#include "hostile/plain_modinfo.hpp"
#include "hostile/subjects.hpp"
#include "kmodpp/context.hpp"
#include "kmodpp/depmod.hpp"
#include "support/elf_builder.hpp"
#include "support/message_log.hpp"

namespace kmodpp::test {

namespace {

constexpr std::string_view kVictim = "kernel/victim.ko";
constexpr std::string_view kBystander = "kernel/bystander.ko";

std::string small_module(const ElfTarget& target) {
    return ElfBuilder(target)
        .info("license", "GPL")
        .info("alias", "pci:v1d*")
        .info("depends", "bystander")
        .info("parm", "debug:verbosity")
        .info("parmtype", "debug:int")
        .info("vermagic", "6.1.0 SMP")
        .exports("victim_call", 0x1234)
        .exports("victim_gpl", 0x5678, true, CrcPlace::section)
        .undefined("bystander_call")
        .version("bystander_call", 0x42)
        .this_module("victim")
        .build_id("01234567890123456789")
        .build();
}

/// The results of all queries about a file.
struct Answers {
    std::string info, versions, exports, insertion, plan, databases;
    std::vector<std::string> texts;  ///< entries of .modinfo
    bool described = false;
    std::size_t refusals = 0;
    std::string unnamed;  ///< an error that does not name the file
    bool operator==(const Answers&) const = default;

    void refuse(const Error& error, std::string& answer) {
        ++refusals;
        answer = "refused";
        if (!error.message.contains("victim")) unnamed = error.message;
    }
};

class ModuleSubject : public Subject {
public:
    explicit ModuleSubject(const Setting& setting) : setting_(setting) {
        for (auto& [name, bytes] : read_folder(setting.seeds + "/modules"))
            add(std::move(bytes));
        real_ = modules_.size();
        for (const NamedTarget& target : all_targets()) add(small_module(target.target));
        write(
            kBystander,
            ElfBuilder().exports("bystander_call", 0x42).info("license", "GPL").build());
        for (const std::string_view name :
             {"modules.order", "modules.builtin", "modules.builtin.modinfo"})
            write(name, "");
        write_file(setting.root + "/etc/kmodpp/kernel.conf",
                   cat("release ", kRelease, "\n"));
        write_file(setting.root + "/etc/modprobe.d/none.conf", "");
        write_file(setting.root + "/etc/depmod.d/none.conf", "");
        for (Seed& seed : modules_) seed.answers = ask(seed.bytes);
    }

    Verdict judge(const std::string& input, std::size_t number) override {
        const Answers answers = ask(input);
        const Answers& sound = modules_[seed_of(number)].answers;
        if (!answers.unnamed.empty())
            return {Answer::wrong, cat("no file is named: ", answers.unnamed)};
        if (answers.described) {
            const auto expected = plain_modinfo(input);
            if (!expected) return {Answer::wrong, "described, though it ends before"};
            if (answers.texts != *expected)
                return {Answer::wrong, "described in other words than it has"};
        }
        if (answers == sound) return {Answer::same};
        return {answers.refusals > sound.refusals ? Answer::refused : Answer::changed};
    }

protected:
    struct Seed {
        std::string bytes;
        std::vector<NumberPlace> numbers;
        Answers answers;
    };
    [[nodiscard]] virtual std::size_t seed_of(std::size_t number) const = 0;

    std::vector<Seed> modules_;
    std::size_t real_ = 0;  ///< number of real modules, which come first

private:
    void add(std::string bytes) {
        Seed seed{std::move(bytes), {}, {}};
        seed.numbers = elf_numbers(seed.bytes);
        modules_.push_back(std::move(seed));
    }
    [[nodiscard]] std::string path(std::string_view name) const {
        return cat(setting_.root, kModules, "/", name);
    }
    void write(std::string_view name, std::string_view contents) const {
        write_file(path(name), contents);
    }

    Answers ask(const std::string& bytes) const {
        Answers answers;
        write(kVictim, bytes);
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) {
            answers.unnamed = context.error().message;
            return answers;
        }
        const std::string victim = path(kVictim);
        describe(*context, victim, answers);
        list(context->symbol_versions(victim), answers, answers.versions);
        list(context->exports(victim), answers, answers.exports);
        insert(*context, victim, answers);
        build_databases(answers);
        return answers;
    }

    static void describe(const Context& context, const std::string& victim,
                         Answers& answers) {
        const auto infos = context.describe(victim, NameKind::file_or_name);
        if (!infos) return answers.refuse(infos.error(), answers.info);
        answers.described = true;
        for (const ModuleInfo& info : *infos) {
            for (const InfoField& field : info.fields)
                answers.texts.push_back(cat(field.key, "=", field.value));
            for (const ParameterField& field : info.parameters)
                answers.info += cat(field.name, ":", field.description.value_or("-"), ":",
                                    field.type.value_or("-"), "\n");
            answers.info += info.build_id;
            if (info.signature)
                answers.info += info.signature->signer + info.signature->signature;
            answers.info += info.signature_fault;
        }
    }

    static void list(const Result<std::vector<SymbolVersion>>& symbols, Answers& answers,
                     std::string& answer) {
        if (!symbols) return answers.refuse(symbols.error(), answer);
        for (const SymbolVersion& symbol : *symbols)
            answer += cat(symbol.name, " ", symbol.crc.value_or(0), "\n");
    }

    static void insert(Context& context, const std::string& victim, Answers& answers) {
        const auto plan = context.plan_insert({.name = victim});
        if (!plan) return answers.refuse(plan.error(), answers.plan);
        const auto inserted = context.insert_file(victim, "", {});
        if (!inserted) {
            ++answers.refusals;
            answers.insertion = cat("errno ", inserted.error().error.code);
            // The diagnosis reads the file again.
            const auto diagnosis = context.diagnose(inserted.error(), {});
            answers.insertion += cat(", ", diagnosis ? diagnosis->findings.size() : 0);
            return;
        }
        const auto loaded = context.loaded_modules();
        if (!loaded || loaded->empty()) {
            answers.unnamed = "a module that was loaded is not there";
            return;
        }
        answers.insertion = loaded->front().name;
        if (const Status gone = context.remove_module(loaded->front().name, true); !gone)
            answers.unnamed = gone.error().message;
    }

    void build_databases(Answers& answers) const {
        MessageLog log;
        const DepmodRequest request{.root = setting_.root,
                                    .release = std::string(kRelease),
                                    .config = {setting_.root + "/etc/depmod.d"},
                                    .dry_run = true,
                                    .jobs = 1};
        const auto report = run_depmod(request, log);
        // A module that needs its own export is a cycle, reported before the error.
        if (!report && log.has("victim -> victim")) {
            ++answers.refusals;
            return;
        }
        if (!report) return answers.refuse(report.error(), answers.databases);
        for (const auto& [name, text] : report->texts) answers.databases += text;
        if (!answers.databases.contains(cat(kBystander, ":\n")))
            answers.unnamed = "the other module is missing";
        if (report->unreadable_modules > 0) {
            ++answers.refusals;
            if (!log.has("victim")) answers.unnamed = "depmod names no file";
        }
    }

    Setting setting_;
};

/// Every prefix of the real modules.
class ModuleTruncations final : public ModuleSubject {
public:
    using ModuleSubject::ModuleSubject;
    [[nodiscard]] std::size_t count(std::size_t) const override {
        std::size_t all = 0;
        for (std::size_t i = 0; i < real_; ++i) all += modules_[i].bytes.size();
        return all;
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        const std::size_t seed = seed_of(number);
        for (std::size_t i = 0; i < seed; ++i) number -= modules_[i].bytes.size();
        return modules_[seed].bytes.substr(0, number);
    }

protected:
    [[nodiscard]] std::size_t seed_of(std::size_t number) const override {
        std::size_t seed = 0;
        while (number >= modules_[seed].bytes.size())
            number -= modules_[seed++].bytes.size();
        return seed;
    }
};

/// Every boundary value in every field of the headers and of some symbols, in all four
/// combinations of class and byte order.
class Fields final : public ModuleSubject {
public:
    explicit Fields(const Setting& setting) : ModuleSubject(setting) {
        for (std::size_t seed = real_ - 1; seed < modules_.size(); ++seed)
            for (const NumberPlace& place : modules_[seed].numbers)
                for (const std::uint64_t value :
                     boundary_values(modules_[seed].bytes, place))
                    changes_.push_back({seed, place, value});
    }
    [[nodiscard]] std::size_t count(std::size_t) const override {
        return changes_.size();
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        const Change& change = changes_[number];
        std::string bytes = modules_[change.seed].bytes;
        put_number(bytes, change.place, change.value);
        return bytes;
    }

protected:
    [[nodiscard]] std::size_t seed_of(std::size_t number) const override {
        return changes_[number].seed;
    }

private:
    struct Change {
        std::size_t seed;
        NumberPlace place;
        std::uint64_t value;
    };
    std::vector<Change> changes_;
};

/// Random damage: fields, runs of bytes, truncations, and combinations.
class ModuleNoise final : public ModuleSubject {
public:
    using ModuleSubject::ModuleSubject;
    [[nodiscard]] std::string input(std::size_t number) const override {
        std::mt19937_64 random(number);
        const Seed& seed = modules_[seed_of(number)];
        std::string bytes = seed.bytes;
        const auto kind = random() % 8;
        if (kind < 4) bytes = with_bad_number(std::move(bytes), seed.numbers, random);
        if (kind >= 3) bytes = with_noise(std::move(bytes), random);
        if (kind == 7) bytes.resize(random() % (bytes.size() + 1));
        return bytes;
    }

protected:
    [[nodiscard]] std::size_t seed_of(std::size_t number) const override {
        return number % modules_.size();
    }
};

}  // namespace

std::unique_ptr<Subject> module_truncations(const Setting& setting) {
    return std::make_unique<ModuleTruncations>(setting);
}
std::unique_ptr<Subject> module_fields(const Setting& setting) {
    return std::make_unique<Fields>(setting);
}
std::unique_ptr<Subject> module_noise(const Setting& setting) {
    return std::make_unique<ModuleNoise>(setting);
}

}  // namespace kmodpp::test
