/* Reading past the reader's buffer, into memory of the caller's. */
#ifndef WEIR_BYTES_STRAIGHT_H
#define WEIR_BYTES_STRAIGHT_H

#include "weir/reader.h"

/* It can, and it is worth it: nothing is in hand, and much is wanted. */
bool weir_reads_straight(const weir_reader *reader, size_t size);

/* READY with n: so many came; 0: fill. PENDING, and ERROR of the wait. */
weir_poll weir_read_straight(weir_reader *reader, weir_cx *cx, void *out, size_t size);

#endif
