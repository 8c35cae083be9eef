/* weir/par.h: parallel iteration. Each item is handled by a function of its own, on any worker of
 * the runtime (weir/run.h), at most `limit` of them at once.
 *
 *     WEIR_PAR_FN(serve, weir_duplex, connection, struct server *, server)
 *     {
 *         ...waits as it likes; return ends this item...
 *     }
 *     ...
 *     weir_run(weir_par_for_each(weir_incoming("tcp::7", NULL), &serve, server, 1000, NULL),
 *              NULL, &error);
 *
 * The body is a function, so `break` and `continue` outside of a loop in it do not compile. What
 * runs one item is one of
 *
 *   a plain function (WEIR_MAP_FN, WEIR_EACH_FN, WEIR_FILTER_FN, WEIR_FOLD_FN ...), which does not
 *   wait: items go to it in batches, whose size is found while they run, and its vector kernel is
 *   used. More than there are workers are never under way, whatever the limit;
 *   a function that gives a future (WEIR_THEN_FN): a task an item;
 *   a function that waits (WEIR_PAR_FN, WEIR_TRY_PAR_FN, WEIR_PAR_MAP_FN): a fiber an item.
 *
 * `arg` is shared by all that run, on whatever thread: what it points at is theirs to protect. It
 * must stay there until the task is over that polls the stage; in a fiber or a plain program,
 * outside of a poll, until the stage is dropped: that waits for those that have begun. So does who
 * drops a fiber that has such a stage, outside of a poll, and a fiber that is cancelled as a task
 * keeps its stack so long too. One that is dropped inside of a poll (by weir_take_until, say) does
 * not: what it lends stands elsewhere.
 *
 * The limit is the number of bodies at once, and exact; no number is right for everybody, so there
 * is no default. 0 is refused, by the compiler where it is a literal. WEIR_NO_LIMIT: as many as
 * there are items; the runtime's tasks_max still holds.
 *
 * Items are handled on other threads, so lent ones are refused: weir_own() before. Where the type
 * of the items, or of the results, says that they are bound to their worker (weir/type.h), all
 * stays there, as .local says.
 */
#ifndef WEIR_PAR_H
#define WEIR_PAR_H

#include "weir/fiber.h"

WEIR_BEGIN_C

#define WEIR_NO_LIMIT SIZE_MAX

/* What becomes of items under way where the stage fails, is dropped, or is to stop: the runtime is
 * told to (weir_rt_stop), or the source is (weir_until_cancelled). */
typedef enum weir_stop_how {
    WEIR_DRAIN, /* those that have begun go on to their end, and who drops the stage waits for
                   them: a weir_timeout() around it is late by that; others are not begun */
    WEIR_CANCEL /* they are cancelled: each wait of theirs is refused */
} weir_stop_how;

typedef struct weir_par_limit weir_par_limit;

typedef struct weir_par_options {
    uint32_t size;         /* sizeof(weir_par_options) */
    weir_stop_how stop;    /* WEIR_DRAIN */
    uint64_t drain_ns;     /* then they are cancelled, those that wait; 0: never */
    uint32_t batch_max;    /* items that one task has; 0: found, up to 1024 and 64 KiB; of functions
                              that wait always 1 */
    bool local;            /* on this worker only: for functions bound to a thread */
    weir_par_limit *limit; /* a further one, which may change; NULL: none. The stage has a
                              reference of its own */
} weir_par_options;

/* weir_par_map(s, &f, arg, 8, &WEIR_PAR_OPTIONS(.stop = WEIR_CANCEL)) */
#define WEIR_PAR_OPTIONS(...) ((weir_par_options){.size = sizeof(weir_par_options), __VA_ARGS__})

