/* The model of a server. */

#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "redis/page.h"
#include "weir/implement.h"

enum { OUT_BYTES = 64 << 10, MS = 1000000, LOOK_NS = 5 * MS };

struct model model;

void model_begin(uint64_t (*now_ns)(void), bool (*is_loading)(void))
{
    model = (struct model){.now_ns = now_ns, .is_loading = is_loading};
}

struct model_entry *model_entry(uint64_t i)
{
    return i >= model.first && i < model.next ? &model.entries[i % MODEL_N] : NULL;
}

static bool is_pending(uint64_t i)
{
    const struct model_entry *entry = model_entry(i);
    return entry && !entry->acked;
}

unsigned model_pending(void)
{
    unsigned n = 0;
    for (uint64_t i = model.first; i < model.next; i++)
        n += is_pending(i);
    return n;
}

void model_add(unsigned n)
{
    uint64_t room = model.first + MODEL_N - model.there;
    for (n = n < room ? n : (unsigned)room; n; n--)
        model.entries[model.there++ % MODEL_N] = (struct model_entry){0};
}

/* ---- one connection ---- */

struct served {
    weir_stream stream;
    weir_duplex io;
    struct weir_resp resp;
    char out[OUT_BYTES];
    size_t n, at;
    weir_timer timer;
    uint64_t until_ns; /* a read waits; 0: none does */
    unsigned count;    /* ... for so many */
};

static void __attribute__((format(printf, 2, 3))) say(struct served *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(self->out + self->n, OUT_BYTES - self->n, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < OUT_BYTES - self->n);
    self->n += (size_t)n;
}

static weir_line word(const struct served *self, uint32_t i)
{
    return weir_resp_text(&self->resp.reply, 1 + i);
}

static bool is_word(const struct served *self, uint32_t i, const char *what)
{
    return !strcmp(word(self, i).data, what);
}

static uint64_t number(const struct served *self, uint32_t i)
{
    return strtoull(word(self, i).data, NULL, 10);
}

/* "1000-1" is the first entry. */
static uint64_t entry_at(const struct served *self, uint32_t i)
{
    struct weir_redis_id id = weir_redis_read_id(word(self, i));
    assert_true(id.first == 1000 && id.second >= 1 && id.second <= model.next);
    return id.second - 1;
}

static void say_id(struct served *self, uint64_t i)
{
    char id[32];
    int n = snprintf(id, sizeof id, "1000-%llu", (unsigned long long)i + 1);
    say(self, "$%d\r\n%s\r\n", n, id);
}

static void give(struct served *self, uint64_t i)
{
    char value[24];
    int n = snprintf(value, sizeof value, "%llu", (unsigned long long)i);
    model_entry(i)->tries++;
    model_entry(i)->given_ns = model.now_ns();
    say(self, "*2\r\n");
    say_id(self, i);
    say(self, "*2\r\n$5\r\nvalue\r\n$%d\r\n%s\r\n", n, value);
}

/* False: there is nothing yet. */
static bool give_new(struct served *self)
{
    unsigned n = (unsigned)(model.there - model.next);
    n = n < self->count ? n : self->count;
    if (!n)
        return false;
    say(self, "*1\r\n*2\r\n$1\r\ns\r\n*%u\r\n", n);
    while (n--)
        give(self, model.next++);
    return true;
}

static void read_group(struct served *self)
{
    bool waits = is_word(self, 6, "BLOCK");
    self->count = (unsigned)number(self, 5);
    if (give_new(self))
        return;
    if (waits)
        self->until_ns = model.now_ns() + number(self, 7) * (uint64_t)MS;
    else
        say(self, "*-1\r\n");
}

static void acknowledge(struct served *self, uint32_t words)
{
    unsigned n = 0;
    for (uint32_t i = 3; i < words; i++) {
        struct model_entry *entry = model_entry(entry_at(self, i));
        if (!entry || entry->acked)
            continue;
        model.early += !entry->stored;
        entry->acked = true;
        n++;
    }
    model.acked += n;
    while (model.first < model.next && !is_pending(model.first))
        model.first++;
    if (model.lies)
        say(self, "*99999999\r\n");
    else
        say(self, ":%u\r\n", n);
}

/* XCLAIM s g w 0 ID... IDLE MS JUSTID */
static void claim(struct served *self, uint32_t words)
{
    uint64_t now_ns = model.now_ns(), idle_ns = number(self, words - 2) * (uint64_t)MS;
    uint64_t claimed[MODEL_N];
    unsigned n = 0;
    for (uint32_t i = 5; i < words - 3; i++)
        if (is_pending(entry_at(self, i)))
            claimed[n++] = entry_at(self, i);
    say(self, "*%u\r\n", n);
    for (unsigned i = 0; i < n; i++) {
        model_entry(claimed[i])->given_ns = now_ns > idle_ns ? now_ns - idle_ns : 0;
        say_id(self, claimed[i]);
    }
}

