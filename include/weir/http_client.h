/* weir/http_client.h: HTTP asked for. A request is a future of a reply: its status, its fields, and
 * a reader of its body, which receives as fast as it is read.
 *
 *     weir_reply *reply;
 *     if (weir_run(weir_http_get("http://example.org/", NULL), &reply, &error) == WEIR_READY) {
 *         weir_stream *lines = weir_lines(weir_reply_body(reply), 65536);
 *         ...
 *         weir_reply_drop(reply);
 *     }
 *
 * Or in one chain, where any status of 400 and more is an error:
 *
 *     weir_lines(weir_http_reader("https://example.org/log", NULL), 65536)
 *
 * Nothing is followed, decoded, retried or remembered unless it is asked for, but for one thing: a
 * connection that was used before, and died before a byte of an answer came, is made anew once, for
 * what may be asked twice. */
#ifndef WEIR_HTTP_CLIENT_H
#define WEIR_HTTP_CLIENT_H

#include "weir/http.h"
#include "weir/tls.h"

WEIR_BEGIN_C

/* An answer. It and the reader of its body are of the worker that polled the future, and may be
 * dropped one before the other. */
typedef struct weir_reply weir_reply;
WEIR_API extern const weir_type weir_type_reply; /* weir_reply *, owned */

enum { WEIR_URL_BYTES_MAX = 8 << 10 };

/* ---- connections that are kept ---- */

/* Connections for any number of requests. Counted; of the worker that used it first. */
typedef struct weir_http_client weir_http_client;

/* How many connections are kept, and for how long. All zero is the usual. */
typedef struct weir_http_pool_options {
    uint32_t size;         /* sizeof(weir_http_pool_options) */
    uint32_t host_max;     /* connections to one host at once; 0: 6 */
    uint32_t all_max;      /* ... to all of them; 0: 64 */
    uint64_t idle_ns;      /* one that nobody uses is closed after so long; 0: 30 s */
    weir_tls_context *tls; /* for https: held. NULL: the system's certificates are trusted */
    bool http2; /* where tls is NULL: HTTP/2 is offered too. A context of one's own offers what its
                   alpn says */
} weir_http_pool_options;

/* weir_http_client_new(&WEIR_HTTP_POOL_OPTIONS(.host_max = 2)) */
#define WEIR_HTTP_POOL_OPTIONS(...)                                                                \
    ((weir_http_pool_options){.size = sizeof(weir_http_pool_options), __VA_ARGS__})

/* A pool of connections, of one worker: many requests at once are a parallel loop that stays there,
 *
 *     weir_par_for_each(urls, &fetch, client, 8, &WEIR_PAR_OPTIONS(.local = true))
 *
 * and a server on all cores has one for each connection, or is weir_serve(), on one worker. Who
 * comes when as many are in use as may be waits in order. A connection
 * goes back when the body of its reply was read to its end. Where TLS agreed on HTTP/2 the requests
 * to a host share one connection, as far as its peer lets them; who began before that was known has
 * one of his own. Requests hold the client; without one (options->client NULL) each has a
 * connection of its own.
 * Errors: none at once; a request on another worker than the first is refused, ARGUMENT. NULL: no
 * memory, which the requests that are given it cannot tell.
 * Owns: one reference is the caller's; the connections that rest go with the last one.
 * Source: reqwest Client, Go http.Transport, which keep 2 idle ones a host and open any number.
 *
 * Example:
 *     weir_http_client *client = weir_http_client_new(NULL);
 *     p(weir_http_reader(hello_url(), &WEIR_HTTP_CLIENT_OPTIONS(.client = client))); // -> Hello
 *     p(weir_http_reader(hello_url(), &WEIR_HTTP_CLIENT_OPTIONS(.client = client))); // -> Hello
 *     p(weir_http_client_open(client)); // -> 1
 *     weir_http_client_unref(weir_http_client_ref(client));
 *     weir_http_client_unref(client);
 */
WEIR_API weir_http_client *
weir_http_client_new(const weir_http_pool_options *options) WEIR_MUST_USE;
WEIR_API weir_http_client *weir_http_client_ref(weir_http_client *client);
WEIR_API void weir_http_client_unref(weir_http_client *client); /* NULL: nothing */

/* Connections that it has now, those that rest among them.
 *
 * Example:
 *     weir_reply *reply;
 *     weir_http_client *client = weir_http_client_new(NULL);
 *     weir_http_client_options how = WEIR_HTTP_CLIENT_OPTIONS(.client = client);
 *     p(answer(weir_await(weir_http_get(hello_url(), &how), &reply, NULL))); // -> READY
 *     p(weir_http_client_open(client)); // -> 1
 *     p(weir_http_client_idle(client)); // -> 0
 *     p(weir_reply_body(reply)); // -> Hello
 *     p(weir_http_client_idle(client)); // -> 1
 *     weir_reply_drop(reply);
 *     weir_http_client_unref(client);
 */
