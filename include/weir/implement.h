/* weir/implement.h: for those who write stages. Meanwhile link a checking build (meson setup
 * build/checks -Dchecks=true): it ends the program at a broken rule. The recipe:
 *
 *   1. A state struct whose first member is `weir_stream stream`.
 *   2. An `update` that knows nothing of async: one input in, new state, an item or not.
 *   3. A thin `poll_next` that feeds it.
 *   4. A stored waker (weir_wait) if it waits on something that is no stream.
 *
 * poll_next reads `got = weir_poll_next(...); if (!got.n) return got; ...use n...; return got;`.
 *   - It may answer {0, READY} ("all filtered out"): the wrapper calls it again.
 *   - It never stores a PENDING to answer it later: it polls again.
 *   - With items in hand it polls nothing that may fail, or it has an error slot
 *     (weir_held_error): the items go first, the error on the next call.
 *   - After a child's ERROR or MARK it polls nothing more in that call.
 *   - END with items is early news. After END it is never called again.
 *   - It asks its source for no more than it could use, nor for more than cx->demand_max unless
 *     its consumer did.
 *   - A loop of its own ends when the budget is spent (weir_spend): then it answers {0, READY}, or
 *     weir_wait_turn(). It makes one step first: what stands deeper than the budget would never be
 *     reached otherwise.
 *
 * What runs item by item has a shorter way, in weir/poll.h. */
#ifndef WEIR_IMPLEMENT_H
#define WEIR_IMPLEMENT_H

#include "weir/alloc.h"
#include "weir/cx.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

typedef enum weir_kind { WEIR_KIND_STREAM, WEIR_KIND_READER, WEIR_KIND_WRITER } weir_kind;

/* What is done to stages of every kind, whatever they are: one constant a kind. Each looks into the
 * ops of the stage; i counts a stage's inputs, its source first. */
typedef struct weir_stage_ops {
    uint32_t size; /* sizeof(weir_stage_ops) */
    weir_kind kind;
    const char *(*name)(const weir_stage *stage);
    void (*fini)(weir_stage *stage);
    weir_stage *(*input)(const weir_stage *stage, size_t i); /* NULL: it has no more */
    size_t (*memory_max)(const weir_stage *stage);           /* besides what stands in its arena */
    void (*over)(weir_stage *stage);                         /* NULL: nothing is to be done */
} weir_stage_ops;

/* What is known of a stage besides; made when it is asked for first. */
typedef struct weir_account {
    uint32_t size;       /* sizeof(weir_account) */
    const char *label;   /* a user's name for it; static text. NULL: none */
    uint64_t id;         /* unique in the program */
    uint64_t errors;     /* that passed */
    uint64_t yields;     /* polls that ended because the budget was spent */
    uint64_t demand_sum; /* what it was asked for, since the account was opened; of streams */
} weir_account;

/* What stages of every kind share. Read it, never write it: the wrapper does, but for the flags
 * that a constructor sets (`exact`, `one`, `marked`, `padded`, `emptied`, `in_turn`, `remote`). 64
 * bytes, since idle connections hold many. Counters may be read from any thread through the
 * functions below. */
