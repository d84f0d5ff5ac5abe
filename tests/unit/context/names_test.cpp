// SPDX-License-Identifier: LGPL-2.1-or-later
// The stable names of the enumerators in the public headers; those of ErrorKind, of
// SignatureVerdict and of the sources of names have tests of their own.
#include <doctest/doctest.h>

#include "kmodpp/context.hpp"
#include "kmodpp/depmod.hpp"

using namespace kmodpp;

TEST_CASE("to_string: names each enumerator of plans and graphs") {
    using enum Step::Action;
    CHECK(to_string(insert) == "insert");
    CHECK(to_string(remove) == "remove");
    CHECK(to_string(run_install) == "install_command");
    CHECK(to_string(run_remove) == "remove_command");
    CHECK(to_string(builtin) == "builtin");
    CHECK(to_string(already_loaded) == "already_loaded");
    CHECK(to_string(missing) == "missing");
    CHECK(to_string(kept) == "kept");
    CHECK(to_string(forbidden) == "forbidden");

    CHECK(to_string(Cause::Kind::named) == "named");
    CHECK(to_string(Cause::Kind::dependency) == "dependency");
    CHECK(to_string(Cause::Kind::pre_softdep) == "pre_softdep");
    CHECK(to_string(Cause::Kind::post_softdep) == "post_softdep");
    CHECK(to_string(Cause::Kind::holder) == "holder");
    CHECK(to_string(Cause::Kind::unused_dependency) == "unused_dependency");

    CHECK(to_string(ModuleGraph::Node::Kind::file) == "file");
    CHECK(to_string(ModuleGraph::Node::Kind::builtin) == "builtin");
    CHECK(to_string(ModuleGraph::Node::Kind::missing) == "missing");
    CHECK(to_string(ModuleGraph::Edge::Kind::dependency) == "dependency");
    CHECK(to_string(ModuleGraph::Edge::Kind::pre_softdep) == "pre_softdep");
    CHECK(to_string(ModuleGraph::Edge::Kind::post_softdep) == "post_softdep");
}

TEST_CASE("to_string: names each enumerator of modules and their parameters") {
    CHECK(to_string(InitState::absent) == "absent");
    CHECK(to_string(InitState::builtin) == "builtin");
    CHECK(to_string(InitState::live) == "live");
    CHECK(to_string(InitState::coming) == "coming");
    CHECK(to_string(InitState::going) == "going");

    CHECK(to_string(ModulePlace::kernel) == "kernel");
    CHECK(to_string(ModulePlace::updates) == "updates");
    CHECK(to_string(ModulePlace::extra) == "extra");
    CHECK(to_string(ModulePlace::weak_updates) == "weak_updates");
    CHECK(to_string(ModulePlace::other) == "other");
    CHECK(to_string(ModulePlace::builtin) == "builtin");

    CHECK(to_string(ParameterProblem::Kind::unknown) == "unknown");
    CHECK(to_string(ParameterProblem::Kind::bad_value) == "bad_value");
    CHECK(to_string(ParameterProblem::Kind::builtin) == "builtin");

    CHECK(to_string(ModuleChange::Kind::added) == "added");
    CHECK(to_string(ModuleChange::Kind::removed) == "removed");
    CHECK(to_string(ModuleChange::Kind::moved) == "moved");
    CHECK(to_string(ModuleChange::Kind::became_builtin) == "became_builtin");
    CHECK(to_string(ModuleChange::Kind::became_module) == "became_module");

    CHECK(to_string(WeakUpdate::Action::add) == "add");
    CHECK(to_string(WeakUpdate::Action::remove) == "remove");
    CHECK(to_string(WeakUpdate::Action::refuse) == "refuse");
}

TEST_CASE("to_string: names each enumerator of requests") {
    CHECK(to_string(NameKind::file_or_name) == "file_or_name");
    CHECK(to_string(NameKind::name_only) == "name_only");
    CHECK(to_string(AliasIndex::modules) == "modules");
    CHECK(to_string(AliasIndex::symbols) == "symbols");
    CHECK(to_string(RelationsRequest::Direction::dependencies) == "dependencies");
    CHECK(to_string(RelationsRequest::Direction::users) == "users");
    CHECK(to_string(FirmwareScope::loaded) == "loaded");
    CHECK(to_string(FirmwareScope::all) == "all");
    CHECK(to_string(DeviceScope::all) == "all");
    CHECK(to_string(DeviceScope::unbound) == "unbound");
    CHECK(to_string(InspectionCacheUse::automatic) == "automatic");
    CHECK(to_string(InspectionCacheUse::off) == "off");
    CHECK(to_string(InspectionCacheUse::file) == "file");
}
