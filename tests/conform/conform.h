/* The conformance runner: replays recorded outcomes of futures 0.3.31 on weir's stages.
 * vectors/README.md says what a vector is; this file says how the runner is cut.
 *
 *   value.c      the one item type              functions.c  the functions that vectors name
 *   script.c     scripted sources, futures      adapt.c      weir's composite items and values
 *   catalog.c    operators and their arguments  build_*.c    operators made of weir's stages
 *   task.c       the context of a poll          peek.c       the actions of peek_script
 *   root.c       polls a chain, writes a trace  compare.c    expected against actual
 *   bytes*.c     byte vectors                   text.c       bytes as JSON has them
 *   sinks.c      vectors of forward, send_all
 *   deviate.c    what differs on purpose        main.c       files, counts, report */
#ifndef CONFORM_H
#define CONFORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/fn.h"
#include "weir/implement.h"
#include "weir/set.h"
#include "weir/stream.h"

/* ---- values: what travels through every chain ---- */

enum value_kind { VALUE_INT, VALUE_ERROR, VALUE_ARRAY };

struct value_array;
struct value {
    enum value_kind kind;
    int64_t n; /* the integer, or the error's number */
    struct value_array
        *array; /* or what stood before the error, of try_chunks; NULL: nothing did */
};

struct value_array {
    size_t n;
    struct value items[];
};

/* Values made and not yet dropped, plain integers too: 0 after a chain is dropped, or an item
 * was lost or dropped twice. */
extern int64_t value_live;
extern const weir_type value_type;

struct value value_int(int64_t n);
struct value value_error(int64_t n);
/* An error with the chunk before it, which it takes. */
struct value value_error_behind(int64_t n, struct value chunk);
struct value value_array(size_t n); /* the caller fills items[0..n) with values of its own */
struct value value_from_json(const json_t *json);
json_t *value_to_json(const struct value *value);
int64_t value_number(const struct value *value);
void value_drop(struct value *value);

/* A value and what a predicate said of it. `value` stands first. */
struct judged {
    struct value value;
    bool yes;
};
extern const weir_type judged_type;

/* ---- named functions ---- */

struct function {
    int which;
    int64_t a;
    int64_t b;
};

enum function_kind {
    FUNCTION_MAP,
    FUNCTION_PREDICATE,
    FUNCTION_OPTIONAL,
    FUNCTION_SCAN,
    FUNCTION_FOLD,
    FUNCTION_INNER
};

/* How a function's future behaves. `modulus` is K, `fail` is M. */
struct timing {
    bool counted; /* all but ready and tryready: a future that is made and polled */
    bool deferred;
    bool is_try;
    int64_t modulus;
    int64_t fail;
};

bool function_parse(enum function_kind kind, const char *text, struct function *out);
bool timing_parse(const char *text, struct timing *out);
int64_t function_map(const struct function *fn, int64_t x);
bool function_test(const struct function *fn, int64_t x);
bool function_optional(const struct function *fn, int64_t x, int64_t *out);
bool function_scan(const struct function *fn, int64_t *state, int64_t x, int64_t *out);
int64_t function_fold(const struct function *fn, int64_t acc, int64_t x);
json_t *function_inner(const struct function *fn, int64_t x); /* the steps of the source */
bool function_inner_counted(const struct function *fn);
bool timing_fails(const struct timing *timing, int64_t x);
uint64_t timing_pendings(const struct timing *timing, int64_t x);

/* ---- one run of one vector ---- */

enum { ENTRIES_MAX = 16, SOURCES_MAX = 64, NUMBERS_MAX = 256, POLLS_MAX = 10000 };

struct run;
struct operator;

/* One entry of `chain`, parsed; fresh for each run. */
struct entry {
    const struct operator* op;
    struct run *run;
    struct function fn;
    struct timing timing;
    int64_t numbers[NUMBERS_MAX]; /* counts, constants, indices of sources, in order */
    size_t numbers_n;
    const json_t *json;
    uint64_t calls;
    int64_t state;             /* of a fold, a scan, an unfold */
    bool decided;              /* skip_while: the predicate has failed */
    weir_set *set;             /* futures_unordered, futures_ordered */
    weir_abort_handle *handle; /* of an abortable; NULL: it is none */
};

