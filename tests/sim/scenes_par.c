/* Scenes without a network: parallel maps, generators, channels, timers, a stop. */

#include "scene.h"
#include "weir/sim.h"

enum { FAILS_AT = 7 };

/* Every seventh item fails where `fails` is set. */
struct job {
    bool fails;
    unsigned work_ns, nap_ns;
};

static bool square(int64_t n, int64_t *out, void *arg, weir_error *error)
{
    const struct job *job = arg;
    weir_sim_work(job->work_ns);
    *out = n * n;
    if (job->fails && n % FAILS_AT == 0)
        weir_error_set(error, WEIR_E_USER, "%lld", (long long)n);
    return !job->fails || n % FAILS_AT;
}
WEIR_TRY_MAP_FN(plain_fn, square, int64_t, int64_t)

static bool square_slowly(int64_t n, int64_t *out, void *arg, weir_error *error)
{
    const struct job *job = arg;
    if (weir_await(weir_sleep(job->nap_ns), NULL, error) == WEIR_ERROR)
        return false;
    return square(n, out, arg, error) && weir_pause();
}
WEIR_PAR_MAP_FN(fiber_fn, square_slowly, int64_t, int64_t)

static weir_stream *square_in_future(int64_t n, void *arg)
{
    return weir_sum(weir_map(weir_range(n, n + 1), &plain_fn, arg));
}
WEIR_THEN_FN(future_fn, square_in_future, int64_t, int64_t)

static void count_error(const weir_error *error, void *arg)
{
    if (error->code == WEIR_E_USER)
        ++*(uint64_t *)arg;
}

enum kind { PLAIN, FUTURE, FIBER };

static weir_stream *squares(enum kind kind, int64_t n, struct job *job, bool ordered, size_t limit,
                            const weir_par_options *how)
{
    weir_stream *source = weir_range(0, n);
    if (kind == PLAIN)
        return ordered ? weir_par_map(source, &plain_fn, job, limit, how)
                       : weir_par_map_unordered(source, &plain_fn, job, limit, how);
    if (kind == FUTURE)
        return ordered ? weir_par_map(source, &future_fn, job, limit, how)
                       : weir_par_map_unordered(source, &future_fn, job, limit, how);
    return ordered ? weir_par_map(source, &fiber_fn, job, limit, how)
                   : weir_par_map_unordered(source, &fiber_fn, job, limit, how);
}

static int64_t sum_of(int64_t n, bool fails)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += fails && i % FAILS_AT == 0 ? 0 : i * i;
    return sum;
}

static void par(struct scene *scene, enum kind kind)
{
    int64_t n = scene_draw(scene, 40), got = 0;
    struct job job = {!scene_draw(scene, 2), scene_draw(scene, 5000), scene_draw(scene, 9000)};
    weir_par_options how = WEIR_PAR_OPTIONS(.stop = scene_draw(scene, 2) ? WEIR_CANCEL : WEIR_DRAIN,
                                            .drain_ns = scene_draw(scene, 2) * 3000u,
                                            .batch_max = scene_draw(scene, 5));
    uint64_t failed = 0, expected = job.fails ? (uint64_t)(n + FAILS_AT - 1) / FAILS_AT : 0;
    weir_stream *all = squares(kind, n, &job, scene_draw(scene, 2), 1 + scene_draw(scene, 9), &how);
    all = weir_skip_errors(weir_inspect_err(all, count_error, &failed), UINT64_MAX, NULL);
    weir_error error;
    weir_state state = scene_run_on(scene, weir_sum(all), &got, &error);
    if (scene->was_cut)
        return;
    if (state != WEIR_READY)
        scene_fail("par_map: %s", error.message);
    if (got != sum_of(n, job.fails) || failed != expected)
        scene_fail("par_map of %lld: %lld, %llu failed", (long long)n, (long long)got,
                   (unsigned long long)failed);
}

void scene_par_plain(struct scene *scene)
{
    par(scene, PLAIN);
}

void scene_par_future(struct scene *scene)
{
    par(scene, FUTURE);
}

void scene_par_fiber(struct scene *scene)
{
    par(scene, FIBER);
}

/* ---- generators ---- */

static bool count_up(int64_t *n, weir_error *error)
{
    for (int64_t i = 0; i < *n; i++) {
        if (weir_await(weir_sleep((uint64_t)i * 100), NULL, error) == WEIR_ERROR)
            return false;
        if (!weir_yield(int64_t, i))
            return false;
    }
    return true;
}
WEIR_GENERATOR_FN(count_up_fn, count_up, int64_t, int64_t)

