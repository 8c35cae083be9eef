/* weir/net.h: connections and listeners. A connection is a weir_duplex: its halves are polled by
 * different stages, half-close by closing the writer, and are dropped one by one. The rest of the
 * story, with programs: docs/network.md.
 *
 * Backpressure needs nothing: what is not read stays with the kernel, which stops the peer. A
 * connection holds the block that its bytes came in (16 KiB; 256 KiB in the midst of bulk) until
 * they are consumed, and 64 KiB that its peer did not take, with the block that passed that limit.
 * It holds nothing while it waits for bytes. What the kernel moves from one connection to another
 * stands in a pipe instead (1 MiB; 64 of them a runtime).
 *
 *     writer closed     everything is sent, then the peer reads the end; it may still answer
 *     writer dropped    nothing unsent and no error: the same end. Else what was cut must not look
 *                       complete: a reset, as soon as the reader is dropped too (unix: knows none,
 *                       and the peer reads an end: what is whole says so itself there)
 *     reader dropped    what comes later, or was not read, makes the kernel reset the connection
 *                       when it is closed: a server that answers before it has read all reads on a
 *                       little
 *     weir_rt_stop()    listeners close, dialling fails; the readers of connections end as cut, but
 *                       for those of weir_serve(), which drains them
 *
 * Addresses: "127.0.0.1:4711", "[::1]:4711", ":4711" (any, of IPv4 too), "localhost:4711",
 * "unix:/run/x.sock"; to dial also "example.org:80". Port 0 of a listener: one that is free.
 */
#ifndef WEIR_NET_H
#define WEIR_NET_H

#include "weir/duplex.h"
#include "weir/fn.h"

WEIR_BEGIN_C

enum {
    WEIR_ADDRESS_BYTES = 128,         /* of an address as text, with its NUL */
    WEIR_UNSENT_BYTES_MAX = 64 << 10, /* what a connection keeps while its peer does not read */
    WEIR_ACCEPT_AHEAD = 64,           /* connections that were accepted and not asked for */
    WEIR_LISTENERS_MAX = 256          /* sockets of one listener */
};

/* ---- connections ---- */

/* How to dial; all zero is the usual. */
typedef struct weir_dial_options {
    uint32_t size;       /* sizeof(weir_dial_options) */
    uint64_t timeout_ns; /* until there is a connection, the look-up included; 0: 30 s */
} weir_dial_options;

/* weir_dial(address, &WEIR_DIAL_OPTIONS(.timeout_ns = 5000000000ull)) */
#define WEIR_DIAL_OPTIONS(...) ((weir_dial_options){.size = sizeof(weir_dial_options), __VA_ARGS__})

/* A connection that is made at the first poll of either half: what goes wrong is told there, with
 * the address. A name's addresses are tried one beside the other: the next one after 250 ms, or at
 * once when one fails, 16 at most.
 * Errors: SYSTEM, TIMEOUT, ARGUMENT for what is no address; STOPPED.
 * Owns: keeps its own copy of the text; both halves are the caller's, to hand on or to drop.
 * Source: TcpStream::connect, which is a future instead: weir_connected().
 *
 * Example:
 *     weir_duplex far = weir_unix("nobody.sock");
 *     p(far.reader); // -> !SYSTEM
 *     weir_drop(far.writer);
 *     far = weir_tcp("127.0.0.1", 1);
 *     p(far.reader); // -> !SYSTEM
 *     weir_drop(far.writer);
 */
WEIR_API weir_duplex weir_tcp(const char *host, unsigned port) WEIR_MUST_USE;
WEIR_API weir_duplex weir_unix(const char *path) WEIR_MUST_USE;
/* The same to an address as above.
 *
 * Example:
 *     weir_duplex far = weir_dial("unix:nobody.sock", NULL);
 *     p(far.reader); // -> !SYSTEM
 *     weir_drop(far.writer);
 */
WEIR_API weir_duplex weir_dial(const char *address, const weir_dial_options *options) WEIR_MUST_USE;

