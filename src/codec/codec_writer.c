/* codec_writer: what a codec makes of the bytes that are written, for the writer below. */

#include "weir/codec_writer.h"

#include <string.h>

#include "bytes/below.h"
#include "codec/adapter.h"
#include "codec/step.h"
#include "core/poll.h"

/* A step sees and makes at most so much, as a codec_reader's: what is stored, and not compressed,
 * depends on it. It costs a poll for each CODEC_WRITER_POLL_BYTES that it used. */
enum { CODEC_WRITER_BLOCK_BYTES = 256 << 10, CODEC_WRITER_POLL_BYTES = 32 << 10 };

/* So many steps in a row that move nothing, and the codec does not know how to go on. */
enum { CODEC_WRITER_STUCK_STEPS_MAX = 2 };

struct codec_writer {
    weir_writer writer;
    const weir_codec *codec;
    const void *options; /* the codec's own, in the arena; NULL: none */
    bool flush_when_idle;
    bool joins;     /* what it makes may stand behind what it made: one is ended by each settle */
    bool unflushed; /* bytes were used since the codec was told to flush */
    bool done;      /* the codec is */
    bool ending;    /* one is being ended, and another may follow */
    bool ended;     /* one was */
    unsigned stuck_steps;
    uint32_t ratio_max;
    uint64_t used, made;  /* bytes in all */
    void *state;          /* NULL before the first step */
    unsigned char *block; /* NULL while nothing stands in it */
    size_t begin, end;    /* what was made, and is not below yet */
    weir_held_error held; /* it came behind what was made */
};

static struct codec_writer *codec_writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct codec_writer, writer);
}

/* ---- what was made ---- */

static void codec_writer_release_block(struct codec_writer *self)
{
    if (self->block)
        weir_release(self->block, CODEC_WRITER_BLOCK_BYTES);
    self->block = NULL;
    self->begin = self->end = 0;
}

/* READY: all that was made is below. */
static weir_poll codec_writer_push(struct codec_writer *self, weir_cx *cx)
{
    while (self->begin < self->end) {
        weir_poll got = weir_poll_write(weir_writer_below(&self->writer), cx,
                                        self->block + self->begin, self->end - self->begin);
        if (got.state != WEIR_READY)
            return got;
        self->begin += got.n;
    }
    self->begin = self->end = 0;
    return (weir_poll){0, WEIR_READY};
}

/* ... and so an error may be told. */
static weir_poll push_all(struct codec_writer *self, weir_cx *cx)
{
    weir_poll got = codec_writer_push(self, cx);
    bool tells = got.state == WEIR_READY && self->held.held;
    return tells ? weir_held_error_give(&self->held, cx) : got;
}

/* ---- the codec ---- */

static weir_poll codec_writer_begin(struct codec_writer *self, weir_cx *cx)
{
    const weir_codec *codec = self->codec;
    void *state = weir_allocate(weir_step_state_bytes(codec));
    if (!state)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of state",
                         weir_step_state_bytes(codec));
    memset(state, 0, weir_step_state_bytes(codec));
    cx->error.code = WEIR_OK; /* what stands there is of another time */
    if (weir_step_init(codec, state, self->options, &cx->error)) {
        self->state = state;
        return (weir_poll){0, WEIR_READY};
    }
    if (cx->error.code == WEIR_OK)
        weir_codec_broken(codec->name, "codec", WEIR_DID_NOT_BEGIN, &cx->error);
    weir_release(state, weir_step_state_bytes(codec));
    return (weir_poll){0, WEIR_ERROR};
}

static void drop_state(struct codec_writer *self)
{
    if (!self->state)
        return;
    if (self->codec->fini)
        self->codec->fini(self->state);
    weir_release(self->state, weir_step_state_bytes(self->codec));
    self->state = NULL;
}

/* READY: there is a state, and an empty block. */
static weir_poll codec_writer_prepare(struct codec_writer *self, weir_cx *cx)
{
    if (!self->block)
        self->block = weir_allocate(CODEC_WRITER_BLOCK_BYTES);
    if (!self->block)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %d bytes",
                         CODEC_WRITER_BLOCK_BYTES);
    return self->state ? (weir_poll){0, WEIR_READY} : codec_writer_begin(self, cx);
}

