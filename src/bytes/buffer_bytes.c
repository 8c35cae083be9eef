/* buffer_bytes: runs its source ahead of demand, up to a number of bytes. They stand in blocks that
 * are filled one after the other, and go to the reader as they are. */

#include <string.h>

#include "stream/early.h"
#include "weir/paced.h"

enum { CHUNK_BYTES = 64 << 10 };

struct buffer_bytes {
    weir_reader reader;
    size_t bytes_max;
    size_t chunk;             /* size of a block */
    weir_block *first, *last; /* all but the last are full */
    size_t at;                /* where the bytes of the first begin */
    size_t end;               /* where those of the last end */
    size_t n;                 /* bytes in all of them */
    struct weir_early early;
};

static struct buffer_bytes *buffer_bytes_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct buffer_bytes, reader);
}

static weir_reader *buffer_bytes_source_of(const struct buffer_bytes *self)
{
    return (weir_reader *)self->reader.stage.source;
}

static size_t buffer_bytes_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- the bytes that are held ---- */

static bool buffer_bytes_add_block(struct buffer_bytes *self)
{
    weir_block *block = weir_block_new(0, self->chunk);
    if (!block)
        return false;
    block->next = NULL;
    if (self->last)
        self->last->next = block;
    else
        self->first = block;
    self->last = block;
    self->end = 0;
    return true;
}

/* Of what the source has in hand, as much as there is room for. False: no memory. */
static bool buffer_bytes_take_in(struct buffer_bytes *self)
{
    weir_reader *source = buffer_bytes_source_of(self);
    size_t there, n;
    const unsigned char *bytes = weir_peek(source, &there);
    for (there = buffer_bytes_least(there, self->bytes_max - self->n); there;
         there -= n, bytes += n) {
        if ((!self->last || self->end == self->chunk) && !buffer_bytes_add_block(self))
            return false;
        n = buffer_bytes_least(there, self->chunk - self->end);
        memcpy(self->last->data + self->end, bytes, n);
        weir_consume(source, n);
        self->end += n;
        self->n += n;
    }
    return true;
}

static size_t in_first(const struct buffer_bytes *self)
{
    return (self->first == self->last ? self->end : self->chunk) - self->at;
}

/* Takes the first block out. */
static weir_block *shift(struct buffer_bytes *self)
{
    weir_block *block = self->first;
    self->n -= in_first(self);
    self->first = block->next;
    self->at = 0;
    if (!self->first)
        self->last = NULL;
    return block;
}

static void buffer_bytes_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static void lend_first(struct buffer_bytes *self)
{
    weir_reader *reader = &self->reader;
    weir_reader_release(reader);
    reader->begin = self->at;
    reader->end = self->at + in_first(self);
    reader->block = shift(self);
    reader->base = reader->block->data;
    reader->give_back = buffer_bytes_give_block_back;
}

/* Behind what is in hand, which is too little. */
static bool join_first(struct buffer_bytes *self)
{
    weir_reader *reader = &self->reader;
    size_t n = in_first(self);
    unsigned char *to = weir_reader_room(reader, n);
    if (!to)
        return false;
    memcpy(to, self->first->data + self->at, n);
    reader->end += n;
    weir_block_unref(shift(self));
    return true;
}

static bool buffer_bytes_lend(struct buffer_bytes *self, size_t min)
{
    weir_reader *reader = &self->reader;
    while (self->n && reader->end - reader->begin < min) {
        if (reader->begin == reader->end)
            lend_first(self);
        else if (!join_first(self))
            return false;
    }
    return true;
}

/* ---- polls ---- */

static weir_poll buffer_bytes_fail_memory(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", n);
}

/* One poll of the source. */
static weir_poll buffer_bytes_ask(struct buffer_bytes *self, weir_cx *cx)
{
    weir_poll got = weir_poll_fill(buffer_bytes_source_of(self), cx, 1);
    if (got.state == WEIR_READY && !buffer_bytes_take_in(self))
        return buffer_bytes_fail_memory(cx, self->chunk);
    return got;
}

