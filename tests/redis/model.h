/* A server as a model: one stream with one group, as far as a worker asks for it, over whatever
 * connection it is served. It knows what a sink has stored, and fails the test where something is
 * acknowledged that is not. */
#ifndef WEIR_TESTS_REDIS_MODEL_H
#define WEIR_TESTS_REDIS_MODEL_H

#include "weir/duplex.h"
#include "weir/fn.h"

enum { MODEL_N = 600 };

struct model_entry {
    uint64_t given_ns;
    unsigned tries; /* 0: nobody has it */
    bool acked, stored;
};

struct model {
    struct model_entry entries[MODEL_N];
    unsigned there, next; /* that were added; that nobody was given before */
    unsigned early;       /* acknowledged before they were stored */
    uint64_t (*now_ns)(void);
    bool (*is_loading)(void);
    bool lies; /* XACK is answered by more than anybody may hold */
};
extern struct model model;

void model_begin(uint64_t (*now_ns)(void), bool (*is_loading)(void));
unsigned model_pending(void);
unsigned model_acked(void);

const weir_then_fn *model_fn(void); /* what serves a connection */

#endif
