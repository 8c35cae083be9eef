/* Generators and tasks without a stack: the stage that their functions run in. */

#include "weir/co.h"

#include <limits.h>
#include <string.h>

#include "core/poll.h"
#include "task/state.h"

struct co {
    struct weir_co_stage typed;
    const weir_co_fn *fn;
};

/* Items go before an error: one that may have some in hand has room for it. */
struct co_ahead {
    struct co co;
    weir_held_error failed;
    int at; /* where it goes on behind the error */
};

enum { AT_HELD = INT_MIN }; /* no line: the held error is due */

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(weir_co) == 24, "parked tasks hold one each");
_Static_assert(sizeof(struct co) <= 136, "a parked task is little more than its stage");
#endif

static struct co *co_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct co, typed.typed.stream);
}

static struct co *co_around(weir_co *co)
{
    return WEIR_CONTAINER(co, struct co, typed.co);
}

static struct co_ahead *co_ahead_of(struct co *self)
{
    return WEIR_CONTAINER(self, struct co_ahead, co);
}

static weir_stream *co_stream_of(struct co *self)
{
    return &self->typed.typed.stream;
}

/* ---- the state ---- */

static void release_state(const weir_co_fn *fn, void *state)
{
    if (state && fn->drop)
        fn->drop(state);
}

static void co_end(struct co *self)
{
    void *state = self->typed.typed.arg;
    self->typed.typed.arg = NULL;
    release_state(self->fn, state);
}

weir_poll weir_co_over(weir_co *co)
{
    weir_poll got = {co->n, WEIR_END};
    co_end(co_around(co));
    return got;
}

static void co_fini(weir_stream *stream)
{
    co_end(co_of(stream));
}

/* ---- errors ---- */

