// SPDX-License-Identifier: LGPL-2.1-or-later
// Its init function sleeps for a given time.
#include <linux/delay.h>
#include <linux/module.h>
#include "exporter.h"

static unsigned int delay_ms = 300;
module_param(delay_ms, uint, 0444);
MODULE_PARM_DESC(delay_ms, "how long init takes, in milliseconds");

int sample_slow(void) { return 1; }
EXPORT_SYMBOL(sample_slow);

static int __init slow_init(void)
{
    msleep(delay_ms);
    return 0;
}
static void __exit slow_exit(void) {}

module_init(slow_init);
module_exit(slow_exit);
MODULE_LICENSE("GPL");
