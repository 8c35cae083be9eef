/* What the source asks for, and what comes of it. */

#include "redis/source.h"

#include <string.h>

#define MS_NS 1000000ull
#define BLOCK_MAX_NS 5000000000ull
#define PAUSE_FIRST_NS 10000000ull
#define PAUSE_MAX_NS 250000000ull
#define LAG_NS 1000000000ull
enum { CLAIM_TURN = 8 };

static weir_poll ready(void)
{
    return (weir_poll){0, WEIR_READY};
}

static struct weir_redis_source *source_of(struct weir_redis_link *link)
{
    return WEIR_CONTAINER(link, struct weir_redis_source, link);
}

/* ---- asked ---- */

static uint32_t room(const struct weir_redis_source *self)
{
    uint32_t left = self->receipts_max - weir_redis_least(self->receipts, self->receipts_max);
    return self->marks < self->marks_max ? weir_redis_least(self->count, left) : 0;
}

static void ask_group(struct weir_redis_source *self, uint32_t count, uint64_t block_ns)
{
    struct weir_redis_link *link = &self->link;
    weir_redis_ask(link, block_ns ? 11 : 9);
    weir_redis_text(link, "XREADGROUP");
    weir_redis_text(link, "GROUP");
    weir_redis_text(link, self->of.group);
    weir_redis_text(link, self->of.name);
    weir_redis_text(link, "COUNT");
    weir_redis_number(link, count);
    if (block_ns) {
        weir_redis_text(link, "BLOCK");
        weir_redis_number(link, block_ns / MS_NS);
    }
    weir_redis_text(link, "STREAMS");
    weir_redis_text(link, self->of.key);
    if (self->rest) /* not new ones, but what this consumer was given */
        weir_redis_id(link, self->rest_at.first, self->rest_at.second);
    else
        weir_redis_text(link, ">");
}

static void ask_plain(struct weir_redis_source *self, uint32_t count, uint64_t block_ns)
{
    struct weir_redis_link *link = &self->link;
    weir_redis_ask(link, 8);
    weir_redis_text(link, "XREAD");
    weir_redis_text(link, "COUNT");
    weir_redis_number(link, count);
    weir_redis_text(link, "BLOCK");
    weir_redis_number(link, block_ns / MS_NS);
    weir_redis_text(link, "STREAMS");
    weir_redis_text(link, self->of.key);
    weir_redis_id(link, self->last.first, self->last.second);
}

static bool ask_claim(struct weir_redis_source *self, const weir_cx *cx, uint32_t count)
{
    struct weir_redis_link *link = &self->link;
    weir_redis_ask(link, 8);
    weir_redis_text(link, "XAUTOCLAIM");
    weir_redis_text(link, self->of.key);
    weir_redis_text(link, self->of.group);
    weir_redis_text(link, self->of.name);
    weir_redis_number(link, self->of.claim_ns / MS_NS);
    weir_redis_id(link, self->cursor.first, self->cursor.second);
    weir_redis_text(link, "COUNT");
    weir_redis_number(link, count);
    self->claim_due_ns = weir_after_ns(cx->now_ns, self->of.claim_ns / 2);
    return weir_redis_asks(link, cx, WEIR_REDIS_CLAIM, 0, 0);
}

static bool ask_last(struct weir_redis_source *self, const weir_cx *cx)
{
    struct weir_redis_link *link = &self->link;
    weir_redis_ask(link, 6);
    weir_redis_text(link, "XREVRANGE");
    weir_redis_text(link, self->of.key);
    weir_redis_text(link, "+");
    weir_redis_text(link, "-");
    weir_redis_text(link, "COUNT");
    weir_redis_number(link, 1);
    return weir_redis_asks(link, cx, WEIR_REDIS_LAST, 0, 0);
}

/* Where there is no memory for it nobody is told. */
static void ask_lag(struct weir_redis_source *self, const weir_cx *cx)
{
    struct weir_redis_link *link = &self->link;
    if (!self->lag_wanted || cx->now_ns < self->lag_due_ns)
        return;
    weir_redis_ask(link, 3);
    weir_redis_text(link, "XINFO");
    weir_redis_text(link, "GROUPS");
    weir_redis_text(link, self->of.key);
    self->lag_wanted = false;
    self->lag_due_ns = weir_after_ns(cx->now_ns, LAG_NS);
    weir_ignore(weir_redis_asks(link, cx, WEIR_REDIS_LAG, 0, 0));
}

