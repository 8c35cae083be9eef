/* The contract suite: every stage of weir/stream.h under the same laws. A row says how a stage is
 * built over one or two scripted sources; a law runs rows under many schedules.
 *
 * Adding a stage: a row in rows*.c (rows_lent.c too when it may pass lent items on). */
#ifndef WEIR_TESTS_LAWS_H
#define WEIR_TESTS_LAWS_H

#include "contract.h"

enum {
    FUTURE = 1,           /* a consumer: one item, or one error, and then it is dropped */
    ANY_SIDE = 2,         /* items of two inputs may interleave anyhow, each in its own order */
    ANY_ORDER = 4,        /* items may come in any order */
    DELIVERS = 8,         /* one input may wait for ever: the other's items come all the same */
    OVERTAKES = 16,       /* an error may pass items that are still being made */
    LENT = 32,            /* the source lends weir_lines */
    OWN_ERRORS = 64,      /* what is fatal to one input ends that input, and no more */
    DELIVERS_FIRST = 128, /* ... while the second waits, the first is delivered */
    TAKES_MORE = 256,     /* it asks for more than it is asked for */
    MORE_AT_END = 512,    /* the end of an input brings items that its error does not */
    HOLDS_UNSEEN = 1024,  /* what only a function of the user's knows, or an item owns */
    BIASED = 2048,        /* of ANY_SIDE: it prefers one input, as it was told to */
    CATCHES = 4096,       /* recoverable errors do not come out as they are */
    LOSES = 8192,         /* what comes while nobody asks may be dropped, or made one */
    COSTS = 16384,        /* a run of it takes long: some of the masks will do */
    FLUSHES = 32768,      /* what comes before a fatal error is what it made readable in a wait */
    REPLACES = 65536,     /* an item that waits may be left out for the next one */
    AT_THE_END = 131072   /* it gives nothing before its source has ended */
};

struct run;

struct row {
    const char *name;
    weir_stream *(*build)(struct run *run, weir_stream *a WEIR_TAKES, weir_stream *b WEIR_TAKES);
    unsigned inputs;
    unsigned flags;
    const char *gives; /* of 1 to 8, and 101 to 106 */
};

struct rows {
    const struct row *row;
    size_t n;
};

/* One table a file; main.c lists them. */
extern const struct rows rows_owned;
extern const struct rows rows_lent;
extern const struct rows rows_consume;
extern const struct rows rows_timed;
extern const struct rows rows_par;
extern const struct rows rows_pipe;
extern const struct rows rows_codec;
extern const struct rows rows_compressors;
extern const struct rows rows_formats;
extern const struct rows rows_http;
extern const struct rows rows_records;
extern const struct rows rows_inputs;
extern const struct rows rows_one;
extern const struct rows rows_lent_one;
extern const struct rows rows_buffer;
extern const struct rows rows_outputs;
extern const struct rows rows_lent_sets;
extern const struct rows rows_sets;
extern const struct rows rows_lent_timed;
extern const struct rows rows_lent_consume;

/* How the sources behave. */
enum mode {
    SELF_WOKEN,   /* each masked event comes after a PENDING woken inside the poll */
    DRIVER_WOKEN, /* ... woken by the test when nothing else is to be done */
    IN_PIECES,    /* ... after a {0, READY}; at most 3 items a poll, END with the last */
    MODES
};

/* The first mode, and the next, that a row is run in where that makes many runs. */
#define EACH_MODE(how, row)                                                                        \
    how.mode = (row)->flags & COSTS ? DRIVER_WOKEN : 0;                                            \
    how.mode < ((row)->flags & COSTS ? DRIVER_WOKEN + 1 : MODES);                                  \
    how.mode++

struct schedule {
    const char *events[2]; /* as scripts */
    unsigned mask[2];      /* bit i: PENDING before event i */
    enum mode mode;
    size_t demand;
    bool bare;  /* without the checkers */
    bool twice; /* it waits twice where it waits */
    bool hold;  /* input hold_input waits for ever before event hold_at */
    unsigned hold_input;
    unsigned hold_at;
    unsigned demand_max; /* of the cx; 0: the usual */
    bool between;        /* after each poll the task has turns in which the stage is not polled */
    bool least_scratch;  /* the cx has what the chain says that it needs, and no more */
};

struct run {
    const struct row *row;
    struct schedule how;
    struct script in[2];
    struct check check[3]; /* of the inputs, and of the stage */
    weir_stream *kept;     /* what the row leaves to be dropped by the run: by_ref */
    size_t unseen;         /* HOLDS_UNSEEN: what a chain in a state may hold */
    weir_stream *stream;
    struct test_cx test;
    weir_in_flight_list in_flight;
    struct trace trace;
    bool over; /* END, an error that ends it, or STUCK */
    bool stuck;
};

