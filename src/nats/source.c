/* What sources of a consumer's messages have in common. */

#include <string.h>

#include "broker/due.h"
#include "nats/message.h"
#include "nats/source.h"

#define RETRY_FIRST_NS 100000000ull
#define RETRY_MAX_NS 1000000000ull
#define DRAIN_NS 5000000000ull
#define NATS_TICK_MIN_NS 1000000ull

static weir_poll again(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- whether the consumer is there ---- */

static void look_later(struct weir_nats_source *self, const weir_cx *cx)
{
    uint64_t pause_ns = self->pause_ns ? self->pause_ns : RETRY_FIRST_NS;
    self->found = false;
    self->retry_ns = weir_after_ns(cx->now_ns, pause_ns);
    self->pause_ns = pause_ns < RETRY_MAX_NS / 2 ? pause_ns * 2 : RETRY_MAX_NS;
}

/* A consumer that the server named is another one each time. */
static void look_now(struct weir_nats_source *self)
{
    self->found = false;
    self->retry_ns = 0;
}

/* Told once; what is not fatal is tried again. */
static weir_poll look_failed(struct weir_nats_source *self, weir_cx *cx)
{
    if (cx->error.fatal)
        return (weir_poll){0, WEIR_ERROR};
    look_later(self, cx);
    if (self->lost)
        return again();
    self->lost = true;
    self->lost_at_ns = cx->now_ns;
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: it is known whether it is. */
static weir_poll look(struct weir_nats_source *self, weir_cx *cx)
{
    uint64_t ack_wait_ns;
    if (!self->look)
        self->look = weir_nats_look(self->link);
    weir_poll got = weir_poll_inner(&self->stream, self->look, cx, &ack_wait_ns, 1);
    if (got.state == WEIR_PENDING || (!got.n && got.state == WEIR_READY))
        return got;
    weir_drop(self->look);
    self->look = NULL;
    if (got.state == WEIR_ERROR)
        return look_failed(self, cx);
    self->link->ack_wait_ns = ack_wait_ns;
    self->link->create = NULL; /* what is deleted from now on stays so */
    self->found = true;
    self->pause_ns = 0;
    self->retry_ns = UINT64_MAX;
    return again();
}

/* ---- what happened to the connection ---- */

static unsigned what_happened(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    unsigned what = link->happened;
    link->happened = 0;
    pthread_mutex_unlock(&link->lock);
    return what;
}

static bool is_up(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool up = link->up;
    pthread_mutex_unlock(&link->lock);
    return up;
}

static weir_poll tell(const struct weir_nats_source *self, weir_cx *cx)
{
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link->at);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll tell_lost(struct weir_nats_source *self, weir_cx *cx)
{
    self->lost = true;
    self->lost_at_ns = cx->now_ns;
    weir_fail(cx, WEIR_E_CLOSED, "lost the server of stream '%s': it is tried again",
              self->link->stream);
    return tell(self, cx);
}

static weir_poll tell_back(struct weir_nats_source *self, weir_cx *cx)
{
    self->lost = false;
    weir_fail(cx, WEIR_E_CLOSED, "the server of stream '%s' is there again, after %llu ms",
              self->link->stream, (unsigned long long)((cx->now_ns - self->lost_at_ns) / 1000000));
    return tell(self, cx);
}

static weir_poll fail_over(struct weir_nats_source *self, weir_cx *cx)
{
    const char *why = NULL;
    (void)natsConnection_GetLastError(self->link->connection, &why);
    weir_fail(cx, WEIR_E_CLOSED, "the connection is given up: %s", why ? why : "closed");
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link->at);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll fail_deleted(struct weir_nats_source *self, weir_cx *cx)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    weir_fail(cx, WEIR_E_ARGUMENT, "consumer '%s' of stream '%s': %s", weir_nats_consumer(link),
              link->stream, link->refusal);
    pthread_mutex_unlock(&link->lock);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", link->at);
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: there is nothing to tell. It may have been lost and be back by now. */
static weir_poll tell_changes(struct weir_nats_source *self, weir_cx *cx)
{
    unsigned what = what_happened(self->link);
    if (what & WEIR_NATS_DELETED && !self->link->consumer)
        what ^= WEIR_NATS_DELETED | WEIR_NATS_REFUSED;
    if (what & WEIR_NATS_DELETED)
        return fail_deleted(self, cx);
    if (what & WEIR_NATS_OVER)
        return fail_over(self, cx);
    if (what & WEIR_NATS_REFUSED)
        look_later(self, cx);
    if (what & WEIR_NATS_BACK && (!self->found || !self->link->consumer))
        look_now(self);
    return what & WEIR_NATS_LOST && !self->lost ? tell_lost(self, cx) : again();
}

/* ---- time ---- */

static uint64_t tick_of_ns(uint64_t ns)
{
    return ns > NATS_TICK_MIN_NS ? ns : NATS_TICK_MIN_NS;
}

/* What waits is told of every quarter of the ack wait; where nothing does the clock stands still.
 */
static void keep_time(struct weir_nats_source *self, const weir_cx *cx)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    bool waits = link->consumer && (link->receipts || link->head != link->tail);
    pthread_mutex_unlock(&link->lock);
    if (waits && cx->now_ns >= self->tick_ns)
        weir_nats_tick(link, self->current);
    if (!waits)
        self->tick_ns = UINT64_MAX;
    else if (self->tick_ns == UINT64_MAX || cx->now_ns >= self->tick_ns)
        self->tick_ns = weir_after_ns(cx->now_ns, tick_of_ns(link->ack_wait_ns / 4));
}

/* READY: it is time already. */
static weir_poll set_timer(struct weir_nats_source *self, weir_cx *cx)
{
    uint64_t due_ns = weir_broker_earliest(self->tick_ns, self->drained_ns);
    if (!self->found && !self->look)
        due_ns = weir_broker_earliest(due_ns, self->retry_ns);
    due_ns = weir_broker_earliest(due_ns, weir_nats_asked_until_ns(self->link, cx->now_ns));
    return weir_broker_wait_until(&self->timer, cx, due_ns);
}

/* What a stop waits for. */
static bool is_done(const struct weir_nats_link *link)
{
    return !link->marks && !link->jobs && !link->buried && (link->cut || !link->coming);
}

static bool has_news(struct weir_nats_source *self)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    bool room =
        self->current || (link->marks < link->marks_max && link->receipts < link->receipts_max);
    bool news = link->happened || (room && link->head != link->tail);
    if (self->stopping)
        news = is_done(link);
    pthread_mutex_unlock(&link->lock);
    return news;
}

