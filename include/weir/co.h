/* weir/co.h: functions that wait without a stack of their own. What they keep over a wait stands in
 * a struct, and a wait is a place where they come back to: a parked one costs its struct.
 *
 *     struct below { int64_t n, next; };
 *     static weir_poll numbers_below(struct below *self, weir_co *co, int64_t *out)
 *     {
 *         weir_co_begin(co);
 *         for (; self->next < self->n; self->next++)
 *             weir_co_yield(co, out, self->next);
 *         weir_co_end(co);
 *     }
 *     WEIR_CO_GENERATOR_FN(numbers_below_fn, numbers_below, struct below, int64_t)
 *     ... weir_co_generator(&numbers_below_fn, &(struct below){.n = 5}, NULL) ...
 *
 *   WEIR_CO_GENERATOR_FN(name, f, State, T)   weir_poll f(State *self, weir_co *co, T *out)
 *                                             a stream of what it yields
 *   WEIR_CO_FN(name, f, State, T)             the same function, which ends by weir_co_return: a
 *                                             future of one T, a task when it is spawned
 *
 * More may be said at the end, as initialisers:
 *
 *   .drop = f       void f(void *state) releases what stands in the state: streams, memory. It runs
 *                   once, wherever the function stands: before it began, at a wait, at its end
 *   .to = &type     the descriptor of what it gives (weir/fn.h); unsaid it is made of T
 *   .detached       what it gives holds no pointer into lent items that it reads (lines), as
 *                   numbers and what owns do not: unsaid, it may not read any
 *
 * The rules of such a function:
 *   - Between weir_co_begin and weir_co_end variables of its own are lost at each wait. What must
 *     outlive one is a member of the struct. gcc -Og -Wall and clang -Wall warn of the others.
 *   - A wait may stand in any loop or if, but not in a `switch` of the function's own: the program
 *     ends there with a word about it. One wait a line.
 *   - It leaves by the macros below alone: a plain `return` would lose what it has in hand.
 *
 * C only: what is made of them is a weir_stream, which C++ may use as any other. */
#ifndef WEIR_CO_H
#define WEIR_CO_H

#include "weir/fn.h"
#include "weir/implement.h"
#include "weir/poll.h"

WEIR_BEGIN_C

/* Where one of these functions stands. `cx` is for it to use: the poll it is in; the rest is the
 * macros'. */
typedef struct weir_co {
    weir_cx *cx;
    uint32_t n;       /* items given in this poll */
    uint16_t stepped; /* something was asked in this poll: without a budget there is no more */
    uint16_t came;    /* what a loop's stream answered, a weir_state */
    uint32_t demand;
    int at; /* 0: the beginning */
} weir_co;

typedef struct weir_co_fn {
    uint32_t size; /* sizeof(weir_co_fn) */
    bool one;      /* gives one item: a future */
    bool detached; /* what it gives holds no pointer into lent items that it read */
    const char *name;
    const weir_type *to;
    size_t to_size;
    size_t state_size;
    size_t state_align;
    void (*drop)(void *state); /* NULL: the state owns nothing */
    weir_typed_poll *poll;     /* over a struct weir_co_stage, whose weir_co it begins and ends */
} weir_co_fn;

typedef struct weir_co_options {
    uint32_t size; /* sizeof(weir_co_options) */
    /* The function may go on while more items are asked for, before the first ones are used. Nearly
     * all may: it is for those whose items are no claims on something outside. Unsaid, each item is
     * asked for by itself. */
    bool ahead;
} weir_co_options;

/* weir_co_generator(&numbers_fn, &state, &WEIR_CO_OPTIONS(.ahead = true)) */
#define WEIR_CO_OPTIONS(...) ((weir_co_options){.size = sizeof(weir_co_options), __VA_ARGS__})

/* A generator as a stream: the function runs when it is asked for an item, and not before. options
 * may be NULL, and so may state: all zero.
 * Shape: exact, one item a poll; `ahead`: as many as are asked for. Never waits with items in hand.
 * Errors: the function's own, after which it is over. A type that lends, with `ahead`; TYPE where
 * the compiler sees that *state is no State: it is not taken then.
 * Owns: takes *state, and drops it when it ends, or with the chain.
 * Source: generators of Rust, and Python's `yield`.
 *
 * Example:
 *     p(weir_co_generator(&numbers_below_fn, &(struct below){.n = 4}, NULL)); // -> 0 1 2 3
 */
