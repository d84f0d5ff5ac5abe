// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of libkmodpp, as libkmodpp-load sees them.
#include "load/forward.hpp"

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
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
    TRY_ASSIGN(const auto library, io::SharedObject::open_beside(KMODPP_COMPLETE_LIBRARY,
                                                                 KMODPP_LIBRARY_PACKAGE));
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

/// Calls a function of libkmodpp, or a member of the object that is the first argument.
/// Without libkmodpp, the result is the error or, if it cannot be one, a default value.
template <class Function, class... Arguments>
auto call(Function Complete::*function, Arguments&&... arguments)
    -> std::invoke_result_t<Function, Arguments...> {
    auto other = guarded([]() -> Result<const Complete*> {
        const auto& result = opened();
        if (!result) return std::unexpected(result.error());
        return result->functions;
    });
    if (other)
        return std::invoke((*other)->*function, std::forward<Arguments>(arguments)...);
    using Returned = std::invoke_result_t<Function, Arguments...>;
    if constexpr (std::constructible_from<Returned, std::unexpected<Error>>)
        return std::unexpected(std::move(other).error());
    else
        return Returned{};
}

}  // namespace

Result<io::SharedObject> open_complete() {
    const auto& result = opened();
    if (!result) return std::unexpected(result.error());
    return result->library;
}

Result<std::unique_ptr<kernel::Kernel>> kernel::make_simulated_kernel(
    const io::Root& state, const io::Root& image, std::string release) {
    return call(&Complete::make_simulated_kernel, state, image, std::move(release));
}

std::vector<kernel::ModuleUse> kernel::read_uses(
    const io::Root& root, std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system) {
    return call(&Complete::read_uses, root, name, nodes, is_file_system);
}

std::vector<kernel::ModuleUse> kernel::read_bound_devices(const io::Root& root,
                                                          std::string_view name) {
    return call(&Complete::read_bound_devices, root, name);
}

std::optional<kernel::VisibleExports> kernel::read_kallsyms(
    const io::Root& root, const std::set<std::string, std::less<>>& wanted) {
    return call(&Complete::read_kallsyms, root, wanted);
}

/// Without libkmodpp, the warnings are omitted; the kernel also logs unknown parameters.
std::vector<ParameterProblem> check_parameters(const Step& step, io::ModuleFile& file) {
    return call(&Complete::check_parameters, step, file);
}

Result<std::vector<VerifiedModule>> check_tree_in_libkmodpp(const trust::TreeCheck& check,
                                                            MessageSink& messages) {
    return call(&Complete::check_tree, check, messages);
}

Result<SignatureGate> Context::Parts::signature_gate() {
    return call(&Complete::signature_gate, *this);
}

Result<Diagnosis> Context::diagnose(const StepFailure& failure, LoadFlags flags) const {
    return call(&Complete::diagnose, *this, failure, flags);
}

Result<std::vector<Finding>> Context::explain_missing(std::string_view name) const {
    return call(&Complete::explain_missing, *this, name);
}

Result<std::vector<UnusedModule>> Context::unused_modules() const {
    return call(&Complete::unused_modules, *this);
}

std::vector<ParameterProblem> Context::check_builtin_parameters(
    const Goal& goal, const std::string& parameters) const {
    return call(&Complete::check_builtin_parameters, *this, goal, parameters);
}

}  // namespace kmodpp
