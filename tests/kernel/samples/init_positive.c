// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function breaks the convention: the kernel loads it with a warning.
#define RESULT (5)
#include "init_result.h"