/* XAUTOCLAIM s g w MS CURSOR COUNT N; all of it is looked at, so the cursor ends. */
static void claim_others(struct served *self)
{
    uint64_t now_ns = model.now_ns(), idle_ns = number(self, 4) * (uint64_t)MS;
    uint64_t found[MODEL_N];
    unsigned n = 0;
    for (uint64_t i = model.first; i < model.next && n < number(self, 7); i++)
        if (is_pending(i) && now_ns - model_entry(i)->given_ns >= idle_ns)
            found[n++] = i;
    say(self, "*3\r\n$3\r\n0-0\r\n*%u\r\n", n);
    for (unsigned i = 0; i < n; i++)
        give(self, found[i]);
    say(self, "*0\r\n");
}

static void tell_tries(struct served *self)
{
    uint64_t i = entry_at(self, 3);
    if (!is_pending(i)) {
        say(self, "*0\r\n");
        return;
    }
    say(self, "*1\r\n*4\r\n");
    say_id(self, i);
    say(self, "$1\r\nw\r\n:0\r\n:%u\r\n", model_entry(i)->tries);
}

static void answer(struct served *self)
{
    uint32_t words = weir_resp_at(&self->resp.reply, 0).n;
    if (is_word(self, 0, "PING"))
        say(self, model.is_loading() ? "-LOADING it is read\r\n" : "+PONG\r\n");
    else if (is_word(self, 0, "XREADGROUP"))
        read_group(self);
    else if (is_word(self, 0, "XACK"))
        acknowledge(self, words);
    else if (is_word(self, 0, "XCLAIM"))
        claim(self, words);
    else if (is_word(self, 0, "XAUTOCLAIM"))
        claim_others(self);
    else if (is_word(self, 0, "XPENDING"))
        tell_tries(self);
    else
        fail_msg("the model knows no %s", word(self, 0).data);
}

/* ---- served ---- */

/* READY: whatever was asked is answered, or a read waits. */
static void answer_all(struct served *self)
{
    while (!self->until_ns && weir_resp_next(&self->resp) == WEIR_OK && self->resp.whole)
        answer(self);
}

static bool waited_enough(struct served *self)
{
    if (!give_new(self)) {
        if (model.now_ns() < self->until_ns)
            return false;
        say(self, "*-1\r\n");
    }
    self->until_ns = 0;
    answer_all(self);
    return true;
}

static weir_poll receive(struct served *self, weir_cx *cx)
{
    size_t n;
    weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
    if (got.state != WEIR_READY)
        return got;
    const unsigned char *bytes = weir_peek(self->io.reader, &n);
    assert_true(weir_resp_feed(&self->resp, bytes, n));
    weir_consume(self->io.reader, n);
    answer_all(self);
    return got;
}

static weir_poll step(struct served *self, weir_cx *cx)
{
    if (self->at < self->n) {
        weir_poll got =
            weir_poll_write(self->io.writer, cx, self->out + self->at, self->n - self->at);
        self->at += got.n;
        return got;
    }
    self->at = self->n = 0;
    if (self->until_ns && waited_enough(self))
        return (weir_poll){0, WEIR_READY};
    weir_poll got = receive(self, cx);
    if (got.state != WEIR_PENDING || !self->until_ns)
        return got;
    weir_timer_set(&self->timer, cx->now_ns + LOOK_NS);
    return weir_timer_poll(cx, &self->timer);
}

/* However it ends, it was a connection. */
static weir_poll served_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct served *self = WEIR_SELF(struct served, stream);
    (void)out, (void)demand;
    for (;;) {
        weir_poll got = step(self, cx);
        if (got.state == WEIR_ERROR || got.state == WEIR_END)
            return (weir_poll){0, WEIR_END};
        if (got.state == WEIR_PENDING)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static void served_fini(weir_stream *stream)
{
    struct served *self = WEIR_SELF(struct served, stream);
    weir_timer_stop(&self->timer);
    weir_resp_end(&self->resp);
    weir_duplex_drop(self->io);
}

static const weir_stream_ops served_ops = {
    .size = sizeof served_ops, .name = "model", .poll_next = served_poll_next, .fini = served_fini};

static weir_stream *serve(weir_duplex io, void *arg)
{
    (void)arg;
    weir_stream *stream = weir_source_new(sizeof(struct served), &served_ops, &weir_type_unit);
    struct served *self = WEIR_SELF(struct served, stream);
    self->io = io;
    assert_true(weir_resp_begin(&self->resp));
    return stream;
}
WEIR_THEN_FN(serve_fn, serve, weir_duplex, unsigned char, .from = &weir_type_duplex,
             .to = &weir_type_unit)

const weir_then_fn *model_fn(void)
{
    return &serve_fn;
}
