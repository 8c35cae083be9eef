/* A connection of HTTP/1.x. One exchange is out at a time, so what an exchange has to remember
 * stands in the connection, which lives until its stream and all parts of the exchange are gone.
 *
 *     http1_conn.c     from one head to the next
 *     http1_exchange.c the exchange that is out: its parts, and what it leaves behind
 *     http1_body.c     the reader of its body
 *     http1_answer.c   what is answered: at once, or through a writer
 *     http1_upgrade.c  another protocol in its place
 *     http1_out.c      what goes out: gathered while a next request is in hand */
#ifndef WEIR_HTTP_HTTP1_H
#define WEIR_HTTP_HTTP1_H

#include "bytes/idle.h"
#include "core/stage.h"
#include "http/exchange.h"
#include "http/framed.h"

enum {
    WEIR_HTTP1_SWITCH_BYTES = 192, /* of the answer that switches protocols, at most: behind
                                      what was gathered there is always room for it */
    WEIR_HTTP1_OUT_BYTES = (16 << 10) - WEIR_HTTP1_SWITCH_BYTES, /* gathered */
    WEIR_HTTP1_LITTLE_BYTES = 896 - WEIR_HTTP1_SWITCH_BYTES,     /* an answer that goes out alone: a
                                                                    block that malloc has at hand */
    WEIR_HTTP1_HEAD_BYTES = 15 << 10,                            /* of an answer's, at most */
    WEIR_HTTP1_LARGE_BYTES = 4 << 10                             /* written from where they stand */
};

enum weir_http1_step {
    WEIR_HTTP1_HEAD,   /* the next one is waited for */
    WEIR_HTTP1_OUT,    /* an exchange is out */
    WEIR_HTTP1_SETTLE, /* ... its parts are gone */
    WEIR_HTTP1_PASS,   /* what it did not read of its body is passed over */
    WEIR_HTTP1_REFUSE, /* an answer of the library's own, and the connection is closed */
    WEIR_HTTP1_CLOSE,
    WEIR_HTTP1_LINGER, /* what the peer still sends is read, so that it sees the answer */
    WEIR_HTTP1_RESTS,  /* no further request is there, and it is given back */
    WEIR_HTTP1_OVER
};

enum weir_http1_answer {
    WEIR_HTTP1_SILENT, /* not begun */
    WEIR_HTTP1_BEGUN,  /* its head was taken */
    WEIR_HTTP1_WHOLE
};

struct weir_http1 {
    uint32_t parts; /* the stream, and those of the exchange */
    uint8_t step;   /* enum weir_http1_step */
    uint8_t answer; /* enum weir_http1_answer, of the exchange that is out */
    bool stream_gone;
    bool keep;     /* another request may come behind this one */
    bool in_head;  /* a part of the next one is there, and its time runs */
    bool stopping; /* it was seen */
    bool asked;    /* the client waits for an interim 100 */
    bool interim;  /* ... which is to be sent before anything else */
    bool said;     /* ... and stands in what goes out */
    bool speaks;   /* a part of the exchange has begun to send: it waits for the writer alone */
    bool idle;     /* it is closed without a request under way */
    bool broken;   /* the writer failed, or an answer was cut: nothing more is sent */
    bool chunked, to_the_end, bodiless; /* of the answer */
    bool upgrade;                       /* the client offers another protocol */
    bool handed_over;                   /* ... and has it */
    bool served;                        /* a request of it is over */
    uint64_t left;                      /* of the answer's length; of bodiless ones as well */
    uint64_t passed;    /* of an answer at once: bytes of its body that were taken */
    uint64_t pass_left; /* of an unread body */
    uint16_t refusal;   /* the status of that answer */
    uint16_t fault;     /* ... to a body that is wrong, where nothing else is said; 0: it is not */
    uint32_t seen;      /* of a head that is not whole */
    uint32_t out_n, out_sent;
    uint32_t out_whole; /* of them: bytes of answers that are whole */
    weir_block *out;    /* what was gathered; NULL: nothing */
    weir_block *tail;   /* bytes behind that, where they stand; NULL: none */
    const unsigned char *tail_at;
    size_t tail_n;
    weir_duplex io;
    struct weir_http_framed body;
    weir_waker_slot next;  /* the stream's, which waits for the exchange to be finished */
    weir_waker_slot other; /* of an upgrade: the writer's; the reader has `next` */
    weir_timer timer;      /* of the stream */
    uint64_t due_ns;       /* ... what it waits for has to have happened then; 0: nothing */
    uint64_t settled_ns;   /* the latest exchange was over then */
    uint64_t send_due_ns;  /* ... some of what was gathered has to have gone then; 0: nothing */
    uint64_t gone;         /* ... more than these bytes of all */
    struct weir_http_config config;
};

