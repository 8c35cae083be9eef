/* What core shares with the other layers' constructors, and with nobody else: how a stage begins,
 * and how one that could not be built keeps its reason. */
#ifndef WEIR_CORE_STAGE_H
#define WEIR_CORE_STAGE_H

#include "weir/implement.h"
#include "weir/poll.h"

#ifndef WEIR_CHECKS
#define WEIR_CHECKS 0
#endif

/* False: the ops come from an older header, which ends before that member. */
#define WEIR_OPS_HAVE(ops, member)                                                                 \
    ((ops)->size >= offsetof(__typeof__(*(ops)), member) + sizeof(ops)->member && (ops)->member)

enum { WEIR_FAULT_ARGS = 5 };

/* Why a chain could not be built. Lives in its arena; the text is made at the first poll. */
typedef struct weir_fault {
    weir_code code;
    const char *cure;
    const char *format; /* %s takes the next of args, %zu the number */
    const char *args[WEIR_FAULT_ARGS];
    size_t number;
    const char *stage; /* whose it is; NULL: of the one that is refused */
} weir_fault;

const weir_fault *weir_arena_fault(const weir_arena *arena);
void weir_arena_keep_fault(weir_arena *arena, const weir_fault *fault);

/* The stage lies in one of the arena's blocks: it was not moved. */
bool weir_arena_holds(const weir_arena *arena, const void *place);

/* An arena of the usual size, or larger where that has no room for the first stage. */
weir_arena *weir_arena_usual(size_t first);

/* What weir_arena_new() takes for so many bytes. */
size_t weir_arena_new_bytes(size_t first);

/* weir_arena_take() of memory that is not zeroed. */
void *weir_arena_take_raw(weir_arena *arena, size_t size, size_t align);

/* What was taken last may be used again; what was not stays until the chain is dropped. */
void weir_arena_give_back(weir_arena *arena, const void *taken, size_t size);

/* Its first block is somebody else's: a stack, a static buffer. */
bool weir_arena_is_placed(const weir_arena *arena);

/* The arenas a worker used before, for its next ones. Core knows no threads: whoever has workers
 * tells it how to find the pool of this one. Chains that are dropped elsewhere go to the pool
 * there, or back to the allocator. */
enum { WEIR_POOL_SIZES = 16 };
typedef struct weir_pool {
    struct weir_arena *first[WEIR_POOL_SIZES]; /* by size */
    size_t bytes;
} weir_pool;
void weir_pool_find_by(weir_pool *(*here)(void));
void weir_pool_drain(weir_pool *pool);

/* Memory from there, for what is made and released again at each request or the like: as
 * weir_allocate() and weir_release(). */
void *weir_pool_allocate(size_t size);
void weir_pool_release(void *block, size_t size); /* NULL: nothing */

/* Nobody asks this one and those below it any more, though it has not ended and is not dropped yet:
 * what they could do for others they do not keep. */
void weir_stage_let_go(weir_stage *source);

/* Who is told of stages that are `noted`, or `asked`, before each is dropped, on the thread that
 * drops it. */
void weir_stage_tell_drops(void (*told)(const weir_stage *stage));
/* Tells of one that nobody drops. */
void weir_stage_goes(const weir_stage *stage);

/* What the stage of each stream has. */
extern const weir_stage_ops *const weir_stream_vt;

/* weir_stage_drop(), but for the arena, which it returns; NULL: there is none. */
weir_arena *weir_stage_finish(weir_stage *stage);

/* Fills the common part of a fresh stage. */
static inline void weir_stage_init(weir_stage *stage, const weir_stage_ops *vt, weir_arena *arena,
                                   weir_stage *source)
{
    *stage = (weir_stage){.vt = vt, .arena = arena, .source = source, .depth = 1};
    if (!source)
        return;
    stage->depth = source->depth + 1;
    stage->scratch_need = source->scratch_need;
    stage->marked = source->marked;
    stage->remote = source->remote;
}

/* Takes part of an input in the stage's depth, scratch and marks. What is too much, or a stage that
 * says nothing of marks: the fault to refuse it with, and true. */
