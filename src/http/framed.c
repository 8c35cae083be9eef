/* A body out of its frames. */

#include "http/framed.h"

#include <string.h>

#include "http/exchange.h"
#include "weir/alloc.h"

static const struct weir_http_limits trailer_limits = {.head_bytes = WEIR_HTTP_TRAILERS_BYTES,
                                                       .line_bytes = WEIR_HTTP_TRAILERS_BYTES,
                                                       .fields = WEIR_HTTP_TRAILERS_FIELDS};

void weir_http_framed_begin(struct weir_http_framed *self, weir_reader *io,
                            const struct weir_http_meaning *meaning)
{
    *self = (struct weir_http_framed){.io = io};
    self->body.framing = meaning->framing;
    self->body.left = meaning->length;
    self->body.ended = meaning->framing == WEIR_HTTP_NO_BODY;
}

void weir_http_framed_fini(struct weir_http_framed *self)
{
    weir_release(self->trailers, self->trailers_size);
    self->trailers = NULL;
    self->trailers_n = 0;
}

static size_t framed_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* ---- trailers ---- */

/* What frames, or says whom the message is for, was decided before the body came. */
static bool framed_is_late(const struct weir_http_field *field)
{
    return field->known == WEIR_HTTP_OTHER || field->known == WEIR_HTTP_TE;
}

static uint32_t keep_late(struct weir_http_field *fields, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (framed_is_late(&fields[i]))
            fields[kept++] = fields[i];
    return kept;
}

static bool framed_keep(struct weir_http_framed *self, const unsigned char *bytes,
                        struct weir_http_head *head)
{
    uint32_t n = keep_late(head->fields, head->n);
    if (!n)
        return true;
    size_t size = n * sizeof(weir_header) + head->bytes + 2 * (size_t)n;
    self->trailers = weir_allocate(size);
    if (!self->trailers)
        return false;
    self->trailers_n = n;
    self->trailers_size = (uint32_t)size;
    weir_http_copy_fields((char *)(self->trailers + n), bytes, head->fields, n, self->trailers);
    return true;
}

