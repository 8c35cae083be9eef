/* A connection of weir/tls.h from inside: one object that both halves hold.
 *
 *     tls_context.c    certificates and rules; tls_pem.c reads them
 *     tls_engine.c     OpenSSL, and the BIO through which it sees the transport
 *     tls_transport.c  waiting for the transport, for both halves at once
 *     tls_error.c      what went wrong, in words
 *     tls.c            the halves
 *     tls_none.c       all of it without OpenSSL */
#ifndef WEIR_NET_TLS_H
#define WEIR_NET_TLS_H

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/ssl.h>

#include "weir/tls.h"

struct weir_tls_context {
    unsigned refs; /* atomic */
    bool server;
    bool verifies;
    bool failed; /* error says why */
    SSL_CTX *ssl;
    BIO_METHOD *method;
    unsigned char *alpn; /* as it is sent: each name behind its length */
    size_t alpn_n;
    weir_error error;
};

enum weir_tls_half { WEIR_TLS_READER, WEIR_TLS_WRITER };

/* One direction of the transport. Each half may have to wait for either: what wakes it wakes both
 * halves that wait for it, so each polls the transport with this waker. */
struct weir_tls_side {
    weir_waker waker;
    struct weir_tls *tls;
    weir_waker_cell halves[2];
};

enum { WEIR_TLS_READER_ROOM = 512, WEIR_TLS_WRITER_ROOM = 320 }; /* their arenas, a copy with one */

struct weir_tls {
    unsigned holders;      /* atomic: the halves' arenas and the sides' wakers, which stand in it */
    unsigned halves;       /* whose arenas are left */
    uint32_t bytes;        /* of this all */
    bool gone[2];          /* the half was dropped */
    bool shaken;           /* the handshake is done */
    bool failed;           /* nothing can be done any more: failure */
    bool deaf;             /* the transport takes nothing any more: unsent */
    bool shut;             /* close_notify was made */
    bool closed;           /* ... and the transport's writer is closed */
    bool over;             /* close_notify came */
    bool urgent;           /* what stands in `out` must not wait for a flush */
    bool writing;          /* what OpenSSL sends now is what was written */
    bool no_memory;        /* for what OpenSSL sends */
    weir_duplex transport; /* a half that nobody needs any more is NULL */
    weir_tls_context *context;
    SSL *ssl;        /* NULL before the first poll */
    weir_block *out; /* what OpenSSL sent, and the transport did not take yet: */
    uint32_t out_begin, out_end;
    weir_error *failure, *unsent; /* NULL: there was no memory for it */
    const char *host;             /* "" : none */
    struct weir_tls_side in, room;
    _Alignas(WEIR_ALIGN) unsigned char reader[WEIR_TLS_READER_ROOM];
    _Alignas(WEIR_ALIGN) unsigned char writer[WEIR_TLS_WRITER_ROOM];
    char host_text[];
};

/* ---- tls_context.c, tls_pem.c ---- */

/* Puts the certificates and keys of the options into the context. False: context->error. */
bool weir_tls_load(weir_tls_context *context, const weir_tls_options *options);

/* context->error, as weir_error_set(); false. */
#define WEIR_TLS_REFUSE(context, ...)                                                              \
    ((context)->failed = true, weir_error_set(&(context)->error, __VA_ARGS__)->fatal = true, false)

/* ---- tls_engine.c: one call of OpenSSL each ---- */

typedef enum weir_tls_step {
    WEIR_TLS_DONE,
    WEIR_TLS_WANTS_READ, /* more from the transport, of which nothing is in hand */
    WEIR_TLS_WANTS_ROOM, /* out is full */
    WEIR_TLS_OVER,       /* close_notify came */
    WEIR_TLS_FAILED      /* cx->error */
} weir_tls_step;

enum { WEIR_TLS_RECORD_BYTES = 16 << 10, WEIR_TLS_EXTRA_BYTES = 512 }; /* of a record, around it */

BIO_METHOD *weir_tls_bio_method(void);
weir_tls_step weir_tls_shake_step(struct weir_tls *self, weir_cx *cx);
weir_tls_step weir_tls_read_step(struct weir_tls *self, weir_cx *cx, void *out, size_t size,
                                 size_t *n);
/* Takes up to n bytes, if out has room for a record of that: *taken. */
weir_tls_step weir_tls_write_step(struct weir_tls *self, weir_cx *cx, const void *bytes, size_t n,
                                  size_t *taken);
weir_tls_step weir_tls_shut_step(struct weir_tls *self, weir_cx *cx);

/* ---- tls_transport.c ---- */

/* READY: all that OpenSSL sent was taken by the transport. */
weir_poll weir_tls_push(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
/* The transport's own: with the side's waker. */
weir_poll weir_tls_flush(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
weir_poll weir_tls_close(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
weir_poll weir_tls_room(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
weir_poll weir_tls_hup(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
/* READY: bytes are in the transport's hand. What stands in out goes first. */
weir_poll weir_tls_fill(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half);
/* The handshake is done, or nothing can be: the other half sees it. */
void weir_tls_tell(struct weir_tls *self);
/* Drops the halves of the transport that nobody needs any more. */
void weir_tls_leave(struct weir_tls *self);
void weir_tls_sides_init(struct weir_tls *self);
void weir_tls_let_go(struct weir_tls *self);

/* ---- tls_error.c ---- */

/* cx->error stands for both halves from now on. */
weir_tls_step weir_tls_failed(struct weir_tls *self, weir_cx *cx);
/* Answers what was told before. */
weir_poll weir_tls_repeat(const weir_error *error, weir_cx *cx, const char *what);
/* What OpenSSL says of its latest call, which failed. */
weir_tls_step weir_tls_fail_step(struct weir_tls *self, weir_cx *cx);
/* Why a certificate is refused, at the moment when it is. */
int weir_tls_verified(int ok, X509_STORE_CTX *store);

#endif
#endif
