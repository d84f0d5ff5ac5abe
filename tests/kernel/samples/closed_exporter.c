// SPDX-License-Identifier: LGPL-2.1-or-later
// Its licence is not compatible with the GPL; it exports to everybody.
#include <linux/module.h>
#include "exporter.h"

int sample_closed(void) { return sample_shared() + 3; }
EXPORT_SYMBOL(sample_closed);

MODULE_LICENSE("Proprietary");
