// SPDX-License-Identifier: LGPL-2.1-or-later
// Exports one symbol to all modules, one to GPL modules, one in a namespace.
#include <linux/module.h>

int sample_shared(void) { return 1; }
EXPORT_SYMBOL(sample_shared);

int sample_gpl(void) { return 2; }
EXPORT_SYMBOL_GPL(sample_gpl);

int sample_spaced(void) { return 3; }
EXPORT_SYMBOL_NS(sample_spaced, SAMPLE);

MODULE_LICENSE("GPL");