WEIR_NEW weir_stream *weir_co_generator(const weir_co_fn *fn WEIR_KEEPS,
                                        const void *state WEIR_TAKES,
                                        const weir_co_options *options);

/* A future of what the function returns, in C as weir_co(fn, state). It gives no item where the
 * function comes to its end without weir_co_return.
 * Errors: as a generator's; a type that lends.
 * Owns: as a generator.
 * Source: async functions.
 *
 * Example:
 *     p(weir_co_future(&seven_fn, &(struct below){0})); // -> 7
 */
WEIR_NEW weir_stream *weir_co_future(const weir_co_fn *fn WEIR_KEEPS, const void *state WEIR_TAKES);

/* The same, of a state of so many bytes; 0: nobody knows. In C the two names above are this.
 *
 * Example:
 *     struct below four = {.n = 4};
 *     p(weir_co_generator_sized(&numbers_below_fn, &four, NULL, sizeof four)); // -> 0 1 2 3
 *     p(weir_co_future_sized(&seven_fn, &four, sizeof four)); // -> 7
 */
WEIR_NEW weir_stream *weir_co_generator_sized(const weir_co_fn *fn WEIR_KEEPS,
                                              const void *state WEIR_TAKES,
                                              const weir_co_options *options, size_t state_size);
WEIR_NEW weir_stream *weir_co_future_sized(const weir_co_fn *fn WEIR_KEEPS,
                                           const void *state WEIR_TAKES, size_t state_size);
#ifndef __cplusplus
#define weir_co_generator(fn, ...)                                                                 \
    weir_co_generator_sized(fn, __VA_ARGS__, WEIR_STATE_SIZE_(WEIR_FIRST_(__VA_ARGS__)))
#define weir_co_future(fn, ...)                                                                    \
    weir_co_future_sized(fn, (__VA_ARGS__), WEIR_STATE_SIZE_(__VA_ARGS__))
#endif

/* ---- what the function says ---- */

/* The first and the last words of the function's body.
 *
 * Example:
 *     p(weir_co(&seven_fn, &(struct below){0})); // -> 7
 */
#define weir_co_begin(co)                                                                          \
    switch ((co)->at) {                                                                            \
    case 0:
#define weir_co_end(co)                                                                            \
    break;                                                                                         \
    default:                                                                                       \
        return weir_co_stray((co), __func__, __FILE__);                                            \
        }                                                                                          \
        return weir_co_over(co)

/* One item of a generator: `out` is its third parameter. Goes on at once while more are asked for.
 *
 * Example:
 *     p(weir_co_generator(&numbers_below_fn, &(struct below){.n = 4}, NULL)); // -> 0 1 2 3
 */
#define weir_co_yield(co, out, ...)                                                                \
    do {                                                                                           \
        WEIR_CO_FITS_(out, (__VA_ARGS__))                                                          \
        *(out)++ = (__VA_ARGS__);                                                                  \
        (co)->n++;                                                                                 \
        if ((co)->n == (co)->demand) {                                                             \
            (co)->at = WEIR_CO_AT_;                                                                \
            return (weir_poll){(co)->n, WEIR_READY};                                               \
        case WEIR_CO_AT_:;                                                                         \
        }                                                                                          \
    } while (0)

/* The item of a future, which is over with it.
 *
 * Example:
 *     p(weir_co(&seven_fn, &(struct below){0})); // -> 7
 */
#define weir_co_return(co, out, ...)                                                               \
    do {                                                                                           \
        WEIR_CO_FITS_(out, (__VA_ARGS__))                                                          \
        *(out) = (__VA_ARGS__);                                                                    \
        (co)->n = 1;                                                                               \
        return weir_co_over(co);                                                                   \
    } while (0)

/* The end of a generator from anywhere in it.
 *
 * Example:
 *     struct doubling of = {.numbers = weir_range(1, 4)};
 *     p(weir_co_generator(&doubled_fn, &of, NULL)); // -> 2 4 6
 */
#define weir_co_stop(co) return weir_co_over(co)

