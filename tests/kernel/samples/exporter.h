/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What exporter.c and closed_exporter.c export. */
int sample_shared(void);
int sample_gpl(void);
int sample_spaced(void);
int sample_closed(void);
