/* Readiness: waiting apart from moving, and moving without waiting. */

#include "weir/ready.h"

#include <string.h>
#include <sys/uio.h>

#include "bytes/raw.h"
#include "core/stage.h"

static size_t readiness_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static weir_poll readiness_ready(size_t n)
{
    return (weir_poll){n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, WEIR_READY};
}

/* ---- the contract around the ops ---- */

typedef weir_poll poll_of_reader(weir_reader *reader, weir_cx *cx);

#define READINESS_MARKED "answered MARK: bytes carry no marks"

static weir_poll readiness_settle(weir_stage *stage, weir_cx *cx, weir_poll got)
{
    if (WEIR_CHECKS && got.state == WEIR_MARK)
        weir_misuse(weir_stage_name(stage), READINESS_MARKED);
    if (WEIR_UNLIKELY(got.state == WEIR_MARK))
        got = weir_fail(cx, WEIR_E_ARGUMENT, "'%s' " READINESS_MARKED, weir_stage_name(stage));
    if (got.state == WEIR_END)
        got.state = WEIR_READY;
    got.n = 0;
    return weir_stage_settle(stage, cx, got);
}

static weir_poll ask_reader(weir_reader *reader, weir_cx *cx, poll_of_reader *own)
{
    if (!WEIR_CHECKS)
        return readiness_settle(&reader->stage, cx, own(reader, cx));
    struct weir_said before = weir_check_before(&reader->stage, cx);
    uint64_t at = reader->offset;
    weir_poll got = own(reader, cx);
    weir_check_after(&reader->stage, cx, got.state, before);
    if (reader->offset != at)
        weir_misuse(reader->ops->name, "took bytes, and was asked whether there are any");
    return readiness_settle(&reader->stage, cx, got);
}

/* ---- waiting ---- */

static weir_poll fill_one(weir_reader *reader, weir_cx *cx)
{
    weir_poll got = weir_poll_fill(reader, cx, 1);
    return got.state == WEIR_END ? readiness_ready(got.n) : got;
}

weir_poll weir_poll_ready(weir_reader *reader, weir_cx *cx)
{
    if (readiness_in_hand(reader) || (reader->stage.done && !weir_stage_failed(&reader->stage)))
        return readiness_ready(readiness_in_hand(reader));
    if (!WEIR_OPS_HAVE(reader->ops, poll_ready))
        return fill_one(reader, cx);
    weir_poll got = ask_reader(reader, cx, reader->ops->poll_ready);
    return got.state == WEIR_READY ? readiness_ready(readiness_in_hand(reader)) : got;
}

weir_poll weir_poll_hup(weir_reader *reader, weir_cx *cx)
{
    const weir_stage *source = reader->stage.source;
    if (reader->stage.done)
        return readiness_ready(0);
    if (WEIR_OPS_HAVE(reader->ops, poll_hup))
        return ask_reader(reader, cx, reader->ops->poll_hup);
    if (source && source->vt->kind == WEIR_KIND_READER)
        return weir_poll_hup((weir_reader *)(uintptr_t)source, cx);
    return weir_wait_never(cx);
}

weir_poll weir_poll_room(weir_writer *writer, weir_cx *cx)
{
    if (writer->stage.done || writer->stage.ending || !WEIR_OPS_HAVE(writer->ops, poll_room))
        return readiness_ready(0);
    if (!WEIR_CHECKS)
        return readiness_settle(&writer->stage, cx, writer->ops->poll_room(writer, cx));
    struct weir_said before = weir_check_before(&writer->stage, cx);
    weir_poll got = writer->ops->poll_room(writer, cx);
    weir_check_after(&writer->stage, cx, got.state, before);
    return readiness_settle(&writer->stage, cx, got);
}

/* ---- moving ---- */

/* Where what was asked for is above what can be, the program is wrong in a way that no answer could
 * tell. */