struct weir_stage {
    const weir_stage_ops *vt;
    weir_arena *arena;          /* the chain's; made by its source */
    weir_stage *source;         /* the next one towards the source; NULL at the source */
    uint64_t n;                 /* items, or bytes, that came out (went in, for a writer) */
    uint64_t polls_less_n;      /* of a stream, so that {1, READY} costs one counter; else polls */
    uint64_t waits;             /* polls that were PENDING */
    weir_account *account;      /* NULL: nobody asked */
    uint32_t scratch_need;      /* of this stage and all below it, at demand 1 */
    uint16_t depth;             /* stages from here to the farthest source */
    unsigned short done : 1;    /* END was seen: it is never polled again */
    unsigned short ending : 1;  /* of a writer: an error passed, it can only be given up */
    unsigned short failed : 1;  /* it could not be built, and has an error to report */
    unsigned short cut : 1;     /* it ended because a source was told to, not because it was over */
    unsigned short exact : 1;   /* its items are claims on something outside: demand is 1. Set
                                   before the first poll */
    unsigned short one : 1;     /* gives one item or one error: a future */
    unsigned short marked : 1;  /* it gives marks */
    unsigned short padded : 1;  /* of a reader: 64 bytes behind `end` may be read (not used) */
    unsigned short dropped : 1; /* checking builds see a poll that comes after */
    unsigned short emptied : 1; /* of a reader: ended and released it holds nothing outside of its
                                   arena. Set by its constructor, as is: */
    unsigned short in_turn : 1; /* its inputs are read one after the other, and each is emptied
                                   before the next: one of them holds memory at a time */
    unsigned short dry : 1;     /* of a reader: the last move from where it said gave nothing */
    unsigned short remote : 1;  /* what it gives was sent by a peer, who is not to be trusted, or
                                   was made of that. Set by the constructor of a connection */
    unsigned short noted : 1;   /* the inspector is told before it is dropped */
    unsigned short asked : 1;   /* the same: a thread asks it item by item */
};

/* What a stage counts: what it is called, how often it was polled, what it gave (items, bytes), and
 * how often it answered PENDING. For who looks at a chain on its own thread.
 *
 * Example:
 *     weir_stream *s = weir_take(weir_range(0, 9), 2);
 *     p(weir_stage_name(&s->stage)); // -> take
 *     p(weir_by_ref(s)); // -> 0 1
 *     p(weir_stage_n(&s->stage)); // -> 2
 *     weir_drop(s);
 */
WEIR_API const char *weir_stage_name(const weir_stage *stage);
WEIR_API uint64_t weir_stage_polls(const weir_stage *stage);
WEIR_API uint64_t weir_stage_n(const weir_stage *stage);
WEIR_API uint64_t weir_stage_waits(const weir_stage *stage);

/* The ith stage that feeds this one: its source first, then its further inputs. NULL: no more.
 *
 * Example:
 *     weir_stream *s = weir_take(weir_range(0, 9), 2);
 *     p(weir_stage_name(weir_stage_input(&s->stage, 0))); // -> range
 *     p(yes(weir_stage_input(&s->stage, 1))); // -> no
 *     weir_drop(s);
 */
WEIR_API weir_stage *weir_stage_input(const weir_stage *stage, size_t i);

/* Opens the account; on the thread that polls the stage. NULL: no memory.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     weir_stage_label(&s->stage, "numbers");
 *     p(weir_stage_account(&s->stage)->label); // -> numbers
 *     p(yes(weir_stage_id(&s->stage))); // -> yes
 *     weir_drop(s);
 */
WEIR_API weir_account *weir_stage_account(weir_stage *stage);
WEIR_API uint64_t weir_stage_id(weir_stage *stage); /* 0: no memory */
WEIR_API void weir_stage_label(weir_stage *stage, const char *label WEIR_KEEPS);

/* It ended, or what it read from did, because the runtime was told to stop.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_stage_was_cut(&s->stage)); // -> false
 *     weir_drop(s);
 */
static inline bool weir_stage_was_cut(const weir_stage *stage)
{
    return stage->cut;
}

/* The most that the chain may hold at any time: its arenas and what its stages say (memory_max),
 * further inputs too; streams that are made while it runs are not known yet. Units: bytes.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(yes(weir_memory_max(s) < 10000)); // -> yes
 *     weir_drop(s);
 */
#define weir_memory_max(chain) weir_stage_memory_max(&(chain)->stage)
WEIR_API size_t weir_stage_memory_max(const weir_stage *stage);

struct weir_record_view; /* weir/record.h */

/* What a stage has in hand this moment, for the inspector. */
typedef struct weir_holding {
    size_t n, max;               /* items that wait in it, and how many may; 0 0: it keeps none */
    size_t in_flight, limit;     /* those that it has at work at once; 0 0: it is no such stage */
    struct weir_par_limit *knob; /* that changes this limit; NULL: nothing does */
    const void *shared; /* the same of both ends of a channel; NULL: it is the end of none */
} weir_holding;