/* A connected stream socket that is there already, and is owned from now on.
 *
 * Example:
 *     weir_duplex near = weir_socket(-1); // no descriptor
 *     p(near.reader); // -> !ARGUMENT
 *     weir_drop(near.writer);
 */
WEIR_API weir_duplex weir_socket(int fd WEIR_TAKES) WEIR_MUST_USE;

/* A future of the duplex when it is connected: for those who must know first.
 * Shape: one weir_duplex, or the error. Owns: it, until it is given.
 *
 * Example:
 *     weir_duplex ends[2];
 *     weir_stream *first = weir_take(weir_incoming("unix:one.sock", NULL), 1);
 *     weir_stream *both = weir_join(first, weir_connected(weir_unix("one.sock")));
 *     p(answer(weir_await(both, (void *)ends, NULL))); // -> READY
 *     p(weir_copy(text("hello"), ends[1].writer)); // -> 5
 *     p(ends[0].reader); // -> hello
 *     weir_drop(ends[0].writer);
 *     weir_drop(ends[1].reader);
 */
WEIR_ITEM(weir_duplex)
WEIR_NEW weir_stream *weir_connected(weir_duplex duplex WEIR_TAKES);

/* The peer's address as text, of a connection's reader or one over it. NULL: there is no connection
 * of ours below it, or not yet. Valid until the next call on this thread.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_peer_address(r)); // -> NULL
 *     weir_drop(r);
 */
WEIR_API const char *weir_peer_address(const weir_reader *reader);

/* ---- listeners ---- */

typedef struct weir_listen_options {
    uint32_t size;    /* sizeof(weir_listen_options) */
    uint32_t backlog; /* connections the kernel completes that nobody accepted; 0: 4096 */
    bool reuseport;   /* several sockets may listen there; the kernel spreads connections */
    bool v6only;      /* of an IPv6 address: nobody comes by IPv4 */
    bool keep_path;   /* of unix: the path is not removed at the end */
    /* Called at the first poll, once it listens, with the address: of port 0 the port that it got.
     */
    void (*on_listening)(const char *address, void *arg);
    void *arg;
    /* While more than this stands in blocks on its worker, received and not consumed, or not sent,
     * nobody is accepted; 0: 256 MiB. */
    uint64_t blocks_bytes_max;
    /* So many sockets listen there (SO_REUSEPORT), each with a backlog of its own; or
     * WEIR_LISTENER_A_WORKER: as many as the runtime has workers. 0: one. Not of unix: paths. */
    uint32_t listeners;
    /* Connections of one address at once, its port left out, from when they are accepted until they
     * are closed; who has as many is reset when the next one is accepted, and the others come in.
     * 0: any number. Not of unix: paths, whose peers have none. An IPv6 address is one, not the
     * network that it is of; behind a proxy all are the proxy's. */
    uint32_t peer_max;
    uint64_t *peer_refused; /* WEIR_KEEPS, until the listener is dropped: each of these is added,
                               atomically. NULL: nobody counts */
} weir_listen_options;
#define WEIR_LISTENER_A_WORKER UINT32_MAX

/* weir_incoming(address, &WEIR_LISTEN_OPTIONS(.reuseport = true)) */
#define WEIR_LISTEN_OPTIONS(...)                                                                   \
    ((weir_listen_options){.size = sizeof(weir_listen_options), __VA_ARGS__})