WEIR_API size_t weir_http_client_open(const weir_http_client *client);
WEIR_API size_t weir_http_client_idle(const weir_http_client *client);

/* ---- requests ---- */

/* How a request is made. All zero is the usual: each limit says what 0 stands for. */
typedef struct weir_http_client_options {
    uint32_t size;              /* sizeof(weir_http_client_options) */
    uint32_t head_bytes_max;    /* of an answer; 0: 256 KiB, at most 16 MiB */
    uint32_t headers_max;       /* fields of it; 0: 1000, at most 65535 */
    uint32_t redirects_max;     /* that are followed; 0: none: the reply is given as it came */
    bool redirects_local;       /* they may lead from elsewhere to this machine, or to a link-local
                                   address */
    uint64_t connect_ns;        /* until there is a connection, names and TLS included; 0: 30 s */
    uint64_t head_ns;           /* from the last byte of the request that was taken to the last one
                                   of the answer's head; 0: 60 s */
    uint64_t total_ns;          /* from the first poll to the end of the body; 0: for ever */
    weir_http_client *client;   /* whose connections; NULL: one for this request alone */
    weir_tls_context *tls;      /* for https; NULL: the client's, or who the system trusts */
    const weir_header *headers; /* more fields, before those of the request itself */
    size_t headers_n;
    /* Makes the connection to "host:port" instead of weir_dial(): a proxy, a path, a pair in
     * memory. Polled as any duplex; TLS goes over it. */
    weir_duplex (*dial)(const char *address, void *arg);
    void *arg; /* WEIR_KEEPS, while connections that it made are kept */
} weir_http_client_options;

/* weir_http_get(url, &WEIR_HTTP_CLIENT_OPTIONS(.redirects_max = 5)) */
#define WEIR_HTTP_CLIENT_OPTIONS(...)                                                              \
    ((weir_http_client_options){.size = sizeof(weir_http_client_options), __VA_ARGS__})

/* What is asked for. */
typedef struct weir_http_request_spec {
    uint32_t size;      /* sizeof(weir_http_request_spec) */
    const char *method; /* any token but CONNECT; NULL: "GET" */
    const char *url;    /* http or https, with percent signs where it needs some */
    const weir_header *headers;
    size_t headers_n;
    uint64_t length;     /* of the body, 0 where it is not said; WEIR_LENGTH_UNKNOWN: it goes in
                            chunks */
    bool expects;        /* 100-continue: the body is sent when the peer wants it, or after 1 s */
    const char *upgrade; /* to this protocol, if the peer wants to; weir_reply_upgrade() */
} weir_http_request_spec;

/* weir_http_send(&WEIR_HTTP_REQUEST_SPEC(.method = "POST", .url = url,
 *                                        .length = WEIR_LENGTH_UNKNOWN), body, NULL) */
#define WEIR_HTTP_REQUEST_SPEC(...)                                                                \
    ((weir_http_request_spec){.size = sizeof(weir_http_request_spec), __VA_ARGS__})

/* A future of the reply to a GET; status and fields are there, the body is not read yet. An answer
 * of any status is a reply, and no error.
 * Shape: one weir_reply *. Holds the answer's head (head_bytes_max at most); on HTTP/2 also what
 * came of its body and was not read, 256 KiB at most, 1 MiB of all requests of a connection.
 * Units: the times of the options need a runtime's clock.
 * Errors: ARGUMENT for what is no URL, a user in it, a field that frames or has a line's end in it,
 * for a redirect that leads where it must not; LIMIT: head_bytes_max, headers_max, redirects_max,
 * 16 interim answers; CORRUPT for what is no answer, or has a transfer coding other than chunked,
 * which nobody asked for; TRUNCATED where it ends in the head; TIMEOUT; those of the connection.
 * Each with the URL, without its query.
 * Owns: keeps nothing of url and options; holds their client and tls. Dropped before it gave the
 * reply: the connection is closed.
 * Source: reqwest get, Go http.Get, which follow redirects and decode gzip unasked.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_status(reply)); // -> 200
 *     weir_reply_drop(reply);
 */
WEIR_ITEM(weir_reply *)
WEIR_NEW weir_stream *weir_http_get(const char *url, const weir_http_client_options *options);

/* The same for any request, with a body or without one (NULL). The body is sent while the answer
 * may come already. One with a status of 300 or more stops it, and the connection is not kept; with
 * any other the rest goes out while the answer's body is read. At the end of that it stops, but for
 * a body that was read to its own end: the last of it goes out first.
 * Errors: also those of the body, TRUNCATED and LIMIT where it is shorter or longer than `length`;
 * the connection is closed then, so that nothing cut looks whole.
 * Owns: the body, which is dropped as soon as it was sent; keeps nothing of the request.
 * Source: reqwest RequestBuilder::send, Go Client.Do.
 *
 * Example:
 *     weir_reply *reply;
 *     weir_http_request_spec post = WEIR_HTTP_REQUEST_SPEC(.method = "POST", .url = hello_url());
 *     post.length = 6;
 *     weir_stream *asked = weir_http_send(&post, text("a body"), NULL);
 *     p(answer(weir_await(asked, &reply, NULL))); // -> READY
 *     p(weir_reply_body(reply)); // -> Hello
 *     weir_reply_drop(reply);
 */
