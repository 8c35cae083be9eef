/* encode: what an encoder makes of items, as bytes. Items are gathered in a block; one that has no
 * room in it begins the next. */

#include "codec/adapter.h"
#include "stream/taken.h"
#include "weir/decode.h"

enum { ITEMS_BYTES = 16 << 10, BLOCK_BYTES = 64 << 10 };

struct encode {
    weir_reader reader;
    weir_stream *source;
    const weir_encoder *encoder;
    void *state;
    size_t frame_bytes_max;
    size_t memory_max; /* the encoder's own */
    struct weir_taken taken;
    uint64_t records; /* items that were encoded or are errors */
    uint32_t demand;
    bool begun;           /* init was called */
    bool ended;           /* the source is over */
    bool closed;          /* ... and so is what stands behind the last item */
    weir_held_error held; /* it comes behind bytes */
};

static struct encode *encode_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct encode, reader);
}

static size_t in_hand(const struct encode *self)
{
    return self->reader.end - self->reader.begin;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Behind what is in hand, however much that is: the limit of a reader's block knows of what is
 * asked for at once, not of items. */
static bool make_room(struct encode *self, size_t room)
{
    weir_reader *reader = &self->reader;
    uint32_t reserve = reader->reserve;
    reader->reserve = (uint32_t)larger(reserve, in_hand(self) + room);
    bool made = weir_reader_room(reader, room) != NULL;
    reader->reserve = reserve;
    return made;
}

/* ---- errors: all stand in the slot first ---- */

/* Of one item: the others go on. */
static void item_failed(struct encode *self)
{
    self->held.held = true;
    self->held.error->fatal = false;
    if (self->held.error->record == WEIR_NOWHERE)
        self->held.error->record = self->records;
}

static void too_large(struct encode *self, size_t n)
{
    weir_error_set(self->held.error, WEIR_E_LIMIT, "an item of %zu bytes; frame_bytes_max = %zu", n,
                   self->frame_bytes_max);
    self->held.error->cure = "a larger limit, if such items are meant to be there";
}

/* ---- bytes ---- */

/* The next item, or what stands behind the last one. An encoder remembers what it wrote as said: so
 * it is offered no more than may be taken, and one that is too large has no room. */
static size_t ask(struct encode *self, size_t room)
{
    room = smaller(room, self->frame_bytes_max);
    unsigned char *out = self->reader.base + self->reader.end;
    const weir_encoder *encoder = self->encoder;
    self->held.error->code = WEIR_OK; /* what stands there is of another time */
    if (self->taken.n)
        return encoder->encode(self->state, weir_taken_next(&self->taken), out, room,
                               self->held.error);
    return encoder->end ? encoder->end(self->state, out, room) : 0;
}

static void pass(struct encode *self)
{
    if (!self->taken.n) {
        self->closed = true;
        return;
    }
    weir_type_drop_items(self->taken.type, weir_taken_next(&self->taken), 1);
    weir_taken_pass(&self->taken, 1);
}

/* An answer of n bytes, for which there is room. */
static void take(struct encode *self, size_t n, size_t *room)
{
    self->records += self->taken.n > 0;
    if (n > self->frame_bytes_max)
        too_large(self, n);
    if (self->held.error->code)
        item_failed(self);
    else
        self->reader.end += n;
    *room -= self->held.held ? 0 : n;
    pass(self);
}

enum step { STEP_ALL, STEP_ENOUGH, STEP_NO_MEMORY };

/* Encodes what is taken, until min bytes are there and the next item has no room, or one failed. */
static enum step encode_taken(struct encode *self, size_t min, size_t *room)
{
    while (self->taken.n || (self->ended && !self->closed)) {
        size_t n = ask(self, *room);
        if (n <= *room || n > self->frame_bytes_max)
            take(self, n, room);
        else if (in_hand(self) >= min)
            return STEP_ENOUGH;
        else if (make_room(self, n))
            *room = n;
        else
            return STEP_NO_MEMORY;
        if (self->held.held)
            return STEP_ENOUGH;
    }
    return STEP_ALL;
}

static weir_poll take_more(struct encode *self, weir_cx *cx)
{
    size_t demand = weir_demand_next(cx, &self->demand);
    weir_poll got = weir_taken_fill(&self->taken, self->source, cx, demand);
    self->ended = got.state == WEIR_END;
    return got;
}

/* Until the room is used, an item failed, or the source has no more to give at once. */
static weir_poll encode_block(struct encode *self, weir_cx *cx, size_t min, size_t room)
{
    for (;;) {
        enum step step = encode_taken(self, min, &room);
        if (step == STEP_NO_MEMORY)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for an item of more than %zu bytes",
                             room);
        if (step == STEP_ENOUGH || self->closed)
            return (weir_poll){0, self->closed ? WEIR_END : WEIR_READY};
        weir_poll got = take_more(self, cx);
        if (!got.n && got.state != WEIR_END)
            return got;
        if (!weir_spend(cx))
            return (weir_poll){0, WEIR_READY};
    }
}

