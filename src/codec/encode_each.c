/* encode_each: what an encoder makes of items, the bytes of each as a line of its own. So what
 * stands between items, as marks do, stays in its place. */

#include "codec/encoding.h"

enum { ENCODE_EACH_BLOCK_BYTES = 64 << 10 };

struct encode_each {
    weir_stream stream;
    struct weir_encoding encoding;
    unsigned char *block; /* what is lent stands there */
    size_t room;
    size_t used;
};

static struct encode_each *encode_each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct encode_each, stream);
}

/* While nothing is lent of it. */
static bool encode_each_make_room(struct encode_each *self, size_t room)
{
    if (room <= self->room)
        return true;
    weir_release(self->block, self->room);
    self->block = weir_allocate(room);
    self->room = self->block ? room : 0;
    return self->block != NULL;
}

static weir_poll encode_each_no_memory(weir_cx *cx, size_t room)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes", room);
}

/* One line more; false: it has no room behind the others, or came to an error. */
static bool encode_each_put(struct encode_each *self, weir_line *out, uint32_t *n, size_t *need)
{
    struct weir_encoding *encoding = &self->encoding;
    size_t room = self->room - self->used;
    size_t size = weir_encoding_ask(encoding, self->block + self->used, room);
    if (size > room && size <= encoding->frame_bytes_max) {
        *need = size;
        return false;
    }
    if (!weir_encoding_pass(encoding, size))
        return false;
    if (size)
        out[(*n)++] = (weir_line){(char *)self->block + self->used, size};
    self->used += size;
    return true;
}

/* The first line finds a block that is large enough; READY without lines: go on. */
static weir_poll encode_each_encode(struct encode_each *self, weir_cx *cx, weir_line *out,
                                    size_t demand)
{
    size_t need = 0;
    uint32_t n = 0;
    self->used = 0;
    while (n < demand && weir_encoding_has_more(&self->encoding))
        if (!encode_each_put(self, out, &n, &need))
            break;
    if (n)
        return (weir_poll){n, WEIR_READY};
    if (self->encoding.held.held)
        return weir_held_error_give(&self->encoding.held, cx);
    return encode_each_make_room(self, need) ? (weir_poll){0, WEIR_READY}
                                             : encode_each_no_memory(cx, need);
}

static weir_poll encode_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct encode_each *self = encode_each_of(stream);
    struct weir_encoding *encoding = &self->encoding;
    if (encoding->held.held)
        return weir_held_error_give(&encoding->held, cx);
    if (encoding->closed)
        return (weir_poll){0, WEIR_END};
    if (!weir_encoding_has_more(encoding)) {
        weir_poll got = weir_encoding_take(encoding, cx, demand);
        if (!got.n && got.state != WEIR_END)
            return got;
    }
    return encode_each_make_room(self, ENCODE_EACH_BLOCK_BYTES)
               ? encode_each_encode(self, cx, out, demand)
               : encode_each_no_memory(cx, ENCODE_EACH_BLOCK_BYTES);
}

static void encode_each_fini(weir_stream *stream)
{
    struct encode_each *self = encode_each_of(stream);
    weir_encoding_fini(&self->encoding);
    weir_release(self->block, self->room);
}

/* An encoder may have something to say behind the last item. */
static weir_hint encode_each_size_hint(const weir_stream *stream)
{
    const struct weir_encoding *encoding = &encode_each_of(stream)->encoding;
    weir_hint hint = weir_taken_hint(&encoding->taken, encoding->source);
    hint.upper += hint.upper != WEIR_HINT_UNKNOWN && encoding->encoder->end;
    return hint;
}

static size_t encode_each_memory_max(const weir_stream *stream)
{
    const struct weir_encoding *encoding = &encode_each_of(stream)->encoding;
    size_t most = encoding->frame_bytes_max;
    return encoding->memory_max + (most > ENCODE_EACH_BLOCK_BYTES ? most : ENCODE_EACH_BLOCK_BYTES);
}

/* Ops by the encoder's name. NULL: no memory. */
static const weir_stream_ops *encode_each_ops_of(weir_arena *arena, const weir_encoder *encoder)
{
    weir_stream_ops *ops = weir_arena_take(arena, sizeof *ops, _Alignof(weir_stream_ops));
    if (ops)
        *ops = (weir_stream_ops){.size = sizeof *ops,
                                 .name = encoder->name,
                                 .poll_next = encode_each_poll_next,
                                 .fini = encode_each_fini,
                                 .size_hint = encode_each_size_hint,
                                 .memory_max = encode_each_memory_max,
                                 .marks = WEIR_MARKS_PASS};
    return ops;
}

static weir_stream *encode_each_over(weir_stream *source, const weir_encoder *encoder)
{
    if (weir_stage_failed(&source->stage))
        return source;
    const weir_stream_ops *ops = encode_each_ops_of(source->stage.arena, encoder);
    if (ops)
        return weir_stream_new(source, WEIR_STATE_BEHIND(struct encode_each) + encoder->state_size,
                               ops, &weir_type_line);
    return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              encoder->name, NULL, 0);
}

weir_stream *weir_encode_each(weir_stream *source, const weir_encoder *encoder, const void *options,
                              size_t frame_bytes_max)
{
    source = weir_expect_type(source, encoder->name, "encode", encoder->type);
    weir_stream *stream = encode_each_over(source, encoder);
    if (weir_stage_failed(&stream->stage))
        return stream;
    const weir_error *error =
        weir_encoding_begin(&encode_each_of(stream)->encoding, source, encoder,
                            (char *)encode_each_of(stream) + WEIR_STATE_BEHIND(struct encode_each),
                            options, frame_bytes_max);
    if (!error)
        return stream;
    return weir_stream_refuse(&stream->stage, error->code, error->cure, "%s", error->message, NULL,
                              0);
}