/* What others left comes in its turn, and at once while nothing else does. */
static bool claims_now(struct weir_redis_source *self, const weir_cx *cx)
{
    bool idle = self->claims_more && self->pause_ns;
    return self->of.group &&
           (++self->turn % CLAIM_TURN == 0 || idle || cx->now_ns >= self->claim_due_ns);
}

/* A server that waits hears nothing else meanwhile: so only where nothing has to be said, and no
 * answer is to come behind which something will: a dead job is acknowledged once it is stored. */
static bool ask_read(struct weir_redis_source *self, const weir_cx *cx, uint32_t count)
{
    uint64_t block_ns = self->of.claim_ns / 4;
    block_ns = block_ns < BLOCK_MAX_NS ? block_ns : BLOCK_MAX_NS;
    self->blocking =
        !weir_redis_is_open(self) && !self->claims_more && !self->link.n && !self->rest;
    if (self->of.group)
        ask_group(self, count, self->blocking ? block_ns + MS_NS : 0);
    else
        ask_plain(self, count, block_ns + MS_NS);
    return weir_redis_asks(&self->link, cx, WEIR_REDIS_READ, 0, 0);
}

void weir_redis_read_more(struct weir_redis_source *self, const weir_cx *cx)
{
    uint32_t count = room(self);
    bool early = weir_redis_is_open(self) && cx->now_ns < self->read_ns;
    if (!self->link.up || self->lost || self->stopping || !count || early ||
        !weir_redis_reads_ahead(self))
        return;
    ask_lag(self, cx);
    if (!self->placed)
        self->reading = ask_last(self, cx);
    else if (self->rest)
        self->reading = ask_read(self, cx, weir_redis_least(count, self->rest));
    else if (claims_now(self, cx))
        self->reading = ask_claim(self, cx, count);
    else
        self->reading = ask_read(self, cx, count);
}

/* ---- answered ---- */

static bool ask_tries(struct weir_redis_source *self, const weir_cx *cx,
                      const struct weir_redis_page *page, uint32_t i)
{
    struct weir_redis_link *link = &self->link;
    struct weir_redis_id id = page->receipts->ids[i];
    weir_redis_ask(link, 6);
    weir_redis_text(link, "XPENDING");
    weir_redis_text(link, self->of.key);
    weir_redis_text(link, self->of.group);
    weir_redis_id(link, id.first, id.second);
    weir_redis_id(link, id.first, id.second);
    weir_redis_number(link, 1);
    return weir_redis_asks(link, cx, WEIR_REDIS_TRIES, i, 0);
}

/* Nothing came: while marks are open it is asked again later and later. */
static void note_empty(struct weir_redis_source *self, const weir_cx *cx)
{
    uint64_t pause_ns = self->pause_ns ? self->pause_ns * 2 : PAUSE_FIRST_NS;
    self->pause_ns = pause_ns < PAUSE_MAX_NS ? pause_ns : PAUSE_MAX_NS;
    self->read_ns = weir_after_ns(cx->now_ns, self->pause_ns);
}

/* A page, of a group or not, or none: NULL. A full one that is small makes room for larger ones
 * again; what came of one that is not says nothing of them. */
weir_poll weir_redis_take_page(struct weir_redis_source *self, weir_cx *cx,
                               struct weir_resp_reply *reply, uint32_t list,
                               struct weir_redis_page **taken)
{
    struct weir_redis_page *page = weir_redis_has_page(self) ? &self->next : &self->page;
    size_t bytes = reply->used + reply->n * sizeof(struct weir_resp_part);
    *taken = NULL;
    if (!weir_redis_page_take(page, reply, list, self->fetch_max))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for the receipts of a page");
    if (!page->receipts)
        return ready();
    if (page->n >= self->count && bytes < WEIR_REDIS_REPLY_BYTES_MAX / 4)
        self->count = weir_redis_least(self->count * 2, self->fetch_max);
    self->pause_ns = 0;
    self->read_ns = 0;
    self->receipts += page->receipts->room;
    page->receipts->due_ns = weir_after_ns(cx->now_ns, self->of.claim_ns / 2);
    if (page->receipts->due_ns < self->due_ns)
        self->due_ns = page->receipts->due_ns;
    *taken = page;
    return ready();
}

