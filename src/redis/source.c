/* redis: the messages of a stream, lent, with a mark behind each page of a group's. */

#include "redis/source.h"

#include <string.h>

#include "broker/due.h"
#include "weir/alloc.h"

enum { HEADERS_ROOM = 4 * WEIR_REDIS_HEADERS_MAX, FETCH_MAX = 128, FETCH_LIMIT = 4096, TURNS = 16 };

#define REDIS_SECOND_NS 1000000000ull
#define DRAIN_NS 5000000000ull
#define LEAVE_NS 1000000000ull
#define CLAIM_NS 30000000000ull
#define CLAIM_MIN_NS 2000000ull

static weir_poll ready(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- what happens to the connection ---- */

static weir_poll tell(const struct weir_redis_source *self, weir_cx *cx)
{
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link.address);
    return (weir_poll){0, WEIR_ERROR};
}

/* The first time, with what it was; it is tried again meanwhile. */
static weir_poll tell_lost(struct weir_redis_source *self, weir_cx *cx)
{
    char why[WEIR_MESSAGE_BYTES];
    weir_format(why, sizeof why, "%s", cx->error.message);
    self->lost = true;
    self->lost_at_ns = cx->now_ns;
    weir_fail(cx, WEIR_E_CLOSED, "lost the server of stream '%s': %s", self->of.key, why);
    cx->error.fatal = false;
    return tell(self, cx);
}

static weir_poll tell_back(struct weir_redis_source *self, weir_cx *cx)
{
    self->lost = false;
    weir_fail(cx, WEIR_E_CLOSED, "the server of stream '%s' is there again, after %llu ms",
              self->of.key, (unsigned long long)((cx->now_ns - self->lost_at_ns) / 1000000));
    cx->error.fatal = false;
    return tell(self, cx);
}

/* Of one that takes the connection, and is silent, nothing was told yet. */
static weir_poll tell_away(struct weir_redis_source *self, weir_cx *cx)
{
    bool seconds = self->lost_max_ns % REDIS_SECOND_NS == 0;
    uint64_t unit_ns = seconds ? REDIS_SECOND_NS : REDIS_SECOND_NS / 1000;
    weir_fail(cx, WEIR_E_CLOSED, "the server was away for %llu %s%s",
              (unsigned long long)(self->lost_max_ns / unit_ns), seconds ? "s" : "ms",
              self->lost ? "" : ": it said nothing");
    bool mute = self->link.tls && !self->lost;
    cx->error.cure = mute ? ".tls = NULL, if it speaks in the clear" : ".lost_max_ns, for longer";
    return tell(self, cx);
}

/* READY: nothing is to be told. */
static weir_poll tell_error(struct weir_redis_source *self, weir_cx *cx)
{
    if (self->error.held) {
        weir_held_error_give(&self->error, cx);
        if (cx->error.fatal)
            return tell(self, cx);
        if (!self->lost)
            return tell_lost(self, cx);
    }
    return self->lost && self->link.up ? tell_back(self, cx) : ready();
}

/* The group was there: on a server that has forgotten it, what it has is new. */
static void begin_at_first(struct weir_redis_source *self)
{
    const char *words[] = {"XGROUP", "CREATE", self->of.key, self->of.group, "0", "MKSTREAM"};
    self->begins_late = false;
    weir_redis_greet_instead(&self->link, 6, words);
}

/* PENDING, or READY: something came about. */
static weir_poll drive(struct weir_redis_source *self, weir_cx *cx)
{
    weir_redis_tell_settled(self, cx);
    weir_redis_keep_time(self, cx);
    if (self->jobs)
        weir_redis_jobs_tell(self, cx);
    weir_redis_read_more(self, cx);
    weir_poll got = weir_redis_link_poll(&self->link, cx);
    if (self->begins_late && self->link.served)
        begin_at_first(self);
    if (got.state != WEIR_ERROR)
        return got;
    if (self->link.too_large)
        got = weir_redis_read_less(self, cx);
    weir_held_error_keep(&self->error, cx);
    return ready();
}

