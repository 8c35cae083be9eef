/* cursor: a vec of the caller's that is read and written at one place. */

#include <string.h>

#include "bytes/seek.h"
#include "core/stage.h"
#include "weir/read.h"

static const weir_type cursor_byte_type = WEIR_TYPE(uint8_t);

/* What both halves share; it goes with the second one. */
struct cursor {
    weir_vec *vec;
    size_t bytes_max;
    uint64_t at; /* where it stands, when the reader is gone */
    struct cursor_reader *reader;
    struct cursor_writer *writer;
};

struct cursor_reader {
    weir_reader reader;
    struct cursor *cursor;
};

struct cursor_writer {
    weir_writer writer;
    struct cursor *cursor;
};

static void cursor_let_go(struct cursor *self)
{
    if (!self->reader && !self->writer)
        weir_release(self, sizeof *self);
}

/* ---- the reader, which knows the place ---- */

static struct cursor *cursor_of_reader(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct cursor_reader, reader)->cursor;
}

/* All of the vec from there on stands in hand. */
static void stand_at(weir_reader *reader, uint64_t at)
{
    const weir_vec *vec = cursor_of_reader(reader)->vec;
    weir_reader_release(reader);
    reader->offset = at;
    if (at >= vec->n)
        return;
    reader->base = vec->items;
    reader->begin = (size_t)at;
    reader->end = vec->n;
    reader->stage.padded = false;
}

static weir_poll cursor_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx;
    (void)min;
    stand_at(reader, reader->offset);
    return (weir_poll){0, WEIR_END};
}

static weir_poll cursor_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence,
                                  int64_t offset)
{
    uint64_t at;
    weir_poll got = weir_seek_to(reader, cx, whence, offset, cursor_of_reader(reader)->vec->n, &at);
    if (got.state == WEIR_READY)
        stand_at(reader, at);
    return got;
}

static void cursor_reader_fini(weir_reader *reader)
{
    struct cursor *self = cursor_of_reader(reader);
    self->at = reader->offset;
    self->reader = NULL;
    cursor_let_go(self);
}

static size_t cursor_reader_memory_max(const weir_reader *reader)
{
    (void)reader;
    return sizeof(struct cursor);
}

static const void *cursor_reader_half_of(const weir_reader *reader)
{
    return cursor_of_reader(reader);
}

static const weir_reader_ops cursor_reader_ops = {.size = sizeof cursor_reader_ops,
                                                  .name = "cursor",
                                                  .poll_fill = cursor_poll_fill,
                                                  .fini = cursor_reader_fini,
                                                  .memory_max = cursor_reader_memory_max,
                                                  .half_of = cursor_reader_half_of,
                                                  .poll_seek = cursor_poll_seek};

/* ---- the writer ---- */

static struct cursor *cursor_of_writer(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct cursor_writer, writer)->cursor;
}

static uint64_t cursor_place_of(const struct cursor *self)
{
    return self->reader ? self->reader->reader.offset : self->at;
}

/* Doubles. */
static bool cursor_grow(struct cursor *self, size_t need)
{
    weir_vec *vec = self->vec;
    if (need <= vec->room)
        return true;
    size_t room = vec->room < self->bytes_max / 2 ? vec->room * 2 : self->bytes_max;
    room = room > need ? room : need;
    void *items = weir_resize(vec->items, vec->room, room);
    if (!items)
        return false;
    vec->items = items;
    vec->room = room;
    return true;
}

static void cursor_put(struct cursor *self, size_t at, const void *bytes, size_t n)
{
    weir_vec *vec = self->vec;
    if (at > vec->n)
        memset((char *)vec->items + vec->n, 0, at - vec->n);
    memcpy((char *)vec->items + at, bytes, n);
    vec->n = at + n > vec->n ? at + n : vec->n;
    self->at = at + n;
    if (self->reader)
        stand_at(&self->reader->reader, self->at);
}

static weir_poll cursor_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct cursor *self = cursor_of_writer(writer);
    uint64_t at = cursor_place_of(self);
    if (at >= self->bytes_max)
        return weir_fail(cx, WEIR_E_LIMIT, "a write at byte %llu of at most bytes_max = %zu",
                         (unsigned long long)at, self->bytes_max);
    size_t left = self->bytes_max - (size_t)at;
    n = n < left ? n : left;
    if (!cursor_grow(self, (size_t)at + n))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", (size_t)at + n);
    cursor_put(self, (size_t)at, bytes, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static void cursor_writer_fini(weir_writer *writer)
{
    struct cursor *self = cursor_of_writer(writer);
    self->writer = NULL;
    cursor_let_go(self);
}

/* While it grows the old block may stand beside the new one. */
static size_t cursor_writer_memory_max(const weir_writer *writer)
{
    size_t bytes_max = cursor_of_writer(writer)->bytes_max;
    return bytes_max < SIZE_MAX / 2 ? 2 * bytes_max : SIZE_MAX;
}

static const void *cursor_writer_half_of(const weir_writer *writer)
{
    return cursor_of_writer(writer);
}

static const weir_writer_ops cursor_writer_ops = {.size = sizeof cursor_writer_ops,
                                                  .name = "cursor",
                                                  .poll_write = cursor_poll_write,
                                                  .fini = cursor_writer_fini,
                                                  .memory_max = cursor_writer_memory_max,
                                                  .half_of = cursor_writer_half_of};

/* ---- making ---- */

static weir_duplex cursor_refused(weir_code code, const char *format, size_t n)
{
    return (weir_duplex){weir_reader_refused(code, NULL, format, NULL, NULL, n),
                         weir_writer_refused(code, NULL, format, NULL, NULL, n)};
}

weir_duplex weir_cursor(weir_vec *bytes, size_t bytes_max)
{
    if (bytes->of && (bytes->of->size != 1 || bytes->of->drop))
        return cursor_refused(WEIR_E_TYPE, "cursor: a vec whose items are no bytes", 0);
    bytes->of = bytes->of ? bytes->of : &cursor_byte_type;
    struct cursor *self = weir_allocate(sizeof *self);
    if (!self)
        return cursor_refused(WEIR_E_MEMORY, "no memory for a cursor (%zu bytes)", sizeof *self);
    *self = (struct cursor){.vec = bytes, .bytes_max = bytes_max};
    weir_duplex made = {weir_reader_new(sizeof(struct cursor_reader), &cursor_reader_ops),
                        weir_writer_new(sizeof(struct cursor_writer), &cursor_writer_ops)};
    if (!weir_stage_failed(&made.reader->stage)) {
        self->reader = WEIR_CONTAINER(made.reader, struct cursor_reader, reader);
        self->reader->cursor = self;
        stand_at(made.reader, 0);
    }
    if (!weir_stage_failed(&made.writer->stage)) {
        self->writer = WEIR_CONTAINER(made.writer, struct cursor_writer, writer);
        self->writer->cursor = self;
    }
    cursor_let_go(self); /* of which neither half could be made */
    return made;
}
