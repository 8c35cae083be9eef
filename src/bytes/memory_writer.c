/* memory_writer: appends to memory that grows up to a limit. */

#include <string.h>

#include "weir/writer.h"

struct memory_writer {
    weir_writer writer;
    weir_vec *out;
    unsigned char *bytes;
    size_t n;
    size_t room;
    size_t bytes_max;
};

static const weir_type memory_writer_byte_type = WEIR_TYPE(uint8_t);

static struct memory_writer *memory_of(weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct memory_writer, writer);
}

/* Doubles, so that n bytes cost n copies. */
static bool memory_writer_grow(struct memory_writer *self, size_t need)
{
    if (need <= self->room)
        return true;
    size_t room = self->room > self->bytes_max / 2 ? self->bytes_max : self->room * 2;
    room = room < need ? need : room;
    unsigned char *bytes = weir_resize(self->bytes, self->room, room);
    if (!bytes)
        return false;
    self->bytes = bytes;
    self->room = room;
    return true;
}

/* How many bytes were taken; 0: the limit, or no memory. */
static size_t memory_writer_take(struct memory_writer *self, const void *bytes, size_t n)
{
    size_t left = self->bytes_max - self->n;
    n = n < left ? n : left;
    if (!n || !memory_writer_grow(self, self->n + n))
        return 0;
    memcpy(self->bytes + self->n, bytes, n);
    self->n += n;
    return n;
}

static weir_poll memory_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct memory_writer *self = memory_of(writer);
    size_t taken = memory_writer_take(self, bytes, n), left = self->bytes_max - self->n;
    if (taken)
        return (weir_poll){(uint32_t)taken, WEIR_READY};
    if (!left)
        return weir_fail(cx, WEIR_E_LIMIT, "more than bytes_max = %zu bytes", self->bytes_max);
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", self->n + (n < left ? n : left));
}

/* The next write finds the same limit. */
static int64_t memory_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    size_t taken = memory_writer_take(memory_of(writer), bytes, n);
    return taken ? (int64_t)taken : -1;
}

static weir_poll memory_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct memory_writer *self = memory_of(writer);
    (void)cx;
    *self->out = (weir_vec){self->bytes, self->n, self->room, &memory_writer_byte_type};
    self->bytes = NULL;
    return (weir_poll){0, WEIR_END};
}

static void memory_fini(weir_writer *writer)
{
    struct memory_writer *self = memory_of(writer);
    weir_release(self->bytes, self->room);
}

/* While it grows the old block may stand beside the new one. */
static size_t memory_writer_memory_max(const weir_writer *writer)
{
    size_t bytes_max = WEIR_CONTAINER(writer, struct memory_writer, writer)->bytes_max;
    return bytes_max > SIZE_MAX / 2 ? SIZE_MAX : 2 * bytes_max;
}

/* Nobody sees its bytes before that. */
static weir_strength memory_strength(const weir_writer *writer)
{
    (void)writer;
    return WEIR_STRENGTH_AT_CLOSE;
}

static const weir_writer_ops memory_writer_ops = {.size = sizeof memory_writer_ops,
                                                  .name = "memory",
                                                  .poll_write = memory_poll_write,
                                                  .poll_close = memory_poll_close,
                                                  .fini = memory_fini,
                                                  .memory_max = memory_writer_memory_max,
                                                  .try_write = memory_try_write,
                                                  .strength = memory_strength};

weir_writer *weir_memory_writer(weir_vec *out, size_t bytes_max)
{
    *out = (weir_vec){.of = &memory_writer_byte_type};
    weir_writer *writer = weir_writer_new(sizeof(struct memory_writer), &memory_writer_ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    if (!bytes_max)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, "a limit of at least 1",
                                  "memory: the limit 'bytes_max' is 0", NULL, NULL, 0);
    struct memory_writer *self = memory_of(writer);
    self->out = out;
    self->bytes_max = bytes_max;
    return writer;
}