static weir_poll co_give(weir_co *co)
{
    if (co->cx->error.fatal)
        co_end(co_around(co));
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_co_error(weir_co *co)
{
    if (!co->n)
        return co_give(co);
    struct co_ahead *self = co_ahead_of(co_around(co));
    weir_held_error_keep(&self->failed, co->cx);
    self->at = co->at;
    co->at = AT_HELD;
    return (weir_poll){co->n, WEIR_READY};
}

static weir_poll give_held(weir_co *co)
{
    struct co_ahead *self = co_ahead_of(co_around(co));
    co->at = self->at;
    (void)weir_held_error_give(&self->failed, co->cx);
    return co_give(co);
}

weir_poll weir_co_stray(weir_co *co, const char *function, const char *file)
{
    char sentence[300];
    if (co->at == AT_HELD)
        return give_held(co);
    weir_format(sentence, sizeof sentence,
                "waits inside of a switch of its own, at %s:%d: try if and else around the wait",
                file, co->at / 2);
    weir_misuse(function, sentence);
}

/* ---- waiting ---- */

weir_poll weir_co_turn(weir_co *co)
{
    return co->n ? (weir_poll){0, WEIR_PENDING} : weir_wait_turn(co->cx);
}

static weir_poll refuse_stream(weir_co *co, weir_code code, const char *format, const char *what,
                               const weir_stream *stream, const char *cure)
{
    weir_cx *cx = co->cx;
    weir_fail(cx, code, "%s '%s' ", co_stream_of(co_around(co))->ops->name,
              co_around(co)->fn->name);
    size_t n = strlen(cx->error.message);
    weir_format(cx->error.message + n, sizeof cx->error.message - n, format, what,
                weir_stage_name(&stream->stage), stream->type->name);
    cx->error.cure = cure;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll co_refuse_type(weir_co *co, const weir_stream *stream,
                                const struct weir_co_taker *taker)
{
    char what[96];
    if (taker->type)
        weir_format(what, sizeof what, "'%s' in %s", taker->type, taker->what);
    else
        weir_format(what, sizeof what, "%zu bytes in %s", taker->size, taker->what);
    return refuse_stream(co, WEIR_E_TYPE, "takes %s, but '%s' yields '%s'", what, stream,
                         "a member of the type that the stream yields");
}

/* Names are compared once a stream; sizes always, so that nothing is written over. */
static bool co_fits(const weir_stream *stream, const struct weir_co_taker *taker)
{
    bool begun = stream->stage.n || stream->stage.polls_less_n;
    return stream->type->size == taker->size &&
           (begun || !taker->type || !strcmp(taker->type, stream->type->name));
}

/* A view of what is gone with the next item would come out of here as something that stays. */
static bool clings(const struct co *self, const weir_stream *stream)
{
    const weir_type *to = self->typed.typed.stream.type;
    return stream->type->lent && !to->lent && weir_type_clings(to, self->fn->detached);
}

static const char *const co_how_to_own = "weir_own() around it; or .detached = true in its "
                                         "WEIR_CO_FN, if what it gives holds no pointer "
                                         "into an item";

weir_poll weir_co_read(weir_co *co, weir_stream *stream, const struct weir_co_taker *taker)
{
    weir_stream *own = co_stream_of(co_around(co));
    if (!weir_co_step(co))
        return weir_co_turn(co);
    if (WEIR_UNLIKELY(!co_fits(stream, taker) && !weir_stage_failed(&stream->stage)))
        return co_refuse_type(co, stream, taker);
    if (WEIR_UNLIKELY(stream->stage.marked))
        return refuse_stream(co, WEIR_E_ARGUMENT, "knows no %s, and '%s' gives some among its '%s'",
                             "marks", stream, "weir_settle_here() around it");
    if (WEIR_UNLIKELY(clings(co_around(co), stream)))
        return refuse_stream(co, WEIR_E_TYPE, "may keep %s, but '%s' only lends its '%s'",
                             taker->what, stream, co_how_to_own);
    weir_poll got = weir_poll_inner(own, stream, co->cx, taker->to, 1);
    if (got.n)
        return WEIR_POLL_ONE;
    if (got.state == WEIR_END)
        own->stage.cut |= stream->stage.cut;
    return got;
}

static weir_poll read_future(weir_co *co, weir_stream *stream, const struct weir_co_taker *taker)
{
    if (!stream->stage.one)
        return refuse_stream(co, WEIR_E_TYPE, "awaits %s, but '%s' may yield more than one '%s'",
                             taker->what, stream, "weir_co_next, where it is a stream");
    if (stream->type->lent)
        return refuse_stream(co, WEIR_E_TYPE,
                             "awaits %s, but '%s' gives a lent '%s', which would outlive it",
                             taker->what, stream, "weir_own() around it");
    return weir_co_read(co, stream, taker);
}

weir_poll weir_co_result(weir_co *co, weir_stream **future, const struct weir_co_taker *taker)
{
    weir_poll got = read_future(co, *future, taker);
    if (got.state == WEIR_PENDING)
        return got;
    co_stream_of(co_around(co))->stage.cut |= (*future)->stage.cut;
    weir_stream_drop(*future);
    *future = NULL;
    return got;
}

bool weir_co_leaves(weir_co *co, weir_stream *stream, const struct weir_co_taker *taker, int at)
{
    weir_poll got = weir_co_read(co, stream, taker);
    co->came = (uint16_t)got.state;
    if (got.state == WEIR_READY || got.state == WEIR_END)
        return false;
    co->at = at;
    if (got.state == WEIR_ERROR)
        (void)weir_co_error(co);
    return true;
}

/* ---- the stage ---- */

static weir_poll co_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return co_of(stream)->fn->poll(stream, cx, out, demand);
}

/* A future's item comes with its end. */
static weir_poll co_poll_future(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = co_poll_next(stream, cx, out, demand);
    if (got.state == WEIR_READY && got.n)
        weir_misuse(co_of(stream)->fn->name, "yields, but is a WEIR_CO_FN: weir_co_return() gives "
                                             "its item, or WEIR_CO_GENERATOR_FN makes it");
    return got;
}

static const char *co_name(const weir_stream *stream)
{
    const weir_co_fn *fn = co_of(stream)->fn;
    return fn ? fn->name : stream->ops->name;
}

static const weir_stream_ops co_generator_ops = {.size = sizeof co_generator_ops,
                                                 .name = "co_generator",
                                                 .fn = offsetof(struct co, fn),
                                                 .poll_next = co_poll_next,
                                                 .fini = co_fini,
                                                 .name_of = co_name};

static const weir_stream_ops future_ops = {.size = sizeof future_ops,
                                           .name = "co",
                                           .fn = offsetof(struct co, fn),
                                           .poll_next = co_poll_future,
                                           .fini = co_fini,
                                           .name_of = co_name};

static weir_stream *co_refuse(weir_stream *stream, const char *cure, const char *format,
                              const weir_co_fn *fn)
{
    return weir_stage_failed(&stream->stage)
               ? stream
               : weir_stream_refuse(&stream->stage, WEIR_E_TYPE, cure, format, stream->ops->name,
                                    fn->name, 0);
}

static weir_stream *co_no_memory(weir_stream *stream, const weir_co_fn *fn)
{
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                              stream->ops->name, fn->name, 0);
}

