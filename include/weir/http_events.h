/* weir/http_events.h: server-sent events over HTTP, both sides: what a browser calls an
 * EventSource, and what answers it. The events themselves, and their text: weir/sse.h.
 *
 *     weir_stream *events = weir_http_events("https://example.org/feed", NULL);
 *
 *     static weir_stream *answer(weir_exchange *x, void *arg)
 *     {
 *         return weir_respond_events(x, ticks(), NULL);
 *     }
 */
#ifndef WEIR_HTTP_EVENTS_H
#define WEIR_HTTP_EVENTS_H

#include "weir/http_client.h"
#include "weir/sse.h"

WEIR_BEGIN_C

enum { WEIR_EVENT_ID_BYTES_MAX = 4 << 10 }; /* that is sent back */

/* How events are asked for, and asked for again. All zero is the usual. */
typedef struct weir_http_events_options {
    uint32_t size;          /* sizeof(weir_http_events_options) */
    uint32_t tries_max;     /* in a row of which none gave an event; 0: 10 */
    uint64_t delay_ns;      /* before the next one, until the peer says `retry`, of which less than
                               100 ms is 100 ms; 0: 3 s. Doubled from one try to the next of the
                               same row */
    uint64_t delay_max_ns;  /* ... up to this, whatever the peer says; 0: 60 s */
    uint64_t still_ns;      /* not a byte comes for so long: the connection is lost. 0: for ever */
    size_t event_bytes_max; /* 0: 1 MiB */
    const char *last_id;    /* where to go on from: the first request says it already. NULL: none */
    const weir_http_client_options *http; /* how each request is made. Its client and tls are held,
                                             its headers WEIR_KEEPS; the rest is copied */
} weir_http_events_options;

/* weir_http_events(url, &WEIR_HTTP_EVENTS_OPTIONS(.tries_max = 3)) */
#define WEIR_HTTP_EVENTS_OPTIONS(...)                                                              \
    ((weir_http_events_options){.size = sizeof(weir_http_events_options), __VA_ARGS__})

/* The events of a URL, over as many connections as it takes: where one is lost, or ends, or is
 * refused with a status of 500 or more, it is asked for again, with the id that came last
 * (Last-Event-ID).
 * Shape: weir_sse_event items, lent. Ends with a status of 204, and when the runtime is stopped.
 * Holds what weir_http_get() and weir_sse() hold, and an id. Units: needs a clock. Errors: fatal: a
 * status of 300 to 499 (USER, error.number), a content type that is no text/event-stream (CORRUPT),
 * an event or an id that is too long (LIMIT), what is wrong with the request (ARGUMENT); and the
 * last try's error, or CLOSED where the peer ended it, after tries_max tries. Owns: keeps copies of
 * the texts. Source: EventSource of the HTML standard, whose tries never end; an id stays known
 * where the next connection says none. reqwest-eventsource.
 *
 * Example:
 *     p(weir_http_events(hello_url(), NULL)); // -> !CORRUPT
 */
WEIR_ITEM(weir_sse_event)
WEIR_LENDS
WEIR_NEW weir_stream *weir_http_events(const char *url, const weir_http_events_options *options);

/* Answers with events, as they come. A future of one unit, when the stream of them has ended and
 * all was taken by the connection.
 * Shape: a weir_sse_event or weir_owned_sse_event becomes its text, flushed when no other one is
 * ready; a comment is sent where none comes for keep_alive_ns, 15 s if options is NULL: so a client
 * that went away is noticed. Holds what weir_to_sse() holds. Errors: of the events, behind which
 * the client sees a connection that was cut, and comes again; of weir_to_sse(), where an event
 * cannot be said; of weir_respond(). Owns: the exchange and the stream. Source: axum Sse.
 *
 * Example:
 *     weir_exchange *x;
 *     weir_duplex near = {text("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), weir_null_writer()};
 *     p(answer(weir_await(weir_take(weir_http_exchanges(near, NULL), 1), &x, NULL))); // -> READY
 *     p(weir_respond_events(x, weir_sse(text("data: one\n\n"), NULL), NULL)); // -> done
 */
WEIR_NEW weir_stream *weir_respond_events(weir_exchange *x WEIR_TAKES,
                                          weir_stream *events WEIR_TAKES,
                                          const weir_to_sse_options *options);

WEIR_END_C

#endif
