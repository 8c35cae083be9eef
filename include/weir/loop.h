/* weir/loop.h: loops over streams, in functions that wait.
 *
 *     weir_for_await (weir_line, line, lines) {
 *         if (!line.size)
 *             continue;
 *         if (is_end(line))
 *             break;
 *         ...
 *     }
 *
 * The loop takes the stream, and drops it on every way out: its end, `break`, `return`, `goto`. The
 * body is over before the next item is asked for; `break` and `continue` mean what they mean in a
 * `for`. `line` is the body's own: what is lent is valid until the next turn, what owns something
 * is the body's to drop.
 *
 * Who waits meanwhile: in a fiber (weir/fiber.h) the fiber, and nobody else; on a thread without
 * one the thread runs its executor on its own stack, so that its other tasks go on. Inside of a
 * poll (the function of a map, say) nothing can wait: the loop runs no time and its error says so.
 *
 * Errors: an error ends the loop. weir_for_try puts it into a variable (itself, not its address).
 * weir_for_await keeps it with the fiber, which fails with it unless weir_take_error() takes it;
 * with the thread it stays until it is taken: a second one meanwhile is told at once (on_task_error
 * of weir/run.h, else a message on stderr), and so is the first when the thread or the program
 * ends. A fiber that was dropped leaves its loops early. Behind a loop whose end counts ("all of it
 * was seen"), use weir_for_try, or ask weir_take_error(). TYPE where T is not what the stream
 * yields. ARGUMENT for a stream that is NULL.
 *
 * T is such that `T x` declares x: a typedef for arrays and pointers to functions. Do not jump into
 * a loop, nor out of one by longjmp: nothing is dropped then. The loops are two nested `for`s with
 * one hidden name, and may stand wherever a statement may. */
#ifndef WEIR_LOOP_H
#define WEIR_LOOP_H

#include "weir/poll.h"

WEIR_BEGIN_C

/* Who waits: a fiber, or a thread that runs its executor meanwhile. Made by the library alone, so
 * that it may grow; loops read `cx`. */
typedef struct weir_waiter weir_waiter;
struct weir_waiter {
    weir_cx *cx; /* of the poll that resumed it: another one after each wait */
    /* After a PENDING: comes back when somebody woke it. False: nothing may be polled any more,
     * since it was cancelled, or as cx->error says. */
    bool (*wait)(weir_waiter *self);
    /* Room for a chain that needs so much scratch; may give up a turn. */
    bool (*reserve)(weir_waiter *self, size_t scratch_bytes);
    weir_error *error; /* where the error of a plain loop goes */
    uint16_t depth;    /* how deep polls on this stack begin */
    bool failed;       /* *error holds one that nobody took */
    bool cancelled;    /* it was dropped: it stays so */
    uint32_t loops;    /* that stand on it */
    bool cut;          /* something that it waited for ended because its source was told to */
    bool refused;      /* a wait since it was cancelled, and nobody asked yet */
    /* Optional. Tells of an error that nobody here would ever take: inside of a poll, or where
     * *error holds another one. */
    void (*tell)(weir_waiter *self, const weir_error *error);
    /* Optional. What it polls from now on, for who looks (weir/inspect.h); in: of a loop, where
     * that is. chain NULL: no more of it, which is dropped next. One within the other. */
    void (*stands)(weir_waiter *self, weir_stage *chain, const weir_site *in);
    /* Optional. The same of one that stays the caller's, around each question; chain NULL: it was
     * answered. */
    void (*asks)(weir_waiter *self, weir_stage *chain, const weir_site *in);
};

/* Of this fiber, or of this thread. Never NULL. cx NULL: it could not be made, *error says why.
 *
 * Example:
 *     p(yes(weir_waiter_here()->cx)); // -> yes
 */
WEIR_API weir_waiter *weir_waiter_here(void);

/* True: an error ended a plain loop here, and is the caller's now; CANCELLED in a fiber that was
 * dropped, behind each loop, or other wait, that was refused for that.
 *
 * Example:
 *     weir_error error;
 *     weir_for_await (int64_t, x, halves(2, 6))
 *         p(x);
 *     p(weir_take_error(&error)); // -> 1 true
 *     p(code_name(error.code)); // -> USER
 */
