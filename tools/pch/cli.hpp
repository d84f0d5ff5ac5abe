// SPDX-License-Identifier: LGPL-2.1-or-later
// Precompiled for developer builds: a third of cli/ writes JSON, and parsing this header takes longest.
#include <nlohmann/json.hpp>

#include "../../libkmodpp/pch/standard.hpp"