/* ---- time ---- */

static uint64_t away_due_ns(const struct weir_redis_source *self)
{
    uint64_t max_ns = self->lost_max_ns;
    return max_ns ? weir_redis_away_due_ns(&self->link, max_ns) : UINT64_MAX;
}

/* READY: it is time already. */
static weir_poll set_timer(struct weir_redis_source *self, weir_cx *cx)
{
    uint64_t due_ns = weir_broker_earliest(weir_redis_due_ns(&self->link), self->drained_ns);
    if (self->of.group)
        due_ns = weir_broker_earliest(due_ns, self->due_ns);
    if (away_due_ns(self) > cx->now_ns) /* else it waits for who polls, and is told then */
        due_ns = weir_broker_earliest(due_ns, away_due_ns(self));
    bool reads_later = self->link.up && weir_redis_is_open(self) && !self->reading &&
                       !self->stopping && weir_redis_reads_ahead(self) &&
                       self->read_ns > cx->now_ns;
    if (reads_later)
        due_ns = weir_broker_earliest(due_ns, self->read_ns);
    return weir_broker_wait_until(&self->timer, cx, due_ns);
}

/* While its consumer waits for something else. */
static void go_on(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_redis_source *self = WEIR_CONTAINER(in_flight, struct weir_redis_source, in_flight);
    if (!cx->timers || self->error.held)
        return;
    for (unsigned i = 0; i < TURNS && drive(self, cx).state != WEIR_PENDING; i++)
        if (self->error.held)
            break;
    if (self->error.held || set_timer(self, cx).state == WEIR_READY)
        weir_waker_wake(cx->waker);
}

/* ---- what is given ---- */

static weir_poll tell_large(struct weir_redis_source *self, weir_cx *cx)
{
    struct weir_redis_id id = self->large_id[--self->large];
    weir_fail(cx, WEIR_E_LIMIT,
              "message %llu-%llu of stream '%s', or its headers, are over a limit: "
              "%zu bytes are allowed, 64 headers, 16 KiB of them",
              (unsigned long long)id.first, (unsigned long long)id.second, self->of.key,
              self->message_bytes_max);
    cx->error.record = id.first;
    cx->error.fatal = false;
    return tell(self, cx);
}

static weir_poll tell_tried(struct weir_redis_source *self, weir_cx *cx)
{
    weir_fail(
        cx, WEIR_E_LIMIT,
        "message %llu-%llu of stream '%s' was given %u time%s, never acknowledged, and is given "
        "up",
        (unsigned long long)self->tried_id.first, (unsigned long long)self->tried_id.second,
        self->of.key, self->tried, self->tried == 1 ? "" : "s");
    cx->error.record = self->tried_id.first;
    cx->error.cure = "a stream for them, as .dead";
    cx->error.fatal = false;
    self->tried = 0;
    return tell(self, cx);
}

/* Where there is no memory it comes again. Without a stream for it somebody is to hear of it. */
static void give_up(struct weir_redis_source *self, const weir_cx *cx, uint32_t i)
{
    char reason[80];
    weir_message message;
    weir_ignore(weir_redis_page_message(&self->page, i, &message, self->headers + self->headers_n));
    weir_format(reason, sizeof reason, "was given %u times, and never acknowledged",
                message.tries - 1);
    weir_ignore(weir_redis_bury(self, cx, self->page.receipts->ids[i], &message, reason));
    if (!self->dead) {
        self->tried = message.tries - 1;
        self->tried_id = self->page.receipts->ids[i];
    }
}

/* True: it was deleted, or is given up. */
static bool is_gone(struct weir_redis_source *self, const weir_cx *cx, uint32_t i)
{
    const struct weir_redis_entry *entry = &self->page.entries[i];
    if (!entry->fields)
        return true;
    if (!self->tries_max || entry->tries <= (uint64_t)self->tries_max + self->unseen)
        return false;
    give_up(self, cx, i);
    self->page.receipts->ids[i] = (struct weir_redis_id){0, 0}; /* no mark is about it */
    return true;
}