static int64_t checked(const weir_stage *stage, int64_t moved, size_t n)
{
    if (moved >= 0 && (uint64_t)moved > n)
        weir_misuse(weir_stage_name(stage), "moved more bytes than it was asked for");
    return moved;
}

static size_t readiness_at_once(size_t n)
{
    return n < INT32_MAX ? n : INT32_MAX;
}

static int64_t take_in_hand(weir_reader *reader, void *out, size_t n)
{
    n = n < readiness_in_hand(reader) ? n : readiness_in_hand(reader);
    memcpy(out, reader->base + reader->begin, n);
    weir_consume(reader, n);
    return (int64_t)n;
}

int64_t weir_try_read(weir_reader *reader, void *out, size_t n)
{
    n = readiness_at_once(n);
    if (!n)
        return 0;
    if (readiness_in_hand(reader))
        return take_in_hand(reader, out, n);
    if (reader->stage.done)
        return weir_stage_failed(&reader->stage) ? -1 : 0;
    if (!WEIR_OPS_HAVE(reader->ops, try_read))
        return WEIR_WOULD_BLOCK;
    int64_t got = checked(&reader->stage, reader->ops->try_read(reader, out, n), n);
    if (got > 0)
        weir_reader_took(reader, (size_t)got);
    return got;
}

int64_t weir_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    n = readiness_at_once(n);
    if (writer->stage.done || writer->stage.ending)
        return -1;
    if (!n)
        return 0;
    if (!WEIR_OPS_HAVE(writer->ops, try_write))
        return WEIR_CANNOT_TRY;
    int64_t got = checked(&writer->stage, writer->ops->try_write(writer, bytes, n), n);
    if (got > 0)
        WEIR_TALLY(writer->stage.n, (uint64_t)got);
    return got;
}

/* One piece after the other, as long as each goes whole. What went wrong behind some that did is
 * told by the next call. */
int64_t weir_try_readv(weir_reader *reader, const struct iovec *pieces, size_t n)
{
    int64_t all = 0, got;
    for (size_t i = 0; i < n; i++, all += got) {
        got = weir_try_read(reader, pieces[i].iov_base, pieces[i].iov_len);
        if (got < 0)
            return all ? all : got;
        if ((size_t)got < pieces[i].iov_len)
            return all + got;
    }
    return all;
}

int64_t weir_try_writev(weir_writer *writer, const struct iovec *pieces, size_t n)
{
    int64_t all = 0, got;
    for (size_t i = 0; i < n; i++, all += got) {
        got = weir_try_write(writer, pieces[i].iov_base, pieces[i].iov_len);
        if (got < 0)
            return all ? all : got;
        if ((size_t)got < pieces[i].iov_len)
            return all + got;
    }
    return all;
}

/* The first of the writers above each other that holds bytes itself: only a poll makes it pass them
 * on, and no try comes to an end. */
static bool holds_bytes(const weir_writer *writer)
{
    const weir_stage *below = writer->stage.source;
    for (; below && below->vt->kind == WEIR_KIND_WRITER; below = below->source) {
        const weir_writer *next = (const weir_writer *)below;
        if (weir_unsent(writer) > weir_unsent(next))
            return true;
        writer = next;
    }
    return false;
}

int64_t weir_try_flush(weir_writer *writer)
{
    if (writer->stage.done || writer->stage.ending)
        return -1;
    if (!writer->ops->poll_flush)
        return 0;
    if (!WEIR_OPS_HAVE(writer->ops, unsent) || holds_bytes(writer))
        return WEIR_CANNOT_TRY;
    return writer->ops->unsent(writer) ? WEIR_WOULD_BLOCK : 0;
}

/* ---- hints ---- */

size_t weir_readable_bytes(const weir_reader *reader)
{
    size_t n = readiness_in_hand(reader);
    if (reader->stage.done || !WEIR_OPS_HAVE(reader->ops, readable))
        return n;
    size_t more = reader->ops->readable(reader);
    return more < SIZE_MAX - n ? n + more : SIZE_MAX;
}

