/* What a connection of HTTP/1.x says, as text: its messages one behind the other, read by the
 * library's pure functions, however the bytes come. It aborts where one of them breaks its word. */
#ifndef WEIR_TESTS_HTTP1_SAID_H
#define WEIR_TESTS_HTTP1_SAID_H

#include <stdbool.h>
#include <stddef.h>

enum http1_verdict {
    HTTP1_OK,         /* whole messages; behind one that closes nothing was looked at */
    HTTP1_UPGRADE,    /* ... the last of which gave the connection to another protocol */
    HTTP1_INCOMPLETE, /* it ended within one */
    HTTP1_REFUSED
};

enum { HTTP1_SAID_BYTES = 64 << 10 };

struct http1_said {
    enum http1_verdict verdict;
    unsigned answer; /* of REFUSED: a status, where, and what */
    size_t byte;
    const char *fact;
    /* A first line, fields, an empty line, the body, trailers in lines behind it, and what becomes
     * of the connection: once a message. What is more than there is room for is left out. */
    char text[HTTP1_SAID_BYTES];
    size_t n;
    size_t whole; /* of whole messages */
};

struct http1_kind {
    bool responses;
    bool host_wanted;
    bool small; /* limits that a few lines reach, instead of the usual ones */
};

/* The first `first` bytes come at once, and then `each` more at a time. */
void http1_say(struct http1_said *out, struct http1_kind kind, const unsigned char *bytes, size_t n,
               size_t first, size_t each);

bool http1_same(const struct http1_said *a, const struct http1_said *b);

#endif
