/* text.h: text for people: names made harmless for a terminal, and numbers with units. */
#ifndef PIPELINE_TEXT_H
#define PIPELINE_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_NUMBER_BYTES = 32 };

/* A copy, for weir_pl_room_free(), in which nothing can steer a terminal or hide from who reads:
 * control characters (C0, DEL, C1), marks that turn the writing direction, characters that are not
 * seen and bytes that are no UTF-8 stand as \xHH. NULL: no memory. */
char *weir_pl_text_harmless(const char *text);

/* The same into `out`, which has room for four times the text. */
void weir_pl_text_put_harmless(const char *text, char *out);

/* What an errno says, in lower case, until this thread asks for the next. */
const char *weir_pl_text_reason(int number);

/* "512 KiB", "1.3 MiB": sizes of memory. */
const char *weir_pl_text_memory(char out[TEXT_NUMBER_BYTES], uint64_t bytes);

/* "412 MB": amounts of data, in powers of ten as disks and networks count. */
const char *weir_pl_text_amount(char out[TEXT_NUMBER_BYTES], uint64_t bytes);

/* "0:07", "12:40", "3:04:10". */
const char *weir_pl_text_duration(char out[TEXT_NUMBER_BYTES], uint64_t seconds);

#endif
