/* What was given and is not settled: the ids of a page, until the mark behind it is. */
#ifndef WEIR_REDIS_RECEIPTS_H
#define WEIR_REDIS_RECEIPTS_H

#include "redis/link.h"

struct weir_redis_id {
    uint64_t first, second;
};

struct weir_redis_receipts {
    struct weir_redis_receipts *next; /* a younger one */
    uint64_t upto;                    /* of its mark */
    uint64_t due_ns;                  /* when the server is told that it is worked at */
    bool settled, kept;               /* its mark came home, and nobody was told yet */
    uint32_t n, room;
    struct weir_redis_id ids[];
};

/* NULL: no memory. */
struct weir_redis_receipts *weir_redis_receipts_new(uint32_t room);
void weir_redis_receipts_drop(struct weir_redis_receipts *self);

/* Whose they are. */
struct weir_redis_group {
    const char *key, *group, *name;
    uint64_t claim_ns;
};

/* They are done. false: no memory to ask. */
bool weir_redis_ack(struct weir_redis_link *link, const weir_cx *cx,
                    const struct weir_redis_group *of, uint32_t what,
                    const struct weir_redis_receipts *receipts);

bool weir_redis_ack_one(struct weir_redis_link *link, const weir_cx *cx,
                        const struct weir_redis_group *of, uint32_t what, struct weir_redis_id id);
bool weir_redis_claim_one(struct weir_redis_link *link, const weir_cx *cx,
                          const struct weir_redis_group *of, uint32_t what, struct weir_redis_id id,
                          uint64_t idle_ns);

/* Ids from..to stay this consumer's, as if they were given `idle_ns` ago. */
bool weir_redis_claim(struct weir_redis_link *link, const weir_cx *cx,
                      const struct weir_redis_group *of, uint32_t what,
                      const struct weir_redis_receipts *receipts, uint32_t from, uint64_t idle_ns);

#endif