WEIR_ITEM(weir_reply *)
WEIR_NEW weir_stream *weir_http_send(const weir_http_request_spec *request,
                                     weir_reader *body WEIR_TAKES,
                                     const weir_http_client_options *options);

/* The body of what stands at a URL, as any source of bytes: asked for at the first fill.
 * Shape: bytes. Errors: as weir_http_get() and weir_reply_body(); a status of 400 and more, and
 * one of 300 and more that was not followed: USER, with it in error.number.
 * Source: Python urlopen.
 *
 * Example:
 *     p(weir_http_reader(hello_url(), NULL)); // -> Hello
 */
WEIR_NEW weir_reader *weir_http_reader(const char *url, const weir_http_client_options *options);

/* ---- the reply ---- */

/* What the head of the reply says: its status, and the version of HTTP it came in.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_status(reply)); // -> 200
 *     p(weir_reply_version(reply)); // -> 11
 *     weir_reply_drop(reply);
 */
WEIR_API unsigned weir_reply_status(const weir_reply *reply);  /* 200 to 999, or 101 */
WEIR_API unsigned weir_reply_version(const weir_reply *reply); /* 10, 11 or 20 */
/* The peer's words for the status; "" : none.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_reason(reply)); // -> OK
 *     weir_reply_drop(reply);
 */
WEIR_API const char *weir_reply_reason(const weir_reply *reply);
/* Whose answer it is: the last one, where redirects were followed.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(yes(!strcmp(weir_reply_url(reply), hello_url()))); // -> yes
 *     weir_reply_drop(reply);
 */
WEIR_API const char *weir_reply_url(const weir_reply *reply);
/* Of the body: 0: there is none; WEIR_LENGTH_UNKNOWN: it is over when it ends.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_length(reply)); // -> 5
 *     weir_reply_drop(reply);
 */
WEIR_API uint64_t weir_reply_length(const weir_reply *reply);

/* The first field of that name; NULL: there is none. The ith one, in the order they came; i <
 * weir_reply_headers_n(). Valid until the reply is dropped.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_header(reply, "Content-Type")); // -> text/plain
 *     p(weir_reply_header(reply, "Location")); // -> NULL
 *     weir_reply_drop(reply);
 */
WEIR_API const char *weir_reply_header(const weir_reply *reply, const char *name);
WEIR_API size_t weir_reply_headers_n(const weir_reply *reply);
WEIR_API weir_header weir_reply_header_at(const weir_reply *reply, size_t i);

/* The body, once: the second call refuses. It lives on when the reply is dropped.
 * Shape: bytes as they were sent (Content-Encoding is the caller's), without their framing; END
 * only when all of it came. Nothing is copied, but what somebody wants in one piece that came in
 * several chunks.
 * Errors: TRUNCATED where it ends before its length or its last chunk; CORRUPT for a chunk that is
 * none; TIMEOUT (total_ns); those of what is still sent; of the connection. Each with the URL.
 * Owns: the connection, which goes back to the client's pool at the end, if it can be kept. Dropped
 * before its end was read: it is closed.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_body(reply)); // -> Hello
 *     weir_reply_drop(reply);
 */
WEIR_NEW weir_reader *weir_reply_body(weir_reply *reply);

/* A field behind the body, when the reader of it has ended; NULL: there is none.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     p(weir_reply_body(reply)); // -> Hello
 *     p(weir_reply_trailer(reply, "Checksum")); // -> NULL
 *     weir_reply_drop(reply);
 */
WEIR_API const char *weir_reply_trailer(const weir_reply *reply, const char *name);

/* The connection itself, behind a status of 101: what comes from here on, what is in hand included.
 * Errors: at the first poll: the status is another one. Owns: the reply.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     weir_duplex raw = weir_reply_upgrade(reply);
 *     p(raw.reader); // -> !ARGUMENT
 *     weir_drop(raw.writer);
 */
WEIR_API weir_duplex weir_reply_upgrade(weir_reply *reply WEIR_TAKES) WEIR_MUST_USE;

/* Lets the reply go. NULL: nothing. Owns: a body that was taken lives on; one that was not closes
 * its connection.
 *
 * Example:
 *     weir_reply *reply;
 *     p(answer(weir_await(weir_http_get(hello_url(), NULL), &reply, NULL))); // -> READY
 *     weir_reader *body = weir_reply_body(reply);
 *     weir_reply_drop(reply);
 *     p(body); // -> Hello
 */
WEIR_API void weir_reply_drop(weir_reply *reply WEIR_TAKES);

WEIR_END_C

#endif
