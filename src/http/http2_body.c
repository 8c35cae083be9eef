/* The body of a request on HTTP/2. What came stands in blocks until it is read; only what was read
 * opens the peer's window again, so that no more comes than there is room for. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "core/format.h"
#include "http/http2.h"
#include "weir/alloc.h"

struct http2_reader {
    weir_reader reader;
    struct weir_http2_stream *stream;
};

static struct weir_http2_stream *http2_body_stream_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct http2_reader, reader)->stream;
}

static size_t http2_body_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static size_t http2_body_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- what came ---- */

static bool http2_body_new_block(struct weir_http2_stream *stream, size_t n)
{
    size_t size = n < WEIR_HTTP2_BLOCK_BYTES_MIN ? WEIR_HTTP2_BLOCK_BYTES_MIN : n;
    weir_block *block = weir_block_new(0, http2_body_least(size, WEIR_HTTP2_BLOCK_BYTES));
    if (!block)
        return false;
    if (stream->in_last)
        stream->in_last->next = block;
    else
        stream->in_first = block;
    stream->in_last = block;
    stream->in_end = 0;
    return true;
}

static size_t room_in(const struct weir_http2_stream *stream)
{
    return stream->in_last ? stream->in_last->size - stream->in_end : 0;
}

static int consume(struct weir_http2_stream *stream, int32_t id, size_t n)
{
    struct weir_http2 *self = stream->connection;
    return weir_http2_consumed(self->session, id, n, &self->owed,
                               self->config.options.window_bytes / 4);
}

/* What of the bytes has no block: the stream is given up, and what came of it with it. */
int weir_http2_put(struct weir_http2_stream *stream, const uint8_t *bytes, size_t n)
{
    stream->got += n;
    if (!stream->reads || stream->resetting)
        return consume(stream, 0, n);
    weir_http2_wake(&stream->body);
    while (n) {
        if (!room_in(stream) && !http2_body_new_block(stream, n)) {
            weir_http2_reset(stream, NGHTTP2_INTERNAL_ERROR);
            return consume(stream, 0, n);
        }
        size_t some = http2_body_least(n, room_in(stream));
        memcpy(stream->in_last->data + stream->in_end, bytes, some);
        stream->in_end += (uint32_t)some;
        stream->in_n += some;
        bytes += some;
        n -= some;
    }
    return 0;
}

/* ---- what was read ---- */

/* Of bytes up to `until`: the peer may send as many more. */
static void tell_consumed(struct weir_http2_stream *stream, uint64_t until)
{
    struct weir_http2 *self = stream->connection;
    size_t n = (size_t)(until - stream->told);
    if (until <= stream->told)
        return;
    stream->told = until;
    if (!self->over)
        weir_http2_note(self, consume(stream, stream->id, n));
}

static weir_block *pop_block(struct weir_http2_stream *stream, size_t *begin,
                             size_t *http2_body_end)
{
    weir_block *block = stream->in_first;
    bool last = block == stream->in_last;
    *begin = stream->in_begin;
    *http2_body_end = last ? stream->in_end : block->size;
    stream->in_first = block->next;
    stream->in_begin = 0;
    if (last)
        stream->in_last = NULL;
    stream->in_n -= *http2_body_end - *begin;
    return block;
}

void weir_http2_pass_over(struct weir_http2_stream *stream)
{
    size_t begin, http2_body_end;
    while (stream->in_first)
        weir_block_unref(pop_block(stream, &begin, &http2_body_end));
    if (!stream->reads)
        return;
    stream->reads = false;
    tell_consumed(stream, stream->got);
}

/* ---- lending it ---- */

static void http2_body_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

/* The block itself. */
static void http2_body_take_block(weir_reader *reader, struct weir_http2_stream *stream)
{
    weir_reader_release(reader);
    weir_block *block = pop_block(stream, &reader->begin, &reader->end);
    reader->base = block->data;
    reader->block = block;
    reader->give_back = http2_body_give_block_back;
    reader->stage.padded = true;
}

