/* One run of a stage that is checked: its inputs, its schedule, and what was seen. */
#ifndef WEIR_CHECK_RUN_H
#define WEIR_CHECK_RUN_H

#include "check/text.h"
#include "weir/alloc.h"
#include "weir/check.h"
#include "weir/implement.h"

enum {
    INPUTS = WEIR_CHECK_INPUTS,
    MARKS_ROWS = 4,                            /* a way of `at`: see struct schedule */
    MARKS_MAX = 1 + WEIR_CHECK_ITEMS * 3 / 2,  /* in rows */
    EVENTS = WEIR_CHECK_ITEMS + MARKS_MAX + 3, /* with an error that was put in, and END */
    TRACE_BYTES = 4096,
    WORDS_MAX = 256,
    SENTENCE_BYTES = 400,
    POLLS_MAX = 400,
    HINTS_MAX = 64,
    ERROR_NUMBER = 70
};

/* ---- what is done ---- */

enum law { WAITS, SKIP, DROPS, MEMORY, HELD, CUT, ERRORS, ENDLESS, MARKS, LAWS };

/* How an input is late: PENDING, which it wakes at once; which is woken when nothing else is to be
 * done; {0, READY}, items in pieces, and an END beside the last one. */
enum late { AT_ONCE, LATER, IN_PIECES, LATES };

/* One way to run it. What a law does not name is 0. */
struct schedule {
    unsigned law, late;
    unsigned waits[INPUTS]; /* bit i: it is late before event i */
    unsigned demand;
    unsigned drop_after; /* DROPS: so many polls; MARKS too: 0: it is not dropped before its end */
    unsigned fail_at;    /* MEMORY: this allocation, from 1 ... */
    unsigned fail_after; /* ... and all later ones; MARKS: an error stands before this event of
                            `input`, from 1; 0: none */
    unsigned input, at;  /* HELD: it waits for ever before this event; CUT: it ends there;
                            ERRORS: one stands there ...; MARKS: one behind so many items each;
                            MARKS_ROWS: one before the first, two behind that, then one, two ... */
    unsigned fatal;      /* ... which is fatal */
};

/* ---- inputs ---- */

typedef enum event_kind { EVENT_ITEM, EVENT_ERROR, EVENT_MARK, EVENT_END } event_kind;
struct event {
    event_kind kind;
    int64_t number;
    bool fatal;
};

struct run;
struct input;
struct check_mark {
    weir_mark mark;
    struct input *input;
    unsigned needs; /* what must be out when it is kept */
    bool lost;
};

struct input {
    struct run *run;
    const weir_check_input *given;
    weir_stream *stream; /* NULL: it was not made */
    struct event events[EVENTS];
    unsigned n, at;
    unsigned items; /* given */
    unsigned polls;
    unsigned finis;
    unsigned after_end; /* polls, when it had ended */
    unsigned
        since; /* LATER: when it began to wait, so that the oldest is woken first; 0: it does not */
    unsigned end_items; /* what had come out when it ended; UINT32_MAX: it did not */
    struct check_mark marks[MARKS_MAX], *marks_next; /* behind the last that was kept */
    unsigned marks_n;                                /* given */
    bool waited;                                     /* it was late before this event already */
    weir_waker_slot slot;
};

/* ---- the run ---- */

struct check_waker {
    weir_waker waker;
    unsigned wakes;
};

/* What came out, as text: items and errors, then `$`. */
struct trace {
    char text[TRACE_BYTES];
    size_t n;
    size_t at[WORDS_MAX]; /* where each word begins */
    unsigned words;
};

struct hint_seen {
    unsigned items;
    weir_hint hint;
};

struct run {
    const weir_contract *contract;
    struct schedule how;
    unsigned inputs_n;
    struct input inputs[INPUTS];
    weir_stream *stream;
    void *out;
    size_t out_bytes;

    const char *name;                 /* of the stage */
    char message[WEIR_MESSAGE_BYTES]; /* of its last error; empty: it had none */
    struct trace trace;
    unsigned polls, items, errors, turns;
    bool over, stuck, fatal;
    struct hint_seen hints[HINTS_MAX];
    unsigned hints_n;
    unsigned
        mark_needs[WEIR_CHECK_ITEMS + 1]; /* MARKS: what must be out, by items before the mark */
    weir_marks marks;                     /* what it says of them; UNSAID: it failed */
    bool is_future;
    char sentence[SENTENCE_BYTES]; /* the first rule that was broken; empty: none */

    const weir_alloc *outer; /* the hooks that stood before */
    weir_alloc hooks;
    unsigned calls, failed; /* of the hooks */
    bool making;            /* an input makes an item: that is no failure of the stage */
    size_t blocks, bytes;   /* that are held */

    weir_cx cx;
    struct check_waker wakers[POLLS_MAX + 4], *waker;
    _Alignas(64) unsigned char scratch[WEIR_SCRATCH_BYTES];
};

/* Runs it once, and drops it. False: the sentence says why. */
bool weir_check_once(struct run *run, const struct schedule *how);

/* The first is kept. */
void weir_check_complain(struct run *run, const char *format, ...) WEIR_PRINTF(2, 3);

/* ---- of inputs ---- */

bool weir_check_parse(struct input *input);
void weir_check_rewind(struct input *input, const struct schedule *how, unsigned i);
weir_stream *weir_check_source(struct input *input);
/* Wakes the input that has waited longest. False: none waits. */
bool weir_check_wake_one(struct run *run);
/* A mark or an error of one input went through: the next poll may ask each other one again, where
 * there may be many of them. */
void weir_check_spoke(struct run *run, weir_poll got);
/* From now on a poll of those that ended is seen. */
void weir_check_guard_ended(struct run *run);
/* Of the run whose input ended behind `at` items; least: what came behind an end in any of them. */
void weir_check_see_cut(struct run *run, unsigned at, unsigned *least);
/* After those of 0 to n items. */
void weir_check_find_needs(struct run *run, unsigned n, unsigned least);
weir_poll weir_check_give_mark(struct input *input, weir_cx *cx);
/* The one that came out. */
void weir_check_take_mark(struct run *run);
/* When it was dropped. */
void weir_check_judge_marks(struct run *run);
/* What it did, as text. */
size_t weir_check_describe(const struct input *input, const struct schedule *how, unsigned i,
                           char *out, size_t size);

#endif