/* The connections that are made to an address, from the first poll on. One loop over them serves
 * one at a time; weir_serve() serves them all.
 * Shape: weir_duplex items, exact: accepts up to WEIR_ACCEPT_AHEAD that nobody asked for, at all
 * its sockets together; the backlogs are the backpressure behind that. Ends when the runtime is
 * stopped: those whom the kernel has told that they are connected are accepted, however many are
 * served meanwhile, nobody listens from then on, and these come before the end. Where the stream
 * over it ends by itself (weir_take(), weir_take_until()) nobody listens any more either; those
 * that were not asked for are reset then, as by a drop.
 * Errors: not fatal is what may pass: no descriptors or memory are left. It is told once, until it
 * is better; meanwhile one of those who wait is accepted and reset, so that it knows, and it tries
 * again after 10 ms to 1 s. A loop ends at it too, unless weir_skip_errors() stands between. What
 * went wrong with one connection alone is forgotten. LIMIT, not fatal and once until it is better:
 * blocks_bytes_max; those who come wait in the backlog meanwhile. An address in use is tried again
 * for a second, then SYSTEM; ARGUMENT for what is no address, as a name is here (but for
 * localhost).
 * Owns: keeps its own copies; the items are the caller's, to drop both halves.
 * Source: TcpListener::bind and incoming.
 *
 * Example:
 *     weir_duplex near;
 *     weir_stream *incoming = weir_incoming("unix:in.sock", NULL);
 *     weir_stream *far = weir_spawn(weir_connected(weir_unix("in.sock")));
 *     p(answer(weir_await_next(incoming, &near, NULL))); // -> READY
 *     p(answer(weir_await(far, NULL, NULL))); // -> READY
 *     weir_duplex_drop(near);
 *     weir_drop(incoming);
 */
WEIR_ITEM(weir_duplex)
WEIR_MUST_PAR_SPAWN("connections are independent")
WEIR_NEW weir_stream *weir_incoming(const char *address, const weir_listen_options *options);

/* ---- serving ---- */

typedef struct weir_serve_options {
    uint32_t size;     /* sizeof(weir_serve_options) */
    uint32_t max;      /* connections at once, others wait; 0: 1000. It needs as many descriptors,
                          and WEIR_ACCEPT_AHEAD for those that are accepted and wait */
    uint64_t drain_ns; /* after a stop, until those that are left are given up; 0: 10 s */
    /* A connection from which nothing came, or that took nothing, for so long is over, with
     * TIMEOUT, and the peer sees a reset: against peers that only keep it busy. One that only reads
     * passes no read_timeout_ns: both are wanted mostly. 0: none. */
    uint64_t read_timeout_ns, write_timeout_ns;
    /* An accept, or a connection, failed; NULL: it is counted only. error->place is the peer, or
     * what else failed: the file that was to be sent to it. */
    void (*on_error)(const weir_error *error, void *arg);
    void *arg;
    uint64_t idle_ns; /* a connection that is parked for so long is closed; 0: never */
} weir_serve_options;

/* weir_serve(incoming, &fn, NULL, &WEIR_SERVE_OPTIONS(.max = 100)) */
#define WEIR_SERVE_OPTIONS(...)                                                                    \
    ((weir_serve_options){.size = sizeof(weir_serve_options), __VA_ARGS__})

/* What serving came to. */
typedef struct weir_served {
    uint64_t connections, errors; /* errors: of connections, and those of accepts */
    uint64_t given_up;            /* when the time to drain was over; no errors */
} weir_served;
WEIR_API extern const weir_type weir_type_served;

