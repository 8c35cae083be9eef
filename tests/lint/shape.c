/* What the interface promises to the lint. A compiler asserts what it can see; what only the lint
 * can is used here: it finds sequential_loops once in each function that is called sequential_, and
 * nothing in any other. */

#include "weir.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* nobody calls these */

#define TEXT_(...) #__VA_ARGS__
#define TEXT(...) TEXT_(__VA_ARGS__)
#if defined(WEIR_LINT) && defined(__clang__)
#define IS_MARK(mark, text)                                                                        \
    _Static_assert(                                                                                \
        !__builtin_strcmp(TEXT(mark), "__attribute__((annotate(\"weir::\" " text ")))"), #mark);
#else
#define IS_MARK(mark, text) _Static_assert(sizeof(TEXT(mark)) == 1, #mark " is not empty");
#endif

IS_MARK(WEIR_TAKES, "\"takes\"")
IS_MARK(WEIR_KEEPS, "\"keeps\"")
IS_MARK(WEIR_HOLDS("why"), "\"holds=\" \"why\"")
IS_MARK(WEIR_RELEASES, "\"releases\"")
IS_MARK(WEIR_FINISHES, "\"finishes\"")
IS_MARK(WEIR_UNBOUNDED, "\"unbounded\"")
IS_MARK(WEIR_MUST_PAR_SPAWN("why"), "\"must_par_spawn=\" \"why\"")
IS_MARK(WEIR_SPAWNS, "\"spawns\"")
IS_MARK(WEIR_AWAITS, "\"awaits\"")
IS_MARK(WEIR_BLOCKS, "\"blocks\"")
IS_MARK(WEIR_SEQUENTIAL_LOOP("twin"), "\"sequential_loop=\" \"twin\"")
IS_MARK(WEIR_LENDS, "\"lends\"")
IS_MARK(WEIR_ITEM(struct job *), "\"item=\" \"struct job *\"")
IS_MARK(WEIR_PASSES, "\"passes\"")
IS_MARK(WEIR_MUST_FINISH, "\"must_finish\"")
IS_MARK(WEIR_MUST_NOT_AWAIT("why"), "\"must_not_await=\" \"why\"")

struct job {
    uint64_t ns;
};

WEIR_ITEM(struct job)
WEIR_MUST_PAR_SPAWN("one slow job must not hold up the others")
WEIR_NEW weir_stream *jobs_due(void);

/* ---- a constant names the generated function, and that one calls the user's ---- */

static bool is_due(struct job job, void *arg)
{
    (void)arg;
    return job.ns != 0;
}
WEIR_FILTER_FN(is_due_fn, is_due, struct job)

static void run(struct job job, void *arg)
{
    (void)arg;
    weir_await(weir_sleep(job.ns), NULL, NULL);
}
WEIR_EACH_FN(run_fn, run, struct job)

static void add(uint64_t *sum, struct job job, void *arg)
{
    (void)arg;
    weir_await(weir_sleep(job.ns), NULL, NULL);
    *sum += job.ns;
}
WEIR_FOLD_FN(add_fn, add, uint64_t, struct job)

static weir_stream *run_later(struct job job, void *arg)
{
    (void)arg;
    return weir_sleep(job.ns);
}
WEIR_THEN_FN(run_later_fn, run_later, struct job, unsigned char, .to = &weir_type_unit)

static weir_stream *to_future(struct job job, void *arg)
{
    (void)arg;
    return weir_sleep(job.ns);
}
WEIR_MAP_FN(to_future_fn, to_future, struct job, weir_stream *)

WEIR_PAR_FN(work, struct job, job, void *, arg)
{
    run(job, arg);
}

#define IS_A(x, T) _Static_assert(__builtin_types_compatible_p(__typeof__(x), T), #x " is no " #T);
IS_A(is_due_fn.one, __typeof__(&is_due_fn_one))
IS_A(run_fn.one, __typeof__(&run_fn_one))
IS_A(add_fn.one, __typeof__(&add_fn_one))
IS_A(run_later_fn.one, __typeof__(&run_later_fn_one))
IS_A(work.run, __typeof__(&work_run))
IS_A(&work_body, void (*)(struct job, void *))

/* ---- a marked source through two stages into each sequential consumer and loop ---- */

static weir_stream *stage(weir_stream *jobs WEIR_TAKES)
{
    return weir_take(jobs, 100);
}

void sequential_loop(void)
{
    weir_for_await (struct job, job, weir_take(weir_filter(jobs_due(), &is_due_fn, NULL), 9)) {
        IS_A(job_weir_loop, weir_loop)
        IS_A(job, struct job)
        if (!job.ns)
            continue;
        run(job, NULL);
        if (job.ns == 1)
            break;
    }
}

void sequential_loop_that_tries(weir_error *error)
{
    weir_for_try (struct job, job, weir_take(weir_skip(jobs_due(), 1), 9), *error)
        run(job, NULL);
}

void sequential_loop_with_numbers(void)
{
    weir_for_await_indexed (i, struct job, job, weir_take(weir_skip(jobs_due(), 1), 9))
        run(job, &i);
}

void sequential_loop_over_a_variable(void)
{
    weir_stream *jobs = jobs_due();
    jobs = weir_filter(jobs, &is_due_fn, NULL);
    jobs = weir_skip_errors(jobs, 10, NULL);
    weir_for_await (struct job, job, jobs)
        run(job, NULL);
}

void sequential_connections(void)
{
    weir_for_await (weir_duplex, peer,
                    weir_skip_errors(weir_take(weir_incoming(":0", NULL), 9), 9, NULL))
        weir_await(weir_copy(peer.reader, peer.writer), NULL, NULL);
}

weir_stream *sequential_for_each(void)
{
    return weir_for_each(weir_take(weir_filter(jobs_due(), &is_due_fn, NULL), 9), &run_fn, NULL);
}

weir_stream *sequential_fold(void)
{
    uint64_t zero = 0;
    return weir_fold(weir_take(weir_skip(jobs_due(), 1), 9), &add_fn, &zero, NULL);
}

weir_stream *sequential_then(void)
{
    return weir_then(weir_take(weir_skip(jobs_due(), 1), 9), &run_later_fn, NULL);
}

weir_stream *sequential_flat_map(void)
{
    return weir_flat_map(weir_take(weir_skip(jobs_due(), 1), 9), &run_later_fn, NULL);
}

/* ---- and what is not ---- */

weir_stream *several_for_each(void)
{
    return weir_par_for_each(weir_take(weir_skip(jobs_due(), 1), 9), &work, NULL, 64, NULL);
}

weir_stream *several_for_each_concurrent(void)
{
    return weir_for_each_concurrent(weir_take(weir_skip(jobs_due(), 1), 9), &run_later_fn, NULL, 8);
}

weir_stream *several_buffered(void)
{
    return weir_drain(
        weir_buffer_unordered(weir_map(jobs_due(), &to_future_fn, NULL), &weir_type_unit, 8));
}

void several_spawned(void)
{
    weir_for_await (struct job, job, weir_take(weir_skip(jobs_due(), 1), 9))
        weir_drop(weir_spawn(weir_sleep(job.ns)));
}

void several_in_a_scope(void)
{
    weir_scope (s) {
        weir_for_await (struct job, job, weir_take(weir_skip(jobs_due(), 1), 9))
            weir_scope_spawn(&s, weir_sleep(job.ns));
    }
}

void handed_on(weir_sender *tx)
{
    weir_for_await (struct job, job, weir_take(weir_skip(jobs_due(), 1), 9))
        weir_await(weir_send(tx, &job), NULL, NULL);
}

uint64_t without_a_wait(void)
{
    uint64_t sum = 0;
    weir_for_await (struct job, job, weir_take(weir_skip(jobs_due(), 1), 9))
        sum += job.ns;
    return sum;
}

void of_nobody_knows_what(weir_stream *unknown)
{
    weir_for_await (struct job, job, stage(weir_skip(unknown, 1)))
        run(job, NULL);
}

void one_of_them(weir_duplex *peer)
{
    weir_stream *incoming = weir_incoming(":0", NULL);
    weir_await(weir_next(incoming), peer, NULL);
    weir_drop(incoming);
}