/* A limit that may be changed while it holds, from any thread, and that several stages may share:
 * all of them together have no more than that at once. The limit that a stage is made with stays
 * the most that it has, and what its memory is counted by. Of plain functions it counts batches, of
 * a crew its members.
 *
 *     weir_par_limit *limit = weir_par_limit_new(16);
 *     ... weir_par_for_each(s, &fn, arg, 1000, &WEIR_PAR_OPTIONS(.limit = limit)) ...
 *     weir_par_limit_set(limit, 4);
 *
 * NULL: no memory, or limit 0. Owns: one reference, the caller's; _ref: one more, the same pointer.
 * Source: tokio Semaphore::add_permits and forget_permits around each item.
 *
 * Example:
 *     weir_par_limit *limit = weir_par_limit_new(16);
 *     p(weir_par_limit_set(limit, 4)); // -> true
 *     p(weir_par_limit_get(limit, NULL)); // -> 4
 *     weir_par_limit_drop(limit);
 */
WEIR_API weir_par_limit *weir_par_limit_new(size_t limit WEIR_UNBOUNDED) WEIR_MUST_USE;
WEIR_API weir_par_limit *weir_par_limit_ref(weir_par_limit *limit);
WEIR_API void weir_par_limit_drop(weir_par_limit *limit WEIR_TAKES);

/* From now on no item is begun while so many are under way: those that are go on. Where it is more
 * than before, others are begun at once. False: n is 0, and nothing has changed.
 *
 * Example:
 *     weir_par_limit *limit = weir_par_limit_new(16);
 *     p(weir_par_limit_set(limit, 0)); // -> false
 *     p(weir_par_limit_set(limit, 2)); // -> true
 *     weir_par_limit_drop(limit);
 */
WEIR_API bool weir_par_limit_set(weir_par_limit *limit, size_t n WEIR_UNBOUNDED);

/* What it is, and how many are under way: one moment's numbers. running may be NULL.
 *
 * Example:
 *     size_t running;
 *     weir_par_limit *limit = weir_par_limit_new(16);
 *     p(weir_par_limit_get(limit, &running)); // -> 16
 *     p(running); // -> 0
 *     weir_par_limit_drop(limit);
 */
WEIR_API size_t weir_par_limit_get(weir_par_limit *limit, size_t *running);

/* A function that waits, for an item: it runs as a fiber. Made by the macros below, or by hand. */
typedef struct weir_par_fn {
    uint32_t size; /* sizeof(weir_par_fn) */
    const char *name WEIR_AT_EIGHT_;
    const weir_type *from;
    const weir_type *to; /* weir_type_unit: it gives nothing */
    size_t from_size;
    size_t to_size;
    size_t stack_bytes; /* as in weir_fiber_options */
    bool (*run)(const void *in, void *out, void *arg, weir_error *error); /* takes the item */
} weir_par_fn;

/* Which of the three it is that `fn` points at. */
typedef enum weir_par_kind { WEIR_PAR_PLAIN, WEIR_PAR_FUTURE, WEIR_PAR_FIBER } weir_par_kind;

