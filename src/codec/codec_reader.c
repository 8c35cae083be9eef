/* codec_reader: what a codec makes of a reader's bytes, in a buffer of its own. */

#include <string.h>

#include "codec/step.h"
#include "core/poll.h"
#include "weir/codec.h"

/* One step of a codec sees and makes at most this much: a poll's work is bounded by it. */
enum { CODEC_READER_STEP_BYTES = 256 << 10, CODEC_READER_POLL_BYTES = 32 << 10 };

/* So many steps in a row that move nothing, and the codec does not know how to go on. */
enum { CODEC_READER_STUCK_STEPS_MAX = 2 };

struct codec_reader {
    weir_reader reader;
    weir_reader *source;
    const weir_codec *codec;
    const void *options; /* the codec's own, in the arena; NULL: none */
    bool flush_when_idle;
    uint32_t ratio_max;
    void *state;          /* NULL before the first fill */
    uint64_t start;       /* source's offset then: where the codec's count begins */
    weir_input input;     /* of the next step; LAST: the source is over */
    bool unflushed;       /* bytes were used since the codec was told to flush */
    bool done;            /* the codec is */
    unsigned stuck_steps; /* in a row */
    weir_held_error held; /* it came behind bytes that were made */
};

static struct codec_reader *codec_reader_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct codec_reader, reader);
}

/* A codec that breaks its contract: what it made is not to be trusted, so this ends it. */
static void refuse_codec(const weir_codec *codec, weir_error *error, const char *breach)
{
    if (WEIR_CHECKS)
        weir_misuse(codec->name, breach);
    weir_error_set(error, WEIR_E_CORRUPT, "the codec can not go on: it %s", breach);
}

static bool init_state(struct codec_reader *self, void *state, weir_error *error)
{
    error->code = WEIR_OK; /* what stands there is of another time */
    if (weir_step_init(self->codec, state, self->options, error))
        return true;
    if (error->code == WEIR_OK)
        refuse_codec(self->codec, error, "could not begin and described no error");
    return false;
}

static weir_poll codec_reader_begin(struct codec_reader *self, weir_cx *cx)
{
    const weir_codec *codec = self->codec;
    void *state = weir_allocate(weir_step_state_bytes(codec));
    if (!state)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of state",
                         weir_step_state_bytes(codec));
    memset(state, 0, weir_step_state_bytes(codec));
    if (!init_state(self, state, &cx->error)) {
        weir_release(state, weir_step_state_bytes(codec));
        return (weir_poll){0, WEIR_ERROR};
    }
    self->state = state;
    self->start = self->source->offset;
    return (weir_poll){0, WEIR_READY};
}

/* A source whose turn is over has more at once: that is no idling. */
static bool codec_reader_is_idle(const struct codec_reader *self, const weir_cx *cx)
{
    return self->flush_when_idle && self->unflushed && cx->wait_for != WEIR_WAIT_TURN;
}

/* READY: there is something to do for a step. A flush goes on until it is over. */
static weir_poll fill_source(struct codec_reader *self, weir_cx *cx)
{
    if (self->input != WEIR_INPUT_MORE)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_fill(self->source, cx, 1);
    if (got.state == WEIR_END)
        self->input = WEIR_INPUT_LAST;
    else if (got.state == WEIR_PENDING && codec_reader_is_idle(self, cx))
        self->input = WEIR_INPUT_IDLE; /* the source is asked again after it */
    else
        return got;
    return (weir_poll){0, WEIR_READY};
}

static void place_error(const struct codec_reader *self, weir_error *error)
{
    error->fatal = true;
    error->byte = error->byte == WEIR_NOWHERE ? self->source->offset : self->start + error->byte;
    weir_reader_place(self->source, error);
}

/* A step costs what it moved, so that other tasks have their turn as often as with plain reads. */
static void codec_reader_pay(weir_cx *cx, size_t bytes)
{
    for (size_t polls = bytes / CODEC_READER_POLL_BYTES; polls && weir_spend(cx); polls--)
        ;
}

/* What the codec did wrong in this step, or NULL. */
static const char *codec_reader_breach(const struct codec_reader *self, weir_codec_state state)
{
    if (state == WEIR_CODEC_BAD && self->held.error->code == WEIR_OK)
        return "answered BAD and described no error";
    if (self->stuck_steps >= CODEC_READER_STUCK_STEPS_MAX)
        return "did nothing with its input, twice in a row";
    return NULL;
}

/* Takes over what a step did. */
static void account(struct codec_reader *self, weir_cx *cx, const weir_span *before,
                    const weir_span *after, weir_codec_state state)
{
    size_t used = before->in_n - after->in_n;
    size_t made = before->out_n - after->out_n;
    weir_consume(self->source, used);
    self->reader.end += made;
    codec_reader_pay(cx, used > made ? used : made);
    bool moved = used || made || state != WEIR_CODEC_MORE || self->input == WEIR_INPUT_IDLE;
    self->stuck_steps = moved ? 0 : self->stuck_steps + 1;
    self->unflushed |= used > 0;
    if (self->input == WEIR_INPUT_IDLE && after->out_n) {
        self->input = WEIR_INPUT_MORE;
        self->unflushed = false;
    }
}

