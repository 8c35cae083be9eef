/* Encoders at work: items in, their bytes or their errors out. */

#include "codec/encoding.h"

#include "codec/adapter.h"

enum { ITEMS_BYTES = 16 << 10 };

/* ---- errors: all stand in the slot first ---- */

/* Of one item: the others go on. */
static void item_failed(struct weir_encoding *self)
{
    self->held.held = true;
    self->held.error->fatal = false;
    if (self->held.error->record == WEIR_NOWHERE)
        self->held.error->record = self->records;
}

static void encoding_too_large(struct weir_encoding *self, size_t n)
{
    weir_error_set(self->held.error, WEIR_E_LIMIT, "an item of %zu bytes; frame_bytes_max = %zu", n,
                   self->frame_bytes_max);
    self->held.error->cure = "a larger limit, if such items are meant to be there";
}

/* ---- items ---- */

/* An encoder remembers what it wrote as said: so it is offered no more than may be taken, and one
 * that is too large has no room. */
size_t weir_encoding_ask(struct weir_encoding *self, unsigned char *out, size_t room)
{
    const weir_encoder *encoder = self->encoder;
    room = room < self->frame_bytes_max ? room : self->frame_bytes_max;
    self->held.error->code = WEIR_OK; /* what stands there is of another time */
    if (self->taken.n)
        return encoder->encode(self->state, weir_taken_next(&self->taken), out, room,
                               self->held.error);
    return encoder->end ? encoder->end(self->state, out, room) : 0;
}

bool weir_encoding_pass(struct weir_encoding *self, size_t n)
{
    self->records += self->taken.n > 0;
    if (n > self->frame_bytes_max)
        encoding_too_large(self, n);
    if (self->held.error->code)
        item_failed(self);
    if (self->taken.n) {
        weir_type_drop_items(self->taken.type, weir_taken_next(&self->taken), 1);
        weir_taken_pass(&self->taken, 1);
    } else {
        self->closed = true;
    }
    return !self->held.held;
}

weir_poll weir_encoding_take(struct weir_encoding *self, weir_cx *cx, size_t demand)
{
    weir_poll got = weir_taken_fill(&self->taken, self->source, cx, demand);
    self->ended = got.state == WEIR_END;
    return got;
}

/* ---- beginning and end ---- */

static size_t items_at_once(const weir_type *type)
{
    size_t n = ITEMS_BYTES / type->size;
    return n < WEIR_DEMAND_MAX ? n + !n : WEIR_DEMAND_MAX;
}

static const weir_error *encoding_refuse(weir_error *error, weir_code code, const char *cure,
                                         const char *format, const char *name, size_t n)
{
    weir_error_set(error, code, format, name, n);
    error->cure = cure;
    return error;
}

static const weir_error *encoding_begin(struct weir_encoding *self, const void *options)
{
    const weir_encoder *encoder = self->encoder;
    weir_error *error = self->held.error;
    if (encoder->memory_max)
        self->memory_max = encoder->memory_max(options);
    if (encoder->init && !encoder->init(self->state, options, error)) {
        if (!error->code)
            weir_codec_broken(encoder->name, "encoder", WEIR_DID_NOT_BEGIN, error);
        return error;
    }
    self->begun = true;
    return NULL;
}

const weir_error *weir_encoding_begin(struct weir_encoding *self, weir_stream *source,
                                      const weir_encoder *encoder, void *state, const void *options,
                                      size_t frame_bytes_max)
{
    static const weir_error no_memory = {.code = WEIR_E_MEMORY,
                                         .message = "no memory for an encoder"};
    const weir_type *type = source->type;
    weir_arena *arena = source->stage.arena;
    self->source = source;
    self->encoder = encoder;
    self->state = state;
    self->frame_bytes_max = frame_bytes_max;
    if (!weir_held_error_init(&self->held, arena))
        return &no_memory;
    if (!weir_frame_bytes_fit(frame_bytes_max))
        return encoding_refuse(self->held.error, WEIR_E_ARGUMENT, WEIR_FRAME_BYTES_CURE,
                               WEIR_FRAME_BYTES_TEXT, encoder->name, frame_bytes_max);
    if (!weir_taken_init(&self->taken, arena, type, items_at_once(type)))
        return encoding_refuse(self->held.error, WEIR_E_MEMORY, NULL, "no memory for %s",
                               encoder->name, 0);
    return encoding_begin(self, options);
}

void weir_encoding_fini(struct weir_encoding *self)
{
    if (!self->begun)
        return;
    weir_taken_drop(&self->taken);
    if (self->encoder->fini)
        self->encoder->fini(self->state);
}
