/* columns.h: how wide text stands in a terminal, whatever the locale: carets, tables and the
 * progress line must agree with what is seen. Each character counts by itself, as terminals do it:
 * letters of East Asia and emoji two, marks that stand on the letter before them none. */
#ifndef TOOL_COLUMNS_H
#define TOOL_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* 0, 1 or 2. */
unsigned columns_of_character(uint32_t code);

/* Columns of UTF-8; a byte that is none counts one. */
size_t columns(const char *text);

/* Bytes of the longest beginning of text, in whole characters, that is no wider and no longer. */
size_t columns_cut(const char *text, size_t columns_max, size_t bytes_max);

/* Columns of the terminal that standard error is; 0: it is none, or does not say. */
size_t columns_of_terminal(void);

#endif
