// SPDX-License-Identifier: LGPL-2.1-or-later
// The other half.
int two_files_sum(int a, int b);
int two_files_sum(int a, int b) { return a + b; }
