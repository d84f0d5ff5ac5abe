// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/weak_updater.hpp"

#include <algorithm>
#include <utility>

#include "cli/depmod_library.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

std::string describe(const WeakUpdate& update) {
    if (update.action == WeakUpdate::Action::add)
        return "+ " + update.link + " -> " + update.target + "\n";
    return "- " + update.link + "\n";
}

bool is_change(const WeakUpdate& update) {
    return update.action != WeakUpdate::Action::refuse;
}

}  // namespace

bool WeakUpdater::update(const std::string& release, const WeakUpdatesRequest& request) {
    auto context = open(release);
    if (!context) return false;
    if (!context->has_databases() && !request.remove_all && !options_.dry_run &&
        !run_depmod(release))
        return false;
    if (!context->has_databases()) context = open(release);
    if (!context) return false;
    const auto updates = context->plan_weak_updates(request);
    if (!updates) {
        messages_.error(updates.error().message);
        return false;
    }
    for (const WeakUpdate& update : *updates)
        if (is_change(update))
            print(describe(update));
        else
            messages_.info(update.target + ": no link for " + release + ": " +
                           update.reason);
    if (options_.dry_run || std::ranges::none_of(*updates, is_change)) return true;
    if (const auto done = context->apply_weak_updates(*updates); !done) {
        messages_.error(done.error().message);
        return false;
    }
    return run_depmod(release);
}

std::optional<std::vector<std::string>> WeakUpdater::releases() {
    const auto context = open("");
    if (!context) return std::nullopt;
    auto releases = context->installed_releases();
    if (!releases) {
        messages_.error(releases.error().message);
        return std::nullopt;
    }
    return *std::move(releases);
}

std::optional<Context> WeakUpdater::open(const std::string& release) {
    auto context = Context::create({.root = options_.root,
                                    .confined = options_.confined,
                                    .release = release,
                                    .config = {""}},
                                   messages_);
    if (!context) {
        messages_.fatal(context.error().message);
        return std::nullopt;
    }
    return *std::move(context);
}

bool WeakUpdater::run_depmod(const std::string& release) {
    std::vector<std::string> words = {"depmod", "-b", options_.root, release};
    if (options_.confined) words.insert(words.begin() + 1, "--confined");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    return cli::run_depmod(static_cast<int>(words.size()), argv.data()) == kSuccess;
}

}  // namespace kmodpp::cli