/* The consumer is busy. */
static void buffer_bytes_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct buffer_bytes *self = WEIR_CONTAINER(in_flight, struct buffer_bytes, early.in_flight);
    weir_state state = WEIR_READY;
    for (bool begun = false; state == WEIR_READY && self->n < self->bytes_max; begun = true) {
        if (self->early.behind != WEIR_READY || !weir_early_step(cx, begun))
            return;
        state = buffer_bytes_ask(self, cx).state;
        weir_early_keep(&self->early, cx, state);
    }
}

static weir_poll buffer_bytes_fill(struct buffer_bytes *self, weir_cx *cx, size_t min)
{
    weir_reader *reader = &self->reader;
    if (!buffer_bytes_lend(self, min))
        return buffer_bytes_fail_memory(cx, reader->reserve);
    if (reader->end - reader->begin >= min)
        return (weir_poll){0, WEIR_READY};
    if (self->early.behind != WEIR_READY)
        return weir_early_give(&self->early, cx);
    weir_poll got = buffer_bytes_ask(self, cx);
    if (got.state == WEIR_READY && !buffer_bytes_lend(self, min))
        return buffer_bytes_fail_memory(cx, reader->reserve);
    if (got.state == WEIR_PENDING && reader->begin == reader->end)
        weir_reader_release(reader);
    return got;
}

static weir_poll buffer_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct buffer_bytes *self = buffer_bytes_of(reader);
    return weir_early_polled(&self->early, cx, buffer_bytes_fill(self, cx, min));
}

static void buffer_bytes_fini(weir_reader *reader)
{
    struct buffer_bytes *self = buffer_bytes_of(reader);
    weir_early_fini(&self->early);
    while (self->first)
        weir_block_unref(shift(self));
}

static weir_hint buffer_bytes_size_hint(const weir_reader *reader)
{
    const struct buffer_bytes *self = buffer_bytes_of(reader);
    weir_hint hint = weir_reader_size_hint(buffer_bytes_source_of(self));
    hint.lower = hint.lower > SIZE_MAX - self->n ? SIZE_MAX : hint.lower + self->n;
    hint.upper = hint.upper > SIZE_MAX - self->n ? WEIR_HINT_UNKNOWN : hint.upper + self->n;
    return hint;
}

static const char *buffer_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *source = buffer_bytes_source_of(buffer_bytes_of(reader));
    return source->ops->place ? source->ops->place(source, byte) : NULL;
}

/* Each end of what is held may stand in a block that is not full, and one is in hand. */
static size_t buffer_memory_max(const weir_reader *reader)
{
    const struct buffer_bytes *self = buffer_bytes_of(reader);
    size_t block = sizeof(weir_block) + self->chunk + WEIR_PADDING_BYTES;
    size_t blocks = self->bytes_max / self->chunk + 3, held;
    if (__builtin_mul_overflow(blocks, block, &held) ||
        __builtin_add_overflow(held, weir_reader_room_max(reader, self->chunk), &held))
        return SIZE_MAX;
    return held;
}

static const weir_reader_ops buffer_bytes_ops = {.size = sizeof buffer_bytes_ops,
                                                 .name = "buffer_bytes",
                                                 .poll_fill = buffer_poll_fill,
                                                 .fini = buffer_bytes_fini,
                                                 .size_hint = buffer_bytes_size_hint,
                                                 .place = buffer_place,
                                                 .memory_max = buffer_memory_max};

weir_reader *weir_buffer_bytes(weir_reader *source, size_t bytes_max)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct buffer_bytes), &buffer_bytes_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    if (!bytes_max)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "a limit of at least 1",
                                  "%s: the limit '%s' is 0", "buffer_bytes", "bytes_max", 0);
    struct buffer_bytes *self = buffer_bytes_of(reader);
    self->bytes_max = bytes_max;
    self->chunk = buffer_bytes_least(bytes_max, CHUNK_BYTES);
    self->early.in_flight.progress = buffer_bytes_progress;
    reader->offset = source->offset;
    if (weir_held_error_init(&self->early.error, reader->stage.arena))
        return reader;
    return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              "buffer_bytes", NULL, 0);
}
