// SPDX-License-Identifier: LGPL-2.1-or-later
// A proprietary module that exports a symbol to all modules.
#include <linux/module.h>
#include "exporter.h"

int sample_closed(void) { return sample_shared() + 3; }
EXPORT_SYMBOL(sample_closed);

MODULE_LICENSE("Proprietary");