typedef struct weir_stream_ops {
    uint32_t size;    /* sizeof(weir_stream_ops) */
    const char *name; /* static text: it may outlive the stage in an error's trail */
    /* Moves up to demand (>= 1) items into out. See the rules above. */
    weir_poll (*poll_next)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
    /* Optional. The same, but the items are dropped instead of moved: for stages that can
     * count without making them. */
    weir_poll (*poll_skip)(weir_stream *stream, weir_cx *cx, size_t demand);
    /* Optional. Releases what the stage owns, its further inputs included; not its source. */
    void (*fini)(weir_stream *stream);
    /* Optional. */
    weir_hint (*size_hint)(const weir_stream *stream);
    /* What it does with marks; unsaid, it is refused over a source that gives some. */
    weir_marks marks;
    /* Optional. Its further inputs, from 0; NULL: no more. */
    weir_stage *(*input)(const weir_stream *stream, size_t i);
    /* Optional. The most it holds outside of its arena. */
    size_t (*memory_max)(const weir_stream *stream);
    /* Optional. What it is called in messages and trails, where that is not `name`: static text
     * too.
     */
    const char *(*name_of)(const weir_stream *stream);
    /* Optional. As poll_next, from the other end: the last item comes first. No item comes at both
     * ends; END is where they meet. Asked only where all its inputs have one too. */
    weir_poll (*poll_back)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
    /* Optional. A stage over it has ended before it did: nobody will use what it gives, though it
     * may be polled. It lets go at once of what others could use, and ends; it is not dropped yet.
     */
    void (*over)(weir_stream *stream);

    /* Optional; asked behind an error that was not fatal, before the next poll. What it was about,
     * as it came in, or as much of it as there is: lent until the next poll. false: nobody knows.
     */
    bool (*rejected)(const weir_stream *stream, weir_line *out);

    /* Optional. What the fields of its records are called, before there is one: a record without
     * values, lent until the next poll. false: it is not known. Unsaid, they are called as the
     * source's where the items are of its type. */
    bool (*names)(const weir_stream *stream, struct weir_record_view *out);

    /* Optional. Where in the stage the pointer to its user's WEIR_x_FN constant stands
     * (offsetof): the inspector gives the function's name. 0: there is none. */
    uint32_t fn;

    /* Its further inputs are its own, and those that it was made of: each stays until it has ended,
     * or until fini. The inspector has rows of them. */
    bool keeps_inputs;

    /* Optional. On the thread that polls it, between two polls; *out is zero. */
    void (*holding)(const weir_stream *stream, weir_holding *out);
} weir_stream_ops;

struct weir_stream {
    weir_stage stage;
    /* What weir/poll.h calls: `call` as long as nothing is special about the stage; before the
     * first poll, after the end, for exact stages and in checking builds a function of the
     * wrapper's. */
    weir_poll (*poll)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
    weir_poll (*call)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
    const weir_stream_ops *ops;
    const weir_type *type;
};

/* The stream that a stage takes. Only for stages that were made by weir_stream_new().
 *
 * Example:
 *     weir_stream *s = weir_take(weir_range(0, 9), 2);
 *     p(weir_stage_name(&weir_source(s)->stage)); // -> range
 *     weir_drop(s);
 */
static inline weir_stream *weir_source(const weir_stream *stream)
{
    return (weir_stream *)stream->stage.source;
}

/* The reader that a stage takes. Only for stages that were made by weir_stream_over().
 *
 * Example:
 *     weir_stream *s = lines("a\nb\n");
 *     p(weir_stage_name(&weir_source_reader(s)->stage)); // -> memory
 *     weir_drop(s);
 */
static inline weir_reader *weir_source_reader(const weir_stream *stream)
{
    return (weir_reader *)stream->stage.source;
}

/* Every stage is at least this large, so that a stage of any kind can be turned into a failed
 * one of any other. */
enum { WEIR_STAGE_BYTES = 128 };