/* What the codec did wrong in this step, or NULL. */
static const char *codec_writer_breach(struct codec_writer *self, weir_codec_state state,
                                       const weir_span *before, const weir_span *after,
                                       weir_input input)
{
    if (weir_step_strayed(before, after))
        return "went outside of what it was given";
    if (state == WEIR_CODEC_BAD && self->held.error->code == WEIR_OK)
        return "answered BAD and described no error";
    bool moved = after->in_n < before->in_n || after->out_n < before->out_n ||
                 state != WEIR_CODEC_MORE || input == WEIR_INPUT_IDLE;
    self->stuck_steps = moved ? 0 : self->stuck_steps + 1;
    return self->stuck_steps < CODEC_WRITER_STUCK_STEPS_MAX
               ? NULL
               : "did nothing with its input, twice in a row";
}

static void codec_writer_hold_error(struct codec_writer *self)
{
    weir_error *error = self->held.error;
    self->held.held = true;
    error->fatal = true;
    if (error->byte == WEIR_NOWHERE)
        error->byte = self->used;
}

static bool codec_writer_is_bomb(const struct codec_writer *self)
{
    return weir_step_is_bomb(self->ratio_max, self->made, self->used, self->held.error);
}

static size_t codec_writer_take_step(struct codec_writer *self, const weir_span *before,
                                     const weir_span *after)
{
    size_t used = before->in_n - after->in_n, made = before->out_n - after->out_n;
    self->end = made;
    self->made += made;
    self->used += used;
    self->unflushed |= used > 0;
    return used;
}

/* One step with what is offered; how many bytes of it were used. */
static size_t codec_writer_step(struct codec_writer *self, const void *bytes, size_t n,
                                weir_input input)
{
    weir_span before = {bytes, n < CODEC_WRITER_BLOCK_BYTES ? n : CODEC_WRITER_BLOCK_BYTES,
                        self->block, CODEC_WRITER_BLOCK_BYTES};
    weir_span after = before;
    self->held.error->code = WEIR_OK;
    weir_codec_state state = self->codec->step(self->state, &after, input, self->held.error);
    const char *what = codec_writer_breach(self, state, &before, &after, input);
    if (what) {
        weir_codec_broken(self->codec->name, "codec", what, self->held.error);
        self->done = true;
        codec_writer_hold_error(self);
        return 0;
    }
    size_t used = codec_writer_take_step(self, &before, &after);
    if (input == WEIR_INPUT_IDLE && after.out_n)
        self->unflushed = false;
    self->done = state != WEIR_CODEC_MORE;
    if (state == WEIR_CODEC_BAD || codec_writer_is_bomb(self)) {
        self->done = true;
        codec_writer_hold_error(self);
    }
    return used;
}

/* ---- the writer ---- */

static weir_poll behind_the_end(struct codec_writer *self, weir_cx *cx, size_t n)
{
    weir_fail(cx, WEIR_E_CORRUPT, "the format ended, and %zu bytes more are written", n);
    cx->error.byte = self->used;
    return (weir_poll){0, WEIR_ERROR};
}

/* Steps without bytes until `input` is over: a flush, or the end. READY: all is below. */
static weir_poll codec_writer_finish(struct codec_writer *self, weir_cx *cx, weir_input input)
{
    for (;;) {
        weir_poll got = push_all(self, cx);
        bool over = input == WEIR_INPUT_LAST ? self->done : self->done || !self->unflushed;
        if (got.state != WEIR_READY || over)
            return got;
        got = codec_writer_prepare(self, cx);
        if (got.state != WEIR_READY)
            return got;
        codec_writer_step(self, "", 0, input);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

/* What was begun is ended, and all of it is below: decoders want nothing more of it. */
static weir_poll end_one(struct codec_writer *self, weir_cx *cx)
{
    if (!self->state)
        return push_all(self, cx);
    self->ending = true;
    weir_poll got = codec_writer_finish(self, cx, WEIR_INPUT_LAST);
    if (got.state != WEIR_READY)
        return got;
    drop_state(self);
    self->ended = true;
    self->ending = self->done = self->unflushed = false;
    return got;
}

/* READY: the codec takes bytes; or it is at its end. */
static weir_poll be_ready(struct codec_writer *self, weir_cx *cx)
{
    return self->ending ? end_one(self, cx) : push_all(self, cx);
}

static weir_poll codec_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct codec_writer *self = codec_writer_of(writer);
    for (;;) {
        weir_poll got = be_ready(self, cx);
        if (got.state != WEIR_READY)
            return got;
        if (self->done)
            return behind_the_end(self, cx, n);
        got = codec_writer_prepare(self, cx);
        if (got.state != WEIR_READY)
            return got;
        size_t used = codec_writer_step(self, bytes, n, WEIR_INPUT_MORE);
        weir_spend_many(cx, used / CODEC_WRITER_POLL_BYTES);
        if (used && !self->held.held)
            return (weir_poll){(uint32_t)used, WEIR_READY};
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static weir_poll codec_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct codec_writer *self = codec_writer_of(writer);
    weir_poll got = be_ready(self, cx);
    if (got.state == WEIR_READY && self->flush_when_idle)
        got = codec_writer_finish(self, cx, WEIR_INPUT_IDLE);
    if (got.state != WEIR_READY)
        return got;
    codec_writer_release_block(self); /* who has nothing to write holds none */
    return weir_below_flush(writer, cx);
}

/* A codec that cannot make all of it readable before its end promises nothing before that. */
static weir_strength codec_strength(const weir_writer *writer)
{
    const struct codec_writer *self = codec_writer_of(writer);
    return self->joins || self->flush_when_idle ? weir_below_strength(writer)
                                                : WEIR_STRENGTH_AT_CLOSE;
}

static weir_poll codec_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    struct codec_writer *self = codec_writer_of(writer);
    weir_poll got =
        self->joins ? end_one(self, cx) : codec_writer_finish(self, cx, WEIR_INPUT_IDLE);
    if (got.state != WEIR_READY)
        return got;
    codec_writer_release_block(self);
    return weir_below_settle(writer, cx, strength);
}

/* What was ended by a settle, with nothing behind it, is whole. */
static weir_poll codec_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct codec_writer *self = codec_writer_of(writer);
    bool whole = self->ended && !self->state;
    weir_poll got = whole ? push_all(self, cx) : codec_writer_finish(self, cx, WEIR_INPUT_LAST);
    if (got.state != WEIR_READY)
        return got;
    codec_writer_release_block(self);
    return weir_below_close(writer, cx);
}

