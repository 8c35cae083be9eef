/* The client from inside. A request, the connection that it talks over and its answer are one
 * object, the reply: the future holds it, then the user, and beside them the reader of the body.
 *
 *     url.c            what is asked for
 *     client.c         the future: from a URL to a reply, redirects, another try
 *     client_ask.c     the request's head, as text
 *     client_link.c    a connection: dialled, TLS over it, closed
 *     client_pool.c    connections that are kept, and who waits for one
 *     client_send.c    the request on its way
 *     client_head.c    the answer's head, and interim ones before it
 *     client_h2*.c     all of that over HTTP/2
 *     client_reply.c   what a user sees of it
 *     client_body.c    the reader of its body */
#ifndef WEIR_HTTP_CLIENT_H_
#define WEIR_HTTP_CLIENT_H_

#include "http/framed.h"
#include "http/url.h"
#include "weir/http_client.h"

#define WEIR_HTTP_AGENT "weir/0.1.0"

enum {
    WEIR_HTTP_INTERIM_MAX = 16,          /* answers of 1xx before the one that counts */
    WEIR_HTTP_CLIENT_HEAD_MAX = 16 << 20 /* that a user may ask for */
};

/* ---- client_link.c ---- */

/* A connection. */
struct weir_http_link {
    weir_waker waker;       /* of `idle`: its holders are the owner, and the clock */
    weir_duplex io;         /* NULL: given away */
    bool used;              /* an answer came over it before */
    unsigned users;         /* requests that share it now; of HTTP/2 */
    struct weir_http2c *h2; /* NULL: HTTP/1.1 */
    weir_timer idle;
    weir_http_client *client; /* that it rests in */
    struct weir_http_host *host;
    struct weir_http_link *next, *prev; /* among those that rest */
};

/* How one is made. */
struct weir_http_way {
    weir_duplex (*dial)(const char *address, void *arg);
    void *arg;
    uint64_t connect_ns;
    weir_tls_context *tls; /* of https */
};

/* Nothing is dialled before it is polled. NULL: no memory. */
struct weir_http_link *weir_http_link_new(const struct weir_url *url,
                                          const struct weir_http_way *way);
/* The address of the other side, as weir_peer_address() says it. */
const char *weir_http_link_peer(const struct weir_http_link *self);
/* The connection is not cut where cx is there: a TLS peer is told. */
void weir_http_link_close(struct weir_http_link *self, weir_cx *cx);
/* ... it is: a request went out in part. */
void weir_http_link_abort(struct weir_http_link *self);
void weir_http_link_free(struct weir_http_link *self); /* without its connection */
/* It rested for as long as it may; client_pool.c. */
void weir_http_link_expire(struct weir_http_link *link);

/* ---- client_pool.c ---- */

/* The right to have a connection: a place in the queue for it, then the connection itself. All
 * zero: of nobody. */
struct weir_http_seat {
    weir_http_client *client; /* NULL: it needs nobody's leave */
    struct weir_http_host *host;
    struct weir_http_link *link; /* granted: one that rested; NULL: a new one may be made */
    bool granted;
    bool queued;
    bool shared; /* ... with others, whose host it is */
    weir_waker_slot waker;
    struct weir_http_seat *next, *prev;
};

/* Stands in the queue of client (NULL: there is none) for that host. False: cx->error. */
bool weir_http_seat_take(struct weir_http_seat *self, weir_cx *cx, weir_http_client *client,
                         const struct weir_url *url, const struct weir_http_way *way);
/* READY: it is granted. */
weir_poll weir_http_seat_poll(struct weir_http_seat *self, weir_cx *cx);
/* Gives it up; the link, if it has one, was taken out or goes with it. One that was shared goes
 * with the last of those who do. */
void weir_http_seat_leave(struct weir_http_seat *self);
/* The link speaks HTTP/2: others may use it too from now on. */
void weir_http_seat_share(struct weir_http_seat *self, struct weir_http_link *link);
/* The link rests, for the next one; closed where there is no pool, or where it cannot. */
void weir_http_seat_return(struct weir_http_seat *self, weir_cx *cx, struct weir_http_link *link);

/* Whom a client trusts; made when it is wanted first. NULL: no memory. Held by the client. */
weir_tls_context *weir_http_client_tls(weir_http_client *client);
weir_tls_context *weir_http_tls_usual(bool http2);

/* ---- client_ask.c ---- */

/* What is asked for: copies of what the user said, in one block. */
struct weir_http_ask {
    const char *method;
    const weir_header *headers;
    size_t headers_n;
    const char *upgrade;
    uint64_t length; /* of the body */
    bool has_body, expects;
    char *block;
    size_t block_size;
};

/* False: no memory. Wrong ones are told by weir_http_ask_check(). */
bool weir_http_ask_copy(struct weir_http_ask *out, const weir_http_request_spec *request,
                        const weir_http_client_options *options, bool has_body);
void weir_http_ask_drop(struct weir_http_ask *ask);
bool weir_http_ask_check(const struct weir_http_ask *ask, weir_cx *cx);
/* The head as it is sent; *n bytes in a block of *size. bare: without what only one host may know.
 * NULL: no memory. */
char *weir_http_ask_text(const struct weir_http_ask *ask, const struct weir_url *url, bool bare,
                         bool keep, size_t *n);