/* It ends with an error: code, format and what goes with it, as weir_fail(). Items that were given
 * in this poll go first.
 *
 * Example:
 *     p(weir_co(&sum_below_fn, &(struct summing){.n = 100})); // -> !LIMIT
 */
#define weir_co_fail(co, ...)                                                                      \
    do {                                                                                           \
        (void)weir_fail((co)->cx, __VA_ARGS__);                                                    \
        return weir_co_error(co);                                                                  \
    } while (0)

/* Gives the error on that stands in co->cx->error, after weir_co_next answered it or weir_fail()
 * made it. If it is fatal the function is over; else it goes on behind it.
 *
 * Example:
 *     struct doubling of = {.numbers = halves(1, 4)};
 *     p(weir_co_generator(&doubled_fn, &of, NULL)); // -> !USER 2 !USER
 */
#define weir_co_pass(co)                                                                           \
    do {                                                                                           \
        (co)->at = WEIR_CO_AT_;                                                                    \
        return weir_co_error(co);                                                                  \
    case WEIR_CO_AT_:;                                                                             \
    } while (0)

/* Waits for the next item of a stream that stays the state's:
 *
 *     weir_co_next(co, got, self->lines, &self->line);
 *     if (got.state != WEIR_READY) ...
 *
 * READY: *to, in the state, holds it. END; ERROR: described in co->cx->error until the next wait.
 * `got` is a weir_poll, and may be a variable of the function's own.
 *
 * Example:
 *     struct doubling of = {.numbers = numbers(3, 1, 2)};
 *     p(weir_co_generator(&doubled_fn, &of, NULL)); // -> 6 2 4
 */
