// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of libkmodpp, as libkmodpp-load sees them.
#include "load/forward.hpp"

#include <string_view>
#include <utility>

#include "base/guarded.hpp"
#include "base/text.hpp"
#include "catalog/parameter_check.hpp"
#include "context/complete.hpp"

KMODPP_DLOPEN_NOTE(KMODPP_NOTE_STRING(KMODPP_COMPLETE_LIBRARY), "diagnosis",
                   "Explains why a module was refused, and the other reports",
                   "suggested");

namespace kmodpp {

namespace {

struct Opened {
    io::SharedObject library;
    const Complete* functions;
};

Result<Opened> open_once() {
    TRY_ASSIGN(const auto library,
               io::SharedObject::open_beside(KMODPP_COMPLETE_LIBRARY, KMODPP_LIBRARY_PACKAGE));
    decltype(&kmodpp_complete) get = nullptr;
    TRY(library.bind(get, "kmodpp_complete"));
    const Complete* const functions = get();
    if (std::string_view(functions->version) != KMODPP_VERSION)
        return fail(ErrorKind::unsupported,
                    cat(KMODPP_COMPLETE_LIBRARY, " has version ", functions->version,
                        ", but " KMODPP_VERSION " is needed"));
    return Opened{library, functions};
}

const Result<Opened>& opened() {
    static const Result<Opened> result = open_once();
    return result;
}

Result<const Complete*> complete() {
    const auto& result = opened();
    if (!result) return std::unexpected(result.error());
    return result->functions;
}

}  // namespace

Result<io::SharedObject> open_complete() {
    const auto& result = opened();
    if (!result) return std::unexpected(result.error());
    return result->library;
}

Result<std::unique_ptr<kernel::Kernel>> kernel::make_simulated_kernel(
    const io::Root& state, const io::Root& image, std::string release) {
    TRY_ASSIGN(const Complete* const other, complete());
    return other->make_simulated_kernel(state, image, std::move(release));
}

std::vector<kernel::ModuleUse> kernel::read_uses(
    const io::Root& root, std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system) {
    const auto other = complete();
    if (!other) return {};
    return (*other)->read_uses(root, name, nodes, is_file_system);
}

std::vector<kernel::ModuleUse> kernel::read_bound_devices(const io::Root& root,
                                                          std::string_view name) {
    const auto other = complete();
    if (!other) return {};
    return (*other)->read_bound_devices(root, name);
}

std::optional<kernel::VisibleExports> kernel::read_kallsyms(
    const io::Root& root, const std::set<std::string, std::less<>>& wanted) {
    const auto other = complete();
    if (!other) return std::nullopt;
    return (*other)->read_kallsyms(root, wanted);
}

/// Without libkmodpp, the warnings are omitted; the kernel also logs unknown parameters.
std::vector<ParameterProblem> check_parameters(const Step& step, io::ModuleFile& file) {
    const auto other = complete();
    if (!other) return {};
    return (*other)->check_parameters(step, file);
}

Result<SignatureGate> Context::Parts::signature_gate() {
    TRY_ASSIGN(const Complete* const other, complete());
    return (this->*other->signature_gate)();
}

Result<Diagnosis> Context::diagnose(const StepFailure& failure, LoadFlags flags) const {
    return guarded([&]() -> Result<Diagnosis> {
        TRY_ASSIGN(const Complete* const other, complete());
        return (this->*other->diagnose)(failure, flags);
    });
}

Result<std::vector<Finding>> Context::explain_missing(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<Finding>> {
        TRY_ASSIGN(const Complete* const other, complete());
        return (this->*other->explain_missing)(name);
    });
}

Result<std::vector<UnusedModule>> Context::unused_modules() const {
    return guarded([&]() -> Result<std::vector<UnusedModule>> {
        TRY_ASSIGN(const Complete* const other, complete());
        return (this->*other->unused_modules)();
    });
}

std::vector<ParameterProblem> Context::check_builtin_parameters(
    const Goal& goal, const std::string& parameters) const {
    return guarded(std::vector<ParameterProblem>{}, [&]() -> std::vector<ParameterProblem> {
        // Without parameters, there is no problem, and libkmodpp is not opened.
        if (parameters.empty()) return {};
        const auto other = complete();
        if (!other) return {};
        return (this->*(*other)->check_builtin_parameters)(goal, parameters);
    });
}

}  // namespace kmodpp