/* Each field of the head that says nothing of the connection, the length of the body among them. */
void weir_http_ask_each(const struct weir_http_ask *ask, bool bare,
                        void (*take)(void *arg, const char *name, const char *value), void *arg);

/* ---- client_send.c ---- */

struct weir_http_sending {
    char *head; /* weir_http_ask_text() */
    size_t head_n, head_at;
    weir_reader *body; /* NULL: none, or it was sent */
    bool chunked;
    uint64_t left; /* of its length */
    uint64_t sent;
    char frame[24]; /* of a chunk: its size before it, or the end of its line behind it */
    uint8_t frame_n, frame_at;
    uint64_t chunk_left;
    bool last;      /* the last chunk is in the frame */
    bool waits;     /* for an interim 100 */
    bool expecting; /* ... it asked for one, and its time was not over yet */
    weir_timer patience;
    uint64_t moved_ns; /* when the connection took something last */
    bool done;         /* all of it was sent */
    bool stopped;      /* it will not be */
    bool of_body;      /* what went wrong is the body's, not the connection's */
};

/* READY: it is done, or stopped, or there is nothing to do before an interim answer. */
weir_poll weir_http_sending_poll(struct weir_http_sending *self, weir_cx *cx, weir_writer *to);
/* Of a body that has nothing in hand, for who sends it in other frames. READY: it has, or it is
 * over (body NULL), and its length is right so far. */
weir_poll weir_http_sending_look(struct weir_http_sending *self, weir_cx *cx);
/* The body was read to its end, and the last of it, or what frames it, did not go out yet. */
bool weir_http_sending_owes(const struct weir_http_sending *self);
/* No more is sent. */
void weir_http_sending_stop(struct weir_http_sending *self);
/* Begins anew, with another head; the body goes on where it stands. */
void weir_http_sending_begin(struct weir_http_sending *self, char *head, size_t n);
void weir_http_sending_fini(struct weir_http_sending *self);

/* ---- the reply ---- */

enum weir_http_phase {
    WEIR_HTTP_AT_BEGINNING,
    WEIR_HTTP_AT_QUEUE, /* for a connection */
    WEIR_HTTP_AT_LOOK,  /* whether one that rested is still there */
    WEIR_HTTP_AT_OPEN,  /* a new one */
    WEIR_HTTP_AT_TALK,  /* until the head is there */
    WEIR_HTTP_AT_END
};

struct weir_reply {
    unsigned refs; /* the future or the user, and the body */
    enum weir_http_phase step;

    /* What is asked for, and how. */
    char *url_text; /* until it is taken apart */
    size_t url_text_n;
    struct weir_url url;
    weir_http_client_options options; /* what 0 stands for is put in */
    struct weir_http_ask ask;
    struct weir_http_way way;
    weir_tls_context *tls; /* held */
    weir_http_client *client;
    uint32_t redirects;
    bool bare;    /* it came to another host: what only the first may know is left out */
    bool checked; /* ... and that host must not be local */
    bool tried;   /* a connection that rested was dead */

    /* The connection. */
    struct weir_http_seat seat;
    struct weir_http_link *link;
    struct weir_http2c_stream *stream; /* of HTTP/2; NULL: none */
    struct weir_http_sending send;
    weir_timer deadline; /* of what is waited for: a connection, a head */
    weir_timer total;
    bool timed; /* total is set */

    /* The answer. */
    struct weir_http_framed body;
    bool keep; /* the connection is good for more */
    bool body_taken;
    uint16_t status;
    uint8_t version;
    uint32_t interim;
    size_t seen; /* bytes in hand of which none can be the head's end */
    uint64_t length;
    const char *reason;
    const weir_header *headers;
    uint32_t headers_n;
    char *block; /* headers, and all texts */
    size_t block_size;
};

/* Copies what is said. NULL: no memory. */
weir_reply *weir_reply_new(const weir_http_request_spec *request, bool has_body,
                           const weir_http_client_options *options);
void weir_reply_release(weir_reply *self);
static inline weir_reply *weir_reply_hold(weir_reply *self)
{
    self->refs++;
    return self;
}

/* Puts the URL into an error that was told just now. ERROR. */
weir_poll weir_http_place(const weir_reply *self, weir_cx *cx);
weir_poll weir_http_fail(const weir_reply *self, weir_cx *cx, weir_code code, const char *format,
                         ...) WEIR_PRINTF(4, 5);

/* What a stage that holds it reads from, and holds besides. */
weir_stage *weir_http_input(const weir_reply *self, size_t i);
size_t weir_http_memory_max(const weir_reply *self);

/* PENDING, or ERROR where the total time is over. */
weir_poll weir_http_in_time(weir_reply *self, weir_cx *cx);

/* ---- client_link.c again ---- */

/* Lets the connection go: as one that is broken, or for the next one. */
void weir_http_give_up_link(weir_reply *self);
void weir_http_settle_link(weir_reply *self, weir_cx *cx);

/* ---- client_head.c ---- */

/* READY: a final head was taken. END: the connection ended, or broke (cx->error, *broke), before a
 * byte of it came. */
weir_poll weir_http_head_poll(weir_reply *self, weir_cx *cx, bool *broke);

/* ---- client_body.c ---- */

weir_reader *weir_http_body_reader(weir_reply *reply);

#endif
