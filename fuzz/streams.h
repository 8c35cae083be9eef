/* streams.h: random chains of stages against a model of them over plain arrays. A case is drawn
 * from bytes alone, a seed's or the fuzzer's: the chain, how its sources behave, how it is asked.
 */
#ifndef FUZZ_STREAMS_H
#define FUZZ_STREAMS_H

#include <weir.h>

_Noreturn void fail(const char *what); /* with the case, and how it is run again */

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
#define OF_ITEM .of = &item_type
#define FROM_ITEM .from = &item_type
#define TO_ITEM .to = &item_type

extern const weir_type item_type;
extern long items_live;

struct item item_make(int64_t value);
void item_take(struct item item); /* its end */

/* ---- who waits, and is woken at once or later ---- */

struct run;

struct waiting {
    struct waiting *next;
    struct waiting **at; /* NULL: in no list */
    weir_waker_slot slot;
};

weir_poll waiting_wait(struct waiting *waiting, struct run *run, weir_cx *cx);
void waiting_end(struct waiting *waiting);
bool wake_one(struct run *run);

/* ---- sources that wait, and fail where the case is one with errors ---- */

/* Gives the values, then END. Owns nothing. */
weir_stream *source_new(struct run *run, const int64_t *values, size_t n);
weir_stream *future_of_value(struct run *run, int64_t value);

/* An error that a source gave, which came out, or was kept from coming: each once. */
void error_seen(struct run *run, const weir_error *error);

/* ---- the model ---- */

enum { VALUES_MAX = 4096, STAGES_MAX = 6, SOURCE_MAX = 24, ERRORS_MAX = 64 };

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
    unsigned calls;
};

struct operation {
    const char *name;
    weir_stream *(*build)(struct stage *stage, weir_stream *source WEIR_TAKES);
    void (*model)(const struct stage *stage, struct values *values);
    enum {
        ORDERED = 1,    /* what it makes depends on the order of what it is given */
        DISORDERS = 2,  /* it chooses the order */
        TWO_INPUTS = 4, /* other[] is its second source */
        CUTS = 8,       /* it may end before its source does, or drop one with errors in it */
        NO_ERRORS = 16, /* what it makes depends on where errors are */
        CALLS = 32      /* it counts itself in `calls`, to 1 */
    } flags;
};

struct operations {
    const struct operation *at;
    size_t n;
};

/* stages_one.c, _ends.c, _inner.c, _two.c, _outputs.c, _time.c */
extern const struct operations one_input, errors_and_ends, inner_streams, two_inputs;
extern const struct operations many_outputs, on_time;

struct run {
    struct bytes_left left;
    struct stage stages[STAGES_MAX];
    size_t stages_n;
    int64_t source[SOURCE_MAX];
    size_t source_n;
    struct waiting *waiting; /* who is woken when nothing else is to be done */
    unsigned flags;          /* of all operations */
    bool with_errors;
    size_t errors_n;
    bool errors_seen[ERRORS_MAX];
};

/* ---- what the tables share: stages.c ---- */

int64_t wrap_add(int64_t a, int64_t b); /* wraps, as the model does */
int64_t rest(int64_t value, int64_t by);
struct stage *stage_of(void *arg);

extern const weir_map_fn *const add_fn;     /* a more */
extern const weir_filter_fn *const kept_fn; /* for which not_rest() is true */
bool not_rest(const struct stage *stage, int64_t value);

weir_stream *other_of(struct stage *stage); /* its second source */

/* Hides the errors of a copy: they are counted where they came first. */
weir_stream *without_errors(weir_stream *source WEIR_TAKES);

/* Keeps what is true; the first n go; n behind the last, as far as there is room. */
void keep_if(struct values *values, const struct stage *stage,
             bool (*keeps)(const struct stage *stage, int64_t value));
void drop_first(struct values *values, size_t n);
void append(struct values *values, const int64_t *more, size_t n);

void model_same(const struct stage *stage, struct values *values);
void model_map(const struct stage *stage, struct values *values);
void model_chain(const struct stage *stage, struct values *values);
void model_chunks(const struct stage *stage, struct values *values);

extern const weir_map_fn *const chunk_fn; /* a vec as one item: its size and its sum */

#endif
