/* utf8.h: characters in text. */
#ifndef PIPELINE_UTF8_H
#define PIPELINE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 character that text begins with, its number in *code; 0: there is none. A NUL
 * is a character too. */
size_t weir_pl_utf8_read(const char *text, uint32_t *code);

#endif
