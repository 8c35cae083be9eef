/* What the readers share that pass another one's bytes on as they stand. */
#ifndef WEIR_BYTES_LENDING_H
#define WEIR_BYTES_LENDING_H

#include "weir/reader.h"

/* The first member of each. */
struct weir_lending {
    weir_reader reader;
    weir_reader *source;
};

static inline struct weir_lending *weir_lending_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct weir_lending, reader);
}

/* Over a source that it takes. */
weir_reader *weir_lending_new(weir_reader *source, size_t size, const weir_reader_ops *ops);

/* The source's bytes, and lends them. */
weir_poll weir_lending_fill(weir_reader *reader, weir_cx *cx, size_t min);

/* Lends what the source has in hand, but no more than up to an offset. */
void weir_lending_up_to(weir_reader *reader, uint64_t end_at);

/* Its ops, but for poll_fill. What was consumed is told to the source at the latest by fini. */
void weir_lending_fini(weir_reader *reader);
weir_hint weir_lending_hint(const weir_reader *reader);
bool weir_lending_reserve(weir_reader *reader, size_t bytes);
const char *weir_lending_place(const weir_reader *reader, uint64_t *byte);
size_t weir_lending_memory_max(const weir_reader *reader);

#endif
