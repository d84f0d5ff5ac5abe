// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function returns a bare -1, which is -EPERM.
#define RESULT (-1)
#include "init_result.h"
