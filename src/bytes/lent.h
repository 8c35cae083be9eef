/* What readers have in common that pass another one's bytes on as they stand. */
#ifndef WEIR_BYTES_LENT_H
#define WEIR_BYTES_LENT_H

#include "bytes/raw.h"

static inline weir_reader *weir_lent_source(const weir_reader *reader)
{
    return (weir_reader *)reader->stage.source;
}

/* The last lines of a constructor. */
static inline void weir_lent_begin(weir_reader *reader)
{
    const weir_reader *source = weir_lent_source(reader);
    reader->offset = source->offset;
    reader->reserve = source->reserve;
    reader->stage.emptied = source->stage.emptied;
}

/* Lends what the source has in hand, but no more than up to an offset. */
static inline void weir_lent_up_to(weir_reader *reader, uint64_t end_at)
{
    weir_reader_lend(reader, weir_lent_source(reader));
    uint64_t left = end_at - reader->offset;
    if (reader->end - reader->begin > left)
        reader->end = reader->begin + (size_t)left;
}

/* What was consumed since is told to the source, which may go on elsewhere. */
static inline void weir_lent_fini(weir_reader *reader)
{
    weir_reader *source = weir_lent_source(reader);
    weir_consume(source, (size_t)(reader->offset - source->offset));
}

/* What stands behind the bytes in hand. The source does not know yet what was consumed since. */
static inline weir_hint weir_lent_hint_of(const weir_reader *reader, const weir_reader *source)
{
    weir_hint hint = weir_reader_size_hint(source);
    size_t n = reader->end - reader->begin + (size_t)(reader->offset - source->offset);
    hint.lower -= n < hint.lower ? n : hint.lower;
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper -= n < hint.upper ? n : hint.upper;
    return hint;
}

static inline weir_hint weir_lent_size_hint(const weir_reader *reader)
{
    return weir_lent_hint_of(reader, weir_lent_source(reader));
}

static inline bool weir_lent_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(weir_lent_source(reader), bytes);
}

static inline const char *weir_lent_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *source = weir_lent_source(reader);
    return source->ops->place ? source->ops->place(source, byte) : NULL;
}

/* The half that it is made of can be put together with the other one. */
static inline const void *weir_lent_half_of(const weir_reader *reader)
{
    const weir_reader *source = weir_lent_source(reader);
    return WEIR_OPS_HAVE(source->ops, half_of) ? source->ops->half_of(source) : NULL;
}

/* They stand in the source's block. */
static inline size_t weir_lent_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

#endif
