/* The wire of wire.h. */

#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READS, WRITES };

struct wire_reader {
    weir_reader reader;
    struct way *way;
};

struct wire_writer {
    weir_writer writer;
    struct way *way;
};

static void wake(struct way *way, int whom)
{
    if (way->withheld)
        way->owes[whom] = true;
    else
        weir_waker_slot_wake(&way->slots[whom]);
}

static bool hesitates(struct way *way, weir_cx *cx, int who)
{
    way->hesitated[who] = way->hesitates && !way->hesitated[who];
    if (way->hesitated[who])
        weir_waker_wake(cx->waker);
    return way->hesitated[who];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t piece_of(const struct way *way, size_t n)
{
    return way->piece ? least(way->piece, n) : n;
}

/* ---- reading ---- */

static size_t there(const struct way *way)
{
    size_t n = way->end - way->begin;
    return way->cut_at ? least(n, way->cut_at - way->passed) : n;
}

static weir_poll wire_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct way *way = ((struct wire_reader *)reader)->way;
    (void)min;
    if (hesitates(way, cx, READS))
        return weir_wait(cx, &way->slots[READS], WEIR_WAIT_PEER);
    size_t n = piece_of(way, there(way));
    if (!n && way->told) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (!n && way->cut_at && way->passed == way->cut_at)
        return (weir_poll){0, WEIR_END};
    if (!n && way->reset)
        return weir_fail(cx, WEIR_E_CLOSED, "the wire was reset");
    if (!n && (way->closed || way->writer_gone))
        return (weir_poll){0, WEIR_END};
    if (!n && reader->begin == reader->end)
        weir_reader_release(reader);
    if (!n)
        return weir_wait(cx, &way->slots[READS], WEIR_WAIT_PEER);
    unsigned char *room = weir_reader_room(reader, n);
    if (!room)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for the wire");
    memcpy(room, way->bytes + way->begin, n);
    if (way->wrong_at > way->passed && way->wrong_at <= way->passed + n)
        room[way->wrong_at - way->passed - 1] ^= 0x40;
    way->begin += n;
    way->passed += n;
    reader->end += n;
    wake(way, WRITES);
    return (weir_poll){0, WEIR_READY};
}

static void wire_reader_fini(weir_reader *reader)
{
    struct way *way = ((struct wire_reader *)reader)->way;
    way->reader_gone = true;
    weir_waker_slot_clear(&way->slots[READS]);
    wake(way, WRITES);
}

static const char *wire_place(const weir_reader *reader, uint64_t *byte)
{
    (void)reader, (void)byte;
    return "the wire";
}

static const weir_reader_ops reader_ops = {.size = sizeof reader_ops,
                                           .name = "wire",
                                           .poll_fill = wire_fill,
                                           .fini = wire_reader_fini,
                                           .place = wire_place};

/* ---- writing ---- */

static void keep(struct way *way, const void *bytes, size_t n)
{
    if (way->begin) {
        memmove(way->bytes, way->bytes + way->begin, way->end - way->begin);
        way->end -= way->begin;
        way->begin = 0;
    }
    if (way->end + n > way->size) {
        way->size = 2 * (way->end + n);
        way->bytes = realloc(way->bytes, way->size);
        if (!way->bytes)
            test_abort("no memory for the wire");
    }
    memcpy(way->bytes + way->end, bytes, n);
    way->end += n;
}