/* It gives no more before a mark is settled. */
static bool is_full(struct weir_nats_source *self)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    bool full = (link->marks >= link->marks_max && !self->current) ||
                (link->marks && link->receipts >= weir_nats_open_max(link));
    pthread_mutex_unlock(&link->lock);
    return full && !self->stopping;
}

/* Registered first, looked again then. */
static weir_poll wait(struct weir_nats_source *self, weir_cx *cx)
{
    if (set_timer(self, cx).state != WEIR_PENDING)
        return again();
    weir_poll got =
        weir_wait_cell(cx, &self->link->waiter, is_full(self) ? WEIR_WAIT_MARKS : WEIR_WAIT_PEER);
    return has_news(self) ? again() : got;
}

/* While its consumer waits for something else. */
static void go_on(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_nats_source *self = WEIR_CONTAINER(in_flight, struct weir_nats_source, in_flight);
    if (!cx->timers)
        return;
    keep_time(self, cx);
    weir_wait_cell(cx, &self->link->waiter, WEIR_WAIT_PEER);
    if (set_timer(self, cx).state == WEIR_READY)
        weir_waker_wake(cx->waker);
}

static weir_poll give_mark(struct weir_nats_source *self, weir_cx *cx)
{
    struct weir_nats_receipts *receipts = self->current;
    self->current = NULL;
    return weir_mark_give(cx, weir_nats_receipts_open(receipts, self->given));
}

static void fail_large(const struct weir_nats_source *self, weir_cx *cx,
                       const weir_message *message)
{
    weir_fail(cx, WEIR_E_LIMIT,
              "message %llu of stream '%s' has %zu bytes, or its headers are over a limit: "
              "%zu are allowed, 64 headers, 16 KiB of them",
              (unsigned long long)message->offset, self->link->stream, message->value.size,
              self->link->message_bytes_max);
}

static void fail_tried(const struct weir_nats_source *self, weir_cx *cx,
                       const weir_message *message)
{
    weir_fail(
        cx, WEIR_E_LIMIT,
        "message %llu of stream '%s' was given %u time%s, never acknowledged, and is given up",
        (unsigned long long)message->offset, self->link->stream, message->tries - 1,
        message->tries == 2 ? "" : "s");
    cx->error.cure = "a subject for them, as .dead";
}

static weir_poll tell_gone(struct weir_nats_source *self, weir_cx *cx)
{
    weir_message message;
    weir_nats_message(self->gone, &message);
    bool tried = weir_nats_is_tried_enough(self, message.tries);
    (tried ? fail_tried : fail_large)(self, cx, &message);
    cx->error.record = (uint64_t)message.offset;
    natsMsg_Destroy(self->gone);
    self->gone = NULL;
    return tell(self, cx);
}

/* ---- the end ---- */

