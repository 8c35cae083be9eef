/* A connection of HTTP/2 from inside: nghttp2's session, the transport under it, and the streams in
 * it.
 *
 *     http2_conn.c      who drives it, and who waits; the stream of exchanges
 *     http2_transport.c sending, receiving, closing
 *     http2_session.c   nghttp2's callbacks: what came, what goes out, what is too much
 *     http2_times.c     the one timer, and what is late when it fires
 *     http2_exchange.c  requests, made of header blocks
 *     http2_body.c      the reader of a body
 *     http2_queue.c     bytes of an answer that wait
 *     http2_answer.c    the writer of an answer, and the one that is whole
 *     http2_none.c      all of it without nghttp2
 *
 * Nothing runs by itself. Each part that is polled (the stream of exchanges, a body's reader, an
 * answer's writer) and lacks something goes one step with the connection: it sends what the session
 * has, and hands it what came. The transport is polled with a waker of the connection's own, so
 * that a wake that comes late reaches whoever drives it then:
 *
 *     in a task    the stream of exchanges is one of the task's sets of work in flight. The task
 *                  drives it behind each of its turns, whatever else it does, so parts of other
 *                  tasks just wait until they are woken for what they wait for.
 *     elsewhere    (a cx made by hand, or the stream was dropped) the part that waits last is the
 *                  driver. One that leaves while it is wakes another one, which drives then. */
#ifndef WEIR_HTTP2_H
#define WEIR_HTTP2_H

#ifdef WEIR_HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>

#include "http/exchange.h"

enum {
    WEIR_HTTP2_FRAME_BYTES = 16 << 10, /* of a DATA frame: none is longer */
    WEIR_HTTP2_FRAME_HEAD_BYTES = 9,
    WEIR_HTTP2_OUT_BYTES = WEIR_HTTP2_FRAME_BYTES + (1 << 10), /* that one write gathers */
    WEIR_HTTP2_BULK_BYTES = 4 * WEIR_HTTP2_OUT_BYTES,          /* ... when the last one was full */
    WEIR_HTTP2_QUEUE_BYTES = 64 << 10, /* of an answer that wait for the peer's window */
    WEIR_HTTP2_QUEUE_PIECES = 16,      /* blocks they stand in */
    WEIR_HTTP2_BLOCK_BYTES = 16 << 10, /* that bytes are copied into */
    WEIR_HTTP2_BLOCK_BYTES_MIN = 1 << 10,
    WEIR_HTTP2_TEXT_BYTES = 768, /* of a head, without a block of its own */
    WEIR_HTTP2_FIELDS = 24,
    WEIR_HTTP2_RESETS = 64,        /* streams that we reset last: their frames may be on the way */
    WEIR_HTTP2_GLITCHES = 1000,    /* that a connection may have at once */
    WEIR_HTTP2_GLITCHES_S = 100,   /* ... and more, each second */
    WEIR_HTTP2_OUTBOUND = 4000,    /* frames in nghttp2's queue */
    WEIR_HTTP2_TRAILERS = 8 << 10, /* bytes */
    WEIR_HTTP2_BOMB = 4,           /* heads that many times too large are not looked at any more */
    WEIR_HTTP2_READER_ROOM = 512,  /* arenas, with room for a few stages over each */
    WEIR_HTTP2_WRITER_ROOM = 384
};

/* Who waits. Each part has one. */
struct weir_http2_half {
    weir_waker_slot waiter;
    struct weir_http2_half *next, **at; /* at NULL: it does not */
};

/* Bytes in blocks, one after the other: of a body that nobody read, of an answer that nobody took.
 */
struct weir_http2_piece {
    weir_block *block;
    const unsigned char *bytes;
    size_t n;
};

