/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exports of exporter.c, closed_exporter.c and slow.c. */
int sample_shared(void);
int sample_gpl(void);
int sample_spaced(void);
int sample_closed(void);
int sample_slow(void);
