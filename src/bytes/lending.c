/* Readers that pass another one's bytes on as they stand. */

#include "bytes/lending.h"

weir_reader *weir_lending_new(weir_reader *source, size_t size, const weir_reader_ops *ops)
{
    weir_reader *reader = weir_reader_over(source, size, ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    weir_lending_of(reader)->source = source;
    reader->offset = source->offset;
    reader->reserve = source->reserve;
    reader->stage.emptied = source->stage.emptied;
    return reader;
}

void weir_lending_up_to(weir_reader *reader, uint64_t end_at)
{
    weir_reader_lend(reader, weir_lending_of(reader)->source);
    uint64_t left = end_at - reader->offset;
    if (reader->end - reader->begin > left)
        reader->end = reader->begin + (size_t)left;
}

weir_poll weir_lending_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reader *source = weir_lending_of(reader)->source;
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    return got;
}

void weir_lending_fini(weir_reader *reader)
{
    weir_reader *source = weir_lending_of(reader)->source;
    weir_consume(source, (size_t)(reader->offset - source->offset));
}

static size_t less(size_t bytes, uint64_t n)
{
    return n < bytes ? bytes - (size_t)n : 0;
}

/* What the source has in all, less what was lent, consumed or not. */
weir_hint weir_lending_hint(const weir_reader *reader)
{
    const weir_reader *source = weir_lending_of(reader)->source;
    uint64_t lent = reader->offset - source->offset + (reader->end - reader->begin);
    weir_hint hint = weir_reader_size_hint(source);
    hint.lower = less(hint.lower, lent);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = less(hint.upper, lent);
    return hint;
}

bool weir_lending_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(weir_lending_of(reader)->source, bytes);
}

const char *weir_lending_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *source = weir_lending_of(reader)->source;
    bool knows = !weir_stage_failed(&source->stage) && source->ops->place;
    return knows ? source->ops->place(source, byte) : NULL;
}

size_t weir_lending_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}
