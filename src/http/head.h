/* The head of a message of HTTP/1.x as a pure function of its bytes: nothing is kept between two
 * calls, nothing is allocated, nothing is lenient. What stands between the lines is what the
 * grammar of RFC 9112 allows, and no more; what a message may not say although its grammar is right
 * (two lengths, a length beside chunks, no Host) is in rules.h. */
#ifndef WEIR_HTTP_HEAD_H
#define WEIR_HTTP_HEAD_H

#include "weir/base.h"

/* Where a piece of the head stands in its bytes. */
struct weir_http_span {
    uint32_t at, n;
};

/* Fields that are known by number, for who asks for them once a message. */
enum weir_http_known {
    WEIR_HTTP_OTHER,
    WEIR_HTTP_CONNECTION,
    WEIR_HTTP_CONTENT_LENGTH,
    WEIR_HTTP_EXPECT,
    WEIR_HTTP_HOST,
    WEIR_HTTP_TE,
    WEIR_HTTP_TRANSFER_ENCODING,
    WEIR_HTTP_UPGRADE,
    WEIR_HTTP_KNOWN
};

struct weir_http_field {
    struct weir_http_span name, value; /* the value without the blanks around it */
    uint8_t known;
};

struct weir_http_limits {
    uint32_t head_bytes, line_bytes, fields; /* none of them 0 */
};

struct weir_http_head {
    bool response;
    uint8_t version; /* 10 or 11 */
    uint16_t status; /* of a response */
    struct weir_http_span method, target, reason;
    uint32_t n;                     /* of fields */
    struct weir_http_field *fields; /* the caller's: room for limits->fields */
    uint32_t bytes;                 /* of the whole head, its empty line included */

    /* Of what is refused: */
    uint16_t answer;  /* the status to answer with: 400, 414, 431, 501, 505 */
    uint32_t byte;    /* the first one that is wrong */
    const char *fact; /* what is wrong with it, for a message; static text */
};

enum weir_http_verdict {
    WEIR_HTTP_NEED, /* so far it is right, and more has to come */
    WEIR_HTTP_DONE,
    WEIR_HTTP_BAD
};

/* A request's, a response's, and what stands behind the last chunk: fields and an empty line. With
 * NEED nothing of *head is to be used; a call with more bytes begins anew, but looks at `from`
 * first: the bytes that the last call saw, of which none can be the end. A limit is BAD as soon as
 * it is passed, so that NEED is never answered for more bytes than limits->head_bytes. One empty
 * line before a request's or a response's first one is passed over; it counts as a part of its
 * head. Trailers that frame a body are BAD, others that are known by number are left out. */
enum weir_http_verdict weir_http_request_head(const unsigned char *bytes, size_t n, size_t from,
                                              const struct weir_http_limits *limits,
                                              struct weir_http_head *head);
enum weir_http_verdict weir_http_response_head(const unsigned char *bytes, size_t n, size_t from,
                                               const struct weir_http_limits *limits,
                                               struct weir_http_head *head);
enum weir_http_verdict weir_http_trailers(const unsigned char *bytes, size_t n, size_t from,
                                          const struct weir_http_limits *limits,
                                          struct weir_http_head *head);

#endif