struct weir_http1_exchange {
    weir_exchange x;
    struct weir_http1 *conn;
    uint32_t size, parts;
    struct weir_idle writing;
    uint64_t gone; /* bytes of the connection that went out, when it waited last */
    weir_timer reading;
    bool body_waits;         /* somebody waits for the body ... */
    uint64_t body_since_ns;  /* ... since then */
    uint64_t body_waited_ns; /* ... and did before */
};

/* What a part of it lives in, with room for a stage over it, a copy or lines. An exchange has two
 * at most: a body and an answer, or the halves of another protocol. */
struct weir_http1_part {
    struct weir_http1_exchange *exchange;
    _Alignas(WEIR_ALIGN) unsigned char room[320];
};

/* ---- http1_out.c ---- */

/* Room for n bytes (at most WEIR_HTTP1_OUT_BYTES) behind what was gathered. READY, or what the
 * flush that makes it comes to. *to is where they go; weir_http1_put() says that they are there. */
weir_poll weir_http1_room(struct weir_http1 *self, weir_cx *cx, size_t n, char **to);
void weir_http1_put(struct weir_http1 *self, size_t n);
/* What is gathered next is one answer, and short. */
void weir_http1_expect_little(struct weir_http1 *self);
size_t weir_http1_free(const struct weir_http1 *self);
/* The n bytes in a block stand behind what was gathered: they are sent next. There is no other
 * tail, as after weir_http1_room(). */
void weir_http1_put_tail(struct weir_http1 *self, weir_block *block, const void *bytes, size_t n);
/* READY: all that was gathered was taken. */
weir_poll weir_http1_send(struct weir_http1 *self, weir_cx *cx);
/* Bytes from where they stand, as a writer's poll: behind what was gathered. */
weir_poll weir_http1_pass(struct weir_http1 *self, weir_cx *cx, weir_block *block,
                          const void *bytes, size_t n);
/* Without waiting, as much as there is room for; nobody will poll any more. false: some is left. */
bool weir_http1_send_rest(struct weir_http1 *self);
void weir_http1_forget(struct weir_http1 *self);
/* An answer was cut: what was gathered of it is taken back, but not what stands before it. */
void weir_http1_take_back(struct weir_http1 *self);
/* Bytes that went on to the peer, as far as it is known. */
uint64_t weir_http1_gone(const struct weir_http1 *self);

/* ---- http1_exchange.c ---- */

/* Of a head that is right. NULL: no memory. */
weir_exchange *weir_http1_exchange_new(struct weir_http1 *conn, const unsigned char *bytes,
                                       const struct weir_http_head *head,
                                       const struct weir_http_meaning *meaning);
static inline struct weir_http1_exchange *weir_http1_of(const weir_exchange *x)
{
    return WEIR_CONTAINER(x, struct weir_http1_exchange, x);
}
/* The arena of a further part, which is gone when it is dropped. NULL: no memory. */
weir_arena *weir_http1_part_new(struct weir_http1_exchange *self);
/* One part of the exchange is gone; the last one ends it. */
void weir_http1_let_go(struct weir_http1_exchange *self);

/* ---- http1_body.c, http1_answer.c, http1_upgrade.c ---- */

weir_reader *weir_http1_body(weir_exchange *x);
weir_writer *weir_http1_respond(weir_exchange *x, const struct weir_http_answer *answer);
weir_poll weir_http1_poll_answer(weir_exchange *x, weir_cx *cx,
                                 const struct weir_http_answer *answer, const void *body, size_t n);
/* Another protocol from here on. */
weir_duplex weir_http1_upgrade(weir_exchange *x, const char *protocol);
/* The interim 100, if it was asked for and nothing was answered. READY: it was taken, and all that
 * stands before it. */
weir_poll weir_http1_poll_interim(struct weir_http1 *self, weir_cx *cx);
/* A peer that takes nothing for so long is not waited for: what a part of the exchange answers. */
weir_poll weir_http1_timed(struct weir_http1_exchange *self, weir_cx *cx, weir_poll got);
/* An answer of the library's own: a status, and nothing behind it. READY: it was taken. */
weir_poll weir_http1_refuse(struct weir_http1 *self, weir_cx *cx, unsigned status);

/* ---- http1_conn.c ---- */

/* The exchange that was out has no parts any more: *self goes on, or goes. */
void weir_http1_settle(struct weir_http1 *self);

#endif
