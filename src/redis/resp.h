/* The replies of a server, RESP2, as a pure function of bytes: hiredis' reader finds their parts,
 * which stand here one behind the other, each array before what is in it. */
#ifndef WEIR_REDIS_RESP_H
#define WEIR_REDIS_RESP_H

#include "weir/error.h"
#include "weir/type.h"

struct redisReader;

enum {
    WEIR_RESP_DEPTH_MAX = 7, /* arrays inside of each other; hiredis has room for one more */
    WEIR_RESP_LINE_BYTES_MAX = 64 << 10 /* of what has no length before it */
};

enum weir_resp_kind {
    WEIR_RESP_NIL,
    WEIR_RESP_ARRAY,
    WEIR_RESP_INTEGER,
    WEIR_RESP_TEXT,
    WEIR_RESP_STATUS,
    WEIR_RESP_ERROR
};

struct weir_resp_part {
    uint32_t kind;
    uint32_t n;    /* bytes of a text; parts of an array, without what is in these */
    int64_t value; /* of an integer; of a text: where it begins */
};

/* All zero: nothing. Texts end with a NUL that is not counted. */
struct weir_resp_reply {
    struct weir_resp_part *parts;
    uint32_t n, room;
    char *bytes;
    size_t used, bytes_room;
};

void weir_resp_reply_drop(struct weir_resp_reply *reply);

/* What is not there is NIL, and empty: a reply may have another form than was expected. */
struct weir_resp_part weir_resp_at(const struct weir_resp_reply *reply, uint32_t at);
weir_line weir_resp_text(const struct weir_resp_reply *reply, uint32_t at);

/* The part behind that one and all that is in it. */
uint32_t weir_resp_behind(const struct weir_resp_reply *reply, uint32_t at);
/* The same; false: not all of it is here. */
bool weir_resp_is_whole(const struct weir_resp_reply *reply, uint32_t at, uint32_t *behind);

struct weir_resp {
    struct redisReader *reader;
    struct weir_resp_reply reply; /* the latest; who wants to keep it takes it out */
    bool whole;                   /* it is complete: the next one begins anew */
    size_t fed;                   /* bytes since the last complete one */
    weir_code wrong;              /* why it went wrong, by one of the functions that make parts */
};

/* false: no memory. */
bool weir_resp_begin(struct weir_resp *self);
void weir_resp_end(struct weir_resp *self);

/* More bytes; at most some KiB, since the limit of a reply is looked at between two of these.
 * false: no memory. */
bool weir_resp_feed(struct weir_resp *self, const unsigned char *bytes, size_t n);

/* The next reply of what was fed. WEIR_OK: there is one where `whole` is set, else more must be
 * fed. CORRUPT, LIMIT, MEMORY: nothing can be read any more. */
weir_code weir_resp_next(struct weir_resp *self);

#endif
