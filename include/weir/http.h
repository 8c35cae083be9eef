/* weir/http.h: HTTP served. A connection is a stream of exchanges, in sequence on HTTP/1.1, several
 * at once on HTTP/2; an exchange is a request, a reader of its body, and the answer that one gives.
 *
 *     static weir_stream *hello(weir_exchange *x, void *arg)
 *     {
 *         static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
 *         return weir_respond_bytes(x, &ok, "hello\n", 6);
 *     }
 *     WEIR_HTTP_FN(hello_fn, hello)
 *
 *     static weir_stream *serve(weir_duplex connection, void *arg)
 *     {
 *         return weir_http_serve(connection, &hello_fn, arg, NULL);
 *     }
 *     WEIR_CONNECTION_FN(serve_fn, serve)
 *
 *     weir_run(weir_par_for_each(weir_incoming(":8080", NULL), &serve_fn, NULL, 10000, NULL), ...)
 *
 * The same loop serves both versions: a connection that begins with HTTP/2's preface, or whose TLS
 * agreed on "h2", speaks that. Clients: weir/http_client.h; events: weir/http_events.h.
 *
 * Backpressure needs nothing: a body that is not read is not received. HTTP/1.1 leaves it with the
 * kernel; HTTP/2 opens a stream's window only for what was consumed. */
#ifndef WEIR_HTTP_H
#define WEIR_HTTP_H

#include "weir/duplex.h"
#include "weir/fn.h"
#include "weir/header.h"

WEIR_BEGIN_C

/* One request and its answer. It, the reader of its body and the writer of its answer are of the
 * worker that has the connection, and of one task each. */
typedef struct weir_exchange weir_exchange;
WEIR_API extern const weir_type weir_type_exchange; /* weir_exchange *, owned */

/* Names of headers are compared without regard to case; an answer's go out as they are given on
 * HTTP/1.1, in small letters on HTTP/2. */

#define WEIR_LENGTH_UNKNOWN UINT64_MAX /* of a body: it is over when it ends */

/* ---- the connection ---- */

/* What happened to requests, for a summary. A program hands the same one to all its connections;
 * the counts are added up with atomic operations. */
typedef struct weir_http_counts {
    uint64_t connections;
    uint64_t requests;   /* whose head was right */
    uint64_t answered;   /* whose answer was given whole */
    uint64_t refused;    /* of the library: heads that were wrong, limits, times */
    uint64_t unanswered; /* no answer, or a part of one: dropped, cut, given up at the end */
} weir_http_counts;

/* How a connection is served. All zero is the usual: each limit says what 0 stands for. */
typedef struct weir_http_options {
    uint32_t size;           /* sizeof(weir_http_options) */
    uint32_t head_bytes_max; /* of a request line and its fields; 0: 32 KiB, at most 64 KiB. 431 */
    uint32_t line_bytes_max; /* of one line of them; 0: 8 KiB. 414 or 431 */
    uint32_t headers_max;    /* fields; 0: 100. 431 */
    uint32_t streams_max;    /* exchanges of one connection of HTTP/2 at once; 0: 100 */
    uint32_t window_bytes;   /* HTTP/2: of a stream that nobody reads; 0: 256 KiB. The connection's
                                is four of these */
    uint64_t head_ns;        /* from its first byte to its last; 0: 10 s. 408. The first one of a
                                connection begins within as long, or the connection ends */
    uint64_t idle_ns;        /* between two requests; 0: 60 s */
    uint64_t body_ns;        /* a body may be as slow as it likes for so long; 0: 10 s; then it has
                                to have come at */
    uint32_t body_rate_min;  /* bytes a second, on average; 0: 240. 408 */
    uint32_t unread_bytes_max; /* of a body that nobody read: so much is passed over, for unread_ns,
                                  to keep the connection; 0: 64 KiB */
    uint64_t unread_ns;        /* 0: 1 s */
    uint64_t write_ns;         /* the peer takes nothing of an answer for so long; 0: 30 s */
    bool no_http2;             /* the preface is a bad request line */
    bool no_http1;             /* what is no preface ends the connection, unanswered */
    bool secure; /* the scheme is https although no TLS is seen here (a proxy did it) */
    weir_http_counts *counts; /* WEIR_KEEPS, until the last part of the connection is gone */
    /* What went wrong with a connection, or an exchange of it, and was not told to anybody: a bad
     * head, a limit, a peer that went away, a handler's future that failed. NULL: it is counted
     * only, and a file that could not be sent is a 500 that nobody hears of. */
    void (*on_error)(const weir_error *error, void *arg);
    void *arg;
} weir_http_options;

