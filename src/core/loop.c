/* Loops: what the macros of weir/loop.h do besides the poll that gives an item. */

#include "core/loop.h"

#include "core/stage.h"

static weir_waiter *nobody(void)
{
    return NULL;
}

static weir_waiter *(*waiter_here)(void) = nobody;

void weir_waiter_find_by(weir_waiter *(*here)(void))
{
    __atomic_store_n(&waiter_here, here, __ATOMIC_RELEASE);
}

/* ---- the waiter of a plain loop, which does not wait ---- */

struct plain_waiter {
    weir_waiter waiter;
    weir_cx *cx;
    weir_error error;
};

static void plain_wake(weir_waker *waker)
{
    (void)waker;
}

static const weir_waker_ops plain_waker_ops = {
    .size = sizeof plain_waker_ops, .wake = plain_wake, .release = plain_wake};
static weir_waker plain_waker = {&plain_waker_ops, 1};

/* A turn that is over may go on at once: there are no others. */
static bool plain_wait(weir_waiter *waiter)
{
    waiter->cx->budget = WEIR_BUDGET;
    if (waiter->cx->wait_for == WEIR_WAIT_TURN)
        return true;
    weir_fail(waiter->cx, WEIR_E_ARGUMENT, "an item is not there at once, and nobody can wait");
    waiter->cx->error.cure = "weir_for_await(), which waits";
    return false;
}

static bool plain_reserve(weir_waiter *waiter, size_t scratch_bytes)
{
    return weir_cx_reserve(waiter->cx, scratch_bytes);
}

static weir_waiter *plain_waiter_new(void)
{
    struct plain_waiter *self = weir_allocate(sizeof *self);
    weir_cx *cx = self ? weir_cx_new(&plain_waker) : NULL;
    if (!cx) {
        weir_release(self, sizeof *self);
        return NULL;
    }
    self->cx = cx;
    self->waiter = (weir_waiter){
        .cx = cx, .wait = plain_wait, .reserve = plain_reserve, .error = &self->error};
    return &self->waiter;
}

/* Its error goes to who waits here; where nobody does it cannot be told. */
static void plain_waiter_drop(weir_waiter *waiter)
{
    struct plain_waiter *self = WEIR_CONTAINER(waiter, struct plain_waiter, waiter);
    if (waiter->failed) {
        weir_waiter *outer = __atomic_load_n(&waiter_here, __ATOMIC_ACQUIRE)();
        if (!outer)
            weir_misuse("weir_for", waiter->error->message);
        weir_waiter_fail(outer, waiter->error);
    }
    weir_cx_drop(self->cx);
    weir_release(self, sizeof *self);
}

/* ---- errors ---- */

void weir_waiter_fail(weir_waiter *waiter, const weir_error *error)
{
    bool polling = waiter->cx && waiter->cx->polling;
    if (waiter->tell && (polling || waiter->failed)) {
        waiter->tell(waiter, error);
        return;
    }
    if (waiter->failed) /* a fiber fails with the first one, which is why the others came */
        return;
    waiter->failed = true;
    *waiter->error = *error;
}

static void loop_keep_error(weir_loop *loop, const weir_error *error)
{
    if (loop->error)
        *loop->error = *error;
    else if (!loop->waiter->cancelled)
        weir_waiter_fail(loop->waiter, error);
}

/* ---- beginning ---- */

void weir_site_note(weir_site site, weir_error *error)
{
    if (!site.file)
        return;
    weir_format(error->place, sizeof error->place, "%s", site.file);
    error->line = site.line;
}

/* Answers true, so that a check can end with it. */
static bool loop_refused(weir_error *why, weir_site site, const char *cure)
{
    why->cure = cure;
    why->fatal = true;
    weir_site_note(site, why);
    return true;
}

bool weir_site_refuses_nothing(weir_site site, weir_error *why)
{
    weir_error_set(why, WEIR_E_ARGUMENT, "there is nothing to wait for");
    return loop_refused(why, site, "the future, or the stream, that a constructor gave");
}

