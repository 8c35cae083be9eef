/* Readers that follow a script, or dole out bytes in pieces. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

static bool give_bytes(weir_reader *reader, const void *bytes, size_t n)
{
    unsigned char *room = weir_reader_room(reader, n);
    if (!room)
        return false;
    memcpy(room, bytes, n);
    reader->end += n;
    return true;
}

/* ---- by script ---- */

struct scripted_reader {
    weir_reader reader;
    struct script *script;
};

static weir_poll give_step(struct scripted_reader *self, weir_cx *cx)
{
    struct script *script = self->script;
    const struct step *step = &script->steps[script->at];
    size_t n = step->bytes_n - script->part;
    if (script->at_most && n > script->at_most)
        n = script->at_most;
    if (!give_bytes(&self->reader, step->bytes + script->part, n))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of a script", n);
    script->part += n;
    script->given += (unsigned)n;
    if (script->part == step->bytes_n) {
        script->at++;
        script->part = 0;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll scripted_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct scripted_reader *self = (struct scripted_reader *)reader;
    struct script *script = self->script;
    script->polls++;
    while (reader->end - reader->begin < min) {
        bool bytes = script->at < script->n && script->steps[script->at].kind == STEP_BYTES;
        weir_poll got = bytes ? give_step(self, cx) : script_answer(script, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

static void scripted_reader_fini(weir_reader *reader)
{
    script_leave(((struct scripted_reader *)reader)->script);
}

static const weir_reader_ops scripted_reader_ops = {.size = sizeof scripted_reader_ops,
                                                    .name = "script",
                                                    .poll_fill = scripted_poll_fill,
                                                    .fini = scripted_reader_fini};

weir_reader *script_reader(struct script *script, const char *text)
{
    if (text)
        script_parse(script, text);
    weir_reader *reader = weir_reader_new(sizeof(struct scripted_reader), &scripted_reader_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    ((struct scripted_reader *)reader)->script = script;
    return reader;
}

/* ---- in pieces ---- */

struct pieces {
    weir_reader reader;
    const unsigned char *bytes;
    size_t left;
    size_t piece;
    unsigned waits; /* so often PENDING, woken at once, before each read */
    unsigned waited;
    bool fails; /* at the end */
    weir_waker_slot slot;
};

static weir_poll pieces_over(const struct pieces *self, weir_cx *cx)
{
    if (!self->fails)
        return (weir_poll){0, WEIR_END};
    weir_fail(cx, WEIR_E_SYSTEM, "failing reader: read failed after %llu bytes",
              (unsigned long long)(self->reader.offset + self->reader.end - self->reader.begin));
    cx->error.number = EIO;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll pieces_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct pieces *self = (struct pieces *)reader;
    while (reader->end - reader->begin < min) {
        if (self->waited < self->waits) {
            self->waited++;
            weir_waker_wake(cx->waker);
            return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
        }
        self->waited = 0;
        if (!self->left)
            return pieces_over(self, cx);
        size_t n = self->left < self->piece ? self->left : self->piece;
        if (!give_bytes(reader, self->bytes, n))
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for a piece of %zu bytes", n);
        self->bytes += n;
        self->left -= n;
    }
    return (weir_poll){0, WEIR_READY};
}

static void pieces_fini(weir_reader *reader)
{
    weir_waker_slot_clear(&((struct pieces *)reader)->slot);
}

static const weir_reader_ops pieces_ops = {.size = sizeof pieces_ops,
                                           .name = "pieces",
                                           .poll_fill = pieces_poll_fill,
                                           .fini = pieces_fini};

static weir_reader *pieces_new(const void *bytes, size_t n, size_t piece, unsigned waits,
                               bool fails)
{
    weir_reader *reader = weir_reader_new(sizeof(struct pieces), &pieces_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct pieces *self = (struct pieces *)reader;
    self->bytes = bytes;
    self->left = n;
    self->piece = piece;
    self->waits = waits;
    self->fails = fails;
    return reader;
}

weir_reader *one_byte_reader(const void *bytes, size_t n, bool pending)
{
    return pieces_new(bytes, n, 1, pending, false);
}

weir_reader *waiting_reader(const void *bytes, size_t n, size_t piece, unsigned waits)
{
    return pieces_new(bytes, n, piece, waits, false);
}

weir_reader *pieces_reader(const void *bytes, size_t n, size_t piece)
{
    return pieces_new(bytes, n, piece, 0, false);
}

weir_reader *failing_reader(const void *bytes, size_t n)
{
    return pieces_new(bytes, n, 4096, 0, true);
}

/* ---- everything a reader gives ---- */

static void append(struct bytes *all, weir_reader *reader)
{
    size_t n;
    const unsigned char *at = weir_peek(reader, &n);
    if (!n)
        return;
    unsigned char *data = realloc(all->data, all->n + n);
    if (!data)
        test_abort("no memory for %zu bytes", all->n + n);
    memcpy(data + all->n, at, n);
    all->data = data;
    all->n += n;
    weir_consume(reader, n);
}

struct bytes reader_bytes(weir_reader *reader, weir_error *error)
{
    static struct test_cx test;
    struct bytes all = {.state = WEIR_READY};
    test_cx_init(&test);
    unsigned idle = 0; /* polls since the last byte */
    while (all.state != WEIR_END && all.state != WEIR_ERROR) {
        size_t before = all.n;
        if (idle == READER_IDLE_MAX || all.n > READER_BYTES_MAX)
            test_abort("the reader '%s' has no end: %zu bytes, then %u polls without any",
                       weir_stage_name(&reader->stage), all.n, idle);
        test_cx_turn(&test);
        all.state = weir_poll_fill(reader, &test.cx, 1).state;
        if (all.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("the reader '%s' is stuck", weir_stage_name(&reader->stage));
        if (all.state != WEIR_PENDING)
            append(&all, reader);
        idle = all.n > before ? 0 : idle + 1;
    }
    if (error)
        *error = test.cx.error;
    weir_drop(reader);
    test_cx_fini(&test);
    return all;
}
