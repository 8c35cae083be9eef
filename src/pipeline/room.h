/* room.h: memory for words and plans, of weir_allocate(). NULL: there is none. */
#ifndef PIPELINE_ROOM_H
#define PIPELINE_ROOM_H

#include <stddef.h>

/* n zeroed things of `size` bytes, for weir_pl_room_free(). */
void *weir_pl_room_zeroed(size_t n, size_t size);

/* A copy of n bytes with a NUL behind them. */
char *weir_pl_room_text(const char *bytes, size_t n);

/* NULL: nothing. */
void weir_pl_room_free(void *block);

#endif