/* weir_http_exchanges(conn, &WEIR_HTTP_OPTIONS(.idle_ns = 5000000000ull)) */
#define WEIR_HTTP_OPTIONS(...) ((weir_http_options){.size = sizeof(weir_http_options), __VA_ARGS__})

/* The exchanges of a connection.
 * Shape: weir_exchange * items, exact: on HTTP/1.1 the next one comes when the one before is
 * finished, answer written and body read or passed over; on HTTP/2 up to streams_max are out. Ends
 * when the peer closes, after the last exchange of a connection that is not kept, behind a head
 * that was wrong (it was answered), and when the runtime is stopped: what has begun may be
 * finished, and its answer says that nothing follows.
 * Holds a head (head_bytes_max), what an answer gathers (16 KiB), on HTTP/2 the windows; while it
 * waits for a request it holds 1 KiB.
 * Errors: none but that it could not be made. What a peer does wrong is answered, and told to
 * on_error, as is a connection that breaks, or never began: the stream ends. A transfer coding
 * other than chunked (gzip) is a 501, as nobody here decodes it; Content-Encoding is the caller's.
 * Owns: the connection, until the last exchange is finished too; the items are the caller's.
 * Source: hyper http1::Connection and h2::server::Connection in one; Go has a handler instead.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), weir_null_writer()};
 *     weir_stream *exchanges = weir_http_exchanges(near, NULL);
 *     p(answer(weir_await_next(exchanges, &x, NULL))); // -> READY
 *     weir_exchange_drop(x);
 *     p(exchanges); // ->
 */
WEIR_ITEM(weir_exchange *)
WEIR_MUST_PAR_SPAWN("exchanges are independent")
WEIR_NEW weir_stream *weir_http_exchanges(weir_duplex connection WEIR_TAKES,
                                          const weir_http_options *options);

/* A future that handles them all, as many at once as there may be: the loop over
 * weir_http_exchanges() in one task. Shape: one unit when the connection is over.
 * Errors: none, so that no client ends a server's loop over all of them. What goes wrong with the
 * connection is told to on_error; so is what a handler's future fails with, which ends that
 * exchange alone (unanswered: 500). Owns: the connection; the handler takes each exchange.
 *
 * Example:
 *     const char *request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
 *     weir_duplex ends[2];
 *     weir_duplex_pair(4096, ends);
 *     weir_drop(weir_spawn_local(weir_http_serve(ends[1], &hello_fn, NULL, NULL)));
 *     p(weir_write_all(ends[0].writer, request, strlen(request), NULL)); // -> 46
 *     p(weir_take_reader(weir_reader_by_ref(ends[0].reader), 15)); // -> HTTP/1.1 200 OK
 *     weir_duplex_drop(ends[0]);
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_http_serve(weir_duplex connection WEIR_TAKES,
                                      const weir_then_fn *handler WEIR_KEEPS, void *arg WEIR_KEEPS,
                                      const weir_http_options *options);

/* The same for weir_serve() (weir/net.h), which parks a connection until its next request comes:
 *
 *     static weir_stream *serve(weir_duplex connection, void *arg)
 *     {
 *         return weir_http_serve_next(connection, &hello_fn, arg, NULL);
 *     }
 *     WEIR_THEN_FN(serve_fn, serve, weir_duplex, weir_duplex, .from = &weir_type_duplex,
 *                  .to = &weir_type_duplex)
 *
 *     weir_run(weir_serve(weir_incoming(":8080", NULL), &serve_fn, NULL,
 *                         &WEIR_SERVE_OPTIONS(.max = 10000, .idle_ns = 60000000000ull)), ...)
 *
 * It handles the requests of HTTP/1.1 that are there, and gives the connection back where it would
 * wait for a further one: an idle connection is then some 110 bytes instead of 3 KiB (on epoll
 * 190), and what serves a request is made anew for each that comes alone. For connections that are
 * mostly idle. How long one may be parked is said to weir_serve(). What
 * cannot be parked (HTTP/2, TLS) is served to its end.
 * Shape: one weir_duplex; none where the connection is over.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(4096);
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), pipe.writer};
 *     p(weir_http_serve_next(near, &hello_fn, NULL, NULL)); // ->
 *     p(weir_take_reader(pipe.reader, 15)); // -> HTTP/1.1 200 OK
 */
