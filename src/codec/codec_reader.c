/* codec_reader: what a codec makes of a reader's bytes, in a buffer of its own. */

#include <string.h>

#include "weir/codec.h"

/* One step of a codec sees and makes at most this much: a poll's work is bounded by it. */
enum { STEP_BYTES = 256 << 10, POLL_BYTES = 32 << 10 };

struct codec_reader {
    weir_reader reader;
    weir_reader *source;
    const weir_codec *codec;
    int level;
    void *state;          /* NULL before the first fill */
    uint64_t start;       /* source's offset then: where the codec's count begins */
    bool last;            /* the source is over */
    bool done;            /* the codec is */
    weir_held_error held; /* it came behind bytes that were made */
};

static struct codec_reader *codec_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct codec_reader, reader);
}

static weir_poll begin(struct codec_reader *self, weir_cx *cx)
{
    const weir_codec *codec = self->codec;
    void *state = weir_allocate(codec->state_size);
    if (!state)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of state", codec->state_size);
    memset(state, 0, codec->state_size);
    if (!codec->init(state, self->level, &cx->error)) {
        weir_release(state, codec->state_size);
        return (weir_poll){0, WEIR_ERROR};
    }
    self->state = state;
    self->start = self->source->offset;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fill_source(struct codec_reader *self, weir_cx *cx)
{
    if (self->last)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_fill(self->source, cx, 1);
    if (got.state != WEIR_END)
        return got;
    self->last = true;
    return (weir_poll){0, WEIR_READY};
}

static void place_error(const struct codec_reader *self, weir_error *error)
{
    error->fatal = true;
    error->byte = error->byte == WEIR_NOWHERE ? self->source->offset : self->start + error->byte;
    weir_reader_place(self->source, error);
}

/* A step costs what it moved, so that other tasks have their turn as often as with plain reads. */
static void pay(weir_cx *cx, size_t bytes)
{
    for (size_t polls = bytes / POLL_BYTES; polls && weir_spend(cx); polls--)
        ;
}

static weir_poll step(struct codec_reader *self, weir_cx *cx)
{
    weir_reader *reader = &self->reader;
    unsigned char *out = weir_reader_room(reader, STEP_BYTES);
    if (!out)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %d bytes", STEP_BYTES);
    size_t in_n;
    const unsigned char *in = weir_peek(self->source, &in_n);
    in_n = in_n < STEP_BYTES ? in_n : STEP_BYTES;
    weir_span span = {in, in_n, out, STEP_BYTES};
    weir_codec_state state = self->codec->step(self->state, &span, self->last, &self->held.error);
    size_t used = in_n - span.in_n;
    size_t made = STEP_BYTES - span.out_n;
    weir_consume(self->source, used);
    reader->end += made;
    pay(cx, used > made ? used : made);
    if (state == WEIR_CODEC_MORE && self->last && !used && !made) {
        weir_error_set(&self->held.error, WEIR_E_CORRUPT, "the codec can not go on");
        state = WEIR_CODEC_BAD;
    }
    self->done = state != WEIR_CODEC_MORE;
    self->held.held = state == WEIR_CODEC_BAD;
    if (self->held.held)
        place_error(self, &self->held.error);
    return (weir_poll){0, WEIR_READY};
}

/* {READY} with too little in hand: the wrapper calls again within the budget. */
static weir_poll codec_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct codec_reader *self = codec_of(reader);
    (void)min;
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (self->done)
        return (weir_poll){0, WEIR_END};
    if (!self->state) {
        weir_poll got = begin(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    weir_poll got = fill_source(self, cx);
    return got.state == WEIR_READY ? step(self, cx) : got;
}

static void codec_fini(weir_reader *reader)
{
    struct codec_reader *self = codec_of(reader);
    if (!self->state)
        return;
    if (self->codec->fini)
        self->codec->fini(self->state);
    weir_release(self->state, self->codec->state_size);
}

weir_reader *weir_codec_reader(weir_reader *source, const weir_codec *codec, int level)
{
    weir_arena *arena = source->stage.arena;
    weir_reader_ops *ops = NULL;
    if (!weir_stage_failed(&source->stage)) {
        ops = weir_arena_take(arena, sizeof *ops, _Alignof(weir_reader_ops));
        if (!ops)
            return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                      codec->name, NULL, 0);
        *ops = (weir_reader_ops){
            .name = codec->name, .poll_fill = codec_poll_fill, .fini = codec_fini};
    }
    weir_reader *reader = weir_reader_over(source, sizeof(struct codec_reader), ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct codec_reader *self = codec_of(reader);
    self->source = source;
    self->codec = codec;
    self->level = level;
    return reader;
}
