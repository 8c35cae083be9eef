/* Another protocol on a connection of HTTP/1.1: its two halves, over the connection's own. The
 * answer that says so goes out before anything else, whichever half is polled first. */

#include <string.h>
#include <strings.h>

#include "bytes/lent.h"
#include "bytes/below.h"
#include "http/http1.h"

enum { PROTOCOL_BYTES_MAX = WEIR_HTTP1_SWITCH_BYTES - 128 };

struct half_reader {
    weir_reader reader;
    struct weir_http1_exchange *exchange;
};

struct half_writer {
    weir_writer writer;
    struct weir_http1_exchange *exchange;
};

static struct weir_http1 *conn_of_reader(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct half_reader, reader)->exchange->conn;
}

static struct weir_http1 *conn_of_writer(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct half_writer, writer)->exchange->conn;
}

/* READY: the answer is on its way. Both halves may wait for that: who sends it wakes the other. */
static weir_poll announce(struct weir_http1 *conn, weir_cx *cx, weir_waker_slot *own,
                          weir_waker_slot *others)
{
    if (WEIR_LIKELY(!conn->out_n) && !conn->broken)
        return (weir_poll){0, WEIR_READY};
    if (conn->broken)
        return weir_fail(cx, WEIR_E_CLOSED, "the answer that switches protocols was not taken");
    weir_poll got = weir_http1_send(conn, cx);
    if (got.state == WEIR_PENDING) {
        weir_waker_slot_store(own, cx->waker);
        return got;
    }
    weir_waker_slot_wake(others);
    return got;
}

/* ---- the reader ---- */

static weir_poll half_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_http1 *conn = conn_of_reader(reader);
    weir_poll got = announce(conn, cx, &conn->next, &conn->other);
    if (got.state != WEIR_READY)
        return got;
    weir_reader_lend(reader, conn->io.reader);
    got = weir_poll_fill(conn->io.reader, cx, min);
    weir_reader_lend(reader, conn->io.reader);
    return got;
}

static weir_hint half_size_hint(const weir_reader *reader)
{
    return weir_lent_hint_of(reader, conn_of_reader(reader)->io.reader);
}

static bool half_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(conn_of_reader(reader)->io.reader, bytes);
}

static const char *half_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *io = conn_of_reader(reader)->io.reader;
    return io->ops->place ? io->ops->place(io, byte) : NULL;
}

static weir_poll half_poll_hup(weir_reader *reader, weir_cx *cx)
{
    return weir_poll_hup(conn_of_reader(reader)->io.reader, cx);
}

static weir_stage *half_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &conn_of_reader(reader)->io.reader->stage;
}

static const void *http1_upgrade_reader_half_of(const weir_reader *reader)
{
    return conn_of_reader(reader);
}

static void half_reader_fini(weir_reader *reader)
{
    struct weir_http1 *conn = conn_of_reader(reader);
    weir_consume(conn->io.reader, (size_t)(reader->offset - conn->io.reader->offset));
    weir_waker_slot_clear(&conn->next);
    weir_drop(conn->io.reader);
    conn->io.reader = NULL;
}

static const weir_reader_ops half_reader_ops = {.size = sizeof half_reader_ops,
                                                .name = "http upgrade",
                                                .poll_fill = half_poll_fill,
                                                .fini = half_reader_fini,
                                                .size_hint = half_size_hint,
                                                .reserve = half_reserve,
                                                .place = half_place,
                                                .input = half_input,
                                                .memory_max = weir_lent_memory_max,
                                                .poll_hup = half_poll_hup,
                                                .half_of = http1_upgrade_reader_half_of};

/* ---- the writer ---- */

static weir_poll http1_upgrade_ready(weir_writer *writer, weir_cx *cx)
{
    struct weir_http1 *conn = conn_of_writer(writer);
    return announce(conn, cx, &conn->other, &conn->next);
}

static weir_poll half_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                const void *bytes, size_t n)
{
    weir_poll got = http1_upgrade_ready(writer, cx);
    if (got.state != WEIR_READY)
        return got;
    return weir_poll_give(conn_of_writer(writer)->io.writer, cx, block, bytes, n);
}

static weir_poll half_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return half_poll_give(writer, cx, NULL, bytes, n);
}

static weir_poll half_poll_flush(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = http1_upgrade_ready(writer, cx);
    return got.state == WEIR_READY ? weir_poll_flush(conn_of_writer(writer)->io.writer, cx) : got;
}

static weir_poll half_poll_close(weir_writer *writer, weir_cx *cx)
{
    weir_writer *io = conn_of_writer(writer)->io.writer;
    weir_poll got = http1_upgrade_ready(writer, cx);
    io->stage.cut |= writer->stage.cut;
    return got.state == WEIR_READY ? weir_poll_close(io, cx) : got;
}

static weir_poll half_poll_room(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = http1_upgrade_ready(writer, cx);
    return got.state == WEIR_READY ? weir_poll_room(conn_of_writer(writer)->io.writer, cx) : got;
}

static size_t half_unsent(const weir_writer *writer)
{
    const struct weir_http1 *conn = conn_of_writer(writer);
    return conn->out_n - conn->out_sent + weir_unsent(conn->io.writer);
}

static weir_stage *half_writer_input(const weir_writer *writer, size_t i)
{
    return i ? NULL : &conn_of_writer(writer)->io.writer->stage;
}

static size_t half_memory_max(const weir_writer *writer)
{
    (void)writer;
    return 0;
}

