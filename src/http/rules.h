/* What a head means, once its grammar is right: how the body behind it is framed, whether the
 * connection goes on, whom it is for. Pure functions too. */
#ifndef WEIR_HTTP_RULES_H
#define WEIR_HTTP_RULES_H

#include "http/head.h"

enum weir_http_framing {
    WEIR_HTTP_NO_BODY,
    WEIR_HTTP_LENGTH,
    WEIR_HTTP_CHUNKED,
    WEIR_HTTP_TO_THE_END /* of the connection: of responses alone */
};

struct weir_http_meaning {
    enum weir_http_framing framing;
    uint64_t length;            /* of WEIR_HTTP_LENGTH: > 0; NO_BODY: 0 */
    bool keep;                  /* the connection lives on behind it */
    bool expects;               /* 100-continue */
    bool upgrade;               /* it names a protocol, and Connection says so; or CONNECT */
    bool connect;               /* CONNECT: the target is host:port, there is no body */
    bool head;                  /* HEAD: the answer has no body */
    struct weir_http_span host; /* of Host, or of an absolute target; n 0: none */
    /* Of the target, its query included: from the first '/' on, or "*". What stands behind the host
     * of an absolute one: n 0 or a '?' first, where a '/' is to be thought before it. CONNECT: n 0.
     */
    struct weir_http_span path;
};

/* DONE, or BAD with head->answer, byte and fact. host_wanted: HTTP/1.1 without a Host, two of them,
 * or one that is no host, are refused; the corpora of parsers want it off. */
enum weir_http_verdict weir_http_request_rules(const unsigned char *bytes,
                                               struct weir_http_head *head, bool host_wanted,
                                               struct weir_http_meaning *out);

/* to_head, to_connect: what it answers was one of these. */
enum weir_http_verdict weir_http_response_rules(const unsigned char *bytes,
                                                struct weir_http_head *head, bool to_head,
                                                bool to_connect, struct weir_http_meaning *out);

/* A list's members, case folded: "keep-alive" in "Keep-Alive, TE". */
bool weir_http_list_has(const unsigned char *value, size_t n, const char *member);

/* A name or a value that a program gives may be sent: tokens; no CR, LF, NUL, or other byte
 * that a parser refuses. */
bool weir_http_is_token(const char *text, size_t n);
bool weir_http_is_value(const char *text, size_t n);

/* A name or an address, with a port or without one: what a Host may say; CONNECT wants both. */
bool weir_http_is_host(const char *text, size_t n, bool port_wanted);

/* "GET", and what is cacheable does not matter here: whether a request that failed before a byte
 * came back may be sent once more. */
bool weir_http_is_idempotent(const char *method);

/* The usual words of a status: "Not Found"; "" for one that has none. */
const char *weir_http_reason(unsigned status);

#endif
