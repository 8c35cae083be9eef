/* columns.h: how wide text stands in a terminal, whatever the locale: carets, tables and the
 * progress line must agree with what is seen. Letters of East Asia and emoji are two wide, marks
 * that stand on the letter before them nothing; what several characters make one emoji of (a flag,
 * a family, a colour of the skin) is two wide as a whole, and is not cut. */
#ifndef PIPELINE_COLUMNS_H
#define PIPELINE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* By itself: 0, 1 or 2. */
unsigned weir_pl_columns_of_character(uint32_t code);

/* Columns of UTF-8; a byte that is none counts one. */
size_t weir_pl_columns(const char *text);

/* Bytes of the longest beginning of text, in whole characters and emoji, that is no wider and no
 * longer. */
size_t weir_pl_columns_cut(const char *text, size_t columns_max, size_t bytes_max);

/* Columns of the terminal that standard error is; 0: it is none, or does not say. */
size_t weir_pl_columns_of_terminal(void);

#endif
