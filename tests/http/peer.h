/* A server that follows a script, at the other ends of pairs in memory: what tests of the client
 * talk to. It answers whole requests, in pieces if it is told so. */
#ifndef WEIR_TESTS_HTTP_PEER_H
#define WEIR_TESTS_HTTP_PEER_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

enum { PEER_CONNECTIONS = 16, PEER_ANSWERS = 4, PEER_GOT_BYTES = 64 << 10, PEER_TURNS = 20000 };

enum peer_then {
    PEER_KEEP,
    PEER_CLOSE, /* behind the answer */
    PEER_ABORT
};

struct peer_answer {
    const char *text; /* NULL: none, what follows happens all the same */
    enum peer_then then;
    bool early; /* as soon as the request's head is there */
    size_t n;   /* bytes of text; 0: up to its NUL */
};

static inline size_t peer_answer_n(const struct peer_answer *answer)
{
    return answer->n || !answer->text ? answer->n : strlen(answer->text);
}

struct peer_connection {
    weir_duplex io;
    char address[300]; /* that was dialled */
    char *got;         /* all that came */
    size_t n;
    size_t seen;  /* of it: requests that were answered */
    size_t sent;  /* of the answer under way */
    size_t taken; /* answers that are over */
    bool ended;   /* the client closed */
    bool broke;   /* ... gave up */
    bool closed;  /* by the peer */
};

struct peer {
    struct peer_answer answers[PEER_CONNECTIONS][PEER_ANSWERS]; /* by connection, in order */
    size_t piece;                                               /* 0: all at once */
    size_t room;                                                /* that a direction has; 0: 4096 */
    unsigned refuse; /* this dial, from 1, gives what fails */

    struct peer_connection connections[PEER_CONNECTIONS];
    unsigned dials;
    struct test_cx cx;
};

static inline void peer_begin(struct peer *peer)
{
    for (unsigned i = 0; i < PEER_CONNECTIONS; i++)
        peer->connections[i] = (struct peer_connection){0};
    peer->dials = 0;
    test_cx_init(&peer->cx);
}

static inline void peer_end(struct peer *peer)
{
    for (unsigned i = 0; i < peer->dials; i++) {
        weir_duplex_drop(peer->connections[i].io);
        free(peer->connections[i].got);
    }
    test_cx_fini(&peer->cx);
}

static weir_duplex peer_dial(const char *address, void *arg)
{
    struct peer *peer = arg;
    weir_duplex ends[2];
    if (peer->refuse && peer->refuse == peer->dials + 1) {
        peer->refuse = 0;
        return (weir_duplex){
            weir_reader_refused(WEIR_E_SYSTEM, NULL, "nobody is there", NULL, NULL, 0),
            weir_writer_refused(WEIR_E_SYSTEM, NULL, "nobody is there", NULL, NULL, 0)};
    }
    if (peer->dials == PEER_CONNECTIONS)
        test_abort("more than %d connections", PEER_CONNECTIONS);
    struct peer_connection *to = &peer->connections[peer->dials++];
    weir_duplex_pair(peer->room ? peer->room : 4096, ends);
    to->io = ends[1];
    snprintf(to->address, sizeof to->address, "%s", address);
    return ends[0];
}

static inline void peer_close(struct peer_connection *at, enum peer_then how)
{
    at->closed = true;
    if (how == PEER_ABORT)
        weir_duplex_abort(at->io);
    else
        weir_duplex_drop(at->io);
    at->io = (weir_duplex){NULL, NULL};
}

static inline void peer_receive(struct peer *peer, struct peer_connection *at)
{
    size_t n;
    test_cx_turn(&peer->cx);
    weir_poll got = weir_poll_fill(at->io.reader, &peer->cx.cx, 1);
    const unsigned char *bytes = weir_peek(at->io.reader, &n);
    if (n) {
        at->got = realloc(at->got, at->n + n + 1);
        memcpy(at->got + at->n, bytes, n);
        at->n += n;
        at->got[at->n] = 0;
        weir_consume(at->io.reader, n);
    }
    at->ended |= got.state == WEIR_END;
    at->broke |= got.state == WEIR_ERROR;
}

