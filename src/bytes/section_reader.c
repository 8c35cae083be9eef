/* section_reader: a window of a reader that can seek, which counts from its own start. */

#include "bytes/seek.h"
#include "weir/read.h"

struct section {
    weir_reader reader;
    weir_reader *source;
    uint64_t from;
    uint64_t n;
    uint64_t synced; /* the source knows what was consumed up to this offset */
    bool there;      /* the source stands in the section */
};

static struct section *section_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct section, reader);
}

/* Lends what the source has in hand of the section. */
static void section_reader_lend(struct section *self)
{
    weir_reader *reader = &self->reader, *source = self->source;
    weir_consume(source, (size_t)(reader->offset - self->synced));
    self->synced = reader->offset;
    uint64_t left = reader->offset < self->n ? self->n - reader->offset : 0;
    size_t hand = self->there ? source->end - source->begin : 0;
    reader->base = source->base;
    reader->begin = source->begin;
    reader->end = reader->begin + (hand < left ? hand : (size_t)left);
    reader->block = source->block;
    reader->stage.padded = source->stage.padded;
}

static weir_poll section_reader_go_to(struct section *self, weir_cx *cx, uint64_t at)
{
    if (at > (uint64_t)INT64_MAX - self->from)
        at = (uint64_t)INT64_MAX - self->from; /* behind every end */
    weir_poll got = weir_poll_seek(self->source, cx, WEIR_SEEK_START, (int64_t)(self->from + at));
    if (got.state != WEIR_READY)
        return got;
    self->there = true;
    self->reader.offset = self->synced = at;
    section_reader_lend(self);
    return got;
}

static weir_poll section_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct section *self = section_of(reader);
    if (!self->there) {
        weir_poll got = section_reader_go_to(self, cx, reader->offset);
        cx->error.fatal |= got.state == WEIR_ERROR; /* there is nothing to read elsewhere */
        return got;
    }
    section_reader_lend(self);
    uint64_t left = reader->offset < self->n ? self->n - reader->offset : 0;
    if (reader->end - reader->begin == left)
        return (weir_poll){0, WEIR_END};
    bool last = left < min;
    weir_poll got = weir_poll_fill(self->source, cx, last ? (size_t)left : min);
    section_reader_lend(self);
    return got.state == WEIR_READY && last ? (weir_poll){0, WEIR_END} : got;
}

/* Its end is where the section ends, whether or not there are so many bytes. */
static weir_poll section_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence,
                                   int64_t offset)
{
    struct section *self = section_of(reader);
    uint64_t at;
    section_reader_lend(self);
    weir_poll got = weir_seek_to(reader, cx, whence, offset, self->n, &at);
    return got.state == WEIR_READY ? section_reader_go_to(self, cx, at) : got;
}

static bool section_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(section_of(reader)->source, bytes);
}

static const char *section_place(const weir_reader *reader, uint64_t *byte)
{
    const struct section *self = section_of(reader);
    if (byte)
        *byte += self->from;
    return self->source->ops->place ? self->source->ops->place(self->source, byte) : NULL;
}

static weir_hint section_size_hint(const weir_reader *reader)
{
    uint64_t at = reader->offset + (reader->end - reader->begin), n = section_of(reader)->n;
    uint64_t left = at < n ? n - at : 0;
    return (weir_hint){0, left < SIZE_MAX ? (size_t)left : WEIR_HINT_UNKNOWN};
}

static size_t section_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops section_ops = {.size = sizeof section_ops,
                                            .name = "section",
                                            .poll_fill = section_poll_fill,
                                            .size_hint = section_size_hint,
                                            .reserve = section_reserve,
                                            .place = section_place,
                                            .memory_max = section_memory_max,
                                            .poll_seek = section_poll_seek};

weir_reader *weir_section_reader(weir_reader *source, uint64_t from, uint64_t n)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct section), &section_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct section *self = section_of(reader);
    self->source = source;
    self->from = from < INT64_MAX ? from : INT64_MAX;
    self->n = n;
    reader->reserve = source->reserve;
    reader->stage.emptied = source->stage.emptied;
    return reader;
}