/* Behind what is in hand, which is too little. */
static bool http2_body_take_bytes(weir_reader *reader, struct weir_http2_stream *stream)
{
    size_t begin, http2_body_end;
    size_t all = stream->in_first == stream->in_last ? stream->in_end : stream->in_first->size;
    unsigned char *to = weir_reader_room(reader, all - stream->in_begin);
    if (!to)
        return false;
    weir_block *block = pop_block(stream, &begin, &http2_body_end);
    memcpy(to, block->data + begin, http2_body_end - begin);
    reader->end += http2_body_end - begin;
    weir_block_unref(block);
    return true;
}

static bool http2_body_take(weir_reader *reader, struct weir_http2_stream *stream)
{
    if (!http2_body_in_hand(reader)) {
        http2_body_take_block(reader, stream);
        return true;
    }
    return http2_body_take_bytes(reader, stream);
}

/* ---- its end ---- */

weir_poll weir_http2_tell_closed(const struct weir_http2_stream *stream, weir_cx *cx)
{
    const struct weir_http2 *self = stream->connection;
    if (self->failed && self->failure) {
        cx->error = *self->failure;
        cx->error.fatal = true;
        return (weir_poll){0, WEIR_ERROR};
    }
    weir_fail(cx, WEIR_E_CLOSED, "stream %d of HTTP/2 was given up: %s", (int)stream->id,
              nghttp2_http2_strerror(stream->code));
    const char *peer = weir_http2_peer(self);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", peer ? peer : "");
    return (weir_poll){0, WEIR_ERROR};
}

static uint32_t count_strings(const char *text, size_t n)
{
    uint32_t strings = 0;
    for (size_t i = 0; i < n; i++)
        strings += !text[i];
    return strings;
}

static bool list_trailers(struct weir_http2_stream *stream)
{
    uint32_t n = count_strings(stream->trailers, stream->trailers_n) / 2;
    if (!n || stream->trailer_list)
        return true;
    stream->trailer_list = weir_allocate(n * sizeof *stream->trailer_list);
    if (!stream->trailer_list)
        return false;
    const char *text = stream->trailers;
    for (uint32_t i = 0; i < n; i++) {
        stream->trailer_list[i].name = text;
        text += strlen(text) + 1;
        stream->trailer_list[i].value = text;
        text += strlen(text) + 1;
    }
    stream->exchange.trailers = stream->trailer_list;
    stream->exchange.trailers_n = n;
    return true;
}

static weir_poll http2_body_end(struct weir_http2_stream *stream, weir_cx *cx)
{
    if (list_trailers(stream))
        return (weir_poll){0, WEIR_END};
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for the fields behind a body");
}

static weir_poll too_late(const struct weir_http2_stream *stream, weir_cx *cx)
{
    const weir_http_options *options = &stream->connection->config.options;
    return weir_fail(
        cx, WEIR_E_TIMEOUT, "%llu bytes of a body came in %s (at least %u a second are wanted)",
        (unsigned long long)stream->got, WEIR_TIME_TEXT(stream->waited_ns), options->body_rate_min);
}

/* ---- filling ---- */

/* While somebody reads, and nothing is there, it is the peer who is slow. */
static void wait_begins(struct weir_http2_stream *stream, weir_cx *cx)
{
    if (stream->waits_ns || !cx->timers)
        return;
    stream->waits_ns = cx->now_ns + !cx->now_ns;
    weir_http2_due(stream->connection, weir_http2_body_due_ns(stream));
    weir_http2_arm(stream->connection, cx);
}

static void wait_ends(struct weir_http2_stream *stream, const weir_cx *cx)
{
    if (stream->waits_ns && cx->now_ns > stream->waits_ns)
        stream->waited_ns += cx->now_ns - stream->waits_ns;
    stream->waits_ns = 0;
}

static weir_poll http2_body_fill(weir_reader *reader, weir_cx *cx, size_t min, bool *begun)
{
    struct weir_http2_stream *stream = http2_body_stream_of(reader);
    struct weir_http2 *self = stream->connection;
    for (;;) {
        if (stream->in_n && !http2_body_take(reader, stream))
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for a body (%zu bytes)", min);
        if (http2_body_in_hand(reader) >= min)
            return (weir_poll){0, WEIR_READY};
        if (stream->in_n)
            continue;
        if (stream->ended_in)
            return http2_body_end(stream, cx);
        if (stream->closed)
            return weir_http2_tell_closed(stream, cx);
        if (stream->cut_in)
            return weir_fail(cx, WEIR_E_TRUNCATED, "the connection ended in the middle of a body");
        if (stream->late_in)
            return too_late(stream, cx);
        tell_consumed(stream,
                      reader->offset + http2_body_in_hand(reader)); /* or no more would come */
        weir_http2_go_on_100(&stream->exchange);
        weir_poll got = weir_http2_go_on(self, cx, &stream->body, begun, WEIR_WAIT_PEER);
        if (got.state == WEIR_PENDING)
            return got;
    }
}