/* [[key, [entry...]]], or NIL. */
static weir_poll take_read(struct weir_redis_source *self, weir_cx *cx)
{
    struct weir_redis_page *page;
    weir_poll got =
        weir_redis_take_page(self, cx, &self->link.resp.reply, WEIR_REDIS_READ_LIST, &page);
    if (got.state == WEIR_ERROR)
        return got;
    if (self->rest)
        weir_redis_take_rest(self, cx, page);
    else if (!page)
        note_empty(self, cx);
    if (page && !self->of.group && page->n)
        self->last = page->receipts->ids[page->n - 1];
    return got;
}

/* How often each was given is asked. */
void weir_redis_begin_claimed(struct weir_redis_source *self, const weir_cx *cx,
                              struct weir_redis_page *page)
{
    page->unknown = page->n;
    for (uint32_t i = 0; i < page->n; i++) {
        if (page->entries[i].fields && ask_tries(self, cx, page, i))
            continue;
        page->unknown--;
        page->entries[i].tries = 0;
    }
}

/* [cursor, [entry...], ...] */
static weir_poll take_claim(struct weir_redis_source *self, weir_cx *cx)
{
    struct weir_redis_page *page;
    self->cursor = weir_redis_read_id(weir_resp_text(weir_redis_reply(&self->link), 1));
    weir_poll got =
        weir_redis_take_page(self, cx, &self->link.resp.reply, WEIR_REDIS_CLAIM_LIST, &page);
    self->claims_more = page || self->cursor.first || self->cursor.second;
    if (page)
        weir_redis_begin_claimed(self, cx, page);
    else
        self->pause_ns = self->claims_more ? self->pause_ns : 0;
    return got;
}

/* [[id, consumer, idle, tries]]; nothing where somebody has acknowledged it meanwhile. */
static void take_tries(struct weir_redis_source *self, uint64_t i)
{
    const struct weir_resp_reply *reply = weir_redis_reply(&self->link);
    struct weir_redis_page *page = self->page.unknown ? &self->page : &self->next;
    if (!page->unknown)
        return; /* it went back meanwhile */
    page->unknown--;
    page->entries[i].tries = (uint32_t)weir_resp_at(reply, 5).value;
    if (weir_resp_at(reply, 5).kind != WEIR_RESP_INTEGER)
        page->entries[i].fields = 0;
}

void weir_redis_take_last(struct weir_redis_source *self, const struct weir_resp_reply *reply)
{
    self->last = weir_redis_read_id(weir_resp_text(reply, 2));
    self->placed = true;
}

static bool is_text(weir_line text, const char *wanted)
{
    return text.size == strlen(wanted) && !memcmp(text.data, wanted, text.size);
}

/* [[name, value...]...] of the groups; of ours "lag", where it is known. */
static void take_lag(struct weir_redis_source *self)
{
    const struct weir_resp_reply *reply = weir_redis_reply(&self->link);
    uint32_t groups = weir_resp_at(reply, 0).n, at = 1;
    for (uint32_t group = 0; group < groups; group++, at = weir_resp_behind(reply, at)) {
        uint64_t lag = WEIR_LAG_UNKNOWN;
        bool ours = false;
        uint32_t name = at + 1, names = weir_resp_at(reply, at).n / 2;
        for (uint32_t i = 0; i < names; i++, name = weir_resp_behind(reply, name + 1)) {
            struct weir_resp_part value = weir_resp_at(reply, name + 1);
            if (is_text(weir_resp_text(reply, name), "name"))
                ours = is_text(weir_resp_text(reply, name + 1), self->of.group);
            if (is_text(weir_resp_text(reply, name), "lag") && value.kind == WEIR_RESP_INTEGER)
                lag = (uint64_t)value.value;
        }
        if (ours)
            self->lag = lag;
    }
}

static weir_poll refused(struct weir_redis_source *self, weir_cx *cx)
{
    if (!weir_redis_is_error(&self->link, "UNBLOCKED"))
        return weir_redis_refused(&self->link, cx);
    return ready(); /* the stream was deleted while it was waited for: the next answer says so */
}

