/* encode: what an encoder makes of items, as bytes. Items are gathered in a block; one that has no
 * room in it begins the next. */

#include "codec/adapter.h"
#include "codec/encoding.h"

enum { ENCODE_BLOCK_BYTES = 64 << 10 };

struct encode {
    weir_reader reader;
    struct weir_encoding encoding;
};

static struct encode *encode_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct encode, reader);
}

static size_t encode_in_hand(const struct encode *self)
{
    return self->reader.end - self->reader.begin;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Behind what is in hand, however much that is: the limit of a reader's block knows of what is
 * asked for at once, not of items. */
static bool encode_make_room(struct encode *self, size_t room)
{
    weir_reader *reader = &self->reader;
    uint32_t reserve = reader->reserve;
    reader->reserve = (uint32_t)larger(reserve, encode_in_hand(self) + room);
    bool made = weir_reader_room(reader, room) != NULL;
    reader->reserve = reserve;
    return made;
}

enum encode_step { STEP_ALL, STEP_ENOUGH, STEP_NO_MEMORY };

/* An answer of n bytes, for which there is room. */
static bool encode_take(struct encode *self, size_t n, size_t *room)
{
    bool good = weir_encoding_pass(&self->encoding, n);
    self->reader.end += good ? n : 0;
    *room -= good ? n : 0;
    return good;
}

/* Encodes what is taken, until min bytes are there and the next item has no room, or one failed. */
static enum encode_step encode_taken(struct encode *self, size_t min, size_t *room)
{
    struct weir_encoding *encoding = &self->encoding;
    while (weir_encoding_has_more(encoding)) {
        size_t n = weir_encoding_ask(encoding, self->reader.base + self->reader.end, *room);
        if (n <= *room || n > encoding->frame_bytes_max) {
            if (!encode_take(self, n, room))
                return STEP_ENOUGH;
        } else if (encode_in_hand(self) >= min) {
            return STEP_ENOUGH;
        } else if (encode_make_room(self, n)) {
            *room = n;
        } else {
            return STEP_NO_MEMORY;
        }
    }
    return STEP_ALL;
}

static weir_poll encode_take_more(struct encode *self, weir_cx *cx)
{
    size_t demand = weir_demand_next(cx, &self->encoding.demand);
    return weir_encoding_take(&self->encoding, cx, demand);
}

/* Until the room is used, an item failed, or the source has no more to give at once. */
static weir_poll encode_block(struct encode *self, weir_cx *cx, size_t min, size_t room)
{
    bool *closed = &self->encoding.closed;
    for (;;) {
        enum encode_step step = encode_taken(self, min, &room);
        if (step == STEP_NO_MEMORY)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for an item of more than %zu bytes",
                             room);
        if (step == STEP_ENOUGH || *closed)
            return (weir_poll){0, *closed ? WEIR_END : WEIR_READY};
        weir_poll got = encode_take_more(self, cx);
        if (!got.n && got.state != WEIR_END)
            return got;
        if (!weir_spend(cx))
            return (weir_poll){0, WEIR_READY};
    }
}

static weir_poll encode_fill_block(struct encode *self, weir_cx *cx, size_t min)
{
    weir_held_error *held = &self->encoding.held;
    size_t room = larger(min - encode_in_hand(self), ENCODE_BLOCK_BYTES);
    if (!encode_make_room(self, room))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes", room);
    weir_poll got = encode_block(self, cx, min, room);
    bool enough = encode_in_hand(self) >= min;
    if (held->held)
        return enough ? (weir_poll){0, WEIR_READY} : weir_held_error_give(held, cx);
    if (!enough || got.state == WEIR_END)
        return got;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(held, cx);
    return (weir_poll){0, WEIR_READY};
}

/* With nothing in hand. READY: there is something to encode. While it waits it holds no block. */
static weir_poll encode_have_items(struct encode *self, weir_cx *cx)
{
    if (self->encoding.closed)
        return (weir_poll){0, WEIR_END};
    if (weir_encoding_has_more(&self->encoding))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = encode_take_more(self, cx);
    if (got.state == WEIR_PENDING)
        weir_reader_release(&self->reader);
    return (weir_poll){0, got.n || got.state == WEIR_END ? WEIR_READY : got.state};
}

static weir_poll encode_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct encode *self = encode_of(reader);
    if (self->encoding.held.held)
        return weir_held_error_give(&self->encoding.held, cx);
    if (!encode_in_hand(self)) {
        weir_poll got = encode_have_items(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    return encode_fill_block(self, cx, min);
}

static void encode_fini(weir_reader *reader)
{
    weir_encoding_fini(&encode_of(reader)->encoding);
}

/* Two blocks while it grows: with less than min in hand, and room for an item. */
static size_t encode_memory_max(const weir_reader *reader)
{
    const struct weir_encoding *encoding = &encode_of(reader)->encoding;
    size_t need = reader->reserve + larger(encoding->frame_bytes_max, ENCODE_BLOCK_BYTES);
    return encoding->memory_max + 2 * (need + need / 8 + 4096 + WEIR_PADDING_BYTES);
}

/* ---- making ---- */

/* Ops by the encoder's name. NULL: no memory. */
static const weir_reader_ops *encode_ops_of(weir_arena *arena, const weir_encoder *encoder)
{
    weir_reader_ops *ops = weir_arena_take(arena, sizeof *ops, _Alignof(weir_reader_ops));
    if (ops)
        *ops = (weir_reader_ops){.size = sizeof *ops,
                                 .name = encoder->name,
                                 .poll_fill = encode_poll_fill,
                                 .fini = encode_fini,
                                 .memory_max = encode_memory_max};
    return ops;
}

static weir_reader *encode_over(weir_stream *source, const weir_encoder *encoder)
{
    if (weir_stage_failed(&source->stage))
        return weir_reader_over_stream(source, sizeof(struct encode), NULL);
    const weir_reader_ops *ops = encode_ops_of(source->stage.arena, encoder);
    if (ops)
        return weir_reader_over_stream(source,
                                       WEIR_STATE_BEHIND(struct encode) + encoder->state_size, ops);
    return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              encoder->name, NULL, 0);
}

weir_reader *weir_encode(weir_stream *source, const weir_encoder *encoder, const void *options,
                         size_t frame_bytes_max)
{
    source = weir_expect_type(source, encoder->name, "encode", encoder->type);
    weir_reader *reader = encode_over(source, encoder);
    if (weir_stage_failed(&reader->stage))
        return reader;
    const weir_error *error = weir_encoding_begin(
        &encode_of(reader)->encoding, source, encoder,
        (char *)encode_of(reader) + WEIR_STATE_BEHIND(struct encode), options, frame_bytes_max);
    if (!error)
        return reader;
    return weir_reader_refuse(&reader->stage, error->code, error->cure, "%s", error->message, NULL,
                              0);
}
