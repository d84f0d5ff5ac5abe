// SPDX-License-Identifier: LGPL-2.1-or-later
// Contexts: creation, reference counts, log settings, configuration and databases.
#include "capi/context.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "io/file.hpp"

namespace {

using kmodpp::cat;
using kmodpp::Catalog;
using kmodpp::CatalogOptions;
using kmodpp::Database;
using kmodpp::Error;
using kmodpp::InitState;
using kmodpp::capi::code_of;
using kmodpp::capi::guarded;
using kmodpp::capi::guarded_code;

/// In the order of enum kmod_index. The prefix is the one that `modprobe -c` prints
/// before each line.
struct IndexRow {
    Database database;
    std::string_view prefix;
};
constexpr std::array<IndexRow, 5> kIndexes = {{
    {Database::dep, ""},
    {Database::alias, "alias "},
    {Database::symbols, "alias "},
    {Database::builtin_alias, ""},
    {Database::builtin, ""},
}};

/// Returns the configuration paths for a Catalog: none for null (the usual
/// directories), and an empty configuration for an empty list.
std::vector<std::string> config_of(const char* const* paths) {
    std::vector<std::string> config;
    if (paths == nullptr) return config;
    for (; *paths != nullptr; ++paths)
        config.push_back(kmodpp::io::absolute_path(*paths));
    if (config.empty()) config = kmodpp::no_configuration();
    return config;
}

kmodpp::Result<std::string> directory_of(const char* dirname,
                                         kmodpp::kernel::Kernel& kernel) {
    if (dirname != nullptr) {
        std::string path = kmodpp::io::absolute_path(dirname);
        // It stays relative if the current directory has been deleted.
        if (!path.starts_with('/')) return kmodpp::fail_errno(ENOENT, path);
        return path;
    }
    TRY_ASSIGN(const std::string release, kernel.release());
    return cat(KMODPP_MODULE_DIR, "/", release);
}

/// Returns the root that a module directory belongs to: "/img" for
/// "/img/lib/modules/6.1.0", "/" for a path of another form.
kmodpp::io::Root root_of(std::string_view directory) {
    while (directory.ends_with('/')) directory.remove_suffix(1);
    const std::string_view above = directory.substr(0, directory.rfind('/'));
    for (const std::string_view suffix : {"/usr" KMODPP_MODULE_DIR, KMODPP_MODULE_DIR}) {
        if (!above.ends_with(suffix) || above.size() == suffix.size()) continue;
        auto root = kmodpp::io::Root::open(above.substr(0, above.size() - suffix.size()),
                                           kmodpp::io::Links::may_leave);
        if (root) return *std::move(root);
    }
    return kmodpp::io::Root::host();
}

/// The path relative to the root, if the directory is inside it.
std::string path_within(const kmodpp::io::Root& image, const std::string& directory) {
    return std::string(image.inside(directory).value_or(directory));
}

/// Fails if the database is missing or damaged.
kmodpp::Status open(Catalog& catalog, Database database) {
    TRY_ASSIGN(const bool there, catalog.has(database));
    if (there) return {};
    return kmodpp::fail_errno(
        ENOENT, cat(catalog.display_directory(), "/", kmodpp::file_name(database)));
}

}  // namespace

kmod_ctx::kmod_ctx(kmodpp::io::Root host, kmodpp::io::Root tree,
                   std::unique_ptr<kmodpp::kernel::Kernel> its_kernel,
                   std::string module_directory, std::vector<std::string> config_paths)
    : directory(std::move(module_directory)),
      root(std::move(host)),
      image(std::move(tree)),
      kernel(std::move(its_kernel)),
      catalog_(std::make_unique<Catalog>(
          image, root,
          // Skip a damaged database: the others may suffice to boot the machine.
          CatalogOptions{
              {}, path_within(image, directory), std::move(config_paths), true},
          kernel->command_line().value_or(""), log)) {}

kmodpp::Catalog& kmod_ctx::databases() const {
    if (!keeps_databases) catalog_->close_databases();
    return *catalog_;
}

std::shared_ptr<const std::vector<kmodpp::ConfigRule>> kmod_ctx::rules() const {
    if (!rules_)
        rules_ = std::make_shared<const std::vector<kmodpp::ConfigRule>>(
            kmodpp::list_rules(config()));
    return rules_;
}

kmodpp::LoadedQuery kmod_ctx::loaded_query() const {
    return [this](std::string_view name) {
        const InitState state = kernel->state(name);
        return state == InitState::live || state == InitState::builtin ||
               (state == InitState::absent && catalog_->is_builtin(name).value_or(false));
    };
}

