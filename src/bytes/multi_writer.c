/* multi_writer: the same bytes to several writers. The first one that takes some says how many; who
 * takes fewer is given the rest later, out of a copy, before anybody is offered more. */

#include <string.h>

#include "bytes/below.h"
#include "weir/poll.h"
#include "weir/write.h"

/* The most that is taken at once, and held for those who take less. */
enum { MULTI_WRITER_OFFER_BYTES = 64 << 10 };

struct member {
    weir_writer *writer; /* a chain of its own */
    size_t at;           /* of what is held: it has taken so much */
};

struct multi_writer {
    weir_writer writer;
    struct member *members;
    size_t n;
    weir_block *block; /* NULL: nothing is held */
    size_t held;       /* bytes of the block that all are to have */
};

static struct multi_writer *multi_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct multi_writer, writer);
}

/* Which of them it was. */
static weir_poll blame(const struct multi_writer *self, weir_cx *cx, const struct member *member,
                       weir_poll got)
{
    char text[WEIR_MESSAGE_BYTES];
    if (got.state != WEIR_ERROR)
        return got;
    weir_format(text, sizeof text, "writer %zu of %zu: %s", (size_t)(member - self->members) + 1,
                self->n, cx->error.message);
    memcpy(cx->error.message, text, sizeof text);
    return got;
}

static void multi_writer_let_go(struct multi_writer *self)
{
    weir_block_unref(self->block);
    self->block = NULL;
    self->held = 0;
}

/* READY: this one has all that is held. */
static weir_poll catch_up(struct multi_writer *self, weir_cx *cx, struct member *member)
{
    for (bool begun = false; member->at < self->held; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_give(member->writer, cx, self->block,
                                       self->block->data + member->at, self->held - member->at);
        if (got.state != WEIR_READY)
            return blame(self, cx, member, got);
        member->at += got.n;
    }
    return (weir_poll){0, WEIR_READY};
}

/* READY: all have it. Each is asked, so that none waits for another's sake alone. */
static weir_poll multi_writer_deliver(struct multi_writer *self, weir_cx *cx)
{
    bool waits = false;
    for (size_t i = 0; self->held && i < self->n; i++) {
        weir_poll got = catch_up(self, cx, &self->members[i]);
        if (got.state == WEIR_ERROR)
            return got;
        waits |= got.state == WEIR_PENDING;
    }
    if (waits)
        return (weir_poll){0, WEIR_PENDING};
    multi_writer_let_go(self);
    return (weir_poll){0, WEIR_READY};
}

/* What the first one took is held for those who took less. */
static weir_poll multi_writer_hold(struct multi_writer *self, weir_cx *cx, const void *bytes,
                                   size_t n)
{
    weir_block *block = weir_block_new(0, n);
    if (!block)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes that one writer is behind", n);
    memcpy(block->data, bytes, n);
    self->block = block;
    self->held = n;
    return (weir_poll){0, WEIR_READY};
}

/* All of n, or less if it waits; what it lacks is told by member->at. */
static weir_poll multi_writer_offer(struct multi_writer *self, weir_cx *cx, struct member *member,
                                    weir_block *block, const unsigned char *bytes, size_t n)
{
    member->at = 0;
    while (member->at < n) {
        weir_poll got =
            weir_poll_give(member->writer, cx, block, bytes + member->at, n - member->at);
        if (got.state == WEIR_PENDING || !got.n)
            return blame(self, cx, member, got);
        member->at += got.n;
        if (!weir_spend(cx))
            break;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll offer_others(struct multi_writer *self, weir_cx *cx, weir_block *block,
                              const void *bytes, size_t n)
{
    bool behind = false;
    for (size_t i = 1; i < self->n; i++) {
        weir_poll got = multi_writer_offer(self, cx, &self->members[i], block, bytes, n);
        if (got.state == WEIR_ERROR)
            return got;
        behind |= self->members[i].at < n;
    }
    return behind ? multi_writer_hold(self, cx, bytes, n) : (weir_poll){0, WEIR_READY};
}

static weir_poll multi_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                 const void *bytes, size_t n)
{
    struct multi_writer *self = multi_of(writer);
    weir_poll got = multi_writer_deliver(self, cx);
    if (got.state != WEIR_READY || !self->n)
        return got.state == WEIR_READY ? (weir_poll){(uint32_t)n, WEIR_READY} : got;
    struct member *first = self->members;
    got = weir_poll_give(first->writer, cx, block, bytes,
                         n < MULTI_WRITER_OFFER_BYTES ? n : MULTI_WRITER_OFFER_BYTES);
    if (got.state != WEIR_READY)
        return blame(self, cx, first, got);
    first->at = got.n;
    weir_poll others = offer_others(self, cx, block, bytes, got.n);
    return others.state == WEIR_READY ? got : others;
}

static weir_poll multi_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return multi_poll_give(writer, cx, NULL, bytes, n);
}

/* Asks each; READY: all said so. */
static weir_poll each(struct multi_writer *self, weir_cx *cx,
                      weir_poll (*ask)(weir_writer *writer, weir_cx *cx))
{
    bool waits = false;
    for (size_t i = 0; i < self->n; i++) {
        weir_poll got = ask(self->members[i].writer, cx);
        if (got.state == WEIR_ERROR)
            return blame(self, cx, &self->members[i], got);
        waits |= got.state == WEIR_PENDING;
    }
    return (weir_poll){0, waits ? WEIR_PENDING : WEIR_READY};
}

/* Of this file's own: freestanding code has no table of the addresses of others. */
static weir_poll multi_writer_open_one(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_open(writer, cx);
}