struct weir_http2_stream {
    struct weir_exchange exchange; /* the first member */
    struct weir_http2 *connection;
    struct weir_http2_stream *next, **at;             /* all of the connection's */
    struct weir_http2_stream *fresh_next, **fresh_at; /* ... and those that nobody has yet */
    int32_t id;
    unsigned parts;   /* that the user holds */
    uint32_t code;    /* of the reset that ended it */
    bool closed : 1;  /* nghttp2 let it go */
    bool whole : 1;   /* its head is */
    bool given : 1;   /* to the user, at some time */
    bool refused : 1; /* the library has answered */
    bool too_large : 1;
    bool expects : 1;   /* 100-continue, and nobody sent it */
    bool head_only : 1; /* the answer has no body: to HEAD, 204, 304 */
    bool ended_in : 1;  /* the body came to its end */
    bool cut_in : 1;    /* ... or the connection did, before */
    bool late_in : 1;   /* ... or it took too long */
    bool reads : 1;     /* there is a reader of it, or may be one */
    bool answered : 1;  /* an answer was begun */
    bool ended_out : 1; /* ... and nothing comes behind what stands in `out` */
    bool sent_out : 1;  /* ... and all of that went out */
    bool deferred : 1;  /* nghttp2 waits for more of it */
    bool late_out : 1;  /* the peer took nothing for too long */
    bool resetting : 1; /* a reset was submitted */

    /* the head */
    char *text;
    weir_header *fields; /* until the head is whole their pointers are offsets in text */
    uint32_t text_n, text_room, fields_n, fields_room;
    uint32_t head_bytes;                   /* as the limit counts them */
    uint32_t method, target, host, scheme; /* offsets in text; 0: none */
    uint32_t named, length_at, expect;     /* of values: host, content-length, expect */
    uint32_t crumbs;                       /* fields that are a cookie */
    char *trailers;                        /* name and value of each, as strings */
    uint32_t trailers_n, trailers_room;
    weir_header *trailer_list;

    /* the body, which comes in */
    weir_block *in_first, *in_last; /* by next */
    uint32_t in_begin, in_end;      /* in the first one, in the last one */
    size_t in_n;
    uint64_t got;       /* bytes that came */
    uint64_t told;      /* ... and that nghttp2 knows to be consumed */
    uint64_t waited_ns; /* for the peer, while somebody read */
    uint64_t waits_ns;  /* since then; 0: nobody does */
    struct weir_http2_half body;

    /* the answer, which goes out */
    struct weir_http2_piece out[WEIR_HTTP2_QUEUE_PIECES];
    uint32_t out_at, out_pieces;
    size_t out_n;
    size_t out_room;           /* in the last one's block, behind its bytes */
    const unsigned char *lent; /* a whole body that is the user's, until it was taken */
    size_t lent_n;
    uint64_t length, written; /* what was said, and what came */
    uint64_t moved_ns;        /* when the peer took something last */
    struct weir_http2_half answer;

    char text_here[WEIR_HTTP2_TEXT_BYTES];
    weir_header fields_here[WEIR_HTTP2_FIELDS];
    _Alignas(WEIR_ALIGN) unsigned char reader[WEIR_HTTP2_READER_ROOM];
    _Alignas(WEIR_ALIGN) unsigned char writer[WEIR_HTTP2_WRITER_ROOM];
};

struct weir_http2 {
    unsigned holders; /* atomic: the parts as one, and the waker, which stands in it */
    unsigned parts;   /* the stream of exchanges, and all that it gave */
    struct weir_http_config config;
    weir_duplex io;
    nghttp2_session *session;
    weir_waker waker;         /* which the transport is polled with */
    weir_waker_cell cell;     /* whom that wakes */
    weir_in_flight in_flight; /* of the stream of exchanges */
    struct weir_http2_half incoming;
    struct weir_http2_half *waiting, *driver;

    struct weir_http2_stream *streams, *fresh, **fresh_end;
    struct weir_http2_stream *heading; /* the last one that a head came of; NULL: it is gone */
    uint32_t open_n;                   /* that nghttp2 has not let go */
    uint32_t given_n;                  /* whose parts are not all gone */

    /* what goes out */
    weir_block *out;
    uint32_t out_begin, out_end;
    const unsigned char *rest; /* of a frame, which the block had no room for */
    size_t rest_n;
    bool starved;     /* there was no memory for something that had to be sent */
    bool full;        /* a frame waits for room */
    bool bulk;        /* the last block was filled */
    bool flushes;     /* what the transport took may stand in it */
    uint64_t changes; /* of streams, since bytes of theirs went out, or they were closed */
    bool stirred;     /* a part went a step, and has not said yet who waits for the next one */

    bool left;   /* the stream of exchanges is gone */
    bool eof;    /* nothing more comes in */
    bool over;   /* nothing more goes out either, and the transport is gone */
    bool failed; /* ... since it broke: failure */
    bool tells;  /* ... with requests under way, which is told by the stream of exchanges */
    bool stopping, going; /* GOAWAY, the first, the last */
    bool calm;            /* the peer was told to calm down */
    bool shut;            /* the transport's writer is closed */
    weir_error *failure;  /* NULL: there was no memory for it */

