// SPDX-License-Identifier: LGPL-2.1-or-later
// Selects one of several files of the same module name, by override and search lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/depmod_config.hpp"

namespace kmodpp {

struct FoundModule;

/// Why a file is preferred to another one of the same module.
struct PreferenceReason {
    std::string text;  ///< one sentence
    Origin origin;     ///< the line that decides; empty: a default
};

class Preference {
public:
    /// \param config must outlive the object
    Preference(const DepmodConfig& config, const std::string& release);

    /// Whether \p a is preferred to \p b.
    [[nodiscard]] bool prefers(const FoundModule& a, const FoundModule& b) const;

    /// Why \p taken is used instead of \p hidden, which is not preferred to it.
    [[nodiscard]] PreferenceReason reason(const FoundModule& taken,
                                          const FoundModule& hidden) const;

private:
    /// Lower is better.
    [[nodiscard]] std::size_t override_rank(const FoundModule& module) const;
    [[nodiscard]] std::size_t search_rank(const FoundModule& module) const;

    std::vector<const OverrideRule*> overrides_;
    std::vector<SearchPlace> search_;
};

}  // namespace kmodpp