extern unsigned long runs_n;
extern unsigned long polls_n;
extern unsigned failures_n;

void run_begin(struct run *run, const struct row *row, const struct schedule *how);
/* Polls until it is over, at most `polls` times. */
void run_polls(struct run *run, unsigned polls);
/* Drops everything, and looks whether all of it is gone. */
void run_end(struct run *run);

/* After a PENDING: it was woken, by whoever may do so. */
bool run_woken(struct run *run);

/* Turns in which it is not polled: it answered `got`. */
void run_busy(struct run *run, weir_poll got);

/* Prints what went wrong in this run; the first few of each row and law. */
void run_failed(struct run *run, const char *law, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* begin, polls, end: the text is in run->trace. */
void run_all(struct run *run, const struct row *row, const struct schedule *how);

/* Do two traces say the same, as far as the row promises? */
bool same_trace(const struct row *row, const char *a, const char *b);
/* ... and `part` is what came before it was cut off. */
bool prefix_trace(const struct row *row, const char *part, const char *whole);
/* Without words that begin with '!'. */
void without_errors(char *out, const char *text);
unsigned count_word(const char *text, const char *word);
/* Each word of part is found in whole, as often. */
bool holds_words(const char *whole, const char *part);
/* The words of the input that word came from; `$` is nobody's. side 2: all of them. */
void words_of(char *out, const char *text, unsigned side);

/* Futures and inner streams for rows that take streams of streams. */
weir_stream *inner_future(int64_t value);
weir_stream *inner_stream(int64_t value);
weir_stream *inner_lines(int64_t value); /* lent, with an early end */
void inner_begin(enum mode mode, bool twice);
unsigned inner_left(void); /* made and not dropped */
size_t inner_bytes(void);  /* what those hold */

/* Generators and futures that wait without a stack. */
weir_stream *co_source(bool ahead);
weir_stream *co_seven(void);
weir_stream *co_reads(struct run *run, weir_stream *source WEIR_TAKES, bool ahead);
weir_stream *co_loops(struct run *run, weir_stream *source WEIR_TAKES, bool ahead);
weir_stream *co_awaits(struct run *run, weir_stream *source WEIR_TAKES, bool ahead);
weir_stream *co_lines(struct run *run, weir_stream *source WEIR_TAKES);
weir_stream *co_sum(struct run *run, weir_stream *source WEIR_TAKES);

/* Tracked items as 8 bytes each, and back. */
weir_reader *items_bytes(weir_stream *items WEIR_TAKES);
weir_stream *bytes_items(weir_reader *bytes WEIR_TAKES);

/* Items of a lending source. */
weir_stream *lender_stream(struct script *script, const char *text);

void law_once(const struct row *row);
void law_masks(const struct row *row);
void law_withheld(const struct row *row);
void law_drops(const struct row *row);
void law_memory(const struct row *row);
void law_errors(const struct row *row);
void law_before_errors(const struct row *row);
void law_twice(const struct row *row);
void law_scratch(const struct row *row);
void law_bound(const struct row *row);
void law_between(const struct row *row);
void law_fair(const struct row *row);
void law_hints(const struct row *row);
void law_past_end(const struct row *row);
void law_demands(const struct row *row);
void law_skip(const struct row *row);
void law_budget(const struct row *row);
void law_marks(const struct row *row);

/* The stream is refused for this reason: the message holds both parts, the cure its own (NULL:
 * any), and all is given back. */
void expect_refusal(weir_stream *stream WEIR_TAKES, weir_code code, const char *part,
                    const char *other_part, const char *cure);
/* What a constructor made of failed(): it passes through, and keeps its own words. */
void passes_refused(weir_stream *stream WEIR_TAKES);
weir_stream *failed(void);

void test_refusals(void **state);
void test_refusals_http(void **state);
void test_refusals_inputs(void **state);
void test_refusals_consume(void **state);
void test_refusals_timed(void **state);
void test_refusals_par(void **state);
void test_refusals_pipe(void **state);
void test_refusals_records(void **state);
void test_refusals_one(void **state);
void test_refusals_buffer(void **state);
void test_refusals_outputs(void **state);
void test_refusals_sets(void **state);
void test_neighbours(void **state);
void test_pending(void **state);
void test_layers(void **state);
void test_work(void **state);
void test_depth(void **state);
void test_sizes(void **state);
void test_lent_views(void **state);

#endif
