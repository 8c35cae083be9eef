/* Integers and floats as bytes, in either order. */

#include <string.h>

#include "bytes/writing.h"
#include "weir/write.h"

/* The order of the machine, or the other one. */
static bool must_swap(bool big)
{
    return big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static void write_number_put(unsigned char *out, const void *value, size_t n, bool big)
{
    memcpy(out, value, n);
    for (size_t i = 0; must_swap(big) && i < n / 2; i++) {
        unsigned char byte = out[i];
        out[i] = out[n - 1 - i];
        out[n - 1 - i] = byte;
    }
}

enum { NUMBER_BYTES_MAX = 16 };

weir_poll weir_poll_write_number(weir_writer *writer, weir_cx *cx, const void *value, size_t n,
                                 bool big_endian, size_t *written)
{
    unsigned char bytes[NUMBER_BYTES_MAX];
    if (n > sizeof bytes)
        return weir_fail(cx, WEIR_E_ARGUMENT, "a number of %zu bytes: 16 are the most", n);
    write_number_put(bytes, value, n, big_endian);
    return weir_poll_write_all(writer, cx, bytes, n, written);
}

/* ---- as a future ---- */

struct write_number {
    struct weir_writing writing;
    unsigned char value[NUMBER_BYTES_MAX];
    size_t n;
    bool big_endian;
    size_t written;
};

static struct write_number *write_number_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct write_number, writing.stream);
}

static weir_poll write_number_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct write_number *self = write_number_of(stream);
    (void)demand;
    weir_poll got = weir_poll_write_number(weir_writing_to(stream), cx, self->value, self->n,
                                           self->big_endian, &self->written);
    return got.state == WEIR_READY ? weir_writing_gives(out, self->n)
                                   : weir_writing_stops(cx, got, self->written);
}

static const weir_stream_ops write_number_ops =
    WEIR_WRITING_OPS("write_number", write_number_poll_next);

weir_stream *weir_write_number(weir_writer *writer, const void *value, size_t n, bool big_endian)
{
    weir_stream *stream =
        weir_writing_new(writer, sizeof(struct write_number), &write_number_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct write_number *self = write_number_of(stream);
    memcpy(self->value, value, n < sizeof self->value ? n : sizeof self->value);
    self->n = n;
    self->big_endian = big_endian;
    return stream;
}
