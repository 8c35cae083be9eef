/* A server as a model: one stream with one group, as far as a worker asks for it, over whatever
 * connection it is served. It knows what a sink has stored, and counts what is acknowledged and was
 * not. It remembers MODEL_N messages, the oldest of them open: so many may be under way. */
#ifndef WEIR_TESTS_REDIS_MODEL_H
#define WEIR_TESTS_REDIS_MODEL_H

#include "weir/duplex.h"
#include "weir/fn.h"

enum { MODEL_N = 4096 };

struct model_entry {
    uint64_t given_ns;
    unsigned tries; /* 0: nobody has it */
    bool acked, stored;
};

struct model {
    struct model_entry entries[MODEL_N]; /* by number % MODEL_N */
    uint64_t first, next, there;         /* all before is acknowledged; was given; was added */
    uint64_t acked;
    unsigned early; /* acknowledged before they were stored */
    uint64_t (*now_ns)(void);
    bool (*is_loading)(void);
    bool lies; /* XACK is answered by more than anybody may hold */
};
extern struct model model;

void model_begin(uint64_t (*now_ns)(void), bool (*is_loading)(void));
unsigned model_pending(void);

/* At most so many, as there is room for. */
void model_add(unsigned n);

/* NULL: it was acknowledged long ago, or is nobody's yet. */
struct model_entry *model_entry(uint64_t number);

const weir_then_fn *model_fn(void); /* what serves a connection */

#endif