/* Where the next request ends; 0: it is not whole. Its body is of a length, or in chunks. */
static inline size_t peer_request_end(const struct peer_connection *at, bool early)
{
    const char *from = at->got ? at->got + at->seen : "";
    const char *end = strstr(from, "\r\n\r\n");
    if (!end)
        return 0;
    size_t head = (size_t)(end - from) + 4;
    const char *length = strstr(from, "content-length: ");
    const char *chunks = strstr(from, "transfer-encoding: chunked");
    if (early)
        return at->seen + head;
    if (length && length < end) {
        size_t n = head + strtoul(length + 16, NULL, 10);
        return strlen(from) < n ? 0 : at->seen + n;
    }
    if (!chunks || chunks > end)
        return at->seen + head;
    const char *last = strstr(end, "\r\n0\r\n\r\n");
    if (!strncmp(end + 4, "0\r\n\r\n", 5))
        return at->seen + head + 5;
    return last ? at->seen + (size_t)(last - from) + 7 : 0;
}

static inline bool peer_answer(struct peer *peer, struct peer_connection *at,
                               const struct peer_answer *answer)
{
    size_t n = peer_answer_n(answer) - at->sent;
    size_t piece = peer->piece && peer->piece < n ? peer->piece : n;
    test_cx_turn(&peer->cx);
    while (piece) {
        weir_poll got =
            weir_poll_write(at->io.writer, &peer->cx.cx, answer->text + at->sent, piece);
        if (got.state == WEIR_PENDING)
            return false;
        if (got.state != WEIR_READY) {
            n = 0;
            break;
        }
        at->sent += got.n;
        piece -= got.n;
        if (peer->piece)
            break;
    }
    return !n || at->sent == peer_answer_n(answer);
}

/* What one connection may do now. */
static inline void peer_step_one(struct peer *peer, struct peer_connection *at)
{
    const struct peer_answer *answer = &peer->answers[at - peer->connections][at->taken];
    if (at->closed)
        return;
    peer_receive(peer, at);
    if (at->taken == PEER_ANSWERS || (!answer->text && !answer->then))
        return;
    size_t end = peer_request_end(at, answer->early);
    if (!end || !peer_answer(peer, at, answer))
        return;
    at->seen = end;
    at->sent = 0;
    at->taken++;
    if (answer->then)
        peer_close(at, answer->then);
}

static inline void peer_step(struct peer *peer)
{
    for (unsigned i = 0; i < peer->dials; i++)
        peer_step_one(peer, &peer->connections[i]);
}

/* ---- the client's side ---- */

static inline weir_http_client_options peer_options(struct peer *peer)
{
    return WEIR_HTTP_CLIENT_OPTIONS(.dial = peer_dial, .arg = peer);
}

/* The latest turn was PENDING: the peer acts until it is woken; where nothing moves any more, time
 * passes. */
static inline void peer_wake(struct peer *peer, struct test_cx *cx)
{
    for (unsigned i = 0; !cx->waker->wakes; i++) {
        peer_step(peer);
        doubles_wake_one();
        if (i > 20 && !cx->waker->wakes && !test_clock_next())
            test_abort("nothing will wake the request");
    }
}

/* Polls a future to its item, with the peer's turns between. */
static inline weir_state peer_run(struct peer *peer, struct test_cx *cx, weir_stream *future,
                                  void *out, weir_error *error)
{
    weir_poll got = {0, WEIR_PENDING};
    for (unsigned i = 0; got.state == WEIR_PENDING; i++) {
        if (i == PEER_TURNS)
            test_abort("the request does not come to its end");
        test_cx_turn(cx);
        got = weir_poll_next(future, &cx->cx, out, 1);
        if (got.state == WEIR_PENDING)
            peer_wake(peer, cx);
    }
    if (got.state == WEIR_ERROR && error)
        *error = cx->cx.error;
    weir_drop(future);
    return got.state == WEIR_ERROR ? WEIR_ERROR : got.n ? WEIR_READY : WEIR_END;
}

/* All bytes of a body. */
static inline struct bytes peer_body(struct peer *peer, struct test_cx *cx, weir_reader *reader,
                                     size_t min, weir_error *error)
{
    struct bytes out = {.state = WEIR_PENDING};
    for (unsigned i = 0; out.state != WEIR_END && out.state != WEIR_ERROR; i++) {
        size_t n;
        if (i == PEER_TURNS)
            test_abort("the body does not come to its end");
        test_cx_turn(cx);
        out.state = weir_poll_fill(reader, &cx->cx, min).state;
        if (out.state == WEIR_PENDING) {
            peer_wake(peer, cx);
            continue;
        }
        const unsigned char *bytes = weir_peek(reader, &n);
        n = out.state == WEIR_READY && n > min ? min : n;
        out.data = realloc(out.data, out.n + n + 1);
        memcpy(out.data + out.n, bytes, n);
        out.n += n;
        out.data[out.n] = 0;
        weir_consume(reader, n);
    }
    if (out.state == WEIR_ERROR && error)
        *error = cx->cx.error;
    weir_drop(reader);
    return out;
}

#endif
