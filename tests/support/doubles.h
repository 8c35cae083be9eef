/* Test doubles: sources, readers and writers that follow a script, wakers and items that count
 * themselves, memory that fails on demand, and a runner that writes down what happened.
 *
 * A script is text, one word a step:
 *   1 -2 30     items               P   PENDING, woken by doubles_wake_one()
 *   !7          recoverable error   P*  PENDING, woken inside the poll
 *   !!7         fatal error         P~  PENDING for ever: stored, never woken
 *   .           {0, READY}          $   END (also at the end of the text)
 *   #           the test aborts if it is polled here
 *   |           a mark: the source is one that gives marks
 *   @50         PENDING until 50 on the clock of the tests
 * A script of bytes has "quoted" words besides; \n \r \t \0 \" \\ are known in them.
 *
 *     struct script script = {0};
 *     weir_stream *s = script_stream(&script, "1 P 2 !7 3 $");
 *     assert_string_equal(trace(weir_take(s, 2), 1), "1 P 2 $");
 */
#ifndef WEIR_TESTS_DOUBLES_H
#define WEIR_TESTS_DOUBLES_H

#include "check/text.h"
#include "weir.h"

/* ---- memory ---- */

/* Counts, checks sizes at release, fills released blocks with 0xDD. Counting starts over with
 * each memory_begin(); memory_end() gives the malloc hooks back and answers the number of blocks
 * still held. */
struct memory {
    unsigned long calls; /* allocations and growths asked for */
    unsigned long live;  /* blocks */
    size_t live_bytes;
    size_t peak_bytes;
    unsigned long fail_at; /* this call fails, from 1; 0: none */
    bool fail_after;       /* ... and so do all later ones */
    unsigned long failed;
};
extern struct memory memory;
void memory_begin(unsigned long fail_at, bool fail_after);
unsigned long memory_end(void);

/* ---- wakers and the cx ---- */

/* Reference counted, freed with the last reference. Only the owner's reference is left when
 * test_waker_others() is 0. */
struct test_waker {
    weir_waker waker;
    unsigned wakes;
    weir_waker *forward; /* woken too; may be NULL */
};
extern unsigned test_wakers_live;
struct test_waker *test_waker_new(weir_waker *forward);
void test_waker_drop(struct test_waker *waker);
unsigned test_waker_others(const struct test_waker *waker);

/* A cx made by hand, with scratch and a waker. */
struct test_cx {
    weir_cx cx;
    struct test_waker *waker;
    _Alignas(64) unsigned char scratch[WEIR_SCRATCH_BYTES];
};
void test_cx_init(struct test_cx *test);
void test_cx_fini(struct test_cx *test);
/* A new turn of the task: full budget, a fresh waker. */
void test_cx_turn(struct test_cx *test);
/* The latest waker was woken, or is after waking what waits at a P, or after the next timers.
 * false: it is stuck. */
bool test_cx_woken(struct test_cx *test);

/* ---- time ---- */

/* The clock of every test cx. Time passes when test_clock_to() says so, and when a test that waits
 * has nothing else to do. */
extern weir_timers test_clock;
uint64_t test_clock_ns(void);
/* It is 0 again; aborts when a timer is left. */
void test_clock_begin(void);
bool test_clock_idle(void);
/* On to the next timer, which fires. false: none will. */
bool test_clock_next(void);
void test_clock_to(uint64_t ns);

/* ---- items ---- */

/* An item that owns something: each is dropped exactly once, or the test aborts. */
struct tracked {
    int64_t value;
    int64_t serial;
};
extern const weir_type tracked_type;
extern unsigned tracked_live; /* made and not yet dropped */
extern unsigned tracked_drops;
struct tracked tracked_make(int64_t value);
void tracked_drop(struct tracked item);
/* Its value, for descriptors of one's own. */
size_t tracked_format(const weir_type *type, const void *item, char *out, size_t size);

/* ---- streams ---- */

typedef enum step_kind {
    STEP_ITEM,
    STEP_BYTES,
    STEP_PENDING,
    STEP_PENDING_WOKEN,
    STEP_PENDING_EVER,
    STEP_ERROR,
    STEP_FATAL,
    STEP_AGAIN,
    STEP_MARK,
    STEP_AT,
    STEP_END,
    STEP_ABORT
} step_kind;

struct step {
    step_kind kind;
    int64_t value;     /* item, or error number */
    const char *bytes; /* STEP_BYTES */
    size_t bytes_n;
};

enum { SCRIPT_STEPS_MAX = 96, SCRIPT_BYTES_MAX = 512, SCRIPT_MARKS_MAX = 16 };

/* A mark that was given; the test aborts when it is settled twice. */
struct script_mark {
    weir_mark mark;
    struct script *script;
    bool settled;
};

/* All zero is a good beginning; the first part may be set before script_stream(). */
struct script {
    const weir_type *type; /* NULL: int64_t; tracked_type is known too, others need make */
    void (*make)(void *out, int64_t value, void *arg);
    void *arg;
    size_t at_most; /* items (bytes) given in one poll; 0: as many as are asked for */
    bool early_end; /* END comes with the last items */
    bool exact;     /* aborts when more than one is asked for */
    bool one;       /* a future */
    bool hinted;    /* tells the exact size hint */

    struct step steps[SCRIPT_STEPS_MAX]; /* the rest is kept by the double */
    char bytes[SCRIPT_BYTES_MAX];
    size_t n;
    size_t at;
    size_t part; /* bytes already given of steps[at] */
    unsigned polls;
    unsigned given;
    unsigned finis;
    size_t demand_max; /* the largest demand seen */
    unsigned marks_given;
    unsigned marks_kept;
    unsigned marks_lost;
    struct script_mark marks[SCRIPT_MARKS_MAX];
    weir_waker_slot slot;
    weir_timer timer; /* STEP_AT */
    struct script *next;
    bool listed;
};

