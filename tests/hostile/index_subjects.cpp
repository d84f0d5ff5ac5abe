// SPDX-License-Identifier: LGPL-2.1-or-later
// Damaged indexes: the results of all queries that modprobe and modinfo make.
#include <algorithm>
#include <functional>

#include "base/text.hpp"
#include "hostile/mutations.hpp"
#include "hostile/plain_index.hpp"
#include "hostile/subjects.hpp"
#include "kmodpp/context.hpp"
#include "kmodpp/depmod.hpp"
#include "support/message_log.hpp"

namespace kmodpp::test {

namespace {

constexpr std::string_view kFiles[] = {"modules.dep.bin", "modules.alias.bin",
                                       "modules.symbols.bin", "modules.builtin.bin",
                                       "modules.builtin.alias.bin"};
constexpr std::size_t kFileCount = std::size(kFiles);

/// A hash of texts of any length.
class Digest {
public:
    void add(std::string_view text) {
        value_ = value_ * 31 + std::hash<std::string_view>{}(text);
    }
    [[nodiscard]] std::size_t value() const { return value_; }

private:
    std::size_t value_ = 0;
};

class IndexSubject : public Subject {
public:
    explicit IndexSubject(const Setting& setting) : setting_(setting) {
        for (const auto& [name, bytes] : read_folder(setting.seeds + "/modules"))
            write("kernel/" + name, bytes);
        for (const auto& [name, bytes] : read_folder(setting.seeds + "/texts"))
            write(name, bytes);
        write_file(setting.root + "/etc/kmodpp/kernel.conf",
                   cat("release ", kRelease, "\n"));
        write_file(setting.root + "/etc/modprobe.d/none.conf", "");
        write_file(setting.root + "/etc/depmod.d/none.conf", "");
        MessageLog log;
        const auto built = run_depmod({.root = setting.root,
                                       .release = std::string(kRelease),
                                       .config = {setting.root + "/etc/depmod.d"}},
                                      log);
        if (!built) throw std::runtime_error(built.error().message);
        for (std::size_t i = 0; i < kFileCount; ++i) {
            files_[i] = read_file(path(kFiles[i]));
            numbers_[i] = index_numbers(files_[i]);
        }
        collect_names();
        sound_ = ask();
    }

    Verdict judge(const std::string& input, std::size_t number) override {
        // Another child may have left its file.
        for (std::size_t i = 0; i < kFileCount; ++i)
            if (judged_ == 0 || i == last_) write(kFiles[i], files_[i]);
        last_ = file_of(number);
        ++judged_;
        write(kFiles[last_], input);
        const std::vector<std::string> answers = ask();
        if (answers == sound_) return {Answer::same};
        bool refused = false;
        for (const std::string& answer : answers) {
            if (!answer.starts_with("!")) continue;
            refused = true;
            if (!answer.contains(kFiles[last_]))
                return {Answer::wrong, cat("another file is named: ", answer)};
        }
        if (refused) return {Answer::refused};
        std::string wrong = contradiction(input, names_);
        return wrong.empty() ? Verdict{Answer::changed}
                             : Verdict{Answer::wrong, std::move(wrong)};
    }

protected:
    [[nodiscard]] virtual std::size_t file_of(std::size_t number) const = 0;

    std::string files_[kFileCount];
    std::vector<NumberPlace> numbers_[kFileCount];

private:
    [[nodiscard]] std::string path(std::string_view name) const {
        return cat(setting_.root, kModules, "/", name);
    }
    void write(std::string_view name, std::string_view contents) const {
        write_file(path(name), contents);
    }