/* Handles every item, to the end.
 *
 *     weir_par_for_each(source, &fn, arg, limit, how)   fn: weir_each_fn, _then_fn, _par_fn
 *
 * Shape: asks for as many items as may begin; gives one unit when the last has ended.
 * Errors: a failure ends it: no more is begun, the rest ends as `stop` says, and the first failure
 * in the order of the items is the stage's; error.record is the item's number, from 1, where it had
 * none, and error.more counts the others. Whoever was cancelled did not fail. ARGUMENT for limit 0,
 * and where nothing runs tasks; TYPE for lent items. ARGUMENT over a source that gives marks: what
 * fn made safe is not known here. weir_par_map() of it and weir_settle_here() behind that say that
 * what was handled is done.
 * Owns: fn takes each item. Source: parallel-stream for_each, whose limit was not enforced; the
 * documents' `par for`; rayon for_each.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_par_for_each(weir_range(1, 5), &par_add_fn, &sum, 1, NULL)); // -> done
 *     p(sum); // -> 10
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_par_for_each_of(weir_stream *source WEIR_TAKES, weir_par_kind kind,
                                           const void *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                           size_t limit WEIR_UNBOUNDED,
                                           const weir_par_options *how);

/* fn of each item; results in the order of the items, or (_unordered) as they come.
 *
 *     weir_par_map(source, &fn, arg, limit, how)        fn: weir_map_fn, _then_fn, _par_fn
 *
 * Shape: n in, n out; holds up to `limit` results, in order those that wait for an earlier one
 * among them. Goes on while the consumer is busy. A mark comes when all that was taken before it is
 * out; it cuts no batch, so that items behind it may come first.
 * Errors: each failure is one error in its place, and the next items follow; an error of the source
 * comes when it is seen. Else as weir_par_for_each.
 * Owns: fn takes each item. Source: parallel-stream map; rayon map; Go's worker pool.
 *
 * Example:
 *     p(weir_par_map(weir_range(1, 5), &square_fn, NULL, 4, NULL)); // -> 1 4 9 16
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_par_map_of(weir_stream *source WEIR_TAKES, weir_par_kind kind,
                                      const void *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                      size_t limit WEIR_UNBOUNDED, const weir_par_options *how);
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_par_map_unordered_of(weir_stream *source WEIR_TAKES, weir_par_kind kind,
                                                const void *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                                size_t limit WEIR_UNBOUNDED,
                                                const weir_par_options *how);

/* The items for which fn says yes, in their order. Shape, Errors: as weir_par_map. Owns: fn borrows
 * the item; what it refuses is dropped. Source: rayon filter.
 *
 * Example:
 *     p(weir_par_filter(weir_range(0, 7), &is_even_fn, NULL, 4, NULL)); // -> 0 2 4 6
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_par_filter(weir_stream *source WEIR_TAKES,
                                      const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                      size_t limit WEIR_UNBOUNDED, const weir_par_options *how);

/* Batches of items are folded at once, each from `zero` on; then what came of them is combined in
 * the order of the items: combine(acc, what a later batch came to). So `zero` must change nothing,
 * and how the items are cut must not matter.
 * Shape: gives one item, the whole. Errors: the first failure in the order of the items ends it.
 * Owns: `zero` is copied now, and must own nothing; fold takes each item, combine what is folded
 * in. Source: rayon fold and reduce.
 *
 * Example:
 *     int64_t zero = 0;
 *     p(weir_par_fold(weir_range(1, 5), &zero, &add_fn, &add_fn, NULL, 4, NULL)); // -> 10
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_par_fold(weir_stream *source WEIR_TAKES, const void *zero,
                                    const weir_fold_fn *fold WEIR_KEEPS,
                                    const weir_fold_fn *combine WEIR_KEEPS, void *arg WEIR_KEEPS,
                                    size_t limit WEIR_UNBOUNDED, const weir_par_options *how);

/* What the macros below say of each stage: where it was made, which messages of what runs for it
 * tell. Answers the stage. place: static.
 *
 * Example:
 *     weir_stream *squares = weir_par_map(weir_range(1, 5), &square_fn, NULL, 2, NULL);
 *     p(weir_par_at(squares, WEIR_PLACE_)); // -> 1 4 9 16
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_par_at(weir_stream *stage WEIR_TAKES, const weir_site *place WEIR_KEEPS);

/* What each member of a crew runs: a function that waits. Made by WEIR_CREW_FN, or by hand. */
typedef struct weir_crew_fn {
    uint32_t size; /* sizeof(weir_crew_fn) */
    const weir_type *of;
    size_t of_size;
    weir_par_fn member; /* from weir_type_stream: it takes the stream of its items */
} weir_crew_fn;

