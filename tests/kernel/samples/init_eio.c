// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function fails as hardware does.
#define RESULT (-EIO)
#include "init_result.h"