WEIR_API bool weir_take_error(weir_error *error) WEIR_MUST_USE;

typedef struct weir_loop {
    weir_stream *stream; /* NULL: there is nothing to poll */
    weir_waiter *waiter;
    weir_error *error; /* NULL: the waiter's */
    uint16_t depth;
    bool on;    /* the outer `for` did not run yet */
    bool plain; /* the waiter is the loop's own */
} weir_loop;

/* What the loops are made of: begin takes the stream and compares its type, next asks for one item,
 * and where that is not there at once, settle looks at the answer and slowly waits; end drops the
 * stream. waiter NULL: nobody waits (weir_for).
 *
 * Example:
 *     int64_t x;
 *     weir_type wanted = weir_wanted_of("int64_t", sizeof x, _Alignof(int64_t));
 *     weir_loop loop =
 *         weir_loop_begin(weir_waiter_here(), weir_range(0, 3), NULL, wanted, WEIR_SITE_);
 *     while (weir_loop_next(&loop, &x))
 *         p(x);
 *     weir_loop_end(&loop);
 *     p("over"); // -> 0 1 2 over
 */
WEIR_SEQUENTIAL_LOOP("weir_par_for_each")
WEIR_API weir_loop weir_loop_begin(weir_waiter *waiter, weir_stream *stream WEIR_TAKES,
                                   weir_error *error WEIR_KEEPS, weir_type wanted, weir_site site);
WEIR_AWAITS
WEIR_API bool weir_loop_settle(weir_loop *loop, void *out, weir_poll got);
WEIR_AWAITS
WEIR_API bool weir_loop_slowly(weir_loop *loop, void *out);
WEIR_API void weir_loop_end(weir_loop *loop);

/* True once: for the outer `for`, which owns the stream.
 *
 * Example:
 *     weir_loop loop = {.on = true};
 *     p(weir_loop_once(&loop)); // -> true
 *     p(weir_loop_once(&loop)); // -> false
 */
static inline bool weir_loop_once(weir_loop *loop)
{
    bool on = loop->on;
    loop->on = false;
    return on;
}

/* True: *out holds an item. False: the loop is over.
 *
 * Example:
 *     int64_t x;
 *     weir_loop loop = weir_loop_begin(weir_waiter_here(), weir_range(7, 8), NULL,
 *                                      weir_wanted_of("int64_t", 8, 8), WEIR_SITE_);
 *     p(weir_loop_next(&loop, &x)); // -> true
 *     p(x); // -> 7
 *     p(weir_loop_next(&loop, &x)); // -> false
 *     weir_loop_end(&loop);
 */