static weir_stream *expect_fn(weir_stream *stream, const weir_co_fn *fn, bool one)
{
    stream = weir_expect_size(stream, one ? "co" : "co_generator", fn->name, fn->to, fn->to_size);
    if (fn->one == one)
        return stream;
    return one ? co_refuse(stream, "weir_co_generator()",
                           "%s '%s': WEIR_CO_GENERATOR_FN made it, for a stream", fn)
               : co_refuse(stream, "weir_co()", "%s '%s': WEIR_CO_FN made it, for a future", fn);
}

/* It was taken, also by what cannot be built. */
static weir_stream *co_give_up(weir_stream *failed, const weir_co_fn *fn, const void *state)
{
    release_state(fn, (void *)(uintptr_t)state);
    return failed;
}

static weir_stream *keep_state(weir_stream *stream, const weir_co_fn *fn, const void *state)
{
    if (weir_stage_failed(&stream->stage))
        return co_give_up(stream, fn, state);
    struct co *self = co_of(stream);
    void *kept = weir_arena_take(stream->stage.arena, fn->state_size, fn->state_align);
    if (!kept)
        return co_give_up(co_no_memory(stream, fn), fn, state);
    if (state)
        memcpy(kept, state, fn->state_size);
    self->fn = fn;
    self->typed.typed.arg = kept;
    if (!fn->one) /* what a future answers is looked at first */
        stream->call = fn->poll;
    return stream;
}

static weir_stream *co_go_ahead(weir_stream *stream, const weir_co_fn *fn)
{
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (fn->to->lent)
        return co_refuse(stream, "without .ahead",
                         "%s '%s' lends its items, and may not go ahead of one", fn);
    bool held = weir_held_error_init(&co_ahead_of(co_of(stream))->failed, stream->stage.arena);
    return held ? stream : co_no_memory(stream, fn);
}

weir_stream *weir_co_generator_sized(const weir_co_fn *fn, const void *state,
                                     const weir_co_options *options, size_t state_size)
{
    if (weir_state_differs(fn->state_size, state_size))
        return weir_state_refused(fn->name, fn->state_size, state_size);
    weir_co_options given;
    weir_options_take(&given, sizeof given, options, sizeof given);
    size_t size = given.ahead ? sizeof(struct co_ahead) : sizeof(struct co);
    weir_stream *stream = weir_source_new(size, &co_generator_ops, fn->to);
    stream = expect_fn(stream, fn, false);
    if (given.ahead)
        stream = co_go_ahead(stream, fn);
    stream = keep_state(stream, fn, state);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.exact = !given.ahead;
    return stream;
}

weir_stream *(weir_co_generator)(const weir_co_fn *fn, const void *state,
                                 const weir_co_options *options)
{
    return weir_co_generator_sized(fn, state, options, 0);
}

weir_stream *weir_co_future_sized(const weir_co_fn *fn, const void *state, size_t state_size)
{
    if (weir_state_differs(fn->state_size, state_size))
        return weir_state_refused(fn->name, fn->state_size, state_size);
    weir_stream *stream = weir_source_new(sizeof(struct co), &future_ops, fn->to);
    stream = expect_fn(weir_expect_result(stream, "co", fn->name, fn->to), fn, true);
    stream = keep_state(stream, fn, state);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true;
    return stream;
}

weir_stream *(weir_co_future)(const weir_co_fn *fn, const void *state)
{
    return weir_co_future_sized(fn, state, 0);
}
