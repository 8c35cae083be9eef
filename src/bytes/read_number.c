/* read_number: numbers of fixed size, the highest or the lowest byte first. */

#include "bytes/read_future.h"
#include "weir/read.h"

#define NUMBER_TYPE(name_, T_) [WEIR_NUMBER_##name_] = WEIR_TYPE(T_),
static const weir_type types[] = {WEIR_READ_NUMBERS_(NUMBER_TYPE)};

static bool is_swapped(bool big_endian)
{
    return big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static void read_number_decode(unsigned char *out, const unsigned char *bytes, size_t n,
                               bool big_endian)
{
    bool swapped = is_swapped(big_endian);
    for (size_t i = 0; i < n; i++)
        out[swapped ? n - 1 - i : i] = bytes[i];
}

static weir_poll read_number_ended(weir_reader *reader, weir_cx *cx, size_t n,
                                   const weir_type *type)
{
    weir_poll got =
        weir_fail_at(cx, reader, WEIR_E_TRUNCATED,
                     "the input ends after %zu of %zu bytes of a number", n, type->size);
    cx->error.fatal = false; /* the bytes that are left are still the reader's */
    return got;
}

weir_poll weir_poll_read_number(weir_reader *reader, weir_cx *cx, weir_number kind, bool big_endian,
                                void *out)
{
    const weir_type *type = &types[kind];
    size_t n;
    weir_poll got = weir_poll_fill(reader, cx, type->size);
    const unsigned char *bytes = weir_peek(reader, &n);
    if (got.state == WEIR_END)
        return read_number_ended(reader, cx, n, type);
    if (got.state != WEIR_READY)
        return (weir_poll){0, got.state};
    read_number_decode(out, bytes, type->size, big_endian);
    weir_consume(reader, type->size);
    return (weir_poll){(uint32_t)type->size, WEIR_READY};
}

struct read_number {
    struct weir_read_future future;
    weir_number kind;
    bool big_endian;
};

static weir_poll read_number_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct read_number *self = WEIR_CONTAINER(stream, struct read_number, future.stream);
    (void)demand;
    weir_poll got =
        weir_poll_read_number(self->future.reader, cx, self->kind, self->big_endian, out);
    if (got.state == WEIR_READY)
        return (weir_poll){1, WEIR_END};
    cx->error.fatal |= got.state == WEIR_ERROR;
    return got;
}

static const weir_stream_ops read_number_ops = WEIR_READ_FUTURE_OPS(read_number);

weir_stream *weir_read_number(weir_reader *reader, weir_number kind, bool big_endian)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct read_number), &read_number_ops, &types[kind]);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct read_number *self = WEIR_CONTAINER(stream, struct read_number, future.stream);
    self->kind = kind;
    self->big_endian = big_endian;
    return stream;
}