    int invalid;       /* what nghttp2 said of a frame that it did not like; 0: nothing */
    uint32_t glitches; /* left */
    size_t owed;       /* bytes of the connection's window: weir_http2_consumed() */
    uint64_t glitches_ns;
    int32_t resets[WEIR_HTTP2_RESETS];
    uint32_t resets_n;

    /* times */
    weir_timer timer;
    uint64_t soon_ns; /* when the first thing may be late */
    bool clocked;     /* there is a clock, and it was looked at */
    uint64_t now_ns;
    uint64_t head_ns;    /* since when a head comes; 0: none does */
    uint64_t idle_ns;    /* since when there is no stream */
    uint64_t blocked_ns; /* since when the transport takes nothing; 0: it does */
    uint64_t stop_ns;    /* when the first GOAWAY went out */
    uint64_t shut_ns;    /* when the transport's writer was closed */
    size_t unread;       /* bytes that came behind that */
};

/* What nghttp2 answers to something that has to be sent. */
static inline void weir_http2_note(struct weir_http2 *self, int error)
{
    self->starved |= nghttp2_is_fatal(error);
}

static inline struct weir_http2_stream *weir_http2_of(const weir_exchange *x)
{
    return (struct weir_http2_stream *)(uintptr_t)x;
}

/* ---- http2_conn.c ---- */

/* One step: sends, and hands over what came. READY: something moved, look again. PENDING: the
 * transport waits; with nothing to send it was flushed. END: nothing moves any more. Whatever was
 * wrong with the transport is in `failed`, and told to all parts. `half` waits where it is PENDING,
 * or the budget is spent. */
weir_poll weir_http2_go_on(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half,
                           bool *begun, weir_wait_for what);

/* `half` waits for something else than the transport. */
weir_poll weir_http2_wait(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half,
                          weir_wait_for what);
/* It has what it wants, and waits no more: who else does may have to drive. */
void weir_http2_satisfied(struct weir_http2 *self, struct weir_http2_half *half);
/* There may be something for it. */
static inline void weir_http2_wake(struct weir_http2_half *half)
{
    weir_waker_slot_wake(&half->waiter);
}

/* Something was submitted. True: it goes out without the caller's doing. cx NULL: in a drop. */
bool weir_http2_submitted(struct weir_http2 *self, weir_cx *cx);
/* A part was dropped: what the peer has to be told of it goes out. */
void weir_http2_left(struct weir_http2 *self);

/* READY: all that the session has went out; of a connection that the stream of exchanges has left
 * with no other part in it, it is closed too. */
weir_poll weir_http2_drain(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half);

/* A part more, a part less. */
void weir_http2_hold(struct weir_http2_stream *stream);
void weir_http2_let_go(struct weir_http2_stream *stream);

/* ---- http2_transport.c ---- */

/* Moves what the session has into the block, as far as there is room. */
void weir_http2_gather(struct weir_http2 *self);

/* Nothing can be done with the transport any more: cx->error says why. */
void weir_http2_fail(struct weir_http2 *self, weir_cx *cx);

/* Sends, and hands over what came, or closes: READY, PENDING as a step. */
weir_poll weir_http2_move(struct weir_http2 *self, weir_cx *cx);
bool weir_http2_wants_write(const struct weir_http2 *self);
/* Lets it go: one that is not closed is given up. */
void weir_http2_leave_transport(struct weir_http2 *self);
weir_poll weir_http2_no_memory(weir_cx *cx);

/* ---- http2_session.c ---- */

nghttp2_session *weir_http2_session(struct weir_http2 *self);
/* What a session takes its memory from. */
nghttp2_mem *weir_http2_memory(void);
/* So many bytes of a stream (0: of none that there is) were consumed: what opens the windows goes
 * out. *owed: those that the peer was not told of yet; at least `least` of them are worth it. */