static weir_codec_state step_codec(struct codec_reader *self, weir_cx *cx, unsigned char *out)
{
    size_t in_n;
    const unsigned char *in = weir_peek(self->source, &in_n);
    weir_span before = {in, in_n < CODEC_READER_STEP_BYTES ? in_n : CODEC_READER_STEP_BYTES, out,
                        CODEC_READER_STEP_BYTES};
    weir_span after = before;
    weir_error *error = self->held.error;
    error->code = WEIR_OK; /* what stands there is of another time */
    weir_codec_state state = self->codec->step(self->state, &after, self->input, error);
    if (weir_step_strayed(&before, &after)) {
        refuse_codec(self->codec, error, "went outside of what it was given");
        return WEIR_CODEC_BAD;
    }
    account(self, cx, &before, &after, state);
    const char *what = codec_reader_breach(self, state);
    if (!what)
        return state;
    refuse_codec(self->codec, error, what);
    return WEIR_CODEC_BAD;
}

static bool codec_reader_is_bomb(const struct codec_reader *self)
{
    const weir_reader *reader = &self->reader;
    uint64_t used = self->source->offset - self->start;
    uint64_t made = reader->offset + (reader->end - reader->begin);
    return weir_step_is_bomb(self->ratio_max, made, used, self->held.error);
}

static weir_poll codec_reader_step(struct codec_reader *self, weir_cx *cx)
{
    unsigned char *out = weir_reader_room(&self->reader, CODEC_READER_STEP_BYTES);
    if (!out)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %d bytes",
                         CODEC_READER_STEP_BYTES);
    weir_codec_state state = step_codec(self, cx, out);
    if (state != WEIR_CODEC_BAD && codec_reader_is_bomb(self))
        state = WEIR_CODEC_BAD;
    self->done = state != WEIR_CODEC_MORE;
    self->held.held = state == WEIR_CODEC_BAD;
    if (self->held.held)
        place_error(self, self->held.error);
    return (weir_poll){0, WEIR_READY};
}

/* {READY} with too little in hand: the wrapper calls again within the budget. */
static weir_poll codec_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct codec_reader *self = codec_reader_of(reader);
    (void)min;
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (self->done)
        return (weir_poll){0, WEIR_END};
    if (!self->state) {
        weir_poll got = codec_reader_begin(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    weir_poll got = fill_source(self, cx);
    return got.state == WEIR_READY ? codec_reader_step(self, cx) : got;
}

static void codec_reader_fini(weir_reader *reader)
{
    struct codec_reader *self = codec_reader_of(reader);
    if (!self->state)
        return;
    if (self->codec->fini)
        self->codec->fini(self->state);
    weir_release(self->state, weir_step_state_bytes(self->codec));
}

static size_t codec_reader_memory_max(const weir_reader *reader)
{
    const struct codec_reader *self = WEIR_CONTAINER(reader, struct codec_reader, reader);
    const weir_codec *codec = self->codec;
    size_t more = codec->memory_max ? codec->memory_max(self->options) : 0;
    return weir_step_state_bytes(codec) + more +
           weir_reader_room_max(reader, CODEC_READER_STEP_BYTES);
}

/* Ops by the codec's name. */
static weir_reader *codec_reader_over(weir_reader *source, const weir_codec *codec)
{
    weir_reader_ops *ops = NULL;
    if (!weir_stage_failed(&source->stage)) {
        ops = weir_arena_take(source->stage.arena, sizeof *ops, _Alignof(weir_reader_ops));
        if (!ops)
            return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                      codec->name, NULL, 0);
        *ops = (weir_reader_ops){.size = sizeof *ops,
                                 .name = codec->name,
                                 .poll_fill = codec_poll_fill,
                                 .fini = codec_reader_fini,
                                 .memory_max = codec_reader_memory_max};
    }
    return weir_reader_over(source, sizeof(struct codec_reader), ops);
}

enum {
    CODEC_READER_FIRST_OPTIONS_BYTES = offsetof(weir_codec_options, for_codec_size) + sizeof(size_t)
};

static bool codec_reader_keep_options(struct codec_reader *self, const weir_codec_options *given)
{
    weir_codec_options options;
    weir_options_take(&options, sizeof options, given, CODEC_READER_FIRST_OPTIONS_BYTES);
    self->flush_when_idle = options.flush_when_idle;
    self->ratio_max = options.ratio_max;
    if (!options.for_codec)
        return true;
    void *copy =
        weir_arena_take(self->reader.stage.arena, options.for_codec_size, _Alignof(max_align_t));
    if (!copy)
        return false;
    memcpy(copy, options.for_codec, options.for_codec_size);
    self->options = copy;
    return true;
}

weir_reader *weir_codec_reader(weir_reader *source, const weir_codec *codec,
                               const weir_codec_options *options)
{
    weir_reader *reader = codec_reader_over(source, codec);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct codec_reader *self = codec_reader_of(reader);
    self->source = source;
    self->codec = codec;
    bool room = weir_held_error_init(&self->held, reader->stage.arena);
    if (!room || !codec_reader_keep_options(self, options))
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for options",
                                  NULL, NULL, 0);
    return reader;
}
