// SPDX-License-Identifier: LGPL-2.1-or-later
// The second source of the module two_files.
int two_files_sum(int a, int b);
int two_files_sum(int a, int b) { return a + b; }