bool weir_stage_refuses(weir_stage *stage, const weir_stage *input, weir_marks marks,
                        weir_fault *fault);

/* Runs fini from this stage to its source and leaves an empty stage that owns only its arena and
 * the reason. The first reason stays. The caller makes it a failed stream, reader or writer. */
void weir_stage_refuse(weir_stage *stage, const weir_fault *fault);

/* A set that had ended, being empty, was pushed to: it is polled again. */
void weir_stream_reopen(weir_stream *stream);

/* It was let go of before its end, and ends now. */
void weir_stream_end(weir_stream *stream);

/* Its account was opened: from the next poll on its demands are summed up. */
void weir_stream_watch(weir_stream *stream);

/* Measures stages in turns that are sampled: `spent` is told what each took by itself, without the
 * stages that it polled. Reads the clock twice a poll. */
struct weir_timing {
    uint64_t (*now_ns)(struct weir_timing *timing);
    /* False: the stage is not known, and what it took is a part of who polled it. */
    bool (*spent)(struct weir_timing *timing, const weir_stage *stage, uint64_t ns,
                  uint64_t now_ns);
    /* The items that a stream gave, before anybody else has them. NULL: nobody wants to see. */
    void (*gave)(struct weir_timing *timing, const weir_stream *stream, const void *items,
                 size_t n);
    uint64_t below_ns;       /* that those took which the current stage polled; begin with 0 */
    const weir_stage *stage; /* that is polled now; atomic, for who looks from elsewhere */
};

/* This stream is measured from its next poll on, by the timing of the cx; or it is not any more,
 * and its polls cost what they did before. Between two polls, on the thread that polls it. */
void weir_stream_time(weir_stream *stream, bool timed);

/* Around a poll that is measured: of readers and writers each is, where cx->timing is not NULL. */
struct weir_timed {
    const weir_stage *stage, *above;
    uint64_t beside_ns, from_ns;
};
struct weir_timed weir_timing_enter(struct weir_timing *timing, const weir_stage *stage);
void weir_timing_leave(struct weir_timing *timing, const struct weir_timed *timed);

/* Measures pieces of work of which a stage has several at once, each from its first poll on: the
 * stage keeps a weir_errand with each, zero at first. */
struct weir_errand {
    uint64_t since_ns, cpu_ns;
};
struct weir_serving {
    uint64_t (*begins)(struct weir_serving *serving, struct weir_errand *errand);
    /* stage: whose work it is. over: it has come to something. out: its item, of this type;
     * NULL: none. */
    void (*ends)(struct weir_serving *serving, struct weir_errand *errand, uint64_t from_ns,
                 const weir_stage *stage, const weir_type *type, bool over, const void *out);
    uint64_t elsewhere_ns; /* that it took in a task of its own */
};
/* Where cx->serving is not NULL. */
static inline uint64_t weir_serving_begin(const weir_cx *cx, struct weir_errand *errand)
{
    return cx->serving->begins(cx->serving, errand);
}

static inline void weir_serving_end(const weir_cx *cx, struct weir_errand *errand, uint64_t from_ns,
                                    const weir_stage *stage, const weir_type *type, weir_poll got,
                                    const void *out)
{
    cx->serving->ends(cx->serving, errand, from_ns, stage, type, got.state != WEIR_PENDING,
                      got.n ? out : NULL);
}

/* What a failed stage answers to its poll: the reason, as a fatal error. */
weir_poll weir_stage_report(const weir_stage *stage, weir_cx *cx);

/* Stages that stand for "no memory even for an arena": a few of each kind, each used until it is
 * dropped; when all are in use the last one stands for several chains. */
enum { WEIR_SPARE_STAGES = 8 };
size_t weir_spare_take(unsigned char *used, size_t n);

/* The failed stream in a stage's place, which reports the fault. */
weir_stream *weir_stream_fault(weir_stage *stage WEIR_TAKES, const weir_fault *fault);

/* The stream that reports no memory. */
weir_stream *weir_no_memory_stream(void);

/* True when items of one may travel on as the other's: they fit, both lend, or drop alike, and what
 * is bound stays so. */
bool weir_type_alike(const weir_type *given, const weir_type *wanted);

