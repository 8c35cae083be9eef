/* Bytes that the kernel moves from a reader's descriptor to a writer's. */
#ifndef WEIR_IO_MOVE_H
#define WEIR_IO_MOVE_H

#include "io/outlet.h"
#include "weir/reader.h"

/* As poll_move of a writer; written: before it, for the error. */
weir_poll weir_outlet_move(struct weir_outlet *self, weir_cx *cx, const weir_raw *from,
                           uint64_t written);

#endif