static bool refuse_polling(weir_site site, weir_error *why)
{
    weir_error_set(why, WEIR_E_ARGUMENT,
                   "`%s` was called inside of a poll (by a stage): nothing can wait there",
                   site.function);
    return loop_refused(
        why, site,
        "a function that gives a future (weir_then, weir_map_async, weir_co_await), or "
        "a fiber");
}

bool weir_waiter_refuses(weir_waiter *waiter, const weir_stage *stage, weir_site site,
                         weir_error *why)
{
    site.function = site.function ? site.function : "the caller";
    if (waiter->cx->polling)
        return refuse_polling(site, why);
    if (waiter->depth + stage->depth > WEIR_DEPTH_MAX) {
        weir_error_set(why, WEIR_E_LIMIT, "'%s' is %u stages deep, %d fit on the stack of %s",
                       weir_stage_name(stage), (unsigned)stage->depth,
                       WEIR_DEPTH_MAX - waiter->depth, site.function);
        return loop_refused(why, site,
                            "a larger stack (stack_bytes), or a task of its own for a part");
    }
    if (!waiter->cancelled && !waiter->reserve(waiter, stage->scratch_need) && !waiter->cancelled) {
        weir_error_set(why, WEIR_E_LIMIT, "'%s' needs %u bytes of scratch, %s has less",
                       weir_stage_name(stage), (unsigned)stage->scratch_need, site.function);
        return loop_refused(why, site, "a task of its own for the stream");
    }
    return false;
}

static bool loop_refuses(const weir_loop *loop, const weir_type *wanted, weir_site site,
                         weir_error *why)
{
    const weir_stream *stream = loop->stream;
    if (!stream)
        return weir_site_refuses_nothing(site, why);
    const char *name = weir_stage_name(&stream->stage);
    if (weir_waiter_refuses(loop->waiter, &stream->stage, site, why))
        return true;
    if (weir_stage_failed(&stream->stage)) /* its own error comes with the first poll */
        return false;
    if (!weir_type_fits(stream->type, wanted)) {
        weir_error_set(why, WEIR_E_TYPE, "the loop in %s takes '%s', but '%s' yields '%s'",
                       site.function, wanted->name, name, stream->type->name);
        return loop_refused(why, site, "a loop over the type that it yields");
    }
    if (stream->stage.marked) {
        weir_error_set(why, WEIR_E_ARGUMENT,
                       "'%s' gives marks, which the loop in %s does not "
                       "settle",
                       name, site.function);
        return loop_refused(why, site, "weir_settle_here() around it");
    }
    return false;
}

static void loop_refuse(weir_loop *loop, const weir_error *why)
{
    loop_keep_error(loop, why);
    weir_stream_drop(loop->stream);
    loop->stream = NULL;
}

static weir_loop loop_no_waiter(weir_stream *stream, weir_error *error, const weir_error *why)
{
    static weir_waiter none;
    weir_loop loop = {.waiter = &none, .error = error, .on = true};
    weir_stream_drop(stream);
    if (error)
        *error = *why;
    return loop;
}

static weir_loop no_plain_waiter(weir_stream *stream)
{
    weir_error why;
    weir_error_set(&why, WEIR_E_MEMORY, "no memory for a loop");
    weir_waiter *outer = __atomic_load_n(&waiter_here, __ATOMIC_ACQUIRE)();
    if (!outer)
        weir_misuse("weir_for", why.message);
    weir_waiter_fail(outer, &why);
    return loop_no_waiter(stream, NULL, &why);
}

weir_loop weir_loop_begin(weir_waiter *waiter, weir_stream *stream, weir_error *error,
                          weir_type wanted, weir_site site)
{
    if (error)
        error->code = WEIR_OK;
    bool plain = !waiter;
    if (plain)
        waiter = plain_waiter_new();
    if (!waiter)
        return no_plain_waiter(stream);
    if (!waiter->cx)
        return loop_no_waiter(stream, error, waiter->error);
    weir_loop loop = {.stream = stream, .waiter = waiter, .error = error, .on = true};
    loop.plain = plain;
    waiter->loops++;
    loop.depth = stream ? (uint16_t)(waiter->depth + stream->stage.depth) : 0;
    weir_error why;
    if (loop_refuses(&loop, &wanted, site, &why))
        loop_refuse(&loop, &why);
    else if (waiter->stands)
        waiter->stands(waiter, &stream->stage, &site);
    return loop;
}

