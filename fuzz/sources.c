/* Items, of which each is dropped once, and sources of them that wait, and fail, as it is drawn. */
#include <string.h>

#include "streams.h"

/* ---- items ---- */

#define ITEM 0x6974656d6974656dull

long items_live;

struct item item_make(int64_t value)
{
    items_live++;
    return (struct item){value, ITEM};
}

void item_take(struct item item)
{
    if (item.mark != ITEM)
        fail("an item that was none was dropped");
    items_live--;
}

static void item_drop(const weir_type *type, void *item)
{
    (void)type;
    item_take(*(struct item *)item);
    memset(item, 0, sizeof(struct item)); /* not a second time */
}

static bool item_clone(const weir_type *type, void *out, const void *in)
{
    (void)type;
    const struct item *item = in;
    if (item->mark != ITEM)
        fail("an item that was none was copied");
    *(struct item *)out = item_make(item->value);
    return true;
}

static bool item_same(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    return ((const struct item *)a)->value == ((const struct item *)b)->value;
}

const weir_type item_type =
    WEIR_TYPE_(struct item, .drop = item_drop, .clone = item_clone, .same = item_same);

/* ---- who waits ---- */

static void waiting_leave(struct waiting *waiting)
{
    if (!waiting->at)
        return;
    *waiting->at = waiting->next;
    if (waiting->next)
        waiting->next->at = waiting->at;
    waiting->at = NULL;
}

weir_poll waiting_wait(struct waiting *waiting, struct run *run, weir_cx *cx)
{
    waiting_leave(waiting);
    waiting->next = run->waiting;
    if (waiting->next)
        waiting->next->at = &waiting->next;
    waiting->at = &run->waiting;
    run->waiting = waiting;
    return weir_wait(cx, &waiting->slot, WEIR_WAIT_PEER);
}

void waiting_end(struct waiting *waiting)
{
    waiting_leave(waiting);
    weir_waker_slot_clear(&waiting->slot);
}

/* The one that came last, or some before it. */
bool wake_one(struct run *run)
{
    struct waiting *one = run->waiting;
    if (!one)
        return false;
    for (unsigned i = draw(&run->left, 4); i && one->next; i--)
        one = one->next;
    waiting_leave(one);
    weir_waker_slot_wake(&one->slot);
    return true;
}

/* ---- sources ---- */

struct source {
    weir_stream stream;
    struct run *run;
    struct waiting waiting;
    int64_t values[SOURCE_MAX];
    size_t n, at;
    bool may_wait; /* it did not in the poll before */
};

static bool draw_error(struct source *self)
{
    struct run *run = self->run;
    return run->with_errors && !self->stream.stage.one && run->errors_n < ERRORS_MAX &&
           draw(&run->left, 12) == 1;
}

static weir_poll source_fail(struct run *run, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_USER, "error %zu", run->errors_n);
    cx->error.number = (int64_t)run->errors_n++;
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

void error_seen(struct run *run, const weir_error *error)
{
    if (error->code != WEIR_E_USER || error->fatal)
        fail(error->message);
    if (error->number < 0 || (size_t)error->number >= run->errors_n)
        fail("an error that no source gave");
    if (run->errors_seen[error->number])
        fail("an error came twice");
    run->errors_seen[error->number] = true;
}

static weir_poll source_give(struct source *self, struct item *out, size_t demand, bool early_end)
{
    weir_poll got = {0, WEIR_READY};
    for (; self->at < self->n && got.n < demand; got.n++)
        out[got.n] = item_make(self->values[self->at++]);
    if (self->at == self->n && (!got.n || early_end))
        got.state = WEIR_END;
    return got;
}

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = WEIR_SELF(struct source, stream);
    if (self->waiting.at)
        return waiting_wait(&self->waiting, self->run, cx);
    unsigned kind = draw(&self->run->left, 8);
    self->may_wait = !self->may_wait;
    if (self->may_wait && kind < 2)
        return weir_wait_turn(cx);
    if (self->may_wait && kind < 4)
        return waiting_wait(&self->waiting, self->run, cx);
    if (draw_error(self))
        return source_fail(self->run, cx);
    return source_give(self, out, kind == 4 ? 1 : demand, kind > 5);
}

static void source_fini(weir_stream *stream)
{
    waiting_end(&WEIR_SELF(struct source, stream)->waiting);
}

static weir_hint source_size_hint(const weir_stream *stream)
{
    const struct source *self = WEIR_SELF(struct source, stream);
    return (weir_hint){self->n - self->at, self->n - self->at};
}

static weir_stream *source_make(struct run *run, const int64_t *values, size_t n)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "source",
                                        .poll_next = source_poll_next,
                                        .fini = source_fini,
                                        .size_hint = source_size_hint};
    weir_stream *stream = weir_source_new(sizeof(struct source), &ops, &item_type);
    if (weir_stage_failed(&stream->stage))
        fail("no memory");
    struct source *self = WEIR_SELF(struct source, stream);
    self->run = run;
    self->n = n;
    memcpy(self->values, values, n * sizeof *values);
    return stream;
}

weir_stream *source_new(struct run *run, const int64_t *values, size_t n)
{
    return source_make(run, values, n);
}

weir_stream *future_of_value(struct run *run, int64_t value)
{
    weir_stream *stream = source_make(run, &value, 1);
    stream->stage.one = true;
    return stream;
}