struct tally {
    uint64_t polls;
    uint64_t taken;
    bool used;
};

/* A "D" step that was met: in a list until the harness wakes it. */
struct deferred {
    struct deferred *next;
    struct deferred *previous;
    weir_waker_slot slot;
    bool waiting;
};

struct run {
    const json_t *vector;
    struct entry entries[ENTRIES_MAX];
    size_t entries_n;
    struct tally sources[SOURCES_MAX];
    size_t sources_n;
    uint64_t made;
    uint64_t ipolls;
    int64_t live; /* scripts and futures made and not yet dropped */
    json_t *log;
    size_t demand;
    struct deferred deferred; /* the list's head */
};

void deferred_list_init(struct deferred *head);
weir_poll deferred_wait(struct deferred *deferred, struct deferred *head, weir_cx *cx);
void deferred_fini(struct deferred *deferred);
void deferred_wake_all(struct deferred *head);

/* Source number `index` of the vector. */
weir_stream *script_source(struct run *run, int64_t index);
/* An inner source with steps of its own; takes the reference to `steps`. */
weir_stream *script_inner(struct run *run, json_t *steps, bool counted);
/* A future that waits once a step, and gives `value`. */
weir_stream *script_future(struct run *run, const json_t *steps, json_t *value);
/* A stream of one: `result` (taken) after the pendings that the timing makes of x, or its error. */
weir_stream *future_new(struct entry *entry, int64_t x, struct judged result,
                        const weir_type *type);
/* The same as a stream that says END with its item, so that a chain can begin with it. */
weir_stream *future_alone(struct entry *entry, int64_t x, struct judged result);

/* ---- uncounted stages between weir's item types and values ---- */

bool adapt_init(void); /* false: no memory for the composite types */
weir_stream *adapt_i64(weir_stream *source);
weir_stream *adapt_pair(weir_stream *source);
weir_stream *adapt_indexed(weir_stream *source);
weir_stream *adapt_chunk(weir_stream *source);
weir_stream *adapt_strip(weir_stream *source); /* judged -> its value */
/* Error items become ERRORs, and back. */
weir_stream *adapt_errors(weir_stream *source);
weir_stream *adapt_errors_by_map(weir_stream *source);
weir_stream *adapt_results(weir_stream *source);
struct value adapt_vec(weir_vec *vec); /* takes it */
/* Chunks, and errors with what stood before them; errors come out of `below`. */
weir_stream *adapt_try_chunks(weir_stream *source, weir_stream *below);

/* ---- operators ---- */

/* `source` is NULL for a constructor. */
typedef weir_stream *build_function(struct entry *entry, weir_stream *source);

enum operator_flags {
    OP_SOURCE = 1,   /* a constructor */
    OP_TRY = 2,      /* stands between weir_errors() and weir_results() */
    OP_CONSUMER = 4, /* ends the chain with a result */
    OP_ORDER = 8,    /* chooses the order of its items */
    OP_SET = 16,     /* a set of children: its order is that of readiness */
    OP_STRICT = 32,  /* what it gives depends on the order of its input */
    OP_STOPS = 64,   /* may end, or drop items, before its source is used up */
    OP_AHEAD = 128,  /* takes ahead of what it has given */
    OP_LOOSE = 256   /* made of other stages than the reference's: the looser rule for sets */
};

enum root_kind {
    ROOT_STREAM,
    ROOT_FUTURE,
    ROOT_NEXT, /* from here on the root drives a stream that it keeps */
    ROOT_INTO_FUTURE,
    ROOT_BY_REF_TAKE,
    ROOT_PEEK_SCRIPT,
    ROOT_SET
};

