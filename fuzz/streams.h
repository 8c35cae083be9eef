/* streams.h: random chains of stages against a model of them over plain arrays. A case is drawn
 * from bytes alone, a seed's or the fuzzer's: the chain, how its sources behave, how it is asked.
 */
#ifndef FUZZ_STREAMS_H
#define FUZZ_STREAMS_H

#include <weir.h>

/* ---- draws: bytes, and 0 when they are used up ---- */

struct bytes_left {
    const uint8_t *at;
    size_t n;
};

unsigned draw(struct bytes_left *left, unsigned below); /* below: 1 to 256 */

/* ---- items: each is dropped once ---- */

struct item {
    int64_t value;
    uint64_t mark; /* ITEM while it lives */
};

extern const weir_type item_type;
extern long items_live;

struct item item_make(int64_t value);
void item_take(struct item item); /* its end */

/* ---- sources that wait, and are woken at once or later ---- */

struct run;

/* Gives the values, then END. Owns nothing. */
weir_stream *source_new(struct run *run, const int64_t *values, size_t n);
weir_stream *future_of_value(struct run *run, int64_t value);

/* ---- the model ---- */

enum { VALUES_MAX = 4096, STAGES_MAX = 6, SOURCE_MAX = 24 };

struct values {
    int64_t at[VALUES_MAX];
    size_t n;
    bool any_order; /* an operator chose it */
};

struct stage {
    const struct operation *operation;
    int64_t a, b; /* its numbers */
    int64_t other[SOURCE_MAX];
    size_t other_n;
    struct run *run;
};

struct operation {
    const char *name;
    weir_stream *(*build)(struct stage *stage, weir_stream *source WEIR_TAKES);
    void (*model)(const struct stage *stage, struct values *values);
    enum {
        ORDERED = 1,   /* what it makes depends on the order of what it is given */
        DISORDERS = 2, /* it chooses the order */
        TWO_INPUTS = 4 /* other[] is its second source */
    } flags;
};

extern const struct operation operations[];
extern const size_t operations_n;

struct run {
    struct bytes_left left;
    struct stage stages[STAGES_MAX];
    size_t stages_n;
    int64_t source[SOURCE_MAX];
    size_t source_n;
    struct waiting *waiting; /* who is woken when nothing else is to be done */
};

#endif