static weir_poll flush_one(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_flush(writer, cx);
}

static weir_poll multi_writer_close_one(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_close(writer, cx);
}

static weir_poll multi_poll_open(weir_writer *writer, weir_cx *cx)
{
    return each(multi_of(writer), cx, multi_writer_open_one);
}

static weir_poll multi_poll_flush(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = multi_writer_deliver(multi_of(writer), cx);
    return got.state == WEIR_READY ? each(multi_of(writer), cx, flush_one) : got;
}

/* As little as the weakest. */
static weir_strength multi_strength(const weir_writer *writer)
{
    const struct multi_writer *self = multi_of(writer);
    weir_strength least = WEIR_STRENGTH_DURABLE;
    for (size_t i = 0; i < self->n; i++) {
        weir_strength one = weir_writer_strength(self->members[i].writer);
        least = one < least ? one : least;
    }
    return self->n ? least : WEIR_STRENGTH_SENT;
}

static weir_poll multi_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    struct multi_writer *self = multi_of(writer);
    weir_poll got = multi_writer_deliver(self, cx);
    bool waits = false;
    for (size_t i = 0; got.state == WEIR_READY && i < self->n; i++) {
        weir_poll one = weir_writer_settle(self->members[i].writer, cx, strength);
        if (one.state == WEIR_ERROR)
            return blame(self, cx, &self->members[i], one);
        waits |= one.state == WEIR_PENDING;
    }
    return waits ? (weir_poll){0, WEIR_PENDING} : got;
}

/* None is closed before all have everything: what is closed counts as whole. */
static weir_poll multi_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct multi_writer *self = multi_of(writer);
    weir_poll got = multi_writer_deliver(self, cx);
    if (got.state != WEIR_READY)
        return got;
    for (size_t i = 0; i < self->n; i++)
        self->members[i].writer->stage.cut |= writer->stage.cut;
    return each(self, cx, multi_writer_close_one);
}

static weir_poll multi_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct multi_writer *self = multi_of(writer);
    weir_poll got = multi_writer_deliver(self, cx);
    if (got.state != WEIR_READY || !self->n)
        return got.state == WEIR_PENDING ? got : (weir_poll){0, WEIR_READY};
    return weir_poll_room(self->members[0].writer, cx);
}

/* Given up, or with bytes that some lack: none of them is whole. */
static void multi_fini(weir_writer *writer)
{
    struct multi_writer *self = multi_of(writer);
    bool cut = writer->stage.ending || self->held;
    for (size_t i = 0; i < self->n; i++)
        if (cut)
            weir_writer_give_up(self->members[i].writer);
        else
            weir_drop(self->members[i].writer);
    multi_writer_let_go(self);
}

static weir_stage *multi_input(const weir_writer *writer, size_t i)
{
    const struct multi_writer *self = multi_of(writer);
    return i < self->n ? &self->members[i].writer->stage : NULL;
}

static size_t multi_memory_max(const weir_writer *writer)
{
    return multi_of(writer)->n > 1
               ? sizeof(weir_block) + MULTI_WRITER_OFFER_BYTES + WEIR_PADDING_BYTES
               : 0;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t multi_unsent(const weir_writer *writer)
{
    const struct multi_writer *self = multi_of(writer);
    size_t unsent = 0;
    for (size_t i = 0; i < self->n; i++) {
        size_t behind = self->held ? self->held - self->members[i].at : 0;
        unsent = most(unsent, behind + weir_unsent(self->members[i].writer));
    }
    return unsent;
}

static const weir_writer_ops multi_writer_ops = {.size = sizeof multi_writer_ops,
                                                 .name = "multi_writer",
                                                 .poll_write = multi_poll_write,
                                                 .poll_flush = multi_poll_flush,
                                                 .poll_close = multi_poll_close,
                                                 .fini = multi_fini,
                                                 .input = multi_input,
                                                 .memory_max = multi_memory_max,
                                                 .poll_open = multi_poll_open,
                                                 .poll_give = multi_poll_give,
                                                 .poll_room = multi_poll_room,
                                                 .unsent = multi_unsent,
                                                 .strength = multi_strength,
                                                 .poll_settle = multi_poll_settle};

static void drop_all(weir_writer *const *writers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        weir_drop(writers[i]);
}

/* One that could not be built stands for all. */
static weir_writer *multi_writer_failed_of(weir_writer *const *writers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (weir_stage_failed(&writers[i]->stage)) {
            drop_all(writers, i);
            drop_all(writers + i + 1, n - i - 1);
            return writers[i];
        }
    return NULL;
}

weir_writer *weir_multi_writer(weir_writer *const *writers, size_t n)
{
    weir_writer *failed = multi_writer_failed_of(writers, n);
    if (failed)
        return failed;
    weir_writer *writer = weir_writer_new(sizeof(struct multi_writer), &multi_writer_ops);
    bool made = !weir_stage_failed(&writer->stage);
    struct member *members =
        made && n <= SIZE_MAX / sizeof *members
            ? weir_arena_take(writer->stage.arena, n * sizeof *members, _Alignof(struct member))
            : NULL;
    if (n && !members) {
        drop_all(writers, n);
        return !made
                   ? writer
                   : weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL,
                                        "no memory for %s (%zu writers)", "multi_writer", NULL, n);
    }
    for (size_t i = 0; i < n; i++)
        members[i].writer = writers[i];
    if (!made)
        return writer;
    multi_of(writer)->members = members;
    multi_of(writer)->n = n;
    for (size_t i = 0; i < n; i++)
        writer = weir_writer_with(writer, &writers[i]->stage);
    return writer;
}