WEIR_AWAITS
static inline bool weir_loop_next(weir_loop *loop, void *out)
{
    weir_cx *cx = loop->waiter->cx;
    if (WEIR_UNLIKELY(!loop->stream || !weir_spend(cx)))
        return weir_loop_slowly(loop, out);
    cx->depth = loop->depth;
    cx->polling = 1;
    weir_poll got = loop->stream->poll(loop->stream, cx, out, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return weir_loop_settle(loop, out, got);
    cx->polling = 0;
    weir_count_one(loop->stream);
    return true;
}

WEIR_END_C

/* The type that a loop says its items are of, as far as the compiler knows it.
 *
 * Example:
 *     weir_type wanted = weir_wanted_of("int64_t", 8, 8);
 *     p(weir_type_fits(&weir_type_i64, &wanted)); // -> true
 */
#define WEIR_WANTED_(T) weir_wanted_of(WEIR_LOOP_NAME_(T), sizeof(T), __alignof__(T))
static inline weir_type weir_wanted_of(const char *name, size_t size, size_t align)
{
    weir_type wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.name = name;
    wanted.size = size;
    wanted.align = align;
    return wanted;
}

/* The outer `for` owns the stream and runs once: its variable's cleanup drops it on every way out.
 * The inner one is the loop that the body sees. */
#define WEIR_LOOP_(T, x, waiter, stream, error)                                                    \
    for (weir_loop x##_weir_loop __attribute__((cleanup(weir_loop_end))) =                         \
             weir_loop_begin(waiter, stream, error, WEIR_WANTED_(T), WEIR_SITE_);                  \
         weir_loop_once(&x##_weir_loop);)

/* The body runs for each item of a stream, which the loop takes. An error is kept for
 * weir_take_error().
 *
 * Example:
 *     weir_for_await (int64_t, x, weir_range(0, 3))
 *         p(x);
 *     p("over"); // -> 0 1 2 over
 */
#define weir_for_await(T, x, stream)                                                               \
    WEIR_LOOP_(T, x, weir_waiter_here(), stream, NULL)                                             \
    for (T x; weir_loop_next(&x##_weir_loop, &x);)

/* error: a weir_error. error.code is WEIR_OK where the loop came to its end or was left.
 *
 * Example:
 *     weir_error error;
 *     weir_for_try (int64_t, x, halves(2, 6), error)
 *         p(x);
 *     p(code_name(error.code)); // -> 1 USER
 */
#define weir_for_try(T, x, stream, error)                                                          \
    WEIR_LOOP_(T, x, weir_waiter_here(), stream, &(error))                                         \
    for (T x; weir_loop_next(&x##_weir_loop, &x);)

/* i: 0, 1, 2 ... of type uint64_t.
 *
 * Example:
 *     weir_for_await_indexed (i, int64_t, x, weir_range(7, 9)) {
 *         p(i);
 *         p(x);
 *     }
 *     p("over"); // -> 0 7 1 8 over
 */
#define weir_for_await_indexed(i, T, x, stream)                                                    \
    WEIR_LOOP_(T, x, weir_waiter_here(), stream, NULL)                                             \
    for (uint64_t i = 0, i##_weir_on = 1; i##_weir_on; i##_weir_on = 0)                            \
        for (T x; (void)i, weir_loop_next(&x##_weir_loop, &x); i++)

/* Over a stream that never waits (an iterator): without a runtime, a fiber or a libc, and inside of
 * a poll too. Errors: ARGUMENT at an item that is not there at once; they are kept as those of
 * weir_for_await are, where there is a runtime, and end the program where there is none.
 *
 * Example:
 *     weir_for (int64_t, x, weir_range(0, 3))
 *         p(x);
 *     p("over"); // -> 0 1 2 over
 */
#define weir_for(T, x, iterator)                                                                   \
    WEIR_LOOP_(T, x, NULL, iterator, NULL)                                                         \
    for (T x; weir_loop_next(&x##_weir_loop, &x);)

#ifndef __cplusplus
#define WEIR_LOOP_NAME_(T) WEIR_NAME_(T, #T)
#else
#define WEIR_LOOP_NAME_(T) weir_name_of(static_cast<T *>(nullptr), #T)
#define WEIR_NUMBER_(T, text)                                                                      \
    inline const char *weir_name_of(const T *, const char *)                                       \
    {                                                                                              \
        return text;                                                                               \
    }
WEIR_NUMBER_(bool, "bool")
WEIR_NUMBER_(signed char, "int8_t")
WEIR_NUMBER_(unsigned char, "uint8_t")
WEIR_NUMBER_(short, "int16_t")
WEIR_NUMBER_(unsigned short, "uint16_t")
WEIR_NUMBER_(int, "int32_t")
WEIR_NUMBER_(unsigned, "uint32_t")
WEIR_NUMBER_(long, sizeof(long) == 8 ? "int64_t" : "int32_t")
WEIR_NUMBER_(unsigned long, sizeof(long) == 8 ? "uint64_t" : "uint32_t")
WEIR_NUMBER_(long long, "int64_t")
WEIR_NUMBER_(unsigned long long, "uint64_t")
WEIR_NUMBER_(char, "char")
WEIR_NUMBER_(float, "float")
WEIR_NUMBER_(double, "double")
WEIR_NUMBER_(long double, "long double")
#undef WEIR_NUMBER_
inline const char *weir_name_of(const volatile void *, const char *text)
{
    return text;
}
#endif

#endif