/* n functions at once over one stream, each with a loop of its own: where what is expensive to make
 * (a connection to a database, a parser's tables) is made once a member and not once an item, or
 * where one of them shall `break`.
 *
 *     WEIR_CREW_FN(resize, struct picture, pictures, struct app *, app)
 *     {
 *         struct canvas canvas = canvas_new(app); // this member's own
 *         weir_for_await (struct picture, picture, pictures)
 *             draw(&canvas, picture);
 *         canvas_drop(&canvas);
 *     }
 *     weir_run(weir_crew(source, &resize, app, 8, NULL), NULL, &error);
 *
 * Each item goes to one of them, to the one that has waited longest. Nothing is taken from the
 * source before somebody waits for it. Who leaves its loop gets no more; what was on its way to it
 * goes to another one. It is over when all have returned, of themselves or since the source is
 * over; nobody asks for the rest of the source then. One task polls it to its end, or drops it: one
 * that leaves it to another half-way (weir_by_ref) waits for members that wait for it.
 * Shape: at most n items under way; gives one unit when the last member has returned.
 * Errors: a member's failure, and an error of the source, end it as weir_par_for_each: the others
 * find the end behind the item that they have, or are cancelled; error.record is the member's
 * number, from 1, where it had none. ARGUMENT for n == 0, or more than 65536, and where nothing
 * runs tasks; TYPE for lent items.
 * Owns: a member takes its stream (a loop does, or weir_drop), and with it its items. Units: a
 * stack a member. Source: Go's worker pool, n goroutines that range over one channel; tokio has
 * none.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_crew(weir_range(1, 5), &crew_add_fn, &sum, 1, NULL)); // -> done
 *     p(sum); // -> 10
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_crew(weir_stream *source WEIR_TAKES, const weir_crew_fn *fn WEIR_KEEPS,
                                void *arg WEIR_KEEPS, size_t n, const weir_par_options *how);

/* There is no such function: a literal limit of 0 calls it. */
size_t weir_limit_is_zero_(void) __attribute__((error("the limit is 0: nothing would ever run")));

WEIR_END_C

#ifdef __cplusplus
#define WEIR_PAR_FN(...) WEIR_C_ONLY_
#define WEIR_TRY_PAR_FN(...) WEIR_C_ONLY_
#define WEIR_PAR_MAP_FN(...) WEIR_C_ONLY_
#define WEIR_CREW_FN(...) WEIR_C_ONLY_
#define WEIR_TRY_CREW_FN(...) WEIR_C_ONLY_
#else

#define WEIR_PAR_LIMIT_(limit)                                                                     \
    (__builtin_constant_p(limit) && (limit) == 0 ? weir_limit_is_zero_() : (size_t)(limit))

#define WEIR_PAR_KIND_(fn, Plain)                                                                  \
    _Generic((fn), const Plain *                                                                   \
             : WEIR_PAR_PLAIN, const weir_then_fn *                                                \
             : WEIR_PAR_FUTURE, const weir_par_fn *                                                \
             : WEIR_PAR_FIBER)

#define weir_par_for_each(source, fn, arg, limit, how)                                             \
    weir_par_at(weir_par_for_each_of(source, WEIR_PAR_KIND_(fn, weir_each_fn), fn, arg,            \
                                     WEIR_PAR_LIMIT_(limit), how),                                 \
                WEIR_PLACE_)
#define weir_par_map(source, fn, arg, limit, how)                                                  \
    weir_par_at(weir_par_map_of(source, WEIR_PAR_KIND_(fn, weir_map_fn), fn, arg,                  \
                                WEIR_PAR_LIMIT_(limit), how),                                      \
                WEIR_PLACE_)
#define weir_par_map_unordered(source, fn, arg, limit, how)                                        \
    weir_par_at(weir_par_map_unordered_of(source, WEIR_PAR_KIND_(fn, weir_map_fn), fn, arg,        \
                                          WEIR_PAR_LIMIT_(limit), how),                            \
                WEIR_PLACE_)