static weir_poll fill_block(struct encode *self, weir_cx *cx, size_t min)
{
    size_t room = larger(min - in_hand(self), BLOCK_BYTES);
    if (!make_room(self, room))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes", room);
    weir_poll got = encode_block(self, cx, min, room);
    bool enough = in_hand(self) >= min;
    if (self->held.held)
        return enough ? (weir_poll){0, WEIR_READY} : weir_held_error_give(&self->held, cx);
    if (!enough || got.state == WEIR_END)
        return got;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    return (weir_poll){0, WEIR_READY};
}

/* With nothing in hand. READY: there is something to encode. While it waits it holds no block. */
static weir_poll have_items(struct encode *self, weir_cx *cx)
{
    if (self->closed)
        return (weir_poll){0, WEIR_END};
    if (self->taken.n || self->ended)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = take_more(self, cx);
    if (got.state == WEIR_PENDING)
        weir_reader_release(&self->reader);
    return (weir_poll){0, got.n || got.state == WEIR_END ? WEIR_READY : got.state};
}

static weir_poll encode_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct encode *self = encode_of(reader);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (!in_hand(self)) {
        weir_poll got = have_items(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    return fill_block(self, cx, min);
}

static void encode_fini(weir_reader *reader)
{
    struct encode *self = encode_of(reader);
    if (!self->begun)
        return;
    weir_taken_drop(&self->taken);
    if (self->encoder->fini)
        self->encoder->fini(self->state);
}

/* Two blocks while it grows: with less than min in hand, and room for an item. */
static size_t encode_memory_max(const weir_reader *reader)
{
    const struct encode *self = encode_of(reader);
    size_t need = reader->reserve + larger(self->frame_bytes_max, BLOCK_BYTES);
    return self->memory_max + 2 * (need + need / 8 + 4096 + WEIR_PADDING_BYTES);
}

/* ---- making ---- */

/* Ops by the encoder's name. NULL: no memory. */
static const weir_reader_ops *ops_of(weir_arena *arena, const weir_encoder *encoder)
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

enum { STATE_AT = (sizeof(struct encode) + WEIR_ALIGN - 1) / WEIR_ALIGN * WEIR_ALIGN };

static weir_reader *over(weir_stream *source, const weir_encoder *encoder)
{
    if (weir_stage_failed(&source->stage))
        return weir_reader_over_stream(source, sizeof(struct encode), NULL);
    const weir_reader_ops *ops = ops_of(source->stage.arena, encoder);
    if (ops)
        return weir_reader_over_stream(source, STATE_AT + encoder->state_size, ops);
    return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              encoder->name, NULL, 0);
}

static weir_reader *begin(struct encode *self, const void *options)
{
    const weir_encoder *encoder = self->encoder;
    weir_error *error = self->held.error;
    if (encoder->memory_max)
        self->memory_max = encoder->memory_max(options);
    if (encoder->init && !encoder->init(self->state, options, error)) {
        if (!error->code)
            weir_codec_broken(encoder->name, "encoder", WEIR_DID_NOT_BEGIN, error);
        return weir_reader_refuse(&self->reader.stage, error->code, error->cure, "%s",
                                  error->message, NULL, 0);
    }
    self->begun = true;
    return &self->reader;
}

static size_t items_at_once(const weir_type *type)
{
    size_t n = ITEMS_BYTES / type->size;
    return n < WEIR_DEMAND_MAX ? n + !n : WEIR_DEMAND_MAX;
}

weir_reader *weir_encode(weir_stream *source, const weir_encoder *encoder, const void *options,
                         size_t frame_bytes_max)
{
    source = weir_expect_type(source, encoder->name, "encode", encoder->type);
    weir_reader *reader = over(source, encoder);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct encode *self = encode_of(reader);
    const weir_type *type = source->type;
    self->source = source;
    self->encoder = encoder;
    self->state = (char *)self + STATE_AT;
    self->frame_bytes_max = frame_bytes_max;
    if (!weir_frame_bytes_fit(frame_bytes_max))
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, WEIR_FRAME_BYTES_CURE,
                                  WEIR_FRAME_BYTES_TEXT, encoder->name, NULL, frame_bytes_max);
    if (!weir_held_error_init(&self->held, reader->stage.arena) ||
        !weir_taken_init(&self->taken, reader->stage.arena, type, items_at_once(type)))
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  encoder->name, NULL, 0);
    return begin(self, options);
}
