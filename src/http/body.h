/* The body of a message as a pure function of its bytes: a length that is counted down, chunks that
 * are taken out of their frames, trailers behind them. */
#ifndef WEIR_HTTP_BODY_H
#define WEIR_HTTP_BODY_H

#include "http/rules.h"

enum {
    WEIR_HTTP_CHUNK_LINE_BYTES = 256,     /* of one chunk's extensions, and zeros before its size */
    WEIR_HTTP_EXTENSIONS_BYTES = 4 << 10, /* of all of them */
    WEIR_HTTP_TRAILERS_BYTES = 8 << 10
};

/* All zero but for framing and left (the length): at its beginning. */
struct weir_http_body {
    enum weir_http_framing framing;
    uint8_t step;        /* the machine's own, as all below */
    bool ended;          /* all of it was seen, trailers too */
    uint32_t extensions; /* bytes so far; of this chunk: */
    uint32_t line;
    uint64_t left; /* of the length, or of the chunk */
};

/* What stands first in the bytes. */
enum weir_http_piece {
    WEIR_HTTP_FRAME,    /* n bytes that are no data (maybe none): more has to come */
    WEIR_HTTP_DATA,     /* skip bytes that are none, then n bytes of data */
    WEIR_HTTP_TRAILERS, /* skip bytes, then those of weir_http_trailers(): once, then body->ended is
                           set by the caller. Comes also where there are none: an empty line */
    WEIR_HTTP_OVER,     /* skip bytes, and the body is over; the rest is another message's */
    WEIR_HTTP_BROKEN    /* byte: where, from the first one given; fact: what is wrong. Status 400 */
};

struct weir_http_step {
    enum weir_http_piece piece;
    size_t skip, n;
    size_t byte;
    const char *fact;
};

/* The state moves on over skip + n bytes: the caller consumes just those before he asks again. */
struct weir_http_step weir_http_body_step(struct weir_http_body *body, const unsigned char *bytes,
                                          size_t n);

/* The bytes ended here: false: in the middle of it. */
bool weir_http_body_may_end(const struct weir_http_body *body);

#endif
