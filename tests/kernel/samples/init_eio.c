// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function fails like that of a driver for broken hardware.
#define RESULT (-EIO)
#include "init_result.h"