WEIR_API weir_stream *weir_http_serve_next(weir_duplex connection WEIR_TAKES,
                                           const weir_then_fn *handler WEIR_KEEPS,
                                           void *arg WEIR_KEEPS, const weir_http_options *options);

/* A handler of exchanges, and one of connections. What its future gives is dropped, so it may be of
 * any type: weir_respond_bytes() for what is not there, weir_copy() into weir_respond() for what
 * is. It must answer at once with a future: one that waits is the body of a loop over
 * weir_http_exchanges(), a WEIR_PAR_FN. */
#ifdef __cplusplus
#define WEIR_HTTP_FN(...) WEIR_C_ONLY_
#define WEIR_CONNECTION_FN(...) WEIR_C_ONLY_
#else
#define WEIR_HTTP_FN(name_, f_)                                                                    \
    WEIR_THEN_FN(name_, f_, weir_exchange *, unsigned char, .from = &weir_type_exchange,           \
                 .to = &weir_type_unit)
#define WEIR_CONNECTION_FN(name_, f_)                                                              \
    WEIR_THEN_FN(name_, f_, weir_duplex, unsigned char, .from = &weir_type_duplex,                 \
                 .to = &weir_type_unit)
#endif

/* ---- the request ---- */

typedef struct weir_request {
    uint32_t size;      /* sizeof(weir_request) */
    uint8_t version;    /* 10, 11 or 20 */
    bool secure;        /* it came through TLS */
    const char *method; /* "GET", as it was sent: any token. "HEAD" is answered as "GET" is: what
                           is written of the body is passed over */
    const char *target; /* as it was sent: "/a?b=c", "*"; of CONNECT "host:port" */
    const char *path;   /* from the first slash on, the query included: strcspn(path, "?") bytes
                           are the path alone. As it was sent: "%20" and "/../" stand as they are,
                           to be refused by who opens files. "*"; of CONNECT "" */
    const char *host;   /* Host or :authority, with a port if one was said; "" */
    uint64_t length;    /* of the body; 0: there is none; WEIR_LENGTH_UNKNOWN */
    uint32_t headers_n;
    uint32_t stream_id; /* of HTTP/2; else 0 */
} weir_request;

/* Valid until the exchange is taken by an answer, or dropped.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_request(x)->method); // -> GET
 *     p(weir_exchange_request(x)->path); // -> /a
 *     weir_exchange_drop(x);
 */
WEIR_API const weir_request *weir_exchange_request(const weir_exchange *x);

/* The first field of that name; NULL: there is none. The ith one, in the order they came; i <
 * headers_n.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET / HTTP/1.1\r\nHost: h\r\nSum: 7\r\n\r\n"), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_header(x, "sum")); // -> 7
 *     p(weir_exchange_header_at(x, 0).value); // -> h
 *     weir_exchange_drop(x);
 */
WEIR_API const char *weir_exchange_header(const weir_exchange *x, const char *name);
WEIR_API weir_header weir_exchange_header_at(const weir_exchange *x, uint32_t i);

/* The peer's address as text; NULL: it is no connection of ours. Until the next call.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_peer(x)); // -> NULL
 *     weir_exchange_drop(x);
 */
