/* An exchange from inside, and what the two versions of the protocol make of one. Each of its parts
 * (the exchange itself, the reader of its body, the answer) is handed to the user, and dropped, by
 * itself: what all of them share goes with the last one.
 *
 *     exchanges.c    the stream: which version a connection speaks, and the loop over it
 *     exchange.c     what is the same for both: the request, its fields, the counts
 *     answer.c       what may be answered, and the future that answers at once
 *     http1_*.c      head.c, rules.c, body.c (pure), and the connection over them
 *     http2_*.c      nghttp2's session, and the streams in it */
#ifndef WEIR_HTTP_EXCHANGE_H
#define WEIR_HTTP_EXCHANGE_H

#include "http/rules.h"
#include "weir/cx.h"
#include "weir/http.h"

/* The options of a connection with what 0 stands for put in. */
struct weir_http_config {
    weir_http_options options;
    bool secure; /* it came through TLS, or the options say so */
    bool rests; /* HTTP/1.x: it ends where it would wait for a further request, and is given back */
};

void weir_http_config_take(struct weir_http_config *self, const weir_http_options *options);

/* What an answer is made of, once it is known to be right: the fields either of a list, or as text
 * ("name: value\r\n" each). */
struct weir_http_answer {
    unsigned status;
    const weir_header *headers;
    size_t n;
    const char *fields;
    size_t fields_n;
    uint64_t length; /* WEIR_LENGTH_UNKNOWN */
};

struct weir_exchange_ops {
    weir_reader *(*body)(weir_exchange *x);
    /* READY: its head, and the n bytes of a body that is whole, were taken by the connection, and
     * the exchange is answered. PENDING: again, with the same. */
    weir_poll (*poll_answer)(weir_exchange *x, weir_cx *cx, const struct weir_http_answer *answer,
                             const void *body, size_t n);
    /* Takes the exchange; the headers are copied or sent before it returns. */
    weir_writer *(*respond)(weir_exchange *x, const struct weir_http_answer *answer);
    weir_duplex (*upgrade)(weir_exchange *x, const char *protocol);
    bool (*go_on)(weir_exchange *x); /* the interim 100 */
    const char *(*peer)(const weir_exchange *x);
    void (*drop)(weir_exchange *x); /* answered by poll_answer, or in part, or not at all */
    const char *name;               /* "http/1.1", "http/2": in messages */
};

/* The first member of either version's. */
struct weir_exchange {
    const struct weir_exchange_ops *ops;
    weir_request request;      /* its texts stand in the memory of the exchange, each with a NUL */
    const weir_header *fields; /* request.headers_n of them, there too */
    const weir_header *trailers; /* when the body has ended; they are the connection's */
    uint32_t trailers_n;
    bool body_taken;
    const struct weir_http_config *config; /* of the connection */
};

/* Around the polls of a connection: what has begun is not cut by a stop of the runtime. Answers
 * what stood there before. */
static inline bool weir_http_drain(weir_cx *cx)
{
    bool outer = cx->draining;
    cx->draining = true;
    return outer;
}

/* True: that moment is over. The timer is left as it is set; where it fires too early it is set
 * again, so that a busy connection costs its clock nothing. Without a clock no moment is over. */
bool weir_http_is_past(weir_cx *cx, weir_timer *timer, uint64_t due_ns);

/* What the fields at [bytes, ...) come to as strings: copies each name and value to `text`, with a
 * NUL behind it, and says where. Returns the end of what was used; it takes at most as many bytes
 * as the head has. */
char *weir_http_copy_fields(char *text, const unsigned char *bytes,
                            const struct weir_http_field *fields, uint32_t n, weir_header *out);

const char *weir_http_find(const weir_header *fields, uint32_t n, const char *name);

/* Counts, where the user wants them. */
enum weir_http_count {
    WEIR_HTTP_CONNECTIONS,
    WEIR_HTTP_REQUESTS,
    WEIR_HTTP_ANSWERED,
    WEIR_HTTP_REFUSED,
    WEIR_HTTP_UNANSWERED
};
void weir_http_count(const struct weir_http_config *config, enum weir_http_count what);
/* ... and tells cx->error, or another one, to on_error. */
void weir_http_tell(const struct weir_http_config *config, const weir_error *error);

/* An answer as the user gave it. false: *fact says what is wrong with it (ARGUMENT), with a %s for
 * *what. */
bool weir_http_answer_is_right(const struct weir_http_answer *answer, const char **fact,
                               const char **what);

/* "Thu, 26 Nov 2026 19:29:47 GMT", made once a second on each thread; WEIR_HTTP_DATE_BYTES of them
 * and a NUL. Valid until the next call on this thread. */
enum { WEIR_HTTP_DATE_BYTES = 29 };
void weir_http_date_put(char *out, uint64_t unix_s); /* up to the year 9999 */
const char *weir_http_date(weir_cx *cx);

/* ---- the two versions: one connection each ---- */

struct weir_http1;
struct weir_http2;

bool weir_http2_is_built(void);

/* Takes the connection. NULL: no memory, and it was given up. head_due_ns: of a head that has
 * begun; 0: none has. */
struct weir_http1 *weir_http1_new(weir_duplex io, const struct weir_http_config *config,
                                  uint64_t head_due_ns);
struct weir_http2 *weir_http2_new(weir_duplex io, const struct weir_http_config *config);

/* As a stream's poll_next for one item. END: it is over, and closed. */
weir_poll weir_http1_poll_next(struct weir_http1 *self, weir_cx *cx, weir_exchange **out);
weir_poll weir_http2_poll_next(struct weir_http2 *self, weir_cx *cx, weir_exchange **out);

/* The stream is dropped: what exchanges are out may be finished, and nothing comes behind them. */
void weir_http1_leave(struct weir_http1 *self);
void weir_http2_leave(struct weir_http2 *self);

/* Of one that rests and has ended: its transport, with nothing under way. false: it is over. */
bool weir_http1_rested(struct weir_http1 *self, weir_duplex *out);

/* The same of the stream, weir_http_exchanges(), that is told to rest before its first poll. */
void weir_http_exchanges_rest(weir_stream *stream);
bool weir_http_exchanges_rested(weir_stream *stream, weir_duplex *out);

/* It stands in an arena of its consumer's, which has room for these bytes. */
size_t weir_http_exchanges_bytes(void);
weir_stream *weir_http_exchanges_in(weir_arena *arena, weir_duplex connection,
                                    const weir_http_options *options);
const struct weir_http_config *weir_http_exchanges_config(const weir_stream *stream);

/* Its transport, for who walks the stages; NULL: it was handed over. */
weir_stage *weir_http1_input(const struct weir_http1 *self, size_t i);
weir_stage *weir_http2_input(const struct weir_http2 *self, size_t i);

/* What goes on while its consumer is busy with an exchange: see weir_in_flight. */
void weir_http1_go_on(struct weir_http1 *self, weir_cx *cx);
bool weir_http1_owes(const struct weir_http1 *self); /* there is something to do */

/* The most that it holds besides its transport. */
size_t weir_http1_memory_max(const struct weir_http_config *config);
size_t weir_http2_memory_max(const struct weir_http_config *config);

#endif
