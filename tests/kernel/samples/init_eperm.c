// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function fails with the errno that a careless -1 is.
#define RESULT (-1)
#include "init_result.h"