int kmod_ctx::failed(const Error& error) const {
    // Callers expect this result, and the errno is enough to report it.
    const bool is_expected = error.kind == kmodpp::ErrorKind::not_found;
    return failed(error, is_expected ? kmodpp::Priority::debug : kmodpp::Priority::error);
}

int kmod_ctx::failed(const Error& error, kmodpp::Priority priority) const {
    log.say(priority, error.message);
    return code_of(error);
}

kmod_resources kmod_ctx::validate() const {
    if (catalog_->config_changed()) return KMOD_RESOURCES_MUST_RECREATE;
    if (keeps_databases && catalog_->databases_changed())
        return KMOD_RESOURCES_MUST_RELOAD;
    return KMOD_RESOURCES_OK;
}

kmod_ctx* kmod_new(const char* dirname, const char* const* config_paths) {
    return guarded<kmod_ctx*>(nullptr, [&]() -> kmod_ctx* {
        auto host = kmodpp::io::Root::open("/");
        if (!host) return nullptr;
        auto kernel = kmodpp::kernel::make_real_kernel();
        auto directory = directory_of(dirname, *kernel);
        if (!directory) return nullptr;
        kmodpp::io::Root tree = root_of(*directory);
        return new kmod_ctx(*std::move(host), std::move(tree), std::move(kernel),
                            *std::move(directory), config_of(config_paths));
    });
}

kmod_ctx* kmod_ref(kmod_ctx* ctx) {
    if (ctx != nullptr) ++ctx->references;
    return ctx;
}

kmod_ctx* kmod_unref(kmod_ctx* ctx) {
    if (ctx == nullptr || --ctx->references > 0) return ctx;
    delete ctx;
    return nullptr;
}

void kmod_set_log_fn(kmod_ctx* ctx, kmodpp::capi::LogFunction log_fn, const void* data) {
    // The callback expects a non-const pointer.
    if (ctx != nullptr) ctx->log.set_function(log_fn, const_cast<void*>(data));
}

int kmod_get_log_priority(const kmod_ctx* ctx) {
    return ctx == nullptr ? -1 : ctx->log.priority();
}

void kmod_set_log_priority(kmod_ctx* ctx, int priority) {
    if (ctx != nullptr) ctx->log.set_priority(priority);
}

void* kmod_get_userdata(const kmod_ctx* ctx) {
    return ctx == nullptr ? nullptr : const_cast<void*>(ctx->userdata);
}

void kmod_set_userdata(kmod_ctx* ctx, const void* userdata) {
    if (ctx != nullptr) ctx->userdata = userdata;
}

const char* kmod_get_dirname(const kmod_ctx* ctx) {
    return ctx == nullptr ? nullptr : ctx->directory.c_str();
}

int kmod_load_resources(kmod_ctx* ctx) {
    if (ctx == nullptr) return -ENOENT;
    return guarded_code([&] {
        Catalog& catalog = ctx->databases();
        for (const IndexRow& row : kIndexes) {
            const auto opened = open(catalog, row.database);
            if (opened) continue;
            const int code = ctx->failed(opened.error());
            // Older depmod releases do not write modules.builtin.alias.
            if (row.database == Database::builtin_alias) continue;
            catalog.close_databases();
            return code;
        }
        ctx->keeps_databases = true;
        return 0;
    });
}

void kmod_unload_resources(kmod_ctx* ctx) {
    if (ctx == nullptr) return;
    ctx->keeps_databases = false;
    ctx->close_databases();
}

int kmod_validate_resources(kmod_ctx* ctx) {
    if (ctx == nullptr) return KMOD_RESOURCES_MUST_RECREATE;
    return guarded_code([&]() -> int { return ctx->validate(); });
}

int kmod_dump_index(kmod_ctx* ctx, kmod_index type, int fd) {
    if (ctx == nullptr) return -ENOSYS;
    if (static_cast<unsigned>(type) >= kIndexes.size()) return -ENOENT;
    return guarded_code([&] {
        const IndexRow& row = kIndexes[type];
        Catalog& catalog = ctx->databases();
        if (const auto opened = open(catalog, row.database); !opened) {
            ctx->failed(opened.error());
            return -ENOSYS;
        }
        std::string text;
        const auto done = catalog.for_each(
            row.database, [&](std::string_view key, const kmodpp::IndexValue& value) {
                text += cat(row.prefix, key, " ", value.value, "\n");
            });
        if (!done) return ctx->failed(done.error());
        const auto written = kmodpp::io::write_all(fd, text);
        return written ? 0 : ctx->failed(written.error());
    });
}