WEIR_API const char *weir_exchange_peer(const weir_exchange *x);

/* The body, once: the second call refuses. It lives on when the exchange is taken by its answer.
 * Shape: bytes, without their framing; END only when all of it came. Nothing is copied on
 * HTTP/1.1. An interim 100 is sent at the first fill, where the client waits for one and no answer
 * was begun.
 * Errors: TRUNCATED where it ends before its length or its last chunk; CORRUPT for a chunk that is
 * none; TIMEOUT; CLOSED: the client gave the stream up. Who drops the exchange then, unanswered,
 * lets it be answered 408 to a TIMEOUT, 400 to the others. The time of a reader that does something
 * else is not counted.
 * Owns: a part of the connection. Dropped before its end: the rest is passed over, or the
 * connection is not kept.
 *
 * Example:
 *     weir_exchange *x;
 *     const char *post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
 *     weir_duplex near = {text(post), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_body(x)); // -> hello
 *     weir_exchange_drop(x);
 */
WEIR_NEW weir_reader *weir_exchange_body(weir_exchange *x);

/* Sends an interim 100 now, if the client waits for it: before weir_exchange_body() is filled.
 * false: it does not, or an answer was begun.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_continue(x)); // -> false
 *     weir_exchange_drop(x);
 */
WEIR_API bool weir_exchange_continue(weir_exchange *x);

/* A field behind the body, when the reader of it has ended; NULL: there is none. Those that frame,
 * or say whom it is for, are left out.
 *
 * Example:
 *     weir_exchange *x;
 *     const char *post = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
 *                        "5\r\nhello\r\n0\r\nSum: 7\r\n\r\n";
 *     weir_duplex near = {text(post), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_exchange_body(x)); // -> hello
 *     p(weir_exchange_trailer(x, "sum")); // -> 7
 *     weir_exchange_drop(x);
 */
WEIR_API const char *weir_exchange_trailer(const weir_exchange *x, const char *name);

/* Gives it up: 500 where no answer was begun (HTTP/2: the stream is reset, INTERNAL_ERROR), which
 * goes out when the stream of the connection's exchanges is polled next; where that was dropped,
 * the connection is cut.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex pipe = weir_byte_pipe(4096);
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), pipe.writer};
 *     weir_stream *exchanges = weir_http_exchanges(near, NULL);
 *     p(answer(weir_await_next(exchanges, &x, NULL))); // -> READY
 *     weir_exchange_drop(x);
 *     p(exchanges); // ->
 *     p(weir_take_reader(pipe.reader, 12)); // -> HTTP/1.1 500
 */
WEIR_API void weir_exchange_drop(weir_exchange *x WEIR_TAKES);

/* ---- the answer ---- */

/* A status and fields that were made when the program was compiled: "name: value\r\n" each. What
 * frames (Content-Length, Transfer-Encoding, Connection, Date) is added, and must not be there; nor
 * Upgrade, but in a 426. */
typedef struct weir_response {
    uint32_t size; /* sizeof(weir_response) */
    uint32_t status;
    const char *fields;
    size_t fields_n;
} weir_response;
#define WEIR_RESPONSE(status_, fields_)                                                            \
    {                                                                                              \
        .size = sizeof(weir_response), .status = (status_), .fields = ("" fields_),                \
        .fields_n = sizeof(fields_) - 1                                                            \
    }