/* The next of the page. false: it is over a limit. */
static bool read_next(struct weir_redis_source *self, weir_message *out)
{
    weir_header *headers = self->headers + self->headers_n;
    bool fits = weir_redis_page_message(&self->page, self->page.at++, out, headers);
    out->topic = self->of.key;
    self->given++;
    if (!fits || out->value.size > self->message_bytes_max)
        return false;
    self->headers_n += out->n_headers;
    return true;
}

static weir_poll give(struct weir_redis_source *self, const weir_cx *cx, weir_message *out,
                      size_t demand)
{
    struct weir_redis_page *page = &self->page;
    uint32_t n = 0;
    while (n < demand && page->at < page->n && !self->large && !self->tried &&
           HEADERS_ROOM - self->headers_n >= WEIR_REDIS_HEADERS_MAX) {
        if (is_gone(self, cx, page->at))
            page->at++, self->given++;
        else if (read_next(self, &out[n]))
            n++;
        else
            weir_redis_note_large(self, cx, &page->receipts->ids[page->at - 1], true);
    }
    return (weir_poll){n, WEIR_READY};
}

/* One, which is a claim. */
static weir_poll give_job(struct weir_redis_source *self, weir_cx *cx, void *out)
{
    weir_message message;
    weir_poll got = give(self, cx, &message, 1);
    return got.n ? weir_redis_give_job(self, cx, &message, out) : got;
}

/* Of a plain reader, or of which nothing was given: no mark is about it. */
static bool needs_mark(const struct weir_redis_source *self)
{
    return self->of.group && self->page.n && !self->jobs;
}

static weir_poll end_page(struct weir_redis_source *self, weir_cx *cx)
{
    if (needs_mark(self))
        return weir_redis_give_mark(self, cx);
    self->receipts -= self->page.receipts->room;
    weir_redis_receipts_drop(self->page.receipts);
    self->page.receipts = NULL;
    weir_redis_page_clear(&self->page);
    weir_redis_turn_page(self);
    return ready();
}

/* ---- the end ---- */

/* What was said is answered, or can be heard of no more: a server that waits hears nothing. */
static bool is_said(const struct weir_redis_source *self)
{
    return self->link.n <= (self->blocking ? 1 : 0);
}

/* What was not given goes back, also what still comes; what was has its time to be settled. */
static weir_poll stop(struct weir_redis_source *self, weir_cx *cx)
{
    if (!self->stopping)
        self->drained_ns = weir_after_ns(cx->now_ns, self->drain_ns);
    self->stopping = true;
    weir_redis_page_back(self, cx);
    if (weir_redis_has_page(self))
        return end_page(self, cx);
    bool late = cx->now_ns >= self->drained_ns;
    if (late && !self->left && weir_redis_is_open(self) && self->link.up) {
        self->left = true;
        self->drained_ns = weir_after_ns(cx->now_ns, LEAVE_NS);
        weir_redis_open_back(self, cx);
        if (self->jobs)
            weir_redis_jobs_back(self, cx);
    } else if (late || (!weir_redis_is_open(self) && is_said(self))) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    return drive(self, cx).state == WEIR_PENDING ? set_timer(self, cx) : ready();
}

/* ---- polling ---- */

/* READY without items: again. */
static weir_poll step(struct weir_redis_source *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->tried)
        return tell_tried(self, cx);
    if (weir_broker_is_stopping(cx)) /* a mark would stand for the large one too */
        return self->large ? tell_large(self, cx) : stop(self, cx);
    if (self->large)
        return tell_large(self, cx);
    weir_poll got = tell_error(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    if (weir_redis_has_page(self) && !self->page.unknown) {
        if (!self->page.at && weir_redis_reads_ahead(self))
            weir_ignore(drive(self, cx)); /* once a page: what was settled is told too */
        if (self->page.at == self->page.n)
            return end_page(self, cx);
        return self->jobs ? give_job(self, cx, out) : give(self, cx, out, demand);
    }
    got = drive(self, cx);
    if (got.state != WEIR_PENDING)
        return ready();
    if (cx->now_ns >= away_due_ns(self))
        return tell_away(self, cx);
    return set_timer(self, cx).state == WEIR_PENDING ? got : ready();
}