struct operator
{
    const char *name;
    /* One letter an argument: m map, p predicate, o optional map, c scan step, d fold step,
     * i inner stream, t timing (may be absent), u try timing (may be absent), n count, a number,
     * l limit or null, s source, * any more numbers, ! anything else. */
    const char *arguments;
    build_function *build;
    unsigned flags;
    enum root_kind root;
};

extern const struct operator operators_one[];   /* build_one.c */
extern const struct operator operators_many[];  /* build_many.c */
extern const struct operator operators_pair[];  /* build_pair.c */
extern const struct operator operators_begin[]; /* build_begin.c */
extern const struct operator operators_end[];   /* build_end.c */

/* NULL, or why the vector cannot be run: the operator or function that is missing. Makes the
 * entries afresh. `reason` has room for 64 bytes. */
enum { REASON_BYTES = 64 };
const char *catalog_prepare(struct run *run, const json_t *vector, char *reason);
weir_stream *catalog_build(struct run *run);

/* ---- running and comparing ---- */

/* One action of a peek_script. */
struct peek_action {
    enum { PEEK, PEEK_MUT, PEEK_NEXT, PEEK_NEXT_IF } what;
    const char *key; /* what its entry in the trace is called */
    struct function fn;
};
bool peek_action_parse(const json_t *json, struct peek_action *out);

struct outcome {
    struct run *run;
    json_t *trace;
    json_t *after;
    uint64_t polls_after; /* of all sources, by the polls after the end */
    const char *leak;     /* what was still alive when the chain had been dropped; NULL: nothing */
};

#define DROP_NEVER SIZE_MAX
struct harness {
    size_t demand;
    size_t drop_after; /* root polls; DROP_NEVER: run to the end */
};

/* The context that roots are polled with, and its waker. */
struct task {
    weir_cx cx;
    weir_waker waker;
    bool woken;
    bool untidy; /* a poll did not give its scratch back */
};
void task_init(struct task *task, size_t demand);
void task_begin(struct task *task);
/* Wakes what was deferred. What a PENDING is to a trace: "P", or "STALL". */
const char *task_finish(struct task *task, struct deferred *head);
const char *task_leak(const struct task *task);

/* Builds the prepared run's chain, polls it and drops it. Returns the number of root polls. */
size_t root_run(struct run *run, struct harness harness, struct outcome *outcome);
void outcome_release(struct outcome *outcome);

/* Bytes as JSON has them: a string, or {"b64": ...}. */
json_t *text_from(const void *bytes, size_t n);
/* The bytes, to be freed; NULL: it is neither. */
unsigned char *text_bytes(const json_t *json, size_t *n);

/* Counting hooks for weir_alloc, so that what the library holds is seen too. */
void memory_count(void);
int64_t memory_live(void);

enum { DIFFERENCE_BYTES = 640 };

/* NULL: as recorded. Else what differs first, in `text`. */
const char *compare_exact(const struct outcome *outcome, char *text);
/* The same items in the same order, as far as the order is not the operators' to choose; what was
 * taken, called and logged, as far as it follows from that. */
const char *compare_items(const struct outcome *outcome, char *text);
/* Writes down a difference where they part; returns text. */
const char *compare_differ(char *text, const char *what, const json_t *wanted, const json_t *got);

/* NULL, or why weir answers this vector otherwise on purpose (deviations.md). */
const char *deviation_of(const json_t *vector);
bool reader_stalls(const json_t *vector); /* it has a Pending */
/* Its end is a flush of nothing that fails: weir flushes only what was written, and goes on. */
bool flush_of_nothing_fails(const json_t *vector);

/* What the runner did with a line. */
enum verdict { PASSED, FAILED, SKIPPED, DEVIATES };

struct options {
    bool verbose;
    bool drops;
};

/* `text`: why it failed (DIFFERENCE_BYTES), or what was missing. */
enum verdict stream_vector(const json_t *vector, const struct options *options, char *text,
                           bool *loose);
enum verdict sinks_vector(const json_t *vector, const struct options *options, char *text);
enum verdict bytes_vector(const json_t *vector, const struct options *options, char *text);

#endif
