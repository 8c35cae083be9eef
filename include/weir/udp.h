/* weir/udp.h: datagrams, over UDP and over sockets of the local machine. A socket is a handle; what
 * is received is a stream, and what is sent is a future each, so that both go their own ways:
 *
 *     weir_udp_socket *socket = weir_udp(":7", NULL);
 *     weir_stream *datagrams = weir_datagrams(socket);
 *
 *     static weir_stream *answer(weir_datagram came, void *socket)
 *     {
 *         return weir_send_to(socket, &came.from, came.data, came.n);
 *     }
 *     WEIR_THEN_FN(answer_fn, answer, weir_datagram, uint64_t, .from = &weir_type_datagram)
 *
 *     weir_run(weir_count(weir_then(datagrams, &answer_fn, socket)), NULL, &error);
 *
 * Datagrams are lost, come twice, and overtake each other; nothing says so. Nothing is queued here
 * on either side: what is not asked for stays with the kernel, which drops what does not fit; what
 * the kernel does not take waits with its sender. Messages in datagrams, as Rust's UdpFramed has
 * them, are a weir_map() over weir_datagrams() that decodes each by itself, and a function that
 * encodes before weir_send_to(): one datagram is one message, so nothing has to be kept between
 * two.
 *
 * Addresses: as in weir/net.h. A socket at ":0" takes both families. A name is no address: nobody
 * is asked. */
#ifndef WEIR_UDP_H
#define WEIR_UDP_H

#include "weir/net.h"

WEIR_BEGIN_C

/* ---- addresses ---- */

/* Where datagrams come from and go to: the kernel's own form, or nothing (n == 0: a socket of the
 * local machine without a path). Copied as it is.
 * Source: Rust SocketAddr, asio endpoint. */
typedef struct weir_endpoint {
    uint32_t n;      /* bytes of `at` that count */
    uint64_t at[14]; /* a struct sockaddr of some kind, aligned for each */
} weir_endpoint;

/* False: it is no address ("localhost:7" is one; other names are not).
 *
 * Example:
 *     weir_endpoint endpoint;
 *     p(weir_endpoint_parse(&endpoint, "127.0.0.1:80")); // -> true
 *     p(weir_endpoint_parse(&endpoint, "example.org:80")); // -> false
 */
WEIR_API bool weir_endpoint_parse(weir_endpoint *out, const char *address) WEIR_MUST_USE;

/* As text, in the caller's memory: returns `out`. One that is nothing is "unnamed".
 *
 * Example:
 *     weir_endpoint endpoint;
 *     p(weir_endpoint_parse(&endpoint, "[::1]:80")); // -> true
 *     p(WEIR_ENDPOINT_TEXT(&endpoint)); // -> [::1]:80
 */
WEIR_API const char *weir_endpoint_text(const weir_endpoint *endpoint,
                                        char out[WEIR_ADDRESS_BYTES]);

/* The same as a text that lives as long as the block it is said in. */
#define WEIR_ENDPOINT_TEXT(endpoint) weir_endpoint_text((endpoint), (char[WEIR_ADDRESS_BYTES]){""})

/* True where both are the same address, of the same kind.
 *
 * Example:
 *     weir_endpoint a, b;
 *     p(weir_endpoint_parse(&a, "127.0.0.1:80")); // -> true
 *     p(weir_endpoint_parse(&b, "127.0.0.1:81")); // -> true
 *     p(weir_endpoint_same(&a, &b)); // -> false
 */
WEIR_API bool weir_endpoint_same(const weir_endpoint *a, const weir_endpoint *b);

/* ---- datagrams ---- */

/* What came, a view: its bytes hold until the next poll. Begins as a weir_line does. */
typedef struct weir_datagram {
    const char *data;
    size_t n; /* may be 0 */
    weir_endpoint from;
    bool truncated; /* it was longer than bytes_max; the rest is lost */
} weir_datagram;
WEIR_API extern const weir_type weir_type_datagram; /* lent */

/* The same, with bytes of its own (and a NUL behind them); what weir_own() makes of a datagram.
 *
 * Example:
 *     weir_owned_datagram came;
 *     weir_udp_socket *socket = weir_udp("unix:own.sock", NULL);
 *     weir_endpoint self;
 *     p(weir_endpoint_parse(&self, "unix:own.sock")); // -> true
 *     p(weir_send_to(socket, &self, "hello", 5)); // -> 5
 *     weir_stream *one = weir_take(weir_own(weir_datagrams(socket)), 1);
 *     p(answer(weir_await(one, &came, NULL))); // -> READY
 *     p(came.data); // -> hello
 *     weir_owned_datagram_drop(&came);
 *     weir_udp_unref(socket);
 */
typedef struct weir_owned_datagram {
    char *data;
    size_t n;
    weir_endpoint from;
    bool truncated;
} weir_owned_datagram;
WEIR_API extern const weir_type weir_type_owned_datagram;
WEIR_API void weir_owned_datagram_drop(weir_owned_datagram *datagram);

/* ---- sockets ---- */

enum { WEIR_DATAGRAM_BYTES_MAX = 16 << 10 }; /* that are received; more of one is cut off */

typedef struct weir_udp_socket weir_udp_socket;