static size_t codec_unsent(const weir_writer *writer)
{
    const struct codec_writer *self = codec_writer_of(writer);
    return self->end - self->begin + weir_below_unsent(writer);
}

static void codec_writer_fini(weir_writer *writer)
{
    struct codec_writer *self = codec_writer_of(writer);
    codec_writer_release_block(self);
    drop_state(self);
}

static size_t codec_writer_memory_max(const weir_writer *writer)
{
    const struct codec_writer *self = codec_writer_of(writer);
    const weir_codec *codec = self->codec;
    size_t more = codec->memory_max ? codec->memory_max(self->options) : 0;
    return weir_step_state_bytes(codec) + more + CODEC_WRITER_BLOCK_BYTES;
}

/* ---- making ---- */

/* Ops by the codec's name. */
static weir_writer *codec_writer_over(weir_writer *below, const weir_codec *codec)
{
    if (weir_stage_failed(&below->stage))
        return below;
    weir_writer_ops *ops =
        weir_arena_take(below->stage.arena, sizeof *ops, _Alignof(weir_writer_ops));
    if (!ops)
        return weir_writer_refuse(&below->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  codec->name, NULL, 0);
    *ops = (weir_writer_ops){.size = sizeof *ops,
                             .name = codec->name,
                             .poll_write = codec_poll_write,
                             .poll_flush = codec_poll_flush,
                             .poll_close = codec_poll_close,
                             .fini = codec_writer_fini,
                             .memory_max = codec_writer_memory_max,
                             .poll_open = weir_below_open,
                             .poll_room = weir_below_room,
                             .unsent = codec_unsent,
                             .strength = codec_strength,
                             .poll_settle = codec_poll_settle,
                             .half_of = weir_below_half_of};
    return weir_writer_over(below, sizeof(struct codec_writer), ops);
}

static bool codec_writer_keep_options(struct codec_writer *self, const weir_codec_options *given)
{
    enum { FIRST_BYTES = offsetof(weir_codec_options, for_codec_size) + sizeof(size_t) };
    weir_codec_options options;
    weir_options_take(&options, sizeof options, given, FIRST_BYTES);
    self->flush_when_idle = options.flush_when_idle;
    self->ratio_max = options.ratio_max;
    if (!options.for_codec)
        return true;
    void *copy =
        weir_arena_take(self->writer.stage.arena, options.for_codec_size, _Alignof(max_align_t));
    if (!copy)
        return false;
    self->options = memcpy(copy, options.for_codec, options.for_codec_size);
    return true;
}

weir_writer *weir_codec_writer(weir_writer *below, const weir_codec *codec,
                               const weir_codec_options *options)
{
    weir_writer *writer = codec_writer_over(below, codec);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct codec_writer *self = codec_writer_of(writer);
    self->codec = codec;
    self->joins = WEIR_OPS_HAVE(codec, joins);
    bool room = weir_held_error_init(&self->held, writer->stage.arena);
    if (room && codec_writer_keep_options(self, options))
        return writer;
    return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL, "no memory for options", NULL,
                              NULL, 0);
}