/* It gives no more before a mark is settled. */
static bool is_full(const struct weir_redis_source *self)
{
    bool full = self->marks >= self->marks_max || self->receipts >= self->receipts_max;
    return full && self->marks && !self->jobs && !self->reading && !weir_redis_has_page(self) &&
           !self->stopping;
}

static weir_poll answer(struct weir_redis_source *self, weir_cx *cx, void *out, size_t demand)
{
    if (!weir_clock_is_there(cx, "redis"))
        return (weir_poll){0, WEIR_ERROR};
    self->headers_n = 0;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = step(self, cx, out, demand);
        if (got.state == WEIR_PENDING && is_full(self))
            cx->wait_for = WEIR_WAIT_MARKS;
        if (got.n || got.state != WEIR_READY)
            return got;
    }
}

static weir_poll redis_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_redis_source *self = weir_redis_source_of(stream);
    return weir_in_flight_polled(&self->in_flight, cx, answer(self, cx, out, demand));
}

/* ---- making and dropping ---- */

static void drop_page(const struct weir_redis_source *self, struct weir_redis_page *page)
{
    weir_redis_receipts_drop(page->receipts);
    weir_resp_reply_drop(&page->reply);
    weir_release(page->entries, self->fetch_max * sizeof *page->entries);
}

static void redis_fini(weir_stream *stream)
{
    struct weir_redis_source *self = weir_redis_source_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_timer_stop(&self->timer);
    if (self->home)
        weir_redis_leave(self);
    weir_redis_link_end(&self->link);
    weir_redis_jobs_leave(self->jobs);
    drop_page(self, &self->page);
    drop_page(self, &self->next);
    weir_release(self->headers, HEADERS_ROOM * sizeof *self->headers);
    weir_release(self->said, self->said_bytes);
}

static size_t redis_memory_max(const weir_stream *stream)
{
    const struct weir_redis_source *self = weir_redis_source_of(stream);
    size_t id = sizeof(struct weir_redis_id), word = 64; /* of an id, as it is said */
    size_t open = self->marks_max * (sizeof(struct weir_redis_receipts) + sizeof(weir_mark)) +
                  (self->receipts_max + 2 * self->fetch_max) * (id + word);
    return self->said_bytes + HEADERS_ROOM * sizeof *self->headers +
           2 * self->fetch_max * sizeof *self->page.entries + open +
           weir_redis_link_memory_max(self->fetch_max * 2 * word, self->fetch_max * 2);
}

static const weir_stream_ops redis_ops = {.size = sizeof redis_ops,
                                          .name = "redis",
                                          .poll_next = redis_poll_next,
                                          .fini = redis_fini,
                                          .memory_max = redis_memory_max};

static const weir_stream_ops jobs_ops = {.size = sizeof jobs_ops,
                                         .name = "redis_jobs",
                                         .poll_next = redis_poll_next,
                                         .fini = redis_fini,
                                         .memory_max = redis_memory_max};

/* As an older program knew it: what that lacks is 0. */
static weir_redis_from whole(const weir_redis_from *from, uint32_t fetch_max)
{
    weir_redis_from all = {0};
    memcpy(&all, from, from->size && from->size < sizeof all ? from->size : sizeof all);
    all.claim_ns = all.claim_ns ? all.claim_ns : CLAIM_NS;
    all.claim_ns = all.claim_ns > CLAIM_MIN_NS ? all.claim_ns : CLAIM_MIN_NS;
    all.marks_max = all.marks_max ? all.marks_max : 1024;
    all.receipts_max = all.receipts_max ? all.receipts_max : 65536;
    all.fetch_max = all.fetch_max ? all.fetch_max : fetch_max;
    all.fetch_max = all.fetch_max < FETCH_LIMIT ? all.fetch_max : FETCH_LIMIT;
    all.message_bytes_max = all.message_bytes_max ? all.message_bytes_max : (size_t)1 << 20;
    all.drain_ns = all.drain_ns ? all.drain_ns : DRAIN_NS;
    return all;
}