/* How a socket for datagrams is made. All zero is the usual. */
typedef struct weir_udp_options {
    uint32_t size; /* sizeof(weir_udp_options) */
    /* Of a datagram, up to WEIR_DATAGRAM_BYTES_MAX, which 0 stands for. Several that are known to
     * be smaller are received in one poll, where they are asked for. */
    uint32_t bytes_max;
    /* Connects it: only this peer is heard, it is where a datagram without an address goes, and the
     * network's refusals are told. NULL: it is open to all. */
    const char *peer;
    /* Joins this multicast group ("239.1.2.3", "ff02::1234"), on the interface of this index (0:
     * the kernel chooses). */
    const char *group;
    uint32_t interface;
    bool broadcast; /* sends to broadcast addresses are allowed */
    bool reuseport; /* several sockets may stand there; the kernel spreads datagrams */
    bool v6only;
    bool keep_path; /* of unix: the path is not removed at the end */
    /* Called once it is bound, with its address (where port 0 was asked for, the one that was
     * got). */
    void (*on_listening)(const char *address, void *arg);
    void *arg;
} weir_udp_options;

/* weir_udp(":7", &WEIR_UDP_OPTIONS(.reuseport = true)) */
#define WEIR_UDP_OPTIONS(...) ((weir_udp_options){.size = sizeof(weir_udp_options), __VA_ARGS__})

/* A socket for datagrams. It is bound at the first poll of anything that uses it: what goes wrong
 * is told there, and who asks again tries again. address NULL: any free port, of the family of
 * options->peer; where that is a path: none, so that it can send and not be answered.
 * Errors: ARGUMENT for what is no address, SYSTEM.
 * Owns: a handle, its maker's to let go; its stream and its futures each count as one more. The
 * last one closes it. All belong to one worker. NULL: no memory; the functions below say so.
 * Source: UdpSocket::bind and connect, UnixDatagram; Go ListenPacket. Those bind at once.
 *
 * Example:
 *     weir_udp_socket *socket = weir_udp("127.0.0.1:0", NULL);
 *     p(yes(socket)); // -> yes
 *     weir_udp_unref(socket);
 */
WEIR_API weir_udp_socket *weir_udp(const char *address,
                                   const weir_udp_options *options) WEIR_MUST_USE;
WEIR_API weir_udp_socket *weir_udp_ref(weir_udp_socket *socket);
WEIR_API void weir_udp_unref(weir_udp_socket *socket);

/* What comes, as it comes.
 * Shape: weir_datagram items, lent; holds one block of WEIR_DATAGRAM_BYTES_MAX, and none while it
 * waits. Ends only when the runtime is stopped. One stream a socket at a time; another one may
 * follow, and misses nothing.
 * Errors: not fatal is what passes: a peer's refusal (of a connected socket; the place is the
 * peer), no memory. A second stream beside the first: ARGUMENT.
 * Source: recv_from; a future of one datagram is weir_next() of this stream.
 *
 * Example:
 *     weir_endpoint self;
 *     weir_udp_socket *socket = weir_udp("unix:own.sock", NULL);
 *     p(weir_endpoint_parse(&self, "unix:own.sock")); // -> true
 *     p(weir_send_to(socket, &self, "hello", 5)); // -> 5
 *     p(weir_count(weir_take(weir_datagrams(socket), 1))); // -> 1
 *     weir_udp_unref(socket);
 */
WEIR_ITEM(weir_datagram)
WEIR_LENDS
WEIR_NEW weir_stream *weir_datagrams(weir_udp_socket *socket);

/* Sends one datagram as soon as the kernel takes it; `to` NULL: to the peer. READY n: it is on its
 * way, which is all that is known. PENDING and ERROR took nothing. Only who polled last is woken;
 * futures wait each for themselves. Of a path whose receiver is full the kernel tells only sockets
 * with a peer: without one it is asked again each millisecond.
 * Errors: LIMIT: no such datagram can be sent; SYSTEM. They are this datagram's, or of one before
 * it that was refused (the place is the peer): the socket goes on. STOPPED where it would wait and
 * the runtime stops.
 * Units: bytes; the empty datagram is one too.
 * Source: tokio poll_send_to.
 *
 * Example:
 *     weir_cx *here = weir_waiter_here()->cx;
 *     weir_endpoint self;
 *     weir_udp_socket *socket = weir_udp("unix:own.sock", NULL);
 *     p(weir_endpoint_parse(&self, "unix:own.sock")); // -> true
 *     p(weir_poll_send_to(socket, here, &self, "hello", 5)); // -> READY 5
 *     weir_udp_unref(socket);
 */
WEIR_API weir_poll weir_poll_send_to(weir_udp_socket *socket, weir_cx *cx, const weir_endpoint *to,
                                     const void *bytes, size_t n) WEIR_MUST_USE;

/* The same as a future.
 * Shape: one uint64_t, the bytes.
 * Owns: it copies `to`, and borrows the bytes. Dropped while it waits it has sent nothing.
 * Source: send_to, send.
 *
 * Example:
 *     weir_endpoint self;
 *     weir_udp_socket *socket = weir_udp("unix:own.sock", NULL);
 *     p(weir_endpoint_parse(&self, "unix:own.sock")); // -> true
 *     p(weir_send_to(socket, &self, "hello", 5)); // -> 5
 *     weir_udp_unref(socket);
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_send_to(weir_udp_socket *socket, const weir_endpoint *to,
                                   const void *bytes WEIR_KEEPS, size_t n);

WEIR_END_C

#endif
