/* The body of a message of HTTP/1.x, of either side, taken out of a connection's bytes: what a
 * reader of it and whoever passes over it have in common. The data is lent from where it stands;
 * only where somebody asks for more at once than one chunk has is it put together in a block. */
#ifndef WEIR_HTTP_FRAMED_H
#define WEIR_HTTP_FRAMED_H

#include "http/body.h"
#include "weir/http.h"
#include "weir/reader.h"

/* What trailers are kept in: fields, and their texts. */
enum {
    WEIR_HTTP_TRAILERS_FIELDS = 100,
    WEIR_HTTP_TRAILERS_MEMORY =
        WEIR_HTTP_TRAILERS_BYTES + WEIR_HTTP_TRAILERS_FIELDS * (sizeof(weir_header) + 2)
};

/* What is put together is at most so much more than was asked for. */
enum { WEIR_HTTP_COPY_BYTES = 32 << 10 };

struct weir_http_framed {
    weir_reader *io; /* the connection's */
    struct weir_http_body body;
    size_t lent;            /* bytes of data of io's that are counted in body, and stand there */
    uint64_t n;             /* bytes of data so far */
    uint32_t seen;          /* of trailers that are not whole */
    uint32_t trailers_n;    /* as weir_exchange.trailers */
    uint32_t trailers_size; /* of what they stand in */
    weir_header *trailers;  /* of an allocation of its own; NULL: none */
};

/* A body behind a head. */
void weir_http_framed_begin(struct weir_http_framed *self, weir_reader *io,
                            const struct weir_http_meaning *meaning);
void weir_http_framed_fini(struct weir_http_framed *self);

/* As a poll_fill of `reader`, which lends what io has. Errors: CORRUPT, TRUNCATED, LIMIT with the
 * byte in the body of the connection; io's own. */
weir_poll weir_http_framed_fill(struct weir_http_framed *self, weir_reader *reader, weir_cx *cx,
                                size_t min);

/* The reader goes: what it consumed is told to io. */
void weir_http_framed_leave(struct weir_http_framed *self, weir_reader *reader);

/* Passes over up to *left bytes of data. END: all of it has come; READY: none is left to pass over
 * it; PENDING, ERROR. No reader of it is there. */
weir_poll weir_http_framed_pass(struct weir_http_framed *self, weir_cx *cx, uint64_t *left);

#endif