static bool all_done(struct weir_nats_source *self)
{
    pthread_mutex_lock(&self->link->lock);
    bool done = is_done(self->link);
    pthread_mutex_unlock(&self->link->lock);
    return done;
}

/* What was not given goes back, also what still comes; what was has its time to be settled. */
static weir_poll stop(struct weir_nats_source *self, weir_cx *cx)
{
    if (!self->stopping)
        self->drained_ns = weir_after_ns(cx->now_ns, self->drain_ns);
    self->stopping = true;
    self->retry_ns = UINT64_MAX;
    weir_nats_ask_no_more(self->link);
    weir_nats_give_back(self->link);
    if (self->current && self->current->n)
        return give_mark(self, cx);
    if (!all_done(self) && cx->now_ns < self->drained_ns)
        return wait(self, cx);
    weir_nats_open_give_back(self->link);
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

static weir_poll find(struct weir_nats_source *self, weir_cx *cx)
{
    if (!self->found && (self->look || cx->now_ns >= self->retry_ns))
        return look(self, cx);
    return again();
}

static weir_poll answer(struct weir_nats_source *self, weir_cx *cx, void *out, size_t demand)
{
    if (!weir_clock_is_there(cx, "nats"))
        return (weir_poll){0, WEIR_ERROR};
    keep_time(self, cx);
    if (self->gone) /* its receipt stands in the mark that a stop gives */
        return tell_gone(self, cx);
    if (weir_broker_is_stopping(cx))
        return stop(self, cx);
    weir_poll got = tell_changes(self, cx);
    if (got.state != WEIR_ERROR)
        got = find(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    if (self->lost && self->found && is_up(self->link))
        return tell_back(self, cx);
    if (self->found && !self->lost) /* messages come after the word that it is back */
        weir_nats_ask_more(self->link, cx->now_ns);
    if (self->current && weir_nats_receipts_full(self->current))
        return give_mark(self, cx);
    got = self->give(self, cx, out, demand);
    if (got.n || got.state == WEIR_ERROR || self->gone)
        return got;
    if (self->current && self->current->n)
        return give_mark(self, cx);
    return wait(self, cx);
}

weir_poll weir_nats_source_poll(struct weir_nats_source *self, weir_cx *cx, void *out,
                                size_t demand)
{
    return weir_in_flight_polled(&self->in_flight, cx, answer(self, cx, out, demand));
}

/* ---- making and dropping ---- */

void weir_nats_source_fini(struct weir_nats_source *self)
{
    weir_in_flight_leave(&self->in_flight);
    weir_timer_stop(&self->timer);
    natsMsg_Destroy(self->gone);
    if (self->look)
        weir_drop(self->look);
    if (!self->link)
        return;
    weir_nats_ask_no_more(self->link);
    if (self->current)
        weir_nats_receipts_drop(self->current);
    weir_waker_cell_clear(&self->link->waiter);
    weir_nats_link_leave(self->link);
}

size_t weir_nats_source_memory_max(const struct weir_nats_source *self)
{
    const struct weir_nats_link *link = self->link;
    size_t receipt = WEIR_NATS_RECEIPT_BYTES;
    size_t block = sizeof(struct weir_nats_receipts) + WEIR_NATS_MARK_ITEMS * receipt;
    size_t open =
        link->marks_max * sizeof(struct weir_nats_receipts) + link->receipts_max * receipt;
    return link->bytes + 2 * link->fetch_max * sizeof *link->ring + 2 * link->fetch_bytes_max +
           open + block;
}

/* As an older program knew it: what that lacks is 0. */
static weir_nats_from whole(const weir_nats_from *from, uint32_t fetch_max)
{
    weir_nats_from all = {0};
    memcpy(&all, from, from->size && from->size < sizeof all ? from->size : sizeof all);
    all.fetch_max = all.fetch_max ? all.fetch_max : fetch_max;
    return all;
}

weir_stream *weir_nats_source_new(size_t size, const weir_stream_ops *ops, const weir_type *type,
                                  const weir_nats_from *from, uint32_t fetch_max)
{
    weir_nats_from all = whole(from, fetch_max);
    if (!all.stream)
        return weir_stream_refused(WEIR_E_ARGUMENT, "the name by which the server knows it",
                                   "%s: no stream is named", ops->name, NULL, 0);
    weir_stream *stream = weir_source_new(size, ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_nats_source *self = WEIR_CONTAINER(stream, struct weir_nats_source, stream);
    self->in_flight.progress = go_on;
    self->tick_ns = self->drained_ns = UINT64_MAX;
    self->drain_ns = all.drain_ns ? all.drain_ns : DRAIN_NS;
    self->link = weir_nats_link_new(&all, weir_nats_on_message);
    return self->link ? stream
                      : weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                           "no memory for '%s'", ops->name, NULL, 0);
}