/* Stages from a consumer to its farthest source, and of inner streams that are polled inside of
 * each other: polls and drops call each other so deep, on stacks that may be small. So many of the
 * library's own, over items of up to 64 bytes, fit on 384 KiB of stack. */
enum { WEIR_DEPTH_MAX = 1024 };

/* Polls a stream: the one door between stages. Latches END, calls again on {0, READY} within the
 * budget, clamps exact sources, counts, and adds the stage's name to an error's trail.
 *
 * Example:
 *     int64_t items[4];
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_poll_next(s, cx(), items, 4)); // -> READY 4
 *     p(items[3]); // -> 3
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                  size_t demand) WEIR_MUST_USE;

/* The same, dropping the items: {n, state} counts them.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_poll_skip(s, cx(), 4)); // -> READY 4
 *     p(s); // -> 4 5 6 7 8
 */
WEIR_API weir_poll weir_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand) WEIR_MUST_USE;

/* The same for a stream that came as an item, or out of a user's function: LIMIT when such streams
 * are nested too deep, or need more scratch than is left.
 *
 * Example:
 *     int64_t x;
 *     weir_stream *s = weir_range(0, 9), *inner = weir_range(5, 9);
 *     p(weir_poll_inner(s, inner, cx(), &x, 1)); // -> READY 1
 *     p(x); // -> 5
 *     weir_drop(inner);
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_poll_inner(weir_stream *stream, weir_stream *inner, weir_cx *cx, void *out,
                                   size_t demand) WEIR_MUST_USE;

/* Polls a stream from its other end: the door of poll_back, as weir_poll_next() is that of
 * poll_next. Where the stream has no other end: an error.
 *
 * Example:
 *     int64_t items[2];
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_poll_back(s, cx(), items, 2)); // -> READY 2
 *     p(items[0]); // -> 8
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_poll_back(weir_stream *stream, weir_cx *cx, void *out,
                                  size_t demand) WEIR_MUST_USE;

/* What the last error, which was not fatal, was about: the input of the first stage from here to
 * the source that knows (a line that is no UTF-8, a record that cannot be read), as it came. It
 * stands until the next poll. false: nobody does. Who gathers what is left out asks it between two
 * polls.
 *
 * Example:
 *     weir_line line;
 *     weir_stream *s = weir_lines_with(text("a\n\xff\n"), &WEIR_LINES_OPTIONS(.utf8 = true));
 *     p(weir_poll_skip(s, cx(), 1)); // -> READY 1
 *     p(weir_poll_skip(s, cx(), 1)); // -> ERROR
 *     p(weir_rejected(s, &line)); // -> true
 *     p(line.size); // -> 1
 *     weir_drop(s);
 */
WEIR_API bool weir_rejected(const weir_stream *stream, weir_line *out);

/* It has another end: it says so in its ops, and so do all streams that it reads from.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_has_back(s)); // -> true
 *     weir_drop(s);
 */
WEIR_API bool weir_has_back(const weir_stream *stream);

/* True where it is known how many items are left, if no error comes: *n are (both ends of the size
 * hint are that). Source: ExactSizeStream.
 *
 * Example:
 *     size_t n;
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_len(s, &n)); // -> true
 *     p(n); // -> 9
 *     weir_drop(s);
 */
WEIR_API bool weir_len(const weir_stream *stream, size_t *n);

/* How many items are left, if no error comes: one may cut what a stage gathers in two.
 * weir_size_hint_one: one; the size_hint of a future that always comes to something.
 *
 * Example:
 *     weir_stream *s = weir_take(weir_range(0, 9), 2);
 *     p(weir_size_hint(s).upper); // -> 2
 *     p(weir_size_hint_one(s).upper); // -> 1
 *     weir_drop(s);
 */
WEIR_API weir_hint weir_size_hint(const weir_stream *stream);
WEIR_API weir_hint weir_size_hint_one(const weir_stream *stream);

/* True when it is known that no item will come: END or a fatal error was seen.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 1);
 *     p(weir_is_done(s)); // -> false
 *     p(weir_by_ref(s)); // -> 0
 *     p(weir_is_done(s)); // -> true
 *     weir_drop(s);
 */