#define weir_par_filter(source, fn, arg, limit, how)                                               \
    weir_par_at(weir_par_filter(source, fn, arg, WEIR_PAR_LIMIT_(limit), how), WEIR_PLACE_)
#define weir_par_fold(source, zero, fold, combine, arg, limit, how)                                \
    weir_par_at(weir_par_fold(source, zero, fold, combine, arg, WEIR_PAR_LIMIT_(limit), how),      \
                WEIR_PLACE_)

#define weir_crew(source, fn, arg, n, how) weir_crew(source, fn, arg, WEIR_PAR_LIMIT_(n), how)

/* What is lent is gone before another thread could look at it. */
#define WEIR_MAY_LEAVE_(name_, T)                                                                  \
    _Static_assert(!__builtin_types_compatible_p(T, weir_line),                                    \
                   #name_ ": a weir_line is lent, and another thread handles it: weir_own() "      \
                          "before it gives a weir_owned_line");

/* WEIR_PAR_FN(name, T, item, Arg, arg) { ... }
 * The body of a loop over items of type T, which it takes, as the constant `name`. Arg: the type of
 * what the stage was given, a pointer. */
#define WEIR_PAR_FN(name_, T, item_, Arg, arg_)                                                    \
    WEIR_MAY_LEAVE_(name_, T)                                                                      \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    WEIR_IN_TASK_ static void name_##_body(T item_, Arg arg_);                                     \
    WEIR_TO_TASK_ static bool name_##_run(const void *weir_in_, void *weir_out_, void *weir_arg_,  \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        (void)weir_error_;                                                                         \
        name_##_body(*(T const *)weir_in_, (Arg)weir_arg_);                                        \
        *(unsigned char *)weir_out_ = 0;                                                           \
        return true;                                                                               \
    }                                                                                              \
    WEIR_PAR_FN_MADE_(name_, T)                                                                    \
    static void name_##_body(T item_, Arg arg_)

/* WEIR_TRY_PAR_FN(name, T, item, Arg, arg, error) { ... return true; }
 * The same of one that may fail: it answers false after weir_error_set(error, ...). */
#define WEIR_TRY_PAR_FN(name_, T, item_, Arg, arg_, error_)                                        \
    WEIR_MAY_LEAVE_(name_, T)                                                                      \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    WEIR_IN_TASK_ static bool name_##_body(T item_, Arg arg_, weir_error *error_);                 \
    WEIR_TO_TASK_ static bool name_##_run(const void *weir_in_, void *weir_out_, void *weir_arg_,  \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        *(unsigned char *)weir_out_ = 0;                                                           \
        return name_##_body(*(T const *)weir_in_, (Arg)weir_arg_, weir_error_);                    \
    }                                                                                              \
    WEIR_PAR_FN_MADE_(name_, T)                                                                    \
    static bool name_##_body(T item_, Arg arg_, weir_error *error_)

