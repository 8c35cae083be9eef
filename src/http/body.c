/* The frames of a body. The machine stands before one byte at a time; data it passes over whole. */

#include "http/body.h"

#include "http/class.h"

enum body_step {
    SIZE_FIRST, /* where a body in chunks begins */
    SIZE,
    SIZE_LF,
    NAME_FIRST, /* of an extension */
    BODY_NAME,
    WORTH_FIRST, /* what stands behind its '=' */
    WORTH,
    QUOTED,
    ESCAPED,
    QUOTE_END,
    DATA,
    DATA_CR,
    DATA_LF,
    BODY_TRAILERS
};

static int hex(unsigned char c)
{
    if (weir_http_is_digit(c))
        return c - '0';
    c = weir_http_fold(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where the line of a chunk may end, or go on with another extension. NULL: the byte may stand
 * there, and the state has moved on behind it; so below. */
static const char *end_byte(struct weir_http_body *body, unsigned char c, const char *fact)
{
    if (c == '\r')
        body->step = SIZE_LF;
    else if (c == ';')
        body->step = NAME_FIRST;
    else
        return fact;
    return NULL;
}

static const char *name_byte(struct weir_http_body *body, unsigned char c)
{
    static const char fact[] = "an extension of a chunk has no right name";
    if (weir_http_is(c, WEIR_HTTP_TOKEN))
        body->step = BODY_NAME;
    else if (body->step == NAME_FIRST)
        return fact;
    else if (c == '=')
        body->step = WORTH_FIRST;
    else
        return end_byte(body, c, fact);
    return NULL;
}

static const char *worth_byte(struct weir_http_body *body, unsigned char c)
{
    static const char fact[] = "an extension of a chunk has no right value";
    switch (body->step) {
    case QUOTED:
        if (c == '"')
            body->step = QUOTE_END;
        else if (c == '\\')
            body->step = ESCAPED;
        else if (!weir_http_is(c, WEIR_HTTP_VALUE))
            return fact;
        return NULL;
    case ESCAPED:
        body->step = QUOTED;
        return weir_http_is(c, WEIR_HTTP_VALUE) ? NULL : fact;
    case QUOTE_END:
        return end_byte(body, c, fact);
    default:
        if (weir_http_is(c, WEIR_HTTP_TOKEN))
            body->step = WORTH;
        else if (body->step == WORTH)
            return end_byte(body, c, fact);
        else if (c == '"')
            body->step = QUOTED;
        else
            return fact;
        return NULL;
    }
}

static const char *size_byte(struct weir_http_body *body, unsigned char c)
{
    static const char fact[] = "a chunk's size is no number of hexadecimal digits alone";
    int digit = hex(c);
    if (digit < 0)
        return body->step == SIZE ? end_byte(body, c, fact) : fact;
    body->step = SIZE;
    if (body->left > INT64_MAX >> 4)
        return "a chunk is larger than a file could be";
    body->left = body->left << 4 | (unsigned)digit;
    if (!body->left && ++body->line > WEIR_HTTP_CHUNK_LINE_BYTES)
        return "a chunk's size has more zeros before it than it may have";
    return NULL;
}

/* Of the line behind the size. */
static const char *extension_byte(struct weir_http_body *body, unsigned char c)
{
    const char *fact = body->step <= BODY_NAME ? name_byte(body, c) : worth_byte(body, c);
    if (fact || body->step == SIZE_LF)
        return fact;
    if (++body->line > WEIR_HTTP_CHUNK_LINE_BYTES)
        return "the extensions of a chunk are longer than they may be";
    if (++body->extensions > WEIR_HTTP_EXTENSIONS_BYTES)
        return "the extensions of a body's chunks are longer than they may be";
    return NULL;
}

static const char *newline_byte(struct weir_http_body *body, unsigned char c)
{
    bool size = body->step == SIZE_LF;
    if (c != '\n')
        return "a CR without its LF";
    body->line = 0;
    body->step = !size ? SIZE_FIRST : body->left ? DATA : BODY_TRAILERS;
    return NULL;
}

static const char *frame_byte(struct weir_http_body *body, unsigned char c)
{
    switch (body->step) {
    case SIZE_FIRST:
    case SIZE:
        return size_byte(body, c);
    case DATA_CR:
        body->step = DATA_LF;
        return c == '\r' ? NULL : "a chunk is longer than its size";
    case SIZE_LF:
    case DATA_LF:
        return newline_byte(body, c);
    default:
        return extension_byte(body, c);
    }
}

/* ---- pieces ---- */

static struct weir_http_step data(struct weir_http_body *body, size_t skip, size_t n)
{
    if (n > body->left)
        n = (size_t)body->left;
    body->left -= n;
    return (struct weir_http_step){.piece = WEIR_HTTP_DATA, .skip = skip, .n = n};
}

static struct weir_http_step chunks(struct weir_http_body *body, const unsigned char *bytes,
                                    size_t n)
{
    size_t at = 0;
    struct weir_http_body next = *body;
    while (at < n && next.step != DATA && next.step != BODY_TRAILERS) {
        const char *fact = frame_byte(&next, bytes[at]);
        if (fact)
            return (struct weir_http_step){.piece = WEIR_HTTP_BROKEN, .byte = at, .fact = fact};
        at++;
    }
    *body = next;
    if (body->step == BODY_TRAILERS)
        return (struct weir_http_step){.piece = WEIR_HTTP_TRAILERS, .skip = at};
    if (at == n)
        return (struct weir_http_step){.piece = WEIR_HTTP_FRAME, .n = at};
    struct weir_http_step step = data(body, at, n - at);
    if (!body->left)
        body->step = DATA_CR;
    return step;
}

struct weir_http_step weir_http_body_step(struct weir_http_body *body, const unsigned char *bytes,
                                          size_t n)
{
    bool counted = body->framing == WEIR_HTTP_LENGTH;
    if (body->framing == WEIR_HTTP_NO_BODY || (counted && !body->left))
        body->ended = true;
    if (body->ended)
        return (struct weir_http_step){.piece = WEIR_HTTP_OVER};
    if (body->framing == WEIR_HTTP_CHUNKED)
        return chunks(body, bytes, n);
    if (!n)
        return (struct weir_http_step){.piece = WEIR_HTTP_FRAME};
    if (!counted)
        return (struct weir_http_step){.piece = WEIR_HTTP_DATA, .n = n};
    struct weir_http_step step = data(body, 0, n);
    body->ended = !body->left;
    return step;
}

bool weir_http_body_may_end(const struct weir_http_body *body)
{
    return body->ended || body->framing == WEIR_HTTP_NO_BODY ||
           body->framing == WEIR_HTTP_TO_THE_END;
}