static weir_poll framed_broken(struct weir_http_framed *self, weir_cx *cx, size_t byte,
                               const char *fact)
{
    weir_fail(cx, WEIR_E_CORRUPT, "%s", fact);
    cx->error.byte = self->io->offset + byte;
    weir_reader_place(self->io, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: they are there, and the body is over. PENDING is not answered: END says more must come. */
static weir_poll framed_take_trailers(struct weir_http_framed *self, weir_cx *cx)
{
    struct weir_http_field fields[WEIR_HTTP_TRAILERS_FIELDS];
    struct weir_http_head head = {.fields = fields};
    size_t n;
    const unsigned char *bytes = weir_peek(self->io, &n);
    switch (weir_http_trailers(bytes, n, self->seen, &trailer_limits, &head)) {
    case WEIR_HTTP_NEED:
        self->seen = (uint32_t)n;
        return (weir_poll){0, WEIR_END};
    case WEIR_HTTP_BAD:
        return framed_broken(self, cx, head.byte, head.fact);
    case WEIR_HTTP_DONE:
        break;
    }
    if (!framed_keep(self, bytes, &head))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for trailers (%u bytes)", head.bytes);
    weir_consume(self->io, head.bytes);
    self->body.ended = true;
    return (weir_poll){0, WEIR_READY};
}

/* ---- what io has ---- */

static weir_poll framed_cut(struct weir_http_framed *self, weir_cx *cx)
{
    if (self->body.framing == WEIR_HTTP_LENGTH)
        weir_fail(cx, WEIR_E_TRUNCATED, "the body ends after %llu bytes, %llu before its length",
                  (unsigned long long)self->n, (unsigned long long)self->body.left);
    else
        weir_fail(cx, WEIR_E_TRUNCATED, "the body ends after %llu bytes, before its last chunk",
                  (unsigned long long)self->n);
    cx->error.byte = self->io->offset;
    weir_reader_place(self->io, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* So many bytes (> 0) more than were looked at. READY: something is there, or the body ends with
 * the bytes. */
static weir_poll framed_more(struct weir_http_framed *self, weir_cx *cx, size_t looked_at,
                             size_t wanted)
{
    size_t n;
    weir_poll got = weir_poll_fill(self->io, cx, looked_at + wanted);
    if (got.state != WEIR_END)
        return got;
    weir_peek(self->io, &n);
    if (n > looked_at)
        return (weir_poll){0, WEIR_READY};
    if (!weir_http_body_may_end(&self->body))
        return framed_cut(self, cx);
    self->body.ended = true;
    return (weir_poll){0, WEIR_READY};
}

/* At no more than so many bytes. */
static struct weir_http_step framed_look(struct weir_http_framed *self, size_t most)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->io, &n);
    n -= self->lent;
    return weir_http_body_step(&self->body, bytes + self->lent, n < most ? n : most);
}

/* What is neither data nor wrong: READY: the next step may be taken. */
static weir_poll pass_frame(struct weir_http_framed *self, weir_cx *cx, struct weir_http_step step)
{
    weir_consume(self->io, step.skip);
    if (step.piece == WEIR_HTTP_OVER)
        self->body.ended = true;
    if (step.piece == WEIR_HTTP_OVER)
        return (weir_poll){0, WEIR_READY};
    if (step.piece == WEIR_HTTP_TRAILERS) {
        weir_poll got = framed_take_trailers(self, cx);
        return got.state == WEIR_END ? framed_more(self, cx, self->seen, 1) : got;
    }
    weir_consume(self->io, step.n);
    return framed_more(self, cx, 0, 1);
}

/* ---- the reader ---- */

/* The data that io has is what the reader has. */
static void framed_lend(struct weir_http_framed *self, weir_reader *reader)
{
    const weir_reader *io = self->io;
    reader->base = io->base;
    reader->begin = io->begin;
    reader->end = io->begin + self->lent;
    reader->block = io->block;
    reader->stage.padded = io->stage.padded;
}

void weir_http_framed_leave(struct weir_http_framed *self, weir_reader *reader)
{
    if (reader->room)
        return;
    size_t consumed = self->lent - framed_in_hand(reader);
    weir_consume(self->io, consumed);
    self->lent -= consumed;
}

/* Behind what is in hand stands a frame: data goes on in a block of the reader's own. */
static bool framed_take_over(struct weir_http_framed *self, weir_reader *reader, size_t size)
{
    unsigned char *to = weir_reader_room(reader, size);
    if (!to)
        return false;
    weir_consume(self->io, self->lent);
    self->lent = 0;
    return true;
}

static weir_poll framed_no_room(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of a body", n);
}

static weir_poll copy_piece(struct weir_http_framed *self, weir_reader *reader, weir_cx *cx,
                            struct weir_http_step step)
{
    unsigned char *to = weir_reader_room(reader, step.n);
    if (!to)
        return framed_no_room(cx, step.n);
    weir_consume(self->io, step.skip);
    size_t n;
    memcpy(to, weir_peek(self->io, &n), step.n);
    weir_consume(self->io, step.n);
    reader->end += step.n;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll take_data(struct weir_http_framed *self, weir_reader *reader, weir_cx *cx,
                           struct weir_http_step step)
{
    self->n += step.n;
    if (!reader->room && !self->lent)
        weir_consume(self->io, step.skip);
    else if (reader->room || step.skip) {
        if (!reader->room && !framed_take_over(self, reader, step.n))
            return framed_no_room(cx, step.n);
        return copy_piece(self, reader, cx, step);
    }
    self->lent += step.n;
    framed_lend(self, reader);
    return (weir_poll){0, WEIR_READY};
}

/* So many bytes can be asked for at once without waiting for what may never come: behind the last
 * chunk nothing has to. */
static size_t lacks(const struct weir_http_framed *self, size_t wanted)
{
    if (self->body.framing == WEIR_HTTP_CHUNKED)
        return 1;
    return self->body.framing == WEIR_HTTP_LENGTH && self->body.left < wanted
               ? (size_t)self->body.left
               : wanted;
}

static weir_poll framed_take_step(struct weir_http_framed *self, weir_reader *reader, weir_cx *cx,
                                  size_t min)
{
    size_t lack = min - framed_in_hand(reader);
    bool copies = reader->room || (self->lent && self->body.framing == WEIR_HTTP_CHUNKED);
    struct weir_http_step step = framed_look(self, copies ? lack + WEIR_HTTP_COPY_BYTES : SIZE_MAX);
    if (step.piece == WEIR_HTTP_BROKEN)
        return framed_broken(self, cx, self->lent + step.byte, step.fact);
    if (step.piece == WEIR_HTTP_DATA)
        return take_data(self, reader, cx, step);
    if (step.piece == WEIR_HTTP_FRAME && !step.skip && !step.n)
        return framed_more(self, cx, self->lent, lacks(self, lack));
    if (self->lent && !framed_take_over(self, reader, lack))
        return framed_no_room(cx, min);
    return pass_frame(self, cx, step);
}

weir_poll weir_http_framed_fill(struct weir_http_framed *self, weir_reader *reader, weir_cx *cx,
                                size_t min)
{
    weir_http_framed_leave(self, reader);
    if (reader->room && !framed_in_hand(reader))
        weir_reader_release(reader);
    if (!reader->room)
        framed_lend(self, reader);
    for (bool begun = false; framed_in_hand(reader) < min; begun = true) {
        if (self->body.ended)
            return (weir_poll){0, WEIR_END};
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = framed_take_step(self, reader, cx, min);
        if (!reader->room)
            framed_lend(self, reader);
        if (got.state != WEIR_READY)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_http_framed_pass(struct weir_http_framed *self, weir_cx *cx, uint64_t *left)
{
    weir_consume(self->io, self->lent);
    self->lent = 0;
    for (bool begun = false; !self->body.ended; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        struct weir_http_step step = framed_look(self, SIZE_MAX);
        weir_poll got = {0, WEIR_READY};
        if (step.piece == WEIR_HTTP_BROKEN)
            return framed_broken(self, cx, step.byte, step.fact);
        if (step.piece == WEIR_HTTP_DATA && step.n > *left)
            return (weir_poll){0, WEIR_READY};
        if (step.piece == WEIR_HTTP_DATA) {
            weir_consume(self->io, step.skip + step.n);
            *left -= step.n;
        } else {
            got = pass_frame(self, cx, step);
        }
        if (got.state != WEIR_READY)
            return got;
    }
    return (weir_poll){0, WEIR_END};
}
