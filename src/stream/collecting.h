/* What collect and extend share: items go from the source straight to the end of a vec. */
#ifndef WEIR_STREAM_COLLECTING_H
#define WEIR_STREAM_COLLECTING_H

#include "stream/gather.h"

struct weir_collecting {
    weir_stream stream;
    size_t items_max;
    weir_vec *vec;
    uint32_t demand;
};

/* Until the source does not answer READY; its answer. */
weir_poll weir_collect_all(struct weir_collecting *self, weir_cx *cx);

size_t weir_collecting_memory_max(const weir_stream *stream);

#endif