weir_readiness weir_readiness_of(const weir_reader *reader)
{
    bool reads = reader->stage.done || weir_readable_bytes(reader);
    return reads ? WEIR_READINESS_READ : 0;
}

static const char *const bits[] = {"read", "write", "hup", "pri", "error"};
enum { BITS = sizeof bits / sizeof *bits };

static size_t readiness_text_of(uint32_t set, char *out, size_t size)
{
    char text[64] = "";
    size_t n = 0;
    for (unsigned i = 0; i < BITS; i++)
        if (set >> i & 1)
            n += weir_format(text + n, sizeof text - n, "%s%s", n ? "|" : "", bits[i]);
    return weir_format(out, size, "%s", n ? text : "none");
}

size_t weir_interest_text(weir_interest interest, char *out, size_t size)
{
    return readiness_text_of(interest, out, size);
}

size_t weir_readiness_text(weir_readiness readiness, char *out, size_t size)
{
    return readiness_text_of(readiness, out, size);
}

static size_t format_item(const weir_type *type, const void *item, char *out, size_t size)
{
    (void)type;
    return weir_readiness_text(*(const weir_readiness *)item, out, size);
}

const weir_type weir_type_readiness = WEIR_TYPE_(weir_readiness, .format = format_item);

/* ---- the future ---- */

struct waits {
    weir_stream stream;
    weir_duplex duplex;
    weir_interest interest;
};

static weir_poll readiness_ask(const struct waits *self, weir_cx *cx, weir_interest bit)
{
    if (bit == WEIR_INTEREST_READ)
        return weir_poll_ready(self->duplex.reader, cx);
    return bit == WEIR_INTEREST_WRITE ? weir_poll_room(self->duplex.writer, cx)
                                      : weir_poll_hup(self->duplex.reader, cx);
}

/* All are asked, so that each keeps the waker. What may never come is asked first: what is said to
 * be waited for is the last. */
static weir_poll waits_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    const struct waits *self = WEIR_SELF(struct waits, stream);
    weir_readiness holds = 0;
    (void)demand;
    for (weir_interest bit = WEIR_INTEREST_HUP; bit; bit >>= 1) {
        weir_poll got = {0, WEIR_PENDING};
        if (self->interest & bit)
            got = readiness_ask(self, cx, bit);
        if (got.state == WEIR_ERROR)
            return got;
        holds |= got.state == WEIR_READY ? bit : 0;
    }
    if (!holds)
        return (weir_poll){0, WEIR_PENDING};
    *(weir_readiness *)out = holds;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops waits_ops = {.size = sizeof waits_ops,
                                          .name = "ready",
                                          .poll_next = waits_poll_next,
                                          .size_hint = weir_size_hint_one};

enum { KNOWN = WEIR_INTEREST_READ_WRITE | WEIR_INTEREST_HUP };

static bool readiness_is_there(const weir_duplex *duplex, weir_interest interest)
{
    return interest && !(interest & ~(weir_interest)KNOWN) &&
           (duplex->writer || !(interest & WEIR_INTEREST_WRITE)) &&
           (duplex->reader || !(interest & ~(weir_interest)WEIR_INTEREST_WRITE));
}

weir_stream *weir_ready(weir_duplex duplex, weir_interest interest)
{
    weir_stream *stream = weir_source_new(sizeof(struct waits), &waits_ops, &weir_type_readiness);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!readiness_is_there(&duplex, interest))
        return weir_stream_refuse(
            &stream->stage, WEIR_E_ARGUMENT, "read, write or hup, of halves that are there",
            "%s: an interest of %zu in what is not there", "ready", NULL, (size_t)interest);
    struct waits *self = WEIR_SELF(struct waits, stream);
    self->duplex = duplex;
    self->interest = interest;
    stream->stage.one = true;
    stream = duplex.reader ? weir_stream_with(stream, &duplex.reader->stage) : stream;
    if (weir_stage_failed(&stream->stage) || !duplex.writer)
        return stream;
    return weir_stream_with(stream, &duplex.writer->stage);
}