/* Where there is no memory it comes again. */
static weir_poll ack_buried(struct weir_redis_source *self, const weir_cx *cx,
                            const struct weir_redis_asked *asked)
{
    struct weir_redis_id id = {asked->first, asked->second};
    weir_ignore(weir_redis_ack_one(&self->link, cx, &self->of, WEIR_REDIS_SAID, id));
    return ready();
}

/* One of these is under way at a time. */
static bool is_page(uint32_t what)
{
    return what == WEIR_REDIS_READ || what == WEIR_REDIS_CLAIM || what == WEIR_REDIS_LAST;
}

weir_poll weir_redis_answered(struct weir_redis_link *link, weir_cx *cx,
                              const struct weir_redis_asked *asked)
{
    struct weir_redis_source *self = source_of(link);
    if (is_page(asked->what))
        self->reading = self->blocking = false;
    bool wrong = weir_resp_at(weir_redis_reply(link), 0).kind == WEIR_RESP_ERROR;
    if (wrong && asked->what == WEIR_REDIS_LAG) /* a user who may not ask: nothing is known */
        return ready();
    if (wrong)
        return refused(self, cx);
    switch (asked->what) {
    case WEIR_REDIS_READ:
        return take_read(self, cx);
    case WEIR_REDIS_CLAIM:
        return take_claim(self, cx);
    case WEIR_REDIS_TRIES:
        take_tries(self, asked->first);
        return ready();
    case WEIR_REDIS_LAST:
        weir_redis_take_last(self, weir_redis_reply(link));
        return ready();
    case WEIR_REDIS_LAG:
        take_lag(self);
        return ready();
    case WEIR_REDIS_BURIED:
        return ack_buried(self, cx, asked);
    default:
        return ready();
    }
}

/* ---- given up ---- */

/* "key" and the headers, at most WEIR_REDIS_HEADERS_MAX: what is over a limit has lost some. */
static uint32_t fields_of(const weir_message *message)
{
    return (message->key.data != NULL) +
           weir_redis_least(message->n_headers, WEIR_REDIS_HEADERS_MAX);
}

static void add_fields(struct weir_redis_link *link, const weir_message *message)
{
    if (message->key.data) {
        weir_redis_text(link, "key");
        weir_redis_word(link, message->key.data, message->key.size);
    }
    for (uint32_t i = 0; i < weir_redis_least(message->n_headers, WEIR_REDIS_HEADERS_MAX); i++) {
        weir_redis_text(link, message->headers[i].name);
        weir_redis_text(link, message->headers[i].value);
    }
}

bool weir_redis_bury(struct weir_redis_source *self, const weir_cx *cx, struct weir_redis_id id,
                     const weir_message *message, const char *reason)
{
    struct weir_redis_link *link = &self->link;
    if (!self->dead)
        return weir_redis_ack_one(link, cx, &self->of, WEIR_REDIS_SAID, id);
    weir_redis_ask(link, 11 + 2 * fields_of(message));
    weir_redis_text(link, "XADD");
    weir_redis_text(link, self->dead);
    weir_redis_text(link, "*");
    weir_redis_text(link, "value");
    weir_redis_word(link, message->value.data, message->value.size);
    add_fields(link, message);
    weir_redis_text(link, "weir-stream");
    weir_redis_text(link, self->of.key);
    weir_redis_text(link, "weir-id");
    weir_redis_id(link, id.first, id.second);
    weir_redis_text(link, "weir-reason");
    weir_redis_text(link, reason);
    return weir_redis_asks(link, cx, WEIR_REDIS_BURIED, id.first, id.second);
}

/* The dead have where it stands: it may be as large as a page, or larger. Nobody else could take it
 * either. */
void weir_redis_note_large(struct weir_redis_source *self, const weir_cx *cx,
                           struct weir_redis_id *id, bool in_page)
{
    weir_message nothing = {.value = {"", 0}};
    if (self->large < 2)
        self->large_id[self->large++] = *id;
    if (!self->of.group || (in_page && !self->dead && !self->jobs))
        return;
    weir_ignore(weir_redis_bury(self, cx, *id, &nothing, "is over a limit"));
    *id = (struct weir_redis_id){0, 0};
}