static const char *copy(char **to, const char *text)
{
    if (!text)
        return NULL;
    size_t n = strlen(text) + 1;
    char *copied = memcpy(*to, text, n);
    *to += n;
    return copied;
}

static bool copy_texts(struct weir_redis_source *self, const weir_redis_from *from)
{
    const char *texts[] = {from->stream, from->group, from->name ? from->name : "weir", from->dead};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        self->said_bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
    char *to = self->said = weir_allocate(self->said_bytes);
    if (!to)
        return false;
    self->of.key = copy(&to, texts[0]);
    self->of.group = copy(&to, texts[1]);
    self->of.name = copy(&to, texts[2]);
    self->dead = copy(&to, texts[3]);
    return true;
}

static bool greet(struct weir_redis_source *self, const weir_redis_from *from)
{
    const char *words[] = {
        "XGROUP", "CREATE", from->stream, from->group, from->new_only ? "$" : "0", "MKSTREAM"};
    if (!from->create || !from->group)
        return true;
    self->begins_late = from->new_only;
    return weir_redis_greet(&self->link, 6, words);
}

static void take_limits(struct weir_redis_source *self, const weir_redis_from *from)
{
    self->of.claim_ns = from->claim_ns;
    self->marks_max = from->marks_max;
    self->receipts_max = from->receipts_max;
    self->tries_max = from->tries_max;
    self->message_bytes_max = from->message_bytes_max;
    self->drain_ns = from->drain_ns;
    self->lost_max_ns = from->lost_max_ns;
    self->placed = from->group || !from->new_only;
    self->lag = WEIR_LAG_UNKNOWN;
}

static bool begin(struct weir_redis_source *self, const weir_redis_from *from, bool jobs)
{
    self->in_flight.progress = go_on;
    self->due_ns = self->drained_ns = UINT64_MAX;
    self->open_end = &self->open;
    self->link.answered = weir_redis_answered;
    take_limits(self, from);
    if (!copy_texts(self, from) || !weir_redis_link_init(&self->link, &from->at) ||
        !greet(self, from))
        return false;
    self->fetch_max = self->count = from->fetch_max;
    self->page.entries = weir_allocate(from->fetch_max * sizeof *self->page.entries);
    self->next.entries = weir_allocate(from->fetch_max * sizeof *self->page.entries);
    self->headers = weir_allocate(HEADERS_ROOM * sizeof *self->headers);
    self->home = weir_mark_home_new();
    self->jobs = jobs ? weir_redis_jobs_new() : NULL;
    return (!jobs || self->jobs) && self->page.entries && self->next.entries && self->headers &&
           self->home && weir_held_error_init(&self->error, self->stream.stage.arena);
}

weir_stream *weir_redis_source_new(const weir_redis_from *from, bool jobs, uint32_t fetch_max)
{
    const weir_stream_ops *ops = jobs ? &jobs_ops : &redis_ops;
    weir_redis_from all = whole(from, fetch_max);
    if (!all.stream)
        return weir_stream_refused(WEIR_E_ARGUMENT, "the key by which the server knows it",
                                   "%s: no stream is named", ops->name, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct weir_redis_source), ops,
                                          jobs ? &weir_type_job : &weir_type_message);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.marked = all.group && !jobs;
    stream->stage.exact = jobs;
    if (begin(weir_redis_source_of(stream), &all, jobs))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'", ops->name,
                              NULL, 0);
}

weir_stream *weir_redis(const weir_redis_from *from)
{
    return weir_redis_source_new(from, false, FETCH_MAX);
}

uint64_t weir_redis_lag(weir_stream *messages)
{
    if (weir_stage_failed(&messages->stage) || messages->ops != &redis_ops)
        return WEIR_LAG_UNKNOWN;
    struct weir_redis_source *self = weir_redis_source_of(messages);
    self->lag_wanted = self->of.group != NULL;
    return self->lag;
}