/* Aborts on text it does not understand. Leaves the settings alone and starts over. */
void script_parse(struct script *script, const char *text);
void script_begin(struct script *script);

/* The source; text may be NULL when the script is parsed already. The script must outlive it. */
weir_stream *script_stream(struct script *script, const char *text);

/* Wakes what waits at a P: the one that has waited longest; all. Answers how many. */
unsigned doubles_wake_one(void);
unsigned doubles_wake_all(void);
/* Wakes what this script waits for; false: it waits for nothing. */
bool script_wake(struct script *script);

/* PENDING, woken at once, before each answer of the source. */
weir_stream *pending_once(weir_stream *source WEIR_TAKES);

/* ---- readers ---- */

/* Each quoted word is one read. `at_most` cuts reads. */
weir_reader *script_reader(struct script *script, const char *text);

/* The bytes one by one, with a PENDING before each when `pending`. */
weir_reader *one_byte_reader(const void *bytes WEIR_KEEPS, size_t n, bool pending);

/* The bytes in reads of `piece` bytes. */
weir_reader *pieces_reader(const void *bytes WEIR_KEEPS, size_t n, size_t piece);

/* The same with so many PENDING in a row before each read. */
weir_reader *waiting_reader(const void *bytes WEIR_KEEPS, size_t n, size_t piece, unsigned waits);

/* The bytes, then a fatal error (WEIR_E_SYSTEM, EIO) instead of the end. */
weir_reader *failing_reader(const void *bytes WEIR_KEEPS, size_t n);

/* All bytes of a reader, in malloc memory. On an error: what came before it, and *error. A reader
 * whose end is lost aborts the test: past READER_BYTES_MAX, or READER_IDLE_MAX polls without any.
 */
enum { READER_BYTES_MAX = 256 << 20, READER_IDLE_MAX = 1 << 20 };
struct bytes {
    unsigned char *data;
    size_t n;
    weir_state state; /* END or ERROR */
};
struct bytes reader_bytes(weir_reader *reader WEIR_TAKES, weir_error *error);

/* ---- writers ---- */

/* What was written, and how the writer shall behave. All zero: takes everything. */
enum { SINK_LOG_BYTES = 256 }; /* what is more is left out */
struct sink {
    size_t at_most; /* bytes taken in one call; 0: all: a short writer */
    size_t room;    /* bytes it takes in all when `full`, then ENOSPC, fatal */
    bool full;
    unsigned fail_write; /* this call of write fails (EIO); 0: none */
    unsigned fail_flush;
    unsigned fail_close;
    bool pending;      /* PENDING (woken at once) before each answer */
    bool pending_held; /* PENDING, woken by sink_wake() */
    unsigned waits;    /* how often in a row; 0: once */
    bool vectored;     /* it takes pieces, all in one call */
    bool blocks;       /* it takes blocks, and holds the last one until the next write or flush */

    unsigned char *data; /* the rest is kept by the double; release with sink_fini() */
    size_t n;
    size_t data_room;
    unsigned writes;
    unsigned flushes;
    unsigned closes;
    unsigned finis;
    size_t flushed_n; /* bytes that were written when it was flushed last */
    unsigned waited;
    bool closed;
    bool gave_up; /* it was dropped as one that is not whole */
    weir_waker_slot slot;
    weir_block *block; /* held */
    char
        log[SINK_LOG_BYTES]; /* what was taken, "w3 v5 g2 f c": write, writev, give, flush, close */
    size_t log_n;
};
weir_writer *sink_writer(struct sink *sink WEIR_KEEPS);
bool sink_wake(struct sink *sink);
void sink_fini(struct sink *sink);

/* ---- the runner ---- */

/* What happened, as text: items, `P`, `!7` or `!!7` (the error's number, or its code's name when
 * it has none), `$`, `STUCK` when PENDING was answered and nothing woke the latest waker. */
enum { TRACE_BYTES = 8192, TRACE_POLLS_MAX = 500, AWAIT_TURNS_MAX = 500 };
struct trace {
    char text[TRACE_BYTES];
    size_t n;
    bool no_pending;    /* leave the P out */
    bool timed;         /* each answer with its time: 1@50 */
    bool no_wake;       /* stop at a P that nobody woke, without doubles_wake_one() */
    unsigned polls_max; /* 0: TRACE_POLLS_MAX; past that: LOOP */
    unsigned polls;
    unsigned items;
    unsigned errors;
    unsigned pendings;
    weir_error error; /* the last one */
};

/* One poll, written down; drops the items. `test` is given a new turn. */
weir_poll trace_poll(struct trace *trace, weir_stream *stream, struct test_cx *test, size_t demand);

/* Polls until END; leaves the stream. */
void trace_run(struct trace *trace, weir_stream *stream, struct test_cx *test, size_t demand);

/* The simple form: polls to the end, drops the stream, gives the text (valid until 8 calls
 * later). */
const char *trace(weir_stream *stream WEIR_TAKES, size_t demand);

/* The same without the P. */
const char *trace_items(weir_stream *stream WEIR_TAKES, size_t demand);

/* The same with the time of each answer, from 0 on: 1@0 2@50 $@50. */
const char *timeline(weir_stream *stream WEIR_TAKES, size_t demand);

/* Runs a future with a hand-made cx. READY: *out holds its item. One that is still PENDING after
 * AWAIT_TURNS_MAX turns, each with a full budget, aborts the test: its END was lost. */
weir_state await(weir_stream *future WEIR_TAKES, void *out, weir_error *error);

/* Prints and aborts. */
void test_abort(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
