/* A page of messages: one reply of the server, and how far it was given. */
#ifndef WEIR_REDIS_PAGE_H
#define WEIR_REDIS_PAGE_H

#include "redis/receipts.h"
#include "weir/message.h"

enum { WEIR_REDIS_HEADERS_MAX = 64, WEIR_REDIS_HEADERS_BYTES_MAX = 16 << 10 };

struct weir_redis_entry {
    uint32_t fields; /* its part of the reply; 0: it was deleted */
    uint32_t tries;
};

struct weir_redis_page {
    struct weir_resp_reply reply;
    struct weir_redis_receipts *receipts; /* those of the page; NULL: there is none */
    struct weir_redis_entry *entries;     /* as many as may be asked for */
    uint32_t n, at;                       /* entries, and the next one to be given */
    uint32_t unknown;                     /* of them, how often they were given is asked */
};

/* Takes what stands at `list` of a reply over, which is not the link's any more. false: no memory,
 * and the reply is the link's still. Nothing in it: no page. `max`: no more are looked at; nor is
 * one of which not all came. */
bool weir_redis_page_take(struct weir_redis_page *self, struct weir_resp_reply *from, uint32_t list,
                          uint32_t max);

/* The reply is done with; its memory is kept for the next one, where that is little. */
void weir_redis_page_clear(struct weir_redis_page *self);

/* An entry as a message, lent, but for topic and headers; these are counted, and written where
 * there is room for WEIR_REDIS_HEADERS_MAX. false: over a limit. */
bool weir_redis_page_message(const struct weir_redis_page *self, uint32_t i, weir_message *out,
                             weir_header *headers);

/* "1526919030474-55" */
struct weir_redis_id weir_redis_read_id(weir_line text);

#endif