static weir_poll wire_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct way *way = ((struct wire_writer *)writer)->way;
    size_t room = way->room ? way->room : 64 << 10;
    if (way->closed)
        test_abort("wire: a write after close");
    if (hesitates(way, cx, WRITES))
        return weir_wait(cx, &way->slots[WRITES], WEIR_WAIT_PEER);
    if (++way->writes == way->fail_write || way->reader_gone) {
        weir_fail(cx, WEIR_E_CLOSED, "the wire is broken");
        cx->error.number = EPIPE;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (way->end - way->begin >= room)
        return weir_wait(cx, &way->slots[WRITES], WEIR_WAIT_PEER);
    n = piece_of(way, least(n, room - (way->end - way->begin)));
    keep(way, bytes, n);
    wake(way, READS);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll wire_flush(weir_writer *writer, weir_cx *cx)
{
    struct way *way = ((struct wire_writer *)writer)->way;
    if (hesitates(way, cx, WRITES))
        return weir_wait(cx, &way->slots[WRITES], WEIR_WAIT_PEER);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll wire_close(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = wire_flush(writer, cx);
    struct way *way = ((struct wire_writer *)writer)->way;
    if (got.state != WEIR_READY)
        return got;
    way->closed = true;
    wake(way, READS);
    return (weir_poll){0, WEIR_END};
}

static void wire_writer_fini(weir_writer *writer)
{
    struct way *way = ((struct wire_writer *)writer)->way;
    way->reset = writer->stage.ending;
    way->writer_gone = true;
    weir_waker_slot_clear(&way->slots[WRITES]);
    wake(way, READS);
}

static const weir_writer_ops writer_ops = {.size = sizeof writer_ops,
                                           .name = "wire",
                                           .poll_write = wire_write,
                                           .poll_flush = wire_flush,
                                           .poll_close = wire_close,
                                           .fini = wire_writer_fini};

static weir_duplex end_of(struct way *in, struct way *out)
{
    weir_duplex duplex = {weir_reader_new(sizeof(struct wire_reader), &reader_ops),
                          weir_writer_new(sizeof(struct wire_writer), &writer_ops)};
    in->reader_gone = weir_stage_failed(&duplex.reader->stage);
    out->writer_gone = weir_stage_failed(&duplex.writer->stage);
    if (!in->reader_gone)
        ((struct wire_reader *)duplex.reader)->way = in;
    if (!out->writer_gone)
        ((struct wire_writer *)duplex.writer)->way = out;
    return duplex;
}

weir_duplex wire_client(struct wire *wire)
{
    return end_of(&wire->ways[TO_CLIENT], &wire->ways[TO_SERVER]);
}

weir_duplex wire_server(struct wire *wire)
{
    return end_of(&wire->ways[TO_SERVER], &wire->ways[TO_CLIENT]);
}

bool wire_wake(struct wire *wire)
{
    bool any = false;
    for (int i = 0; i < 4; i++) {
        struct way *way = &wire->ways[i / 2];
        if (!way->owes[i % 2])
            continue;
        way->owes[i % 2] = false;
        any |= way->slots[i % 2].waker != NULL;
        weir_waker_slot_wake(&way->slots[i % 2]);
    }
    return any;
}

void wire_fini(struct wire *wire)
{
    for (int i = 0; i < 2; i++)
        free(wire->ways[i].bytes);
    memset(wire, 0, sizeof *wire);
}

/* ---- tasks ---- */

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

enum { PIECE_BYTES = 128 << 10 };

static weir_poll pump_write(struct pump *pump)
{
    static unsigned char bytes[PIECE_BYTES];
    weir_cx *cx = &pump->cx.cx;
    while (pump->moved < pump->n) {
        size_t n =
            least(least(pump->n - pump->moved, pump->piece ? pump->piece : SIZE_MAX), sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = pattern(pump->moved + i);
        weir_poll got = weir_poll_write(pump->writer, cx, bytes, n);
        memset(bytes, 0xdd, n); /* it kept no pointer to them */
        if (got.state == WEIR_READY)
            pump->moved += got.n;
        if (got.state != WEIR_READY)
            return got;
    }
    weir_poll got = {0, WEIR_READY};
    if (!pump->flushed)
        got = weir_poll_flush(pump->writer, cx);
    pump->flushed = got.state == WEIR_READY;
    if (got.state == WEIR_READY)
        got = pump->stays ? (weir_poll){0, WEIR_END} : weir_poll_close(pump->writer, cx);
    return got;
}

static weir_poll pump_read(struct pump *pump)
{
    for (;;) {
        weir_poll got = weir_poll_fill(pump->reader, &pump->cx.cx, pump->min);
        if (got.state != WEIR_READY && got.state != WEIR_END)
            return got;
        size_t n;
        const unsigned char *bytes = weir_peek(pump->reader, &n);
        for (size_t i = 0; i < n; i++)
            pump->wrong |= bytes[i] != pattern(pump->moved + i);
        weir_consume(pump->reader, n);
        pump->moved += n;
        if (got.state == WEIR_END)
            return got;
    }
}

static void pump_drop(struct pump *pump)
{
    if (pump->reader)
        weir_drop(pump->reader);
    if (pump->writer && !pump->stays)
        weir_drop(pump->writer);
    pump->reader = NULL;
    pump->writer = pump->stays ? pump->writer : NULL;
    pump->done = true;
}

static void pump_poll(struct pump *pump)
{
    if (!pump->begun)
        test_cx_init(&pump->cx);
    pump->begun = true;
    if (++pump->polls == pump->drop_at) {
        pump->dropped = true;
        pump_drop(pump);
        return;
    }
    test_cx_turn(&pump->cx);
    weir_poll got = pump->reader ? pump_read(pump) : pump_write(pump);
    if (got.state == WEIR_PENDING)
        return;
    pump->state = got.state;
    if (got.state == WEIR_ERROR)
        pump->error = pump->cx.cx.error;
    pump_drop(pump);
}

static bool may_poll(const struct pump *pump)
{
    return !pump->done && (!pump->begun || pump->cx.waker->wakes);
}

bool pumps_run(struct pump *pumps, size_t n, struct wire *wire)
{
    size_t left;
    for (;;) {
        bool any = false;
        left = 0;
        for (size_t i = 0; i < n; i++) {
            if (may_poll(&pumps[i])) {
                pump_poll(&pumps[i]);
                any = true;
            }
            left += !pumps[i].done;
        }
        if (!left || (!any && !wire_wake(wire)))
            return !left;
    }
}

void pumps_fini(struct pump *pumps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pumps[i].stays = false;
        pump_drop(&pumps[i]);
        if (pumps[i].begun)
            test_cx_fini(&pumps[i].cx);
    }
}
