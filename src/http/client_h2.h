/* A client's connection of HTTP/2: nghttp2's session over a link, and the streams in it. Each part
 * that is polled and lacks something goes on with the connection: it sends what the session has,
 * and hands it what came; the transport wakes all streams that wait. */
#ifndef WEIR_HTTP_CLIENT_H2_H
#define WEIR_HTTP_CLIENT_H2_H

#include "http/client.h"

#ifdef WEIR_HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>

enum {
    WEIR_HTTP2C_WINDOW_BYTES = 256 << 10, /* of a stream that nobody reads */
    WEIR_HTTP2C_ALL_WINDOW_BYTES = 1 << 20,
    WEIR_HTTP2C_OUT_BYTES = 32 << 10
};

/* Names and values, each with a NUL, as they came. */
struct weir_http2c_list {
    char *bytes;
    size_t n, room;
    uint32_t fields;
    size_t counted;
};

struct weir_http2c_stream {
    struct weir_http2c *connection;
    struct weir_http2c_stream *next, **at; /* all of the connection's */
    weir_reply *reply;
    int32_t id;
    weir_waker_slot waiter;
    uint16_t status;
    bool headed, ended, closed; /* the head is whole; the body; nghttp2 let it go */
    bool too_large, no_memory;  /* why it was reset */
    bool deferred;              /* nghttp2 waits for more of the request's body */
    uint32_t batch;             /* in which the end of the request went out, or is yet to */
    uint32_t code;              /* that it was closed with */
    uint32_t interim;
    struct weir_http2c_list head, trailers;
    unsigned char *in; /* of the body, that nobody read: */
    size_t in_begin, in_end, in_room;
};

struct weir_http2c {
    weir_waker waker; /* which the transport is polled with */
    struct weir_http_link *link;
    nghttp2_session *session;
    struct weir_http2c_stream *streams;
    const uint8_t *rest; /* of a frame that `out` had no room for */
    size_t rest_n;
    size_t out_at, out_n;
    uint32_t batch; /* how often `out` was filled */
    bool unflushed;
    bool awaited;            /* somebody waits until what stands there has gone */
    size_t owed;             /* bytes of its window: weir_http2_consumed() */
    bool eof, failed, going; /* going: the peer takes no more requests */
    bool deaf;               /* ... nor anything else, since the failure below: it may say why */
    uint32_t broke;          /* what the peer is told that it broke; 0: nothing */
    weir_error failure;
    unsigned char out[WEIR_HTTP2C_OUT_BYTES];
};

/* ---- client_h2.c: the connection ---- */

/* READY: something moved. END: nothing will any more. PENDING: its own waker waits. */
weir_poll weir_http2c_go_on(struct weir_http2c *self, weir_cx *cx);
/* The body of a request as far as it is there. READY: nothing is wrong with it. */
weir_poll weir_http2c_pump(struct weir_http2c_stream *stream, weir_cx *cx);
/* nghttp2 asks for it. */
ssize_t weir_http2c_read(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *arg);

/* ---- client_h2_stream.c: what is in it ---- */

bool weir_http2c_grow(char **bytes, size_t *room, size_t need);
bool weir_http2c_list_add(struct weir_http2c_list *list, const uint8_t *text, size_t n);
void weir_http2c_list_drop(struct weir_http2c_list *list);
/* An array of its fields, and their texts behind it, in one block. NULL: no memory. */
void *weir_http2c_list_block(const struct weir_http2c_list *list, size_t *size);
/* So many bytes of a stream were consumed. */
void weir_http2c_consumed(struct weir_http2c *self, int32_t id, size_t n);
/* The session may have something to send, and this part of it will not: others do. */
void weir_http2c_stir(struct weir_http2c *self);
#endif

/* The peer agreed on "h2": the link is one of it from now on. False: no memory. */
bool weir_http2c_begin(struct weir_http_link *link);
void weir_http2c_end(struct weir_http_link *link);

/* Another request may go over it. */
bool weir_http2c_is_open(const struct weir_http_link *link);

/* Takes what came while it rested. False: it is not to be used again. */
bool weir_http2c_rested(struct weir_http_link *link, weir_cx *cx);

/* Submits the request of a reply. False: cx->error. */
bool weir_http2c_ask(weir_reply *reply, weir_cx *cx);

/* READY: the head was taken. END: the peer did not look at it: it may be sent again. */
weir_poll weir_http2c_head(weir_reply *reply, weir_cx *cx);

/* ... and is not: ERROR, why there is no answer. */
weir_poll weir_http2c_tell(const weir_reply *reply, weir_cx *cx);

/* As a poll_fill of the body's reader. */
weir_poll weir_http2c_fill(weir_reply *reply, weir_reader *reader, weir_cx *cx, size_t min);

/* The stream goes. True: it had come to its end, and the connection is as good as it was. */
bool weir_http2c_leave(weir_reply *reply);

/* ... what it holds at most. */
size_t weir_http2c_memory_max(void);

#endif
