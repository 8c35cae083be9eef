/* The link's connection: dialled, greeted, lost, dialled again; what goes out and comes in. */

#include <string.h>

#include "redis/link.h"
#include "weir/implement.h"
#include "weir/net.h"
#include "weir/ready.h"
#include "weir/write.h"

enum { FED_BYTES = 16 << 10 };

#define RETRY_FIRST_NS 50000000ull
#define RETRY_MAX_NS 1000000000ull
#define CONNECT_NS 5000000000ull
#define ANSWER_NS 15000000000ull /* the longest read that waits takes 5 s of it */

static weir_poll ready(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- there, and lost ---- */

static weir_poll dial(struct weir_redis_link *self, weir_cx *cx)
{
    if (!weir_resp_begin(&self->resp))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a reader of replies");
    self->io = weir_dial(self->address, &WEIR_DIAL_OPTIONS(.timeout_ns = CONNECT_NS));
    if (self->tls)
        self->io = weir_tls(self->io, self->tls,
                            &(weir_tls_how){.size = sizeof(weir_tls_how), .host = self->host});
    self->dialled = true;
    self->up = false;
    self->sent = 0;
    self->welcomed = 0;
    self->heard_ns = cx->now_ns;
    if (!self->away_ns)
        self->away_ns = cx->now_ns;
    return ready();
}

static void hang_up(struct weir_redis_link *self)
{
    if (self->dialled)
        weir_duplex_drop(self->io);
    weir_resp_end(&self->resp);
    self->dialled = self->up = false;
    self->sent = 0;
    self->heard = 0; /* who is there next may be another one: it is asked all of it */
    self->heard_bytes = 0;
}

/* What cx says is told, and not fatal: it is dialled again. */
static weir_poll lose(struct weir_redis_link *self, weir_cx *cx)
{
    uint64_t pause_ns = self->pause_ns ? self->pause_ns : RETRY_FIRST_NS;
    if (self->up || !self->away_ns)
        self->away_ns = cx->now_ns;
    hang_up(self);
    self->retry_ns = weir_after_ns(cx->now_ns, pause_ns);
    self->pause_ns = pause_ns < RETRY_MAX_NS / 2 ? pause_ns * 2 : RETRY_MAX_NS;
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* What one of the two refuses, a certificate for one, it refuses again; but who served before may
 * be only half started. An alert of the other side that says nothing else has a cure. */
static bool is_refused(const struct weir_redis_link *self, const weir_error *error)
{
    bool alert = error->code == WEIR_E_CLOSED && error->number > 0 && error->cure;
    return self->tls && (error->code == WEIR_E_CORRUPT || (alert && !self->served));
}

/* While nothing was said yet. */
static weir_poll drop_out(struct weir_redis_link *self, weir_cx *cx)
{
    if (self->up || !is_refused(self, &cx->error))
        return lose(self, cx);
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

uint64_t weir_redis_due_ns(const struct weir_redis_link *self)
{
    if (!self->dialled)
        return self->retry_ns;
    bool waits = weir_redis_unheard(self) || !self->up;
    return waits ? weir_after_ns(self->heard_ns, ANSWER_NS) : UINT64_MAX;
}

/* ---- what goes out ---- */

static const struct weir_redis_bytes *outgoing(const struct weir_redis_link *self)
{
    return self->up ? &self->bytes : &self->greeting;
}

/* At once where the socket takes it: what is acknowledged is known even if this thread then works
 * for long, or dies. */
static weir_poll write_some(weir_writer *writer, weir_cx *cx, const char *bytes, size_t n)
{
    int64_t taken = weir_try_write(writer, bytes, n);
    if (taken > 0)
        return (weir_poll){(uint32_t)taken, WEIR_READY};
    return weir_poll_write(writer, cx, bytes, n);
}

static weir_poll send(struct weir_redis_link *self, weir_cx *cx)
{
    const struct weir_redis_bytes *out = outgoing(self);
    size_t left;
    while ((left = out->end - out->begin - self->sent)) {
        weir_poll got = write_some(self->io.writer, cx, out->at + out->begin + self->sent, left);
        if (got.state != WEIR_READY)
            return got;
        self->sent += got.n;
    }
    return weir_poll_flush(self->io.writer, cx);
}

/* ---- what comes in ---- */

/* It goes on serving later: what was asked is asked again. */
static bool may_pass(const struct weir_redis_link *self)
{
    static const char *const words[] = {"LOADING",    "MASTERDOWN", "CLUSTERDOWN",
                                        "TRYAGAIN",   "BUSY ",      "READONLY",
                                        "NOREPLICAS", "OOM",        "MISCONF"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir_redis_is_error(self, words[i]))
            return true;
    return false;
}

static weir_poll tell_word(const struct weir_redis_link *self, weir_cx *cx, weir_code code)
{
    weir_fail(cx, code, "the server says: %s", weir_resp_text(weir_redis_reply(self), 0).data);
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_redis_refused(const struct weir_redis_link *self, weir_cx *cx)
{
    weir_poll got = tell_word(self, cx, WEIR_E_ARGUMENT);
    if (weir_redis_is_error(self, "NOGROUP"))
        cx->error.cure = ".create = true, which makes stream and group where there are none";
    if (weir_redis_is_error(self, "NOAUTH") || weir_redis_is_error(self, "WRONGPASS"))
        cx->error.cure = "the user and password that the server knows, in .at";
    return got;
}

/* That the group is there already is as good. */
static weir_poll welcome(struct weir_redis_link *self, weir_cx *cx)
{
    bool is_error = weir_resp_at(weir_redis_reply(self), 0).kind == WEIR_RESP_ERROR;
    if (is_error && !weir_redis_is_error(self, "BUSYGROUP"))
        return weir_redis_refused(self, cx);
    if (++self->welcomed < self->greetings)
        return ready();
    self->up = self->served = true;
    self->sent = 0;
    return ready();
}

static const struct weir_redis_asked *next_answer(const struct weir_redis_link *self)
{
    return &self->asked[(self->head + self->heard) % self->room];
}

static struct weir_redis_asked pop(struct weir_redis_link *self)
{
    struct weir_redis_asked asked = *next_answer(self);
    self->heard++;
    self->heard_bytes += asked.bytes;
    if (!self->keeps)
        weir_redis_let_go(self);
    return asked;
}

static weir_poll hear(struct weir_redis_link *self, weir_cx *cx)
{
    self->heard_ns = cx->now_ns;
    if (may_pass(self)) {
        tell_word(self, cx, WEIR_E_CLOSED);
        cx->error.fatal = false;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (!self->up)
        return welcome(self, cx);
    if (!weir_redis_unheard(self) || next_answer(self)->bytes > self->sent - self->heard_bytes)
        return weir_fail(cx, WEIR_E_CORRUPT, "the server answers what it was not asked");
    self->pause_ns = 0;
    struct weir_redis_asked asked = pop(self);
    return self->answered(self, cx, &asked);
}

static weir_poll tell_wrong(weir_cx *cx, weir_code code)
{
    if (code == WEIR_E_MEMORY)
        return weir_fail(cx, code, "no memory for a reply");
    if (code == WEIR_E_LIMIT)
        return weir_fail(cx, code, "a reply has more than %d bytes, or arrays %d deep",
                         WEIR_REDIS_REPLY_BYTES_MAX, WEIR_RESP_DEPTH_MAX);
    return weir_fail(cx, code, "what the server says is no RESP");
}

/* READY: no whole reply is left of what was fed. */
static weir_poll hear_all(struct weir_redis_link *self, weir_cx *cx)
{
    for (;;) {
        weir_code code = weir_resp_next(&self->resp);
        if (code != WEIR_OK) {
            if (code == WEIR_E_LIMIT && self->up && weir_redis_unheard(self)) {
                self->large = pop(self); /* or it would come again */
                self->too_large = true;
                weir_resp_reply_drop(&self->cut);
                self->cut = self->resp.reply;
                self->resp.reply = (struct weir_resp_reply){0};
            }
            tell_wrong(cx, code);
            cx->error.fatal = false;
            return (weir_poll){0, WEIR_ERROR};
        }
        if (!self->resp.whole)
            return ready();
        weir_poll got = hear(self, cx);
        if (got.state == WEIR_ERROR)
            return got;
    }
}

static weir_poll receive(struct weir_redis_link *self, weir_cx *cx)
{
    size_t n;
    weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
    if (got.state == WEIR_END) {
        weir_fail(cx, WEIR_E_CLOSED, "the server closed the connection");
        return lose(self, cx);
    }
    if (got.state == WEIR_ERROR)
        return drop_out(self, cx);
    if (got.state != WEIR_READY)
        return got;
    const unsigned char *bytes = weir_peek(self->io.reader, &n);
    n = n < FED_BYTES ? n : FED_BYTES;
    bool fed = weir_resp_feed(&self->resp, bytes, n);
    weir_consume(self->io.reader, n);
    got = fed ? hear_all(self, cx) : tell_wrong(cx, WEIR_E_MEMORY);
    if (got.state != WEIR_ERROR)
        return got;
    if (cx->error.fatal && cx->error.code != WEIR_E_MEMORY && cx->error.code != WEIR_E_CORRUPT)
        return got;
    return lose(self, cx);
}

/* ---- both ---- */

static weir_poll go_on(struct weir_redis_link *self, weir_cx *cx)
{
    if (!self->dialled && cx->now_ns < self->retry_ns)
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = self->dialled ? ready() : dial(self, cx);
    if (got.state == WEIR_ERROR)
        return lose(self, cx);
    if (self->starved) { /* whoever asked asks again on the next one */
        self->starved = false;
        weir_fail(cx, WEIR_E_MEMORY, "no memory to ask for anything");
        return lose(self, cx);
    }
    if (cx->now_ns >= weir_redis_due_ns(self)) {
        weir_fail(cx, WEIR_E_TIMEOUT, "the server said nothing for %d s",
                  (int)(ANSWER_NS / 1000000000));
        return lose(self, cx);
    }
    if (send(self, cx).state == WEIR_ERROR)
        return drop_out(self, cx);
    return receive(self, cx);
}

/* A stop ends connections; this one is closed by its owner. */
weir_poll weir_redis_link_poll(struct weir_redis_link *self, weir_cx *cx)
{
    bool outer = cx->draining;
    cx->draining = true;
    weir_poll got = go_on(self, cx);
    cx->draining = outer;
    return got;
}
