/* Bytes that are gathered in a vec, which doubles, and what makes text of them. */

#include "bytes/gather.h"
#include "bytes/utf8.h"

#include <string.h>

#include "weir/alloc.h"

enum { GATHER_ROOM_MIN = 64 };

static const weir_type gather_byte_type = WEIR_TYPE(uint8_t);

static bool is_of_bytes(const weir_vec *vec, weir_cx *cx)
{
    if (!vec->of || (vec->of->size == 1 && !vec->of->drop))
        return true;
    weir_fail(cx, WEIR_E_TYPE, "a vec of '%s' takes no bytes", vec->of->name);
    return false;
}

/* There is always room for a NUL. */
static bool gather_make_room(weir_vec *vec, weir_cx *cx, size_t need, size_t bytes_max)
{
    if (need < vec->room)
        return true;
    size_t room = vec->room < SIZE_MAX / 2 ? vec->room * 2 : SIZE_MAX;
    room = room > bytes_max ? bytes_max + 1 : room;
    room = room > GATHER_ROOM_MIN ? room : GATHER_ROOM_MIN;
    room = room > need ? room : need + 1;
    void *items = weir_resize(vec->items, vec->room, room);
    if (!items) {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", room);
        return false;
    }
    *vec = (weir_vec){items, vec->n, room, vec->of ? vec->of : &gather_byte_type};
    return true;
}

/* What is known to come is made room for at once. */
static size_t expected(const weir_vec *vec, const weir_reader *reader, size_t n, size_t bytes_max)
{
    size_t coming = weir_reader_size_hint(reader).lower;
    size_t left = bytes_max - vec->n;
    coming = coming < left ? coming : left;
    return vec->n + (n > coming ? n : coming);
}

bool weir_gather(weir_vec *out, weir_cx *cx, weir_reader *reader, size_t n, size_t bytes_max)
{
    size_t hand;
    const unsigned char *bytes = weir_peek(reader, &hand);
    bytes_max = bytes_max < SIZE_MAX / 4 ? bytes_max : SIZE_MAX / 4; /* no sum wraps */
    size_t left = out->n < bytes_max ? bytes_max - out->n : 0;
    size_t part = n < left ? n : left;
    if (!is_of_bytes(out, cx))
        return false;
    if (part) {
        if (!gather_make_room(out, cx, expected(out, reader, part, bytes_max), bytes_max))
            return false;
        memcpy((char *)out->items + out->n, bytes, part);
        out->n += part;
        weir_consume(reader, part);
    }
    if (part < n)
        weir_fail_at(cx, reader, WEIR_E_LIMIT, "more than bytes_max = %zu bytes", bytes_max);
    return part == n;
}

bool weir_gather_nul(weir_vec *out, weir_cx *cx)
{
    if (!is_of_bytes(out, cx) || !gather_make_room(out, cx, out->n, out->n))
        return false;
    ((char *)out->items)[out->n] = '\0';
    return true;
}

/* ---- what the futures share ---- */

/* Where a text that ends with the beginning of a character has that beginning: a future that was
 * dropped may have stopped inside of one. Else its end. */
static size_t whole_text(const weir_vec *vec)
{
    static const unsigned char least[] = {0, 0xc2, 0xe0,
                                          0xf0}; /* with so many of its bytes, more follow */
    const unsigned char *bytes = vec->items;
    if (vec->of && vec->of->size != 1)
        return vec->n;
    for (size_t back = 1; back < sizeof least && back <= vec->n; back++) {
        unsigned char byte = bytes[vec->n - back];
        if (byte < 0x80 || byte > 0xbf)
            return byte >= least[back] && byte <= 0xf4 ? vec->n - back : vec->n;
    }
    return vec->n;
}

static struct weir_gatherer *gatherer_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_gatherer, future.stream);
}

weir_stream *weir_gatherer_new(weir_reader *reader, const weir_stream_ops *ops, weir_vec *out,
                               size_t bytes_max)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct weir_gatherer), ops, &weir_type_u64);
    stream = weir_expect_limit(stream, ops->name, "bytes_max", bytes_max);
    if (weir_stage_failed(&stream->stage))
        return stream;
    gatherer_of(stream)->out = out;
    gatherer_of(stream)->bytes_max = bytes_max;
    return stream;
}

struct weir_gatherer *weir_gatherer_begin(const weir_stream *stream)
{
    struct weir_gatherer *self = gatherer_of(stream);
    if (!self->future.begun)
        self->begin = whole_text(self->out);
    weir_read_future_begin(stream);
    return self;
}

/* While the vec grows the old block may stand beside the new one. */
size_t weir_gatherer_memory_max(const weir_stream *stream)
{
    size_t bytes_max = gatherer_of(stream)->bytes_max;
    return bytes_max < SIZE_MAX / 4 ? 2 * (bytes_max + 1 + GATHER_ROOM_MIN) : SIZE_MAX;
}

/* ---- text ---- */

weir_poll weir_gather_text(weir_vec *out, weir_cx *cx, const weir_reader *reader, size_t begin)
{
    size_t n = out->n - begin;
    const unsigned char *bytes = (const unsigned char *)out->items + begin;
    size_t good = n ? weir_utf8_bytes(bytes, n) : 0;
    if (good == n)
        return (weir_poll){0, weir_gather_nul(out, cx) ? WEIR_READY : WEIR_ERROR};
    weir_fail_at(cx, reader, WEIR_E_CORRUPT, "no UTF-8: byte 0x%x behind %zu bytes of text",
                 bytes[good], good);
    cx->error.fatal = false;
    out->n = begin;
    return (weir_poll){0, WEIR_ERROR};
}