#define weir_co_next(co, got, stream, to)                                                          \
    WEIR_CO_WAIT_(co, got, weir_co_read((co), (stream), WEIR_CO_TAKER_(*(to), #to)))

/* The same for a future that stands in the state (a weir_stream * of it): it is dropped when it
 * came to something, and the member is NULL then.
 *
 * Example:
 *     struct waiting both = {.future = later(7, 5), .reader = text("hello")};
 *     p(weir_co(&wait_for_both_fn, &both)); // -> 705
 */
#define weir_co_await(co, got, future, to)                                                         \
    WEIR_CO_WAIT_(co, got, weir_co_result((co), &(future), WEIR_CO_TAKER_(*(to), #to)))

/* The same for whatever answers as a poll: readers, writers, an event of one's own. It is said
 * again at each turn, until it answers something else than PENDING:
 *
 *     weir_co_poll(co, got, weir_poll_read(self->reader, co->cx, self->bytes, sizeof self->bytes));
 *
 * Example:
 *     struct waiting both = {.future = later(7, 5), .reader = text("hello")};
 *     p(weir_co(&wait_for_both_fn, &both)); // -> 705
 */
#define weir_co_poll(co, got, ...)                                                                 \
    WEIR_CO_WAIT_(co, got, weir_co_step(co) ? (__VA_ARGS__) : weir_co_turn(co))

/* Gives the others their turn.
 *
 * Example:
 *     p(weir_co(&sum_below_fn, &(struct summing){.n = 5})); // -> 10
 */
#define weir_co_wait_turn(co)                                                                      \
    do {                                                                                           \
        (co)->at = WEIR_CO_AT_;                                                                    \
        __attribute__((fallthrough));                                                              \
    case WEIR_CO_AT_:                                                                              \
        if ((co)->n)                                                                               \
            return (weir_poll){(co)->n, WEIR_READY};                                               \
        (co)->at = WEIR_CO_AT_ + 1;                                                                \
        return weir_wait_turn((co)->cx);                                                           \
    case WEIR_CO_AT_ + 1:;                                                                         \
    } while (0)

/* Its body runs for each item of a stream; item and slot (a weir_stream *) are members of the
 * state:
 *
 *     weir_co_for (co, self->line, self->lines, weir_lines(self->reader, 4096)) {
 *         ...
 *     }
 *
 * The stream is dropped on the way out: by its end, or at once by `break`. `continue` is as
 * everywhere. Errors of the stream come out of the function at their place; one that is not fatal
 * lets the loop go on. Who wants to see them says weir_co_next. A loop that is left by
 * weir_co_stop, weir_co_return, weir_co_fail or goto, or never again, leaves its stream to the
 * state's drop.
 *
 * Example:
 *     p(weir_co(&sum_below_fn, &(struct summing){.n = 5})); // -> 10
 */
#define weir_co_for(co, item, slot, ...)                                                           \
    for ((slot) = (__VA_ARGS__); (slot); weir_stream_drop(slot), (slot) = NULL)                    \
        for (;;)                                                                                   \
            if (0) {                                                                               \
            case WEIR_CO_AT_:;                                                                     \
            } else if (weir_co_leaves((co), (slot), WEIR_CO_TAKER_(item, #item), WEIR_CO_AT_))     \
                return (weir_poll){(co)->n, (co)->n ? WEIR_READY : (weir_state)(co)->came};        \
            else if ((co)->came == WEIR_END)                                                       \
                break;                                                                             \
            else

/* ---- what these macros are made of ---- */

/* Two places a line. */
#define WEIR_CO_AT_ (2 * __LINE__)

/* A loop, so that the place stands behind what is asked, and it is asked again from there. */
#define WEIR_CO_WAIT_(co, got, ...)                                                                \
    do {                                                                                           \
        while (((got) = (__VA_ARGS__)).state == WEIR_PENDING) {                                    \
            (co)->at = WEIR_CO_AT_;                                                                \
            return (weir_poll){(co)->n, (co)->n ? WEIR_READY : WEIR_PENDING};                      \
        case WEIR_CO_AT_:;                                                                         \
        }                                                                                          \
    } while (0)

/* The compiler says nothing of its own where a number loses its fraction. */
#define WEIR_CO_REAL_(x) _Generic((x), float : 1, double : 1, long double : 1, default : 0)
#define WEIR_CO_FITS_(out, x)                                                                      \
    _Static_assert(!WEIR_CO_REAL_(x) || WEIR_CO_REAL_(*(out)),                                     \
                   "a floating number where the function gives something else: cast it");

/* What a stream says that its items are called, if they are of this C type; NULL: anything. */
#define WEIR_CO_NAME_(x)                                                                           \
    _Generic((x), weir_line                                                                        \
             : "weir_line", weir_owned_line                                                        \
             : "weir_owned_line", weir_stream *                                                    \
             : "weir_stream *", float                                                              \
             : "float", double                                                                     \
             : "double", default                                                                   \
             : WEIR_NAME_(__typeof__(x), NULL))

/* Where an item of a stream goes. */
struct weir_co_taker {
    void *to;
    size_t size;
    const char *type; /* its name; NULL: that says nothing */
    const char *what; /* as the function says it */
};
#define WEIR_CO_TAKER_(x, text) (&(struct weir_co_taker){&(x), sizeof(x), WEIR_CO_NAME_(x), text})

/* What the typed polls find their function's weir_co by. */
struct weir_co_stage {
    struct weir_typed typed; /* arg: the state; NULL: it was dropped */
    weir_co co;
};

/* A poll begins: nothing was given in it yet, nor asked.
 *
 * Example:
 *     weir_co co = {0};
 *     weir_co_enter(&co, cx(), 4);
 *     p(co.demand); // -> 4
 */
static inline void weir_co_enter(weir_co *co, weir_cx *cx, size_t demand)
{
    co->cx = cx;
    co->n = co->stepped = co->came = 0;
    co->demand = (uint32_t)demand;
}

/* May one more step be made in this poll?
 *
 * Example:
 *     weir_co co = {0};
 *     weir_co_enter(&co, cx(), 1);
 *     co.cx->budget = 0;
 *     p(weir_co_step(&co)); // -> true
 *     p(weir_co_step(&co)); // -> false
 */
static inline bool weir_co_step(weir_co *co)
{
    bool may = weir_spend(co->cx) || !co->stepped;
    co->stepped = 1;
    return may;
}

/* No step may be made: PENDING, and woken if there is nothing to give.
 *
 * Example:
 *     weir_co co = {0};
 *     weir_co_enter(&co, cx(), 1);
 *     p(weir_co_turn(&co)); // -> PENDING
 */
WEIR_AWAITS
WEIR_API weir_poll weir_co_turn(weir_co *co);
/* One item of a stream; of a future, which is dropped then; of a loop's stream: true where the loop
 * is left for now.
 *
 * Example:
 *     int64_t x;
 *     weir_stream *s = weir_co_generator(&numbers_below_fn, &(struct below){.n = 4}, NULL);
 *     weir_co *co = &((struct weir_co_stage *)(void *)s)->co;
 *     weir_stream *numbers = weir_range(7, 9), *future = weir_take(weir_range(3, 4), 1);
 *     weir_co_enter(co, cx(), 1);
 *     p(weir_co_read(co, numbers, WEIR_CO_TAKER_(x, "x"))); // -> READY 1
 *     p(weir_co_result(co, &future, WEIR_CO_TAKER_(x, "x"))); // -> READY 1
 *     p(x); // -> 3
 *     p(weir_co_leaves(co, numbers, WEIR_CO_TAKER_(x, "x"), 1)); // -> false
 *     weir_drop(numbers);
 *     weir_drop(s);
 */
WEIR_AWAITS
WEIR_API weir_poll weir_co_read(weir_co *co, weir_stream *stream,
                                const struct weir_co_taker *taker);
WEIR_AWAITS
WEIR_API weir_poll weir_co_result(weir_co *co, weir_stream **future,
                                  const struct weir_co_taker *taker);
WEIR_AWAITS
WEIR_API bool weir_co_leaves(weir_co *co, weir_stream *stream, const struct weir_co_taker *taker,
                             int at);
/* END, with the items in hand; the state is released. weir_co_error: the error that stands in the
 * cx, behind the items in hand. weir_co_stray: at no place in the function; an error is due, or it
 * is misuse.
 *
 * Example:
 *     weir_stream *s = weir_co_generator(&numbers_below_fn, &(struct below){.n = 4}, NULL);
 *     weir_co *co = &((struct weir_co_stage *)(void *)s)->co;
 *     weir_co_enter(co, cx(), 1);
 *     p(weir_fail(cx(), WEIR_E_USER, "too late")); // -> ERROR
 *     p(weir_co_error(co)); // -> ERROR
 *     p(weir_co_over(co)); // -> END
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_co_over(weir_co *co);
WEIR_API weir_poll weir_co_error(weir_co *co);
WEIR_API weir_poll weir_co_stray(weir_co *co, const char *function, const char *file);

WEIR_END_C

#ifdef __cplusplus
#define WEIR_CO_GENERATOR_FN(...) WEIR_C_ONLY_
#define WEIR_CO_FN(...) WEIR_C_ONLY_
#else
/* The type is called so too.
 *
 * Example:
 *     p(weir_co(&seven_fn, &(struct below){0})); // -> 7
 */
#define weir_co(...) weir_co_future(__VA_ARGS__)

#define WEIR_CO_GENERATOR_FN(name_, f, State, ...)                                                 \
    WEIR_CO_FN_(name_, f, weir_demand_, State, __VA_ARGS__, .name = #f)
#define WEIR_CO_FN(name_, f, State, ...)                                                           \
    WEIR_CO_FN_(name_, f, 1, State, __VA_ARGS__, .one = true, .name = #f)

/* room_: how many items may be given at once. */
#define WEIR_CO_FN_(name_, f, room_, State, T, ...)                                                \
    WEIR_IS_(f, weir_poll (*)(State *, weir_co *, T *))                                            \
    WEIR_SAYS_STATE_(name_, State)                                                                 \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        struct weir_co_stage *weir_self_ = (struct weir_co_stage *)(void *)weir_stream_;           \
        (void)weir_demand_;                                                                        \
        weir_co_enter(&weir_self_->co, weir_cx_, room_);                                           \
        return f((State *)weir_self_->typed.arg, &weir_self_->co, (T *)weir_out_);                 \
    }                                                                                              \
    static const weir_type name_##_to = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_co_fn name_ = {.size = sizeof(weir_co_fn),                                   \
                                     .to = WEIR_TYPE_OF_(T, name_##_to),                           \
                                     .to_size = sizeof(T),                                         \
                                     .state_size = sizeof(State),                                  \
                                     .state_align = _Alignof(State),                               \
                                     .poll = name_##_poll,                                         \
                                     __VA_ARGS__};                                                 \
    WEIR_OVERRIDE_END_
#endif

#endif
