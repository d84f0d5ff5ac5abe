// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/usual_stores.hpp"

#include "base/machine_failure.hpp"
#include "base/text.hpp"

namespace kmodpp::trust {

namespace {

constexpr std::string_view kMokVariables = "/sys/firmware/efi/mok-variables/";
constexpr std::string_view kEfiVariables = "/sys/firmware/efi/efivars/";

/// A variable of the firmware or of shim.
struct Variable {
    std::string_view name;
    std::string_view vendor;  ///< GUID
    bool from_shim;           ///< complete in mok-variables; efivars may split it
    bool revokes;
};
constexpr std::string_view kShim = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr std::string_view kSecurity = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr Variable kVariables[] = {{"MokListRT", kShim, true, false},
                                   {"db", kSecurity, false, false},
                                   {"MokListXRT", kShim, true, true},
                                   {"dbx", kSecurity, false, true}};

constexpr std::string_view kCandidates[] = {"/var/lib/dkms/mok.pub",
                                            "/var/lib/shim-signed/mok/MOK.der"};

constexpr std::uint64_t kMaxKeyList = 1u << 20;

class Collector {
public:
    explicit Collector(const io::Root& root) : root_(root) {}

    void add_kernel(std::string_view release, std::string_view module_directory);
    void add_variable(const Variable& variable);
    void add_candidates();
    void add_listed(std::string_view release);
    [[nodiscard]] UsualStores take() { return std::move(out_); }

private:
    /// Records a failure. False if the store does not exist or could not be used.
    bool keep(const Status& status);

    const io::Root& root_;
    UsualStores out_;
};

bool Collector::keep(const Status& status) {
    if (status) return true;
    // not_found also means an empty list; neither is an error.
    if (status.error().kind != ErrorKind::not_found)
        out_.unread.push_back(status.error());
    return false;
}

void Collector::add_kernel(std::string_view release, std::string_view module_directory) {
    for (const std::string& path :
         {cat("/boot/vmlinuz-", release), cat(module_directory, "/vmlinuz"),
          cat("/boot/vmlinux-", release), cat(module_directory, "/build/vmlinux")})
        if (keep(out_.store.add_path(root_, path))) return;
}

void Collector::add_variable(const Variable& variable) {
    std::string path = cat(kMokVariables, variable.name);
    // If stat fails for another reason, the read below reports the error.
    const auto listed = root_.stat(path);
    if (!variable.from_shim || (!listed && listed.error().kind == ErrorKind::not_found))
        path = cat(kEfiVariables, variable.name, "-", variable.vendor);
    keep(variable.revokes ? out_.store.revoke_path(root_, path)
                          : out_.store.add_path(root_, path));
}

void Collector::add_candidates() {
    for (const std::string_view path : kCandidates)
        keep(out_.store.add_candidate(root_, path));
}

void Collector::add_listed(std::string_view release) {
    const auto running = root_.read_file("/proc/sys/kernel/osrelease", kMaxKeyList);
    if (!running || trim(*running) != release) return;
    const auto text = root_.read_file("/proc/keys", kMaxKeyList);
    if (!text) return;
    for (ListedKey& key : listed_keys(*text)) out_.store.add_listed(std::move(key));
}

}  // namespace

UsualStores usual_stores(const io::Root& root, std::string_view release,
                         std::string_view module_directory) {
    Collector collector(root);
    collector.add_kernel(release, module_directory);
    for (const Variable& variable : kVariables) collector.add_variable(variable);
    collector.add_candidates();
    collector.add_listed(release);
    return collector.take();
}

Result<TrustStore> chosen_store(const io::Root& host,
                                const std::vector<std::string>& paths,
                                const io::Root& root, std::string_view release,
                                std::string_view module_directory,
                                MessageSink& messages) {
    if (paths.empty()) {
        auto usual = usual_stores(root, release, module_directory);
        // A list that cannot be read might revoke a key.
        for (const Error& error : usual.unread)
            if (is_machine_failure(error)) return std::unexpected(error);
        for (const Error& error : usual.unread)
            messages.message(Priority::warning, error.message);
        return std::move(usual.store);
    }
    TrustStore store;
    for (const std::string& path : paths) TRY(store.add_path(host, path));
    return store;
}

}  // namespace kmodpp::trust