/* A future that runs the handler's future of each connection, up to options->max at once, all in
 * the one task that polls it.
 *
 *     static weir_stream *echo(weir_duplex near, void *arg)
 *     {
 *         return weir_copy(near.reader, near.writer);
 *     }
 *     WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)
 *
 *     weir_run(weir_serve(weir_incoming(":7", NULL), &echo_fn, NULL, NULL), NULL, &error);
 *
 * What a connection came to is dropped, so a handler may give a future of any item
 * (WEIR_CONNECTION_FN), and what goes wrong with it ends it alone. A handler that fails in the
 * middle of an answer, and is no copy, gives the writer up before it returns
 * (weir_writer_give_up()), or its peer takes what came for whole.
 *
 * When the runtime is stopped it listens no more; connections go on until they end, or drain_ns is
 * over. A server that ^C stops so:
 *
 *     static weir_rt *rt;
 *     static void stop(int signo) { weir_rt_stop(rt); }
 *
 *     rt = weir_rt_new(NULL, &error);
 *     signal(SIGINT, stop);
 *     weir_rt_run(rt, weir_serve(weir_incoming(":7", NULL), &echo_fn, NULL, NULL), NULL, &error);
 *
 * A handler whose future gives the connection back (weir_type_duplex) answers one request of many:
 *
 *     WEIR_THEN_FN(answer_fn, answer, weir_duplex, weir_duplex, .from = &weir_type_duplex,
 *                  .to = &weir_type_duplex)
 *
 * Until the next one comes the connection is parked: both halves are dropped, and what is left of
 * it is about 100 bytes; when there is something to read the handler is called again, with halves
 * that are new. The first request is waited for so too. What the handler built on the halves must
 * let them be put together again (weir_reunite()) and goes with them; a connection that it cannot
 * be seen through, one through TLS for instance, or with bytes in hand, is not parked, and the
 * handler is called at once. A future that ends without an item closes the connection; so does the
 * peer's end, once the handler has taken what came before it, or takes no more of it. A stop
 * closes those that are parked.
 *
 * Where `incoming` ends by itself (weir_take(), weir_take_until()) nothing is given up: it waits
 * for the connections that are left. Shape: one weir_served, at the end. Errors: of `incoming`,
 * when they are fatal. Owns: incoming; the handler owns the duplex.
 *
 * Example:
 *     weir_stream *incoming = weir_incoming("unix:echo.sock", NULL);
 *     weir_stream *server = weir_spawn(weir_serve(incoming, &echo_fn, NULL, NULL));
 *     p(weir_sleep(MS)); // -> done
 *     weir_duplex far = weir_unix("echo.sock");
 *     p(weir_copy(text("hello"), far.writer)); // -> 5
 *     p(far.reader); // -> hello
 *     weir_cancel(server);
 *     weir_drop(server);
 */
WEIR_ITEM(weir_served)
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_serve(weir_stream *incoming WEIR_TAKES, const weir_then_fn *handler,
                                 void *arg WEIR_KEEPS, const weir_serve_options *options);

/* ---- both ways ---- */

/* Bytes that went from a to b, and back. */
typedef struct weir_relayed {
    uint64_t there, back;
} weir_relayed;
WEIR_API extern const weir_type weir_type_relayed;

typedef struct weir_relay_options {
    uint32_t size;    /* sizeof(weir_relay_options) */
    uint64_t idle_ns; /* one direction has ended: the other may be still for so long; 0: 60 s */
    /* Neither has: both may be still for so long; 0: for ever. */
    uint64_t still_ns;
} weir_relay_options;

/* weir_relay(a, b, &WEIR_RELAY_OPTIONS(.idle_ns = 5000000000ull)) */
#define WEIR_RELAY_OPTIONS(...)                                                                    \
    ((weir_relay_options){.size = sizeof(weir_relay_options), __VA_ARGS__})

/* A future that copies both ways: what a sends goes to b, and back. The end of one direction closes
 * its writer, and the other goes on, so half-closed connections are right; where the other is still
 * for idle_ns then, it is over too; where both are for still_ns, as well: an eighth later at most.
 * The place of such a TIMEOUT is that of who is still; of both: a. The first error gives up both: a
 * reset stays a reset.
 * Shape: one weir_relayed; holds what two copies hold. Errors: of both sides; TIMEOUT.
 * Source: tokio copy_bidirectional.
 *
 * Example:
 *     weir_relayed bytes;
 *     weir_duplex a = {text("ping"), weir_null_writer()};
 *     weir_duplex b = {text("pong!"), weir_null_writer()};
 *     p(answer(weir_await(weir_relay(a, b, NULL), &bytes, NULL))); // -> READY
 *     p(bytes.there); // -> 4
 *     p(bytes.back); // -> 5
 */
WEIR_ITEM(weir_relayed)
WEIR_NEW weir_stream *weir_relay(weir_duplex a WEIR_TAKES, weir_duplex b WEIR_TAKES,
                                 const weir_relay_options *options);

WEIR_END_C

#endif