/* ---- items ---- */

weir_poll weir_waiter_polled(weir_waiter *waiter, const weir_stage *stage, weir_poll got)
{
    waiter->cx->polling = 0;
    if (got.state == WEIR_END)
        waiter->cut |= stage->cut;
    return got;
}

static weir_poll loop_poll_once(weir_waiter *waiter, weir_stream *stream, void *out)
{
    weir_cx *cx = waiter->cx;
    if (!weir_spend(cx))
        return weir_wait_turn(cx);
    cx->depth = (uint16_t)(waiter->depth + stream->stage.depth);
    cx->polling = 1;
    weir_poll got = out ? weir_poll_next(stream, cx, out, 1) : weir_poll_skip(stream, cx, 1);
    return weir_waiter_polled(waiter, &stream->stage, got);
}

bool weir_waiter_wait(weir_waiter *waiter)
{
    if (waiter->wait(waiter))
        return true;
    if (waiter->cancelled) {
        waiter->refused = true;
        weir_fail(waiter->cx, WEIR_E_CANCELLED, WEIR_DROPPED);
    }
    return false;
}

enum { SCRATCH_SPARE = 128 }; /* what takes are aligned to, twice */

/* A fiber in the chain may have come to need more while it ran. Where there is none, it says so. */
static void loop_make_room(weir_waiter *waiter, const weir_stream *stream, const void *out)
{
    const weir_cx *cx = waiter->cx;
    size_t need = stream->stage.scratch_need;
    if (!out) /* it is made there, and dropped */
        need += stream->type->size + 2 * stream->type->align + SCRATCH_SPARE;
    if (WEIR_UNLIKELY(need > cx->scratch_size - cx->scratch_used) && !waiter->cancelled)
        waiter->reserve(waiter, need);
}

weir_poll weir_waiter_next(weir_waiter *waiter, weir_stream *stream, void *out)
{
    weir_poll got;
    do {
        if (waiter->cancelled && !weir_waiter_wait(waiter))
            return (weir_poll){0, WEIR_ERROR};
        loop_make_room(waiter, stream, out);
        got = loop_poll_once(waiter, stream, out);
    } while (got.state == WEIR_PENDING && weir_waiter_wait(waiter));
    return got.state == WEIR_PENDING ? (weir_poll){0, WEIR_ERROR} : got;
}

/* True: there is an item. */
static bool loop_go_on(weir_loop *loop, void *out, weir_poll got)
{
    weir_waiter *waiter = loop->waiter;
    if (got.state == WEIR_PENDING)
        got = weir_waiter_wait(waiter) ? weir_waiter_next(waiter, loop->stream, out)
                                       : (weir_poll){0, WEIR_ERROR};
    if (got.state == WEIR_ERROR)
        loop_keep_error(loop, &waiter->cx->error);
    return got.n;
}

bool weir_loop_settle(weir_loop *loop, void *out, weir_poll got)
{
    weir_cx *cx = loop->waiter->cx;
    got = weir_poll_rest(loop->stream, cx, out, 1, got);
    return loop_go_on(loop, out, weir_waiter_polled(loop->waiter, &loop->stream->stage, got));
}

bool weir_loop_slowly(weir_loop *loop, void *out)
{
    if (!loop->stream)
        return false;
    if (loop->waiter->cancelled)
        return loop_go_on(loop, out, (weir_poll){0, WEIR_PENDING}); /* which is refused */
    return loop_go_on(loop, out, weir_wait_turn(loop->waiter->cx));
}

void weir_loop_end(weir_loop *loop)
{
    if (loop->stream && loop->waiter->stands)
        loop->waiter->stands(loop->waiter, NULL, NULL);
    weir_stream_drop(loop->stream);
    loop->stream = NULL;
    if (loop->waiter->loops)
        loop->waiter->loops--;
    if (loop->plain)
        plain_waiter_drop(loop->waiter);
}