int weir_http2_consumed(nghttp2_session *session, int32_t id, size_t n, size_t *owed, size_t least);
/* Takes one from the bucket; if none is left the peer is told to calm down. */
void weir_http2_glitch(struct weir_http2 *self);
void weir_http2_reset(struct weir_http2_stream *stream, uint32_t code);
/* Of an answer that is begun: has nghttp2 ask for its bytes again. */
void weir_http2_resume(struct weir_http2_stream *stream);
nghttp2_data_provider weir_http2_provider(struct weir_http2_stream *stream);
/* It costs too much. */
void weir_http2_calm(struct weir_http2 *self);
/* GOAWAY: first that there will be one, then the last stream that is served. */
void weir_http2_stop(struct weir_http2 *self);
void weir_http2_go(struct weir_http2 *self);
/* Nothing more comes in: the body is cut. */
void weir_http2_cut(struct weir_http2_stream *stream);
/* ... and of answers that wait for the peer's window nothing more goes out. */
void weir_http2_abandon(struct weir_http2 *self);
/* The answer went out whole, and nobody reads the body: the peer need not send the rest. */
void weir_http2_settle(struct weir_http2_stream *stream);
/* The session let it go, or the connection is over. */
void weir_http2_closed(struct weir_http2_stream *stream, uint32_t code);

/* ---- http2_times.c ---- */

/* Looks for what is late. */
void weir_http2_times(struct weir_http2 *self, weir_cx *cx);
/* Something may be late at that time. Then, in the same poll: */
void weir_http2_due(struct weir_http2 *self, uint64_t due_ns);
/* ... has the timer fire for the first of what may be. */
void weir_http2_arm(struct weir_http2 *self, weir_cx *cx);
/* Asked by the reader of a body that nothing came for. */
uint64_t weir_http2_body_due_ns(const struct weir_http2_stream *stream);

/* ---- http2_exchange.c ---- */

struct weir_http2_stream *weir_http2_stream_new(struct weir_http2 *self, int32_t id);
void weir_http2_stream_free(struct weir_http2_stream *stream);
/* A field of the head, or of what stands behind the body. 0, or what nghttp2 shall make of it. */
int weir_http2_field(struct weir_http2_stream *stream, const uint8_t *name, size_t name_n,
                     const uint8_t *value, size_t value_n);
int weir_http2_trailer(struct weir_http2_stream *stream, const uint8_t *name, size_t name_n,
                       const uint8_t *value, size_t value_n);
/* The head is whole. False: it was refused. */
bool weir_http2_request(struct weir_http2_stream *stream, bool ends);
/* Answers with a status alone. */
void weir_http2_refuse(struct weir_http2_stream *stream, unsigned status);
void weir_http2_queue(struct weir_http2_stream *stream);
void weir_http2_unqueue(struct weir_http2_stream *stream);
const char *weir_http2_peer(const struct weir_http2 *self);

/* ---- http2_body.c ---- */

weir_reader *weir_http2_body(weir_exchange *x);
/* Bytes came. 0, or what nghttp2 shall make of it. */
int weir_http2_put(struct weir_http2_stream *stream, const uint8_t *bytes, size_t n);
/* Lets what is held go: nobody will read it. */
void weir_http2_pass_over(struct weir_http2_stream *stream);
bool weir_http2_go_on_100(weir_exchange *x);
/* Answers why nothing comes, or goes, any more. */
weir_poll weir_http2_tell_closed(const struct weir_http2_stream *stream, weir_cx *cx);

/* ---- http2_answer.c ---- */

weir_poll weir_http2_poll_answer(weir_exchange *x, weir_cx *cx,
                                 const struct weir_http_answer *answer, const void *body, size_t n);
weir_writer *weir_http2_respond(weir_exchange *x, const struct weir_http_answer *answer);
void weir_http2_drop(weir_exchange *x);

/* ---- http2_queue.c ---- */

bool weir_http2_is_full(const struct weir_http2_stream *stream);
/* Before the first bytes: the peer has so long to take some. */
void weir_http2_note_queued(struct weir_http2_stream *stream, weir_cx *cx);
/* Copies up to n bytes: how many; 0: no memory. It is not full. */
size_t weir_http2_queue_copy(struct weir_http2_stream *stream, const unsigned char *bytes,
                             size_t n);
/* Another piece, of no bytes yet; takes the block. There is room for one. */
struct weir_http2_piece *weir_http2_push_piece(struct weir_http2_stream *stream, weir_block *block,
                                               const unsigned char *bytes);
/* n bytes of what waits to go out, to `to`; there are as many. */
void weir_http2_take(struct weir_http2_stream *stream, unsigned char *to, size_t n);
void weir_http2_forget_out(struct weir_http2_stream *stream);

#endif
#endif
