// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Marks the declarations that leave the shared libraries; everything else is hidden.
#pragma once

#define KMODPP_API __attribute__((visibility("default")))