static bool twice(weir_stream **source, weir_error *error)
{
    (void)error;
    weir_stream *all = *source;
    *source = NULL;
    weir_for_await (int64_t, n, all) {
        if (!weir_yield(int64_t, 2 * n))
            return false;
    }
    return true;
}
static void drop_source(void *state)
{
    if (*(weir_stream **)state)
        weir_drop(*(weir_stream **)state);
}
WEIR_GENERATOR_FN(twice_fn, twice, weir_stream *, int64_t, .drop = drop_source)

void scene_generators(struct scene *scene)
{
    int64_t n = scene_draw(scene, 20), got = 0;
    weir_stream *chain = weir_generator(&count_up_fn, &n, NULL);
    int64_t times = 1;
    for (unsigned i = scene_draw(scene, 4); i; i--, times *= 2)
        chain = weir_generator(&twice_fn, &chain, NULL);
    weir_error error;
    weir_state state = scene_run_on(scene, weir_sum(chain), &got, &error);
    if (!scene->was_cut && (state != WEIR_READY || got != times * n * (n - 1) / 2))
        scene_fail("generators: %s", state == WEIR_ERROR ? error.message : "a wrong sum");
}

/* ---- a channel across workers ---- */

enum { SENDERS_MAX = 4 };

static weir_stream *send_all(weir_sender *tx, int64_t n)
{
    weir_stream *sends = weir_send_each(weir_range(0, n), tx);
    weir_sender_drop(tx);
    return sends;
}

/* What comes of each sender is all of it; who is cut lets the others fail. */
void scene_channel(struct scene *scene)
{
    weir_sender *tx;
    int64_t n = scene_draw(scene, 30), got = 0;
    unsigned senders = 1 + scene_draw(scene, SENDERS_MAX);
    weir_stream *rx = weir_channel(&weir_type_i64, 1 + scene_draw(scene, 4), &tx);
    weir_rt *rt = scene_rt(scene, scene->workers, NULL);
    for (unsigned i = 0; i < senders; i++)
        if (!weir_rt_spawn(rt, send_all(weir_sender_ref(tx), n)))
            scene_fail("no task for a sender");
    weir_sender_drop(tx);
    weir_error error;
    scene->by_cancel = false;
    weir_state state = weir_rt_run(rt, scene_cut(scene, weir_sum(rx)), &got, &error);
    weir_rt_drop(rt);
    if (!scene->was_cut && (state != WEIR_READY || got != senders * n * (n - 1) / 2))
        scene_fail("channel: %s", state == WEIR_ERROR ? error.message : "a wrong sum");
}

/* ---- timers ---- */

/* Naps of all lengths at once take as long as the longest. */
void scene_timers(struct scene *scene)
{
    unsigned n = 1 + scene_draw(scene, 20), longest = 0;
    weir_rt *rt = scene_rt(scene, scene->workers, NULL);
    const weir_sys *sys = weir_rt_sys(rt);
    for (unsigned i = 0; i < n; i++) {
        unsigned ns = scene_draw(scene, 1000000);
        longest = ns > longest ? ns : longest;
        if (!weir_rt_spawn(rt, weir_sleep(ns)))
            scene_fail("no task for a nap");
    }
    uint64_t begin_ns = sys->now_ns(sys);
    weir_error error;
    scene->by_cancel = false;
    weir_state state = weir_rt_run(rt, scene_cut(scene, weir_sleep(longest)), NULL, &error);
    if (!scene->was_cut && (state != WEIR_READY || sys->now_ns(sys) < begin_ns + longest))
        scene_fail("timers: %s", state == WEIR_ERROR ? error.message : "too early");
    weir_rt_drop(rt);
}

/* ---- a stop ---- */

static weir_rt *stopped;
static int64_t stop_at(int64_t n, void *arg)
{
    if (n == *(int64_t *)arg)
        weir_rt_stop(stopped);
    return 1;
}
WEIR_MAP_FN(stop_at_fn, stop_at, int64_t, int64_t)

/* What has begun when it is told to stop goes on to its end: results come without a gap. */
void scene_stop(struct scene *scene)
{
    int64_t at = scene_draw(scene, 30), got = 0, n = at + 1 + scene_draw(scene, 30);
    struct job job = {false, scene_draw(scene, 3000), scene_draw(scene, 9000)};
    stopped = scene_rt(scene, scene->workers, NULL);
    weir_stream *all = weir_par_map(weir_map(weir_range(0, n), &stop_at_fn, &at), &fiber_fn, &job,
                                    1 + scene_draw(scene, 5), NULL);
    weir_error error;
    scene->by_cancel = false;
    weir_state state = weir_rt_run(stopped, scene_cut(scene, weir_sum(all)), &got, &error);
    if (!scene->was_cut && (state != WEIR_READY || got < at + 1 || got > n))
        scene_fail("stop: %s, %lld", state == WEIR_ERROR ? error.message : "a wrong sum",
                   (long long)got);
    weir_rt_drop(stopped);
}