static inline bool weir_is_done(const weir_stream *stream)
{
    return stream->stage.done;
}

/* A stage of `size` zeroed bytes in the arena of the chain it takes. `type` is what it yields;
 * NULL stands for a composite type that could not be made. Any failure (no memory, a failed
 * source) gives the failed stream instead: compare with weir_stage_failed() before touching it.
 * weir_stream_new: over a stream. weir_stream_over: over a reader. weir_source_new: a source, with
 * a new arena. weir_source_in: the same in an arena that was made before, with room for more than
 * the source or in memory of the caller's; NULL stands for one that could not be made.
 *
 * Example:
 *     int64_t left = 3;
 *     static weir_stream_ops ops = {.size = sizeof ops, .name = "mine"};
 *     ops.poll_next = count_down_fn.poll; // of weir/poll.h; or one of your own
 *     weir_stream *s = weir_source_new(sizeof(struct weir_typed), &ops, &weir_type_i64);
 *     ((struct weir_typed *)s)->arg = &left;
 *     p(s); // -> 3 2 1
 */
WEIR_NEW weir_stream *weir_stream_new(weir_stream *source WEIR_TAKES, size_t size,
                                      const weir_stream_ops *ops, const weir_type *type);
WEIR_NEW weir_stream *weir_stream_over(weir_reader *source WEIR_TAKES, size_t size,
                                       const weir_stream_ops *ops, const weir_type *type);
WEIR_NEW weir_stream *weir_source_new(size_t size, const weir_stream_ops *ops,
                                      const weir_type *type);
WEIR_NEW weir_stream *weir_source_in(weir_arena *arena WEIR_TAKES, size_t size,
                                     const weir_stream_ops *ops, const weir_type *type);

/* The last lines of a constructor. weir_stream_with: a further input, a chain of its own that the
 * stage drops, and has already, counts for depth, scratch and marks. weir_stream_scratch: each poll
 * takes scratch for an item of this type. Both return the stream, or the failed one in its place.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 3), *other = weir_range(5, 9);
 *     s = weir_stream_scratch(weir_stream_with(s, &other->stage), &weir_type_i64);
 *     p((int)s->stage.depth); // -> 2
 *     weir_drop(s);
 *     weir_drop(other);
 */
WEIR_NEW weir_stream *weir_stream_with(weir_stream *stream WEIR_TAKES, const weir_stage *input);
WEIR_NEW weir_stream *weir_stream_scratch(weir_stream *stream WEIR_TAKES, const weir_type *type);

/* Scratch for up to *demand items of a type, leaving what a poll of `source` needs (NULL: nothing);
 * lowers *demand to what fits. NULL: not even one; then answer weir_scratch_fail().
 *
 * Example:
 *     size_t mark = weir_scratch_mark(cx()), demand = SIZE_MAX / 8;
 *     p(yes(weir_scratch_items(cx(), NULL, &weir_type_i64, &demand))); // -> yes
 *     p(yes(demand < SIZE_MAX / 8)); // -> yes
 *     weir_scratch_give(cx(), mark);
 *     p(weir_scratch_fail(cx(), &weir_type_i64)); // -> ERROR
 */
WEIR_API void *weir_scratch_items(weir_cx *cx, const weir_stream *source, const weir_type *type,
                                  size_t *demand) WEIR_MUST_USE;
WEIR_API weir_poll weir_scratch_fail(weir_cx *cx, const weir_type *type);

/* Gives up: drops the chain up to `stage` and turns it into a stream (reader, writer) that
 * reports this error once, then ends. Needs no memory. The text is formatted at the first poll,
 * so format and strings must be static or live in the arena; only %s and %zu. _refused: the same
 * with no chain to reuse; the first constructor of a chain failed.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_stream_refuse(&s->stage, WEIR_E_USER, NULL, "%zu %s", "legs", NULL, 5)); // -> !USER
 *     p(weir_reader_refused(WEIR_E_CORRUPT, NULL, "no %s", "magic", NULL, 0)); // -> !CORRUPT
 */