static const void *http1_upgrade_writer_half_of(const weir_writer *writer)
{
    return conn_of_writer(writer);
}

static void half_writer_fini(weir_writer *writer)
{
    struct weir_http1 *conn = conn_of_writer(writer);
    weir_writer *io = conn->io.writer;
    bool unsaid = conn->out_n > conn->out_sent && !weir_http1_send_rest(conn);
    weir_http1_forget(conn);
    conn->broken |= unsaid;
    conn->io.writer = NULL;
    weir_waker_slot_clear(&conn->other);
    if (writer->stage.ending || unsaid)
        weir_writer_give_up(io);
    else
        weir_drop(io);
    weir_waker_slot_wake(&conn->next);
}

static const weir_writer_ops half_writer_ops = {.size = sizeof half_writer_ops,
                                                .name = "http upgrade",
                                                .poll_write = half_poll_write,
                                                .poll_flush = half_poll_flush,
                                                .poll_close = half_poll_close,
                                                .fini = half_writer_fini,
                                                .input = half_writer_input,
                                                .memory_max = half_memory_max,
                                                .poll_give = half_poll_give,
                                                .poll_room = half_poll_room,
                                                .unsent = half_unsent,
                                                .half_of = http1_upgrade_writer_half_of};

/* ---- making ---- */

static weir_duplex http1_upgrade_refuse(weir_exchange *x, weir_code code, const char *fact)
{
    weir_exchange_drop(x);
    return (weir_duplex){weir_reader_refused(code, NULL, fact, NULL, NULL, 0),
                         weir_writer_refused(code, NULL, fact, NULL, NULL, 0)};
}

/* One of those that the client listed. */
static bool is_offered(const weir_exchange *x, const char *protocol)
{
    if (!protocol || !*protocol || strlen(protocol) > PROTOCOL_BYTES_MAX)
        return false;
    for (uint32_t i = 0; i < x->request.headers_n; i++) {
        const weir_header *field = &x->fields[i];
        const unsigned char *list = (const unsigned char *)field->value;
        if (!strcasecmp(field->name, "upgrade") &&
            weir_http_list_has(list, strlen(field->value), protocol))
            return true;
    }
    return false;
}

static char *http1_upgrade_put(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

/* false: no memory. */
static bool http1_upgrade_say(struct weir_http1 *conn, const char *protocol)
{
    if (!conn->out)
        conn->out = weir_block_new(0, WEIR_HTTP1_OUT_BYTES + WEIR_HTTP1_SWITCH_BYTES);
    if (!conn->out)
        return false;
    char *begin = (char *)conn->out->data + conn->out_n, *to = begin;
    if (protocol) {
        to = http1_upgrade_put(
            to, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ");
        to = http1_upgrade_put(to, protocol);
        to = http1_upgrade_put(to, "\r\n\r\n");
    } else {
        to = http1_upgrade_put(to, "HTTP/1.1 200 OK\r\n\r\n");
    }
    weir_http1_put(conn, (size_t)(to - begin));
    return true;
}

/* Both halves, beside the exchange, which goes now. */
static weir_duplex halves(struct weir_http1_exchange *self, weir_arena *near, weir_arena *far)
{
    struct weir_http1 *conn = self->conn;
    weir_duplex out = {weir_reader_in(near, sizeof(struct half_reader), &half_reader_ops),
                       weir_writer_in(far, sizeof(struct half_writer), &half_writer_ops)};
    WEIR_CONTAINER(out.reader, struct half_reader, reader)->exchange = self;
    WEIR_CONTAINER(out.writer, struct half_writer, writer)->exchange = self;
    out.reader->offset = conn->io.reader->offset;
    out.reader->reserve = conn->io.reader->reserve;
    out.reader->stage.remote = true;
    weir_http1_let_go(self);
    return out;
}

static weir_duplex http1_upgrade_hand_over(struct weir_http1_exchange *self, const char *protocol)
{
    struct weir_http1 *conn = self->conn;
    weir_arena *near = weir_http1_part_new(self);
    weir_arena *far = near ? weir_http1_part_new(self) : NULL;
    if (!far || !http1_upgrade_say(conn, protocol)) {
        if (near)
            weir_arena_drop(near);
        if (far)
            weir_arena_drop(far);
        return http1_upgrade_refuse(&self->x, WEIR_E_MEMORY, "no memory to switch protocols");
    }
    conn->answer = WEIR_HTTP1_WHOLE;
    conn->handed_over = true;
    weir_waker_slot_wake(&conn->next); /* the stream is over */
    weir_http_count(&conn->config, WEIR_HTTP_ANSWERED);
    return halves(self, near, far);
}

weir_duplex weir_http1_upgrade(weir_exchange *x, const char *protocol)
{
    struct weir_http1_exchange *self = weir_http1_of(x);
    struct weir_http1 *conn = self->conn;
    bool connects = !strcmp(x->request.method, "CONNECT");
    if (x->body_taken || conn->answer != WEIR_HTTP1_SILENT || conn->broken)
        return http1_upgrade_refuse(x, WEIR_E_ARGUMENT,
                                    "the exchange has begun: its protocol stays");
    if (connects ? protocol != NULL : !conn->upgrade || !is_offered(x, protocol))
        return http1_upgrade_refuse(x, WEIR_E_ARGUMENT, "the client did not ask for that protocol");
    if (!conn->body.body.ended)
        return http1_upgrade_refuse(x, WEIR_E_ARGUMENT,
                                    "the request has a body: what follows is not the protocol's");
    return http1_upgrade_hand_over(self, protocol);
}