#define WEIR_PAR_FN_MADE_(name_, T)                                                                \
    static const weir_type name_##_from = WEIR_TYPE(T);                                            \
    static const weir_par_fn name_ = {.size = sizeof(weir_par_fn),                                 \
                                      .name = #name_,                                              \
                                      .from = WEIR_TYPE_OF_(T, name_##_from),                      \
                                      .to = &weir_type_unit,                                       \
                                      .from_size = sizeof(T),                                      \
                                      .to_size = 1,                                                \
                                      .run = name_##_run};

/* WEIR_PAR_MAP_FN(name, f, From, To)     bool f(From item, To *out, void *arg, weir_error *error)
 * A function that waits and gives a result. More may be said at the end, as initialisers. */
#define WEIR_PAR_MAP_FN(name_, f, From, ...)                                                       \
    WEIR_PAR_MAP_FN_(name_, f, From, __VA_ARGS__, .name = #f)
#define WEIR_PAR_MAP_FN_(name_, f, From, To, ...)                                                  \
    WEIR_IS_(f, bool (*)(From, To *, void *, weir_error *))                                        \
    WEIR_MAY_LEAVE_(name_, From)                                                                   \
    WEIR_MAY_LEAVE_(name_, To)                                                                     \
    WEIR_SAYS_(name_, From, To)                                                                    \
    WEIR_TO_TASK_ static bool name_##_run(const void *weir_in_, void *weir_out_, void *weir_arg_,  \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        return f(*(From const *)weir_in_, (To *)weir_out_, weir_arg_, weir_error_);                \
    }                                                                                              \
    static const weir_type name_##_from = WEIR_TYPE(From);                                         \
    static const weir_type name_##_to = WEIR_TYPE(To);                                             \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_par_fn name_ = {.size = sizeof(weir_par_fn),                                 \
                                      .from = WEIR_TYPE_OF_(From, name_##_from),                   \
                                      .to = WEIR_TYPE_OF_(To, name_##_to),                         \
                                      .from_size = sizeof(From),                                   \
                                      .to_size = sizeof(To),                                       \
                                      .run = name_##_run,                                          \
                                      __VA_ARGS__};                                                \
    WEIR_OVERRIDE_END_

/* WEIR_CREW_FN(name, T, items, Arg, arg) { ... }
 * What each member of a crew runs: `items`, a weir_stream * of Ts, is its own, to loop over. */
#define WEIR_CREW_FN(name_, T, items_, Arg, arg_)                                                  \
    WEIR_MAY_LEAVE_(name_, T)                                                                      \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    WEIR_IN_TASK_ static void name_##_body(weir_stream *items_, Arg arg_);                         \
    WEIR_TO_TASK_ static bool name_##_run(const void *weir_in_, void *weir_out_, void *weir_arg_,  \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        (void)weir_error_;                                                                         \
        name_##_body(*(weir_stream *const *)weir_in_, (Arg)weir_arg_);                             \
        *(unsigned char *)weir_out_ = 0;                                                           \
        return true;                                                                               \
    }                                                                                              \
    WEIR_CREW_FN_MADE_(name_, T)                                                                   \
    static void name_##_body(weir_stream *items_, Arg arg_)

/* WEIR_TRY_CREW_FN(name, T, items, Arg, arg, error) { ... return true; }
 * The same of one that may fail: it answers false after weir_error_set(error, ...). */
#define WEIR_TRY_CREW_FN(name_, T, items_, Arg, arg_, error_)                                      \
    WEIR_MAY_LEAVE_(name_, T)                                                                      \
    WEIR_SAYS_FROM_(name_, T)                                                                      \
    WEIR_IN_TASK_ static bool name_##_body(weir_stream *items_, Arg arg_, weir_error *error_);     \
    WEIR_TO_TASK_ static bool name_##_run(const void *weir_in_, void *weir_out_, void *weir_arg_,  \
                                          weir_error *weir_error_)                                 \
    {                                                                                              \
        *(unsigned char *)weir_out_ = 0;                                                           \
        return name_##_body(*(weir_stream *const *)weir_in_, (Arg)weir_arg_, weir_error_);         \
    }                                                                                              \
    WEIR_CREW_FN_MADE_(name_, T)                                                                   \
    static bool name_##_body(weir_stream *items_, Arg arg_, weir_error *error_)

#define WEIR_CREW_FN_MADE_(name_, T)                                                               \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    static const weir_crew_fn name_ = {.size = sizeof(weir_crew_fn),                               \
                                       .of = WEIR_TYPE_OF_(T, name_##_of),                         \
                                       .of_size = sizeof(T),                                       \
                                       .member = {.size = sizeof(weir_par_fn),                     \
                                                  .name = #name_,                                  \
                                                  .from = &weir_type_stream,                       \
                                                  .to = &weir_type_unit,                           \
                                                  .from_size = sizeof(weir_stream *),              \
                                                  .to_size = 1,                                    \
                                                  .run = name_##_run}};
#endif

#endif