    /// Some keys of every index, and some names that are in no index.
    void collect_names() {
        names_ = {"no_such_module", "pci:v00008086d00001000sv1sd1bc02sc00i00", "symbol:x",
                  "fs-ext4", "*"};
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) throw std::runtime_error(context.error().message);
        for (const AliasIndex index : {AliasIndex::modules, AliasIndex::symbols}) {
            std::size_t count = 0;
            const auto walked = context->for_each_alias(
                index, [&](std::string_view key, std::string_view module) {
                    if (count++ % 97 != 0 || names_.size() > 24) return;
                    std::string name(key);
                    std::ranges::replace(name, '*', '1');
                    names_.push_back(name);
                    names_.emplace_back(module);
                });
            if (!walked) throw std::runtime_error(walked.error().message);
        }
    }

    /// The result of every query; an error begins with '!'.
    [[nodiscard]] std::vector<std::string> ask() const {
        std::vector<std::string> answers;
        MessageLog log;
        auto context = Context::create({.simulate = setting_.root}, log);
        if (!context) return {"!" + context.error().message};
        const auto take = [&](const auto& result, auto show) {
            if (result) answers.push_back(show(*result));
            // "Not found" is a valid result.
            else if (result.error().kind == ErrorKind::not_found)
                answers.emplace_back("unknown");
            else
                answers.push_back("!" + result.error().message);
        };
        for (const std::string& name : names_) {
            take(context->look_up(name), [](const std::vector<std::string>& modules) {
                std::string text;
                for (const std::string& module : modules) text += module + " ";
                return text;
            });
            take(context->plan_insert({.name = name, .ignore_loaded = true}),
                 [](const Plan& plan) {
                     std::string text;
                     for (const Goal& goal : plan.goals)
                         for (const Step& step : goal.steps) text += step.path + " ";
                     return text;
                 });
            take(context->describe(name, NameKind::name_only),
                 [](const std::vector<ModuleInfo>& infos) { return cat(infos.size()); });
        }
        for (const AliasIndex index : {AliasIndex::modules, AliasIndex::symbols}) {
            Digest digest;
            const auto walked = context->for_each_alias(
                index, [&digest](std::string_view key, std::string_view module) {
                    digest.add(key);
                    digest.add(module);
                });
            if (walked)
                answers.push_back(cat(digest.value()));
            else
                answers.push_back("!" + walked.error().message);
        }
        return answers;
    }

    Setting setting_;
    std::vector<std::string> names_;
    std::vector<std::string> sound_;
    std::size_t judged_ = 0, last_ = 0;
};

class Truncations final : public IndexSubject {
public:
    using IndexSubject::IndexSubject;
    [[nodiscard]] std::size_t count(std::size_t) const override {
        std::size_t all = 0;
        for (const std::string& file : files_) all += file.size();
        return all;
    }
    [[nodiscard]] std::string input(std::size_t number) const override {
        const std::size_t file = file_of(number);
        for (std::size_t i = 0; i < file; ++i) number -= files_[i].size();
        return files_[file].substr(0, number);
    }

protected:
    [[nodiscard]] std::size_t file_of(std::size_t number) const override {
        std::size_t file = 0;
        while (number >= files_[file].size()) number -= files_[file++].size();
        return file;
    }
};

class Noise final : public IndexSubject {
public:
    using IndexSubject::IndexSubject;
    [[nodiscard]] std::string input(std::size_t number) const override {
        std::mt19937_64 random(number);
        const std::size_t file = file_of(number);
        std::string bytes = files_[file];
        // Changed offsets make nodes that loop, nest, overlap or point outside the file.
        if (number % 4 != 0)
            for (auto rounds = 1 + random() % 3; rounds > 0; --rounds)
                bytes = with_bad_number(std::move(bytes), numbers_[file], random);
        else
            bytes = with_noise(std::move(bytes), random);
        return bytes;
    }

protected:
    [[nodiscard]] std::size_t file_of(std::size_t number) const override {
        return number % kFileCount;
    }
};

}  // namespace

std::unique_ptr<Subject> index_truncations(const Setting& setting) {
    return std::make_unique<Truncations>(setting);
}
std::unique_ptr<Subject> index_noise(const Setting& setting) {
    return std::make_unique<Noise>(setting);
}

}  // namespace kmodpp::test
