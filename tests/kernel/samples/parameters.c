// SPDX-License-Identifier: LGPL-2.1-or-later
// A parameter of every type that the kernel has, shown in sysfs, hidden, and renamed.
#include <linux/module.h>
#include <linux/moduleparam.h>

#define SAMPLE(type, name, ctype, value, text) \
    static ctype name = value;                 \
    module_param(name, type, 0444);            \
    MODULE_PARM_DESC(name, text)

SAMPLE(byte, a_byte, unsigned char, 1, "8 bits");
SAMPLE(short, a_short, short, -2, "16 bits");
SAMPLE(ushort, a_ushort, unsigned short, 2, "16 bits without a sign");
SAMPLE(int, an_int, int, -3, "32 bits");
SAMPLE(uint, a_uint, unsigned int, 3, "32 bits without a sign");
SAMPLE(long, a_long, long, -4, "a machine word");
SAMPLE(ulong, a_ulong, unsigned long, 4, "a machine word without a sign");
SAMPLE(ullong, a_ullong, unsigned long long, 5, "64 bits without a sign");
SAMPLE(hexint, a_hexint, unsigned int, 0x2a, "shown in hexadecimal");
SAMPLE(bool, a_bool, bool, false, "a switch");
SAMPLE(invbool, an_invbool, bool, false, "a switch that is shown the other way round");
SAMPLE(bint, a_bint, int, 0, "a switch kept in a number");
SAMPLE(charp, a_charp, char *, "text", "words in 'quotes'");

static char a_string[8] = "short";
module_param_string(a_string, a_string, sizeof(a_string), 0444);
MODULE_PARM_DESC(a_string, "seven characters at most");

static int numbers[4] = {1, 2};
static int number_count = 2;
module_param_array(numbers, int, &number_count, 0444);
MODULE_PARM_DESC(numbers, "four numbers at most");

static char *words[3] = {"one"};
static int word_count = 1;
module_param_array(words, charp, &word_count, 0444);
MODULE_PARM_DESC(words, "three words at most");

static bool switches[2];
module_param_array(switches, bool, NULL, 0444);

static int hidden = 7;
module_param(hidden, int, 0);
MODULE_PARM_DESC(hidden, "not in sysfs");

static int inner = 8;
module_param_named(outer, inner, int, 0644);
MODULE_PARM_DESC(outer, "another name than its variable has");

static int undescribed;
module_param(undescribed, int, 0400);

MODULE_LICENSE("GPL");