/* Composites of one kind, whatever they are made of. */
bool weir_type_same_kind(const weir_type *a, const weir_type *b);

/* One is what weir_own() makes of the other. */
bool weir_type_twins(const weir_type *a, const weir_type *b);

/* True when what a function makes of (or keeps about) items that are lent is lent too, or bound. */
bool weir_type_clings(const weir_type *made, bool detached);

/* What a function makes of source's items; detached: it says so. */
const weir_type *weir_type_made_of(const weir_type *source, const weir_type *made, bool detached);

/* A further input, whose items travel on as those of the first, of `type`. */
weir_stream *weir_expect_alike(weir_stream *source, const char *stage, const char *which,
                               const weir_type *type);

/* The same for one of many, which no words of its own tell apart. */
weir_stream *weir_expect_one_type(weir_stream *source, const char *stage, const weir_type *type);

/* The descriptor says what the compiler saw (0: it was not asked). */
weir_stream *weir_expect_size(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *type, size_t size);

/* A state that a function keeps about lent items; detached: it says that it holds no view. */
weir_stream *weir_expect_kept(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *state, bool detached);

/* What a future or a machine gives must outlive it. */
weir_stream *weir_expect_result(weir_stream *source, const char *stage, const char *fn,
                                const weir_type *to);

/* Streams that can be read from their other end. */
weir_stream *weir_expect_back(weir_stream *source, const char *stage);

/* Futures only. */
weir_stream *weir_expect_one(weir_stream *source, const char *stage);

/* Refuses a source that gives marks, where a stage cannot hold them: `why`, which follows its name.
 */
weir_stream *weir_expect_unmarked(weir_stream *source, const char *stage, const char *why);

/* ... or where it holds them to the end, and the source may have none. */
weir_stream *weir_expect_ending(weir_stream *source, const char *stage);

/* A poll was PENDING. */
static inline void weir_stage_wait(weir_stage *stage, weir_cx *cx)
{
    WEIR_TALLY(stage->polls_less_n, 1);
    WEIR_TALLY(stage->waits, 1);
    if (!cx->waiting) {
        cx->waiting = stage;
        cx->waiting_for = cx->wait_for;
    }
    if (WEIR_UNLIKELY(stage->account && cx->wait_for == WEIR_WAIT_TURN))
        WEIR_TALLY(stage->account->yields, 1);
}

/* A poll answered END. */
void weir_stage_over(weir_stage *stage, weir_cx *cx);

/* "durable": what a message calls it. */
const char *weir_strength_name(weir_strength strength);

/* Shared by the wrappers of streams, readers and writers: counts and latches whatever is not
 * READY with something in it, and adds the name to an error's trail. */
weir_poll weir_stage_settle(weir_stage *stage, weir_cx *cx, weir_poll got);

/* The cure where an item that a stage made of lent ones is lent itself. */
#define WEIR_OWN_BEFORE                                                                            \
    "weir_own() before the stage that made it, whose function then takes the owned type "          \
    "(weir_owned_line); or .detached = true in its WEIR_x_FN, if it holds no pointer into what "   \
    "it was made of"

/* The contract that wrappers of every kind assert in checking builds, around the stage's own
 * function. */
struct weir_said { /* what stood in the cx before, and stays where this call says nothing */
    weir_wait_for wait_for;
    weir_code code;
};
struct weir_said weir_check_before(const weir_stage *stage, weir_cx *cx);
void weir_check_after(const weir_stage *stage, weir_cx *cx, weir_state state,
                      struct weir_said before);

/* The sentence misuse dies with: `weir: misuse: map answered PENDING and stored no waker`. */
_Noreturn void weir_misuse(const char *stage, const char *sentence);

/* A cx in memory of the caller's. */
void weir_cx_init(weir_cx *cx, weir_waker *waker, void *scratch, size_t scratch_size);

/* A program's options (their first member is uint32_t size), as this library knows them: what an
 * older program's lack is 0. Size 0 stands for the `first` bytes of version 0.1; NULL: all is 0. */
void weir_options_take(void *all, size_t all_size, const void *given, size_t first);

#endif
