/* Memory of weir_allocate() for libraries that do not say how much they give back: the size stands
 * in front of each block. */
#ifndef WEIR_CODEC_SIZED_H
#define WEIR_CODEC_SIZED_H

#include "weir/alloc.h"

enum { WEIR_SIZED_HEAD_BYTES = 16 }; /* what each block takes besides */

void *weir_sized_take(size_t bytes); /* NULL: no memory */
void weir_sized_give(void *taken);   /* NULL: nothing */

/* The same as most libraries call them. */
void *weir_sized_take_for(void *arg, size_t bytes);
void weir_sized_give_for(void *arg, void *taken);

#endif