WEIR_API weir_stream *weir_stream_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);
WEIR_API weir_reader *weir_reader_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);
WEIR_API weir_writer *weir_writer_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);
WEIR_NEW weir_stream *weir_stream_refused(weir_code code, const char *cure, const char *format,
                                          const char *a, const char *b, size_t n);
WEIR_NEW weir_reader *weir_reader_refused(weir_code code, const char *cure, const char *format,
                                          const char *a, const char *b, size_t n);
WEIR_NEW weir_writer *weir_writer_refused(weir_code code, const char *cure, const char *format,
                                          const char *a, const char *b, size_t n);

/* True for a stream, reader or writer that only has an error to report.
 *
 * Example:
 *     weir_stream *s = weir_take(weir_chunks(weir_range(0, 9), 0), 2);
 *     p(weir_stage_failed(&s->stage)); // -> true
 *     p(s); // -> !ARGUMENT
 */
static inline bool weir_stage_failed(const weir_stage *stage)
{
    return stage->failed;
}

/* The checks constructors share. Each returns the source, or the failed stream in its place.
 * weir_expect_plain: refuses a type whose items own something (a stage that copies them).
 * weir_expect_state: a state that is kept between items (of scan, fold) may not be of a type that
 * could hold what the source lends. weir_expect_both: one of two inputs failed, or both; drops the
 * other and returns the failed one; NULL: both are fine.
 *
 * Example:
 *     p(weir_expect_limit(weir_range(0, 2), "mine", "n", 0)); // -> !ARGUMENT
 *     p(weir_expect_owned(lines("a\nb"), "mine")); // -> !TYPE
 *     p(weir_expect_state(lines("a\nb"), "mine", "longest", &weir_type_line)); // -> !TYPE
 *     p(weir_expect_both(weir_range(0, 2), weir_chunks(weir_range(0, 2), 0))); // -> !ARGUMENT
 */
WEIR_NEW weir_stream *weir_expect_type(weir_stream *source WEIR_TAKES, const char *stage,
                                       const char *fn, const weir_type *wanted);
WEIR_NEW weir_stream *weir_expect_owned(weir_stream *source WEIR_TAKES, const char *stage);
WEIR_NEW weir_stream *weir_expect_plain(weir_stream *source WEIR_TAKES, const char *stage);
WEIR_NEW weir_stream *weir_expect_limit(weir_stream *source WEIR_TAKES, const char *stage,
                                        const char *limit_name, size_t limit);
WEIR_NEW weir_stream *weir_expect_state(weir_stream *source WEIR_TAKES, const char *stage,
                                        const char *fn, const weir_type *state);
WEIR_API weir_stream *weir_expect_both(weir_stream *a, weir_stream *b);

/* A task stands in the arena of its future, with room for its item: what is all of a chain that
 * will mostly be spawned asks for these bytes besides its own, so that it needs no second block. */
enum { WEIR_TASK_BYTES = 232 };

/* Memory with the chain's life. weir_arena_new: `first` bytes at once, where they are known to be
 * enough (0: the usual). weir_arena_at: the first `size` bytes stand at `place` (aligned to 16),
 * and `release`, if there is one, is told when the chain is dropped. NULL: none left. Zeroed.
 *
 * Example:
 *     weir_arena *arena = weir_arena_new(0);
 *     char *bytes = weir_arena_take(arena, 64, 16);
 *     p(*(int *)bytes); // -> 0
 *     weir_arena_drop(arena);
 */
WEIR_API weir_arena *weir_arena_new(size_t first) WEIR_MUST_USE;
WEIR_API weir_arena *weir_arena_at(void *place WEIR_KEEPS, size_t size,
                                   void (*release)(void *place)) WEIR_MUST_USE;
WEIR_API void *weir_arena_take(weir_arena *arena, size_t size, size_t align) WEIR_MUST_USE;
WEIR_API size_t weir_arena_bytes(const weir_arena *arena);
WEIR_API void weir_arena_drop(weir_arena *arena);