/* The answer, whose body is written: closing it finishes the exchange. The head goes out with the
 * first bytes, or at the first flush.
 *
 *     weir_reader *body = weir_exchange_body(x);
 *     return weir_copy(body, weir_respond(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN));
 *
 * It takes x: what is asked of x (its body, its path) is asked in a statement before. C calls the
 * arguments of one call in any order, so weir_copy(weir_exchange_body(x), weir_respond(x, ...)) may
 * ask an exchange that is gone.
 * Shape: bytes in; on HTTP/1.1 chunks where the length is unknown (HTTP/1.0: up to the end of the
 * connection). Gathers 16 KiB; on HTTP/2 up to 64 KiB wait for the peer's window. The body of an
 * answer that has none (to HEAD; 204, 304) is taken and passed over. A 2xx to CONNECT: on HTTP/2
 * the body and the answer of the stream are the tunnel, and no length is said; on HTTP/1.x it is
 * weir_exchange_upgrade() that opens one, and no answer with a body does.
 * Units: length in bytes; WEIR_LENGTH_UNKNOWN.
 * Errors: ARGUMENT: a status outside of 200 to 599, a name that is no token, a value with a line's
 * end in it, a field that frames, Upgrade but in a 426 (which names the protocols that are wanted;
 * HTTP/2 leaves it out), a 2xx to CONNECT on HTTP/1.x (500 is answered); LIMIT: more bytes than its
 * length; TRUNCATED: closed before; of the connection; TIMEOUT: the peer takes nothing; CLOSED: it
 * gave the stream up.
 * Owns: the exchange; keeps nothing of headers. Dropped unclosed, as by a copy that failed: the
 * connection is cut (HTTP/2: the stream is reset), so that a part never looks whole; on HTTP/1.1
 * 500 where the head did not go out yet, of a file that cannot be opened, say.
 * Source: hyper Response with a body; Go ResponseWriter, whose end is the handler's return.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex pipe = weir_byte_pipe(4096);
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), pipe.writer};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_copy(text("hello"), weir_respond(x, 200, NULL, 0, 5))); // -> 5
 *     p(weir_take_reader(pipe.reader, 15)); // -> HTTP/1.1 200 OK
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_respond(weir_exchange *x WEIR_TAKES, unsigned status,
                                   const weir_header *headers, size_t n, uint64_t length);

/* The answer, whose body is what a reader gives: weir_copy() into weir_respond(), and right in
 * whatever order its arguments are called:
 *
 *     return weir_respond_reader(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN, weir_exchange_body(x));
 *
 * Shape: the number of bytes, as a copy. Owns: both.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex pipe = weir_byte_pipe(4096);
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), pipe.writer};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_respond_reader(x, 200, NULL, 0, 5, text("hello"))); // -> 5
 *     p(weir_take_reader(pipe.reader, 15)); // -> HTTP/1.1 200 OK
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_respond_reader(weir_exchange *x WEIR_TAKES, unsigned status,
                                          const weir_header *headers, size_t n, uint64_t length,
                                          weir_reader *body WEIR_TAKES);

/* The whole answer at once: a future of one unit, when it was taken by the connection. `prepared`
 * and body stand until then: an array of the function that returns the future does not. What is
 * made for one request is answered where it is waited for, weir_await(weir_respond_bytes(...)).
 * Owns: the exchange; dropped before the first poll: as the exchange.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex pipe = weir_byte_pipe(4096);
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), pipe.writer};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
 *     p(weir_respond_bytes(x, &ok, "hello", 5)); // -> done
 *     p(weir_take_reader(pipe.reader, 15)); // -> HTTP/1.1 200 OK
 */
WEIR_NEW weir_stream *weir_respond_bytes(weir_exchange *x WEIR_TAKES,
                                         const weir_response *prepared WEIR_KEEPS,
                                         const void *body WEIR_KEEPS, size_t n);

/* Switches to another protocol: 101 with that name (Upgrade), or 200 to CONNECT (protocol NULL);
 * the bytes from here on, those in hand included. HTTP/1.1 alone; a CONNECT on HTTP/2 is a stream.
 * Errors: at the first poll: the client did not ask for it. Owns: the exchange, and with it the
 * connection, whose stream ends.
 *
 * Example:
 *     weir_exchange *x;
 *     const char *get = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n"
 *                       "\r\nhi";
 *     weir_duplex near = {text(get), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     weir_duplex raw = weir_exchange_upgrade(x, "echo");
 *     p(raw.reader); // -> hi
 *     weir_drop(raw.writer);
 */
WEIR_API weir_duplex weir_exchange_upgrade(weir_exchange *x WEIR_TAKES,
                                           const char *protocol) WEIR_MUST_USE;

WEIR_END_C

#endif