static weir_poll reader_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_http2_stream *stream = http2_body_stream_of(reader);
    bool begun = false;
    uint64_t told = stream->told;
    tell_consumed(stream, reader->offset);
    wait_ends(stream, cx);
    weir_poll got = http2_body_fill(reader, cx, min, &begun);
    if (got.state == WEIR_PENDING) {
        wait_begins(stream, cx);
        if (!http2_body_in_hand(reader))
            weir_reader_release(reader);
        return got;
    }
    weir_http2_satisfied(stream->connection, &stream->body);
    if (stream->told != told && nghttp2_session_want_write(stream->connection->session))
        weir_http2_submitted(stream->connection, cx);
    return got;
}

static void http2_body_reader_fini(weir_reader *reader)
{
    struct weir_http2_stream *stream = http2_body_stream_of(reader);
    weir_http2_satisfied(stream->connection, &stream->body);
    weir_http2_pass_over(stream);
    weir_http2_settle(stream);
    weir_http2_left(stream->connection);
}

static const char *reader_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return weir_http2_peer(http2_body_stream_of(reader)->connection);
}

static weir_hint reader_size_hint(const weir_reader *reader)
{
    const struct weir_http2_stream *stream = http2_body_stream_of(reader);
    uint64_t length = stream->exchange.request.length;
    size_t there = stream->in_n;
    if (stream->ended_in)
        return (weir_hint){there, there};
    if (length == WEIR_LENGTH_UNKNOWN || length < stream->got)
        return (weir_hint){there, WEIR_HINT_UNKNOWN};
    return (weir_hint){there, there + (size_t)(length - stream->got)};
}

/* The rest is the connection's to tell. */
static size_t http2_body_reader_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, WEIR_HTTP2_BLOCK_BYTES) + sizeof(weir_block) +
           WEIR_HTTP2_BLOCK_BYTES + WEIR_PADDING_BYTES;
}

static size_t reader_readable(const weir_reader *reader)
{
    return http2_body_stream_of(reader)->in_n;
}

static const weir_reader_ops reader_ops = {.size = sizeof reader_ops,
                                           .name = "http body",
                                           .poll_fill = reader_poll_fill,
                                           .fini = http2_body_reader_fini,
                                           .size_hint = reader_size_hint,
                                           .place = reader_place,
                                           .memory_max = http2_body_reader_memory_max,
                                           .readable = reader_readable};

/* ---- making ---- */

static void http2_body_release(void *place)
{
    weir_http2_let_go(WEIR_CONTAINER(place, struct weir_http2_stream, reader));
}

weir_reader *weir_http2_body(weir_exchange *x)
{
    struct weir_http2_stream *stream = weir_http2_of(x);
    weir_http2_hold(stream);
    weir_arena *arena = weir_arena_at(stream->reader, sizeof stream->reader, http2_body_release);
    weir_reader *reader = weir_reader_in(arena, sizeof(struct http2_reader), &reader_ops);
    WEIR_CONTAINER(reader, struct http2_reader, reader)->stream = stream;
    reader->stage.remote = true;
    reader->stage.emptied = true;
    return reader;
}

bool weir_http2_go_on_100(weir_exchange *x)
{
    static const char name[] = ":status", value[] = "100";
    struct weir_http2_stream *stream = weir_http2_of(x);
    struct weir_http2 *self = stream->connection;
    if (!stream->expects || stream->closed || stream->answered)
        return false;
    stream->expects = false;
    nghttp2_nv field = {(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, sizeof name - 1,
                        sizeof value - 1, NGHTTP2_NV_FLAG_NONE};
    if (nghttp2_submit_headers(self->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &field, 1, NULL))
        return false;
    weir_http2_submitted(self, NULL);
    return true;
}
#endif