/* An error that waits until the items in hand are delivered; its room is in the arena.
 *
 * Example:
 *     weir_held_error slot;
 *     weir_arena *arena = weir_arena_new(0);
 *     p(weir_held_error_init(&slot, arena)); // -> true
 *     p(weir_fail(cx(), WEIR_E_USER, "too late")); // -> ERROR
 *     weir_held_error_keep(&slot, cx());
 *     p(weir_held_error_give(&slot, cx())); // -> ERROR
 *     p(cx()->error.message); // -> too late
 *     weir_arena_drop(arena);
 */
typedef struct weir_held_error {
    bool held;
    weir_error *error;
} weir_held_error;
WEIR_API bool weir_held_error_init(weir_held_error *slot, weir_arena *arena) WEIR_MUST_USE;
WEIR_API void weir_held_error_keep(weir_held_error *slot, const weir_cx *cx);
WEIR_API weir_poll weir_held_error_give(weir_held_error *slot, weir_cx *cx);

/* What a consumer asks for next: 1, 2, 4 ... cx->demand_max. Start with 0.
 *
 * Example:
 *     uint32_t demand = 0;
 *     p(weir_demand_next(cx(), &demand)); // -> 1
 *     p(weir_demand_next(cx(), &demand)); // -> 2
 *     p(weir_demand_next(cx(), &demand)); // -> 4
 */
static inline size_t weir_demand_next(const weir_cx *cx, uint32_t *demand)
{
    uint32_t next = *demand > UINT32_MAX / 2 ? UINT32_MAX : *demand ? *demand * 2 : 1;
    *demand = next < cx->demand_max ? next : cx->demand_max;
    return *demand;
}

/* Moves the kept items of out[0..n) to the front, in order; keep[i] is 0 or -1. Returns how many.
 * The others are overwritten: drop them first if they own something.
 *
 * Example:
 *     int64_t items[] = {7, 8, 9}, keep[] = {-1, 0, -1};
 *     p(weir_compact(items, sizeof *items, keep, 3)); // -> 2
 *     p(items[1]); // -> 9
 */
WEIR_API size_t weir_compact(void *items, size_t size, const int64_t *keep, size_t n);

/* Runs fini of each stage from this one to its source, then releases the arena. The others are the
 * same by the kind of chain; weir_drop() is one of them. NULL: nothing.
 *
 * Example:
 *     weir_stage_drop(&weir_range(0, 9)->stage);
 *     weir_reader_drop(text("hello"));
 *     p("both are gone"); // -> both are gone
 */
WEIR_API void weir_stage_drop(weir_stage *stage WEIR_TAKES);
WEIR_API void weir_stream_drop(weir_stream *stream WEIR_TAKES);
WEIR_API void weir_reader_drop(weir_reader *reader WEIR_TAKES);
WEIR_API void weir_writer_drop(weir_writer *writer WEIR_TAKES);

#define WEIR_CONTAINER(pointer, type, member)                                                      \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* The state struct of a stage from its stream, where `stream` is what its first member is called.
 */
#define WEIR_SELF(type, stream_) WEIR_CONTAINER(stream_, type, stream)

WEIR_END_C

/* Drops a chain: each stage exactly once, from the consumer to the source. NULL: nothing.
 *
 * Example:
 *     weir_drop(weir_take(weir_range(0, 9), 2));
 *     weir_drop(text("hello"));
 *     weir_drop(weir_null_writer());
 *     p("all three are gone"); // -> all three are gone
 */
#ifdef __cplusplus
inline void weir_drop(weir_stream *stream)
{
    weir_stream_drop(stream);
}
inline void weir_drop(weir_reader *reader)
{
    weir_reader_drop(reader);
}
inline void weir_drop(weir_writer *writer)
{
    weir_writer_drop(writer);
}
#else
#define weir_drop(chain)                                                                           \
    _Generic((chain), weir_stream *                                                                \
             : weir_stream_drop, weir_reader *                                                     \
             : weir_reader_drop, weir_writer *                                                     \
             : weir_writer_drop)(chain)
#endif

#endif
