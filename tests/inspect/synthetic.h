/* Pipelines whose times a test knows, run on the simulated clock: each stage in a task of its own,
 * with a channel before it; or all of them in one task. */
#ifndef WEIR_TESTS_SYNTHETIC_H
#define WEIR_TESTS_SYNTHETIC_H

#include "../driver/rig.h"
#include "inspect/model_rows.h"
#include "lines.h"
#include "weir/sim.h"

enum { PLAN_STAGES = 4, PLAN_ITEMS = 2000 };

struct plan_stage {
    enum line_times times;
    unsigned work_us, wait_us; /* in the mean */
    unsigned limit;            /* of a parallel one; 0: it is serial */
};

struct plan {
    const char *name;
    struct plan_stage stages[PLAN_STAGES];
    size_t slow;                 /* the stage that limits it */
    unsigned room;               /* of its channels; 0: one task */
    unsigned rooms[PLAN_STAGES]; /* of the one before this stage; 0: as the others */
    unsigned cores;              /* simulated workers */
    unsigned peer_us;            /* another task works so long for each item of the slow stage */
    unsigned paced_us;           /* its source gives one in so many; 0: as fast as it is asked */
    bool locks;                  /* parallel stages have their items one at a time, by a lock */
    bool unordered;              /* the parallel one gives as they come */
};

/* What a stage's function is given. */
struct plan_work {
    const weir_service *service;
    size_t next;
    int64_t peer_ns; /* that another task works for each */
};

static struct plan_work plan_works[PLAN_STAGES];
static const weir_site plan_places[PLAN_STAGES] = {
    {"first", __FILE__, 1}, {"second", __FILE__, 2}, {"third", __FILE__, 3}, {"last", __FILE__, 4}};

/* ---- what the inspector sees of the middle of a run ---- */

enum { PLAN_BEFORE = PLAN_ITEMS / 10, PLAN_AFTER = PLAN_ITEMS * 3 / 4 };

static struct plan_watch {
    weir_rt *rt; /* NULL: nobody looks */
    weir_inspect_row before[WEIR_INSPECT_ROWS_MAX], after[WEIR_INSPECT_ROWS_MAX];
    size_t before_n, after_n;
    uint64_t before_ns, after_ns;
    uint64_t worked_ns; /* before */
    struct weir_model model;
    struct weir_model_room room;
    bool is_model;
} plan_watch;

static inline uint64_t plan_now_ns(const weir_rt *rt)
{
    const weir_sys *sys = weir_rt_sys(rt);
    return sys->now_ns(sys);
}

static inline size_t plan_times(void *arg, const weir_inspect_row *row, weir_service *out, size_t n)
{
    return weir_inspect_service(arg, row->place, row->stage, row->index, out, n);
}

static inline void plan_make_model(struct plan_watch *watch)
{
    uint64_t worked_ns = weir_model_worked_ns(watch->after, watch->after_n);
    struct weir_model_source source = {.before = watch->before,
                                       .after = watch->after,
                                       .before_n = watch->before_n,
                                       .after_n = watch->after_n,
                                       .took_ns = watch->after_ns - watch->before_ns,
                                       .worked_ns = worked_ns - watch->worked_ns,
                                       .service = plan_times,
                                       .arg = watch->rt};
    watch->is_model = weir_model_from_rows(&watch->model, &watch->room, &source);
}

/* Called where the last stage has its next item. */
static inline void plan_look(size_t items)
{
    struct plan_watch *watch = &plan_watch;
    if (!watch->rt || (items != PLAN_BEFORE && items != PLAN_AFTER))
        return;
    bool before = items == PLAN_BEFORE;
    size_t n = weir_inspect_snapshot(watch->rt, before ? watch->before : watch->after,
                                     WEIR_INSPECT_ROWS_MAX);
    *(before ? &watch->before_n : &watch->after_n) = n;
    *(before ? &watch->before_ns : &watch->after_ns) = plan_now_ns(watch->rt);
    if (before)
        watch->worked_ns = weir_model_worked_ns(watch->before, n);
    else
        plan_make_model(watch);
}

static inline const weir_service *plan_next(struct plan_work *self)
{
    if (self == &plan_works[PLAN_STAGES - 1])
        plan_look(self->next);
    return &self->service[self->next++ % LINE_TIMES_N];
}

/* ---- its stages ---- */

static inline int64_t plan_peer(int64_t works_ns, void *arg)
{
    (void)arg;
    weir_sim_work((uint64_t)works_ns);
    return works_ns;
}
WEIR_MAP_FN(plan_peer_fn, plan_peer, int64_t, int64_t)

/* It is asked by each item, and works on whichever core is free. */
static inline void plan_ask_peer(int64_t ns)
{
    weir_stream *work = weir_map(weir_range(ns, ns + 1), &plan_peer_fn, NULL);
    weir_drop(weir_spawn(weir_count(work)));
}

static inline weir_stream *plan_serve(unsigned char unit, void *arg)
{
    struct plan_work *self = arg;
    const weir_service *one = plan_next(self);
    (void)unit;
    if (one->cpu_ns)
        weir_sim_work(one->cpu_ns);
    if (self->peer_ns)
        plan_ask_peer(self->peer_ns);
    return weir_sleep(one->wait_ns);
}
WEIR_THEN_FN(plan_serve_fn, plan_serve, unsigned char, unsigned char, .from = &weir_type_unit,
             .to = &weir_type_unit)

static weir_semaphore *plan_lock;
static weir_semaphore_permit plan_permit; /* there is one */

static inline unsigned char plan_unlock(unsigned char unit, void *arg)
{
    (void)arg;
    weir_semaphore_permit_drop(&plan_permit);
    return unit;
}
WEIR_MAP_FN(plan_unlock_fn, plan_unlock, unsigned char, unsigned char, .from = &weir_type_unit,
            .to = &weir_type_unit)

static inline weir_stream *plan_locked(weir_semaphore_permit permit, void *arg)
{
    plan_permit = permit;
    return weir_map(plan_serve(0, arg), &plan_unlock_fn, NULL);
}
WEIR_THEN_FN(plan_locked_fn, plan_locked, weir_semaphore_permit, unsigned char,
             .from = &weir_type_semaphore_permit, .to = &weir_type_unit)

static inline weir_stream *plan_serve_locked(unsigned char unit, void *arg)
{
    (void)unit;
    return weir_then(weir_semaphore_acquire(plan_lock, 1), &plan_locked_fn, arg);
}
WEIR_THEN_FN(plan_serve_locked_fn, plan_serve_locked, unsigned char, unsigned char,
             .from = &weir_type_unit, .to = &weir_type_unit)

static inline unsigned char plan_compute(unsigned char unit, void *arg)
{
    struct plan_work *self = arg;
    weir_sim_work(plan_next(self)->cpu_ns);
    return unit;
}
WEIR_MAP_FN(plan_compute_fn, plan_compute, unsigned char, unsigned char, .from = &weir_type_unit,
            .to = &weir_type_unit)

static inline unsigned char plan_unit(int64_t n, void *arg)
{
    (void)n, (void)arg;
    return 0;
}
WEIR_MAP_FN(plan_unit_fn, plan_unit, int64_t, unsigned char, .to = &weir_type_unit)

static inline struct weir_model plan_model(const struct plan *plan)
{
    struct weir_model model = line_of(PLAN_STAGES, plan->room);
    model.usable = model.workers = plan->cores;
    for (size_t i = 0; i < PLAN_STAGES; i++) {
        const struct plan_stage *stage = &plan->stages[i];
        wait_of(&model, i, stage->times, 1e-6 * (stage->work_us + stage->wait_us));
        weir_service *service = line_service(&model, i);
        double works = (double)stage->work_us / (stage->work_us + stage->wait_us);
        for (size_t j = 0; j < LINE_TIMES_N; j++) {
            service[j].cpu_ns = (uint32_t)(works * service[j].wait_ns);
            service[j].wait_ns -= service[j].cpu_ns;
        }
        if (plan->rooms[i])
            model.stages[i].room = plan->rooms[i];
        if (stage->limit)
            parallel(&model, i, stage->limit, !plan->unordered);
    }
    return model;
}

static inline weir_stream *plan_stage(const struct plan *plan, size_t i, weir_stream *source)
{
    unsigned limit = plan->stages[i].limit;
    struct plan_work *work = &plan_works[i];
    weir_par_options how = WEIR_PAR_OPTIONS(.batch_max = 1);
    if (plan->locks && limit)
        return weir_par_map(source, &plan_serve_locked_fn, work, limit, NULL);
    if (!plan->stages[i].wait_us && limit)
        return plan->unordered ? weir_par_map_unordered(source, &plan_compute_fn, work, limit, &how)
                               : weir_par_map(source, &plan_compute_fn, work, limit, &how);
    if (!plan->stages[i].wait_us)
        return weir_map(source, &plan_compute_fn, work);
    if (!limit)
        return weir_then(source, &plan_serve_fn, work);
    return plan->unordered ? weir_par_map_unordered(source, &plan_serve_fn, work, limit, NULL)
                           : weir_par_map(source, &plan_serve_fn, work, limit, NULL);
}

static inline unsigned char plan_tick(uint64_t n, void *arg)
{
    (void)n, (void)arg;
    return 0;
}
WEIR_MAP_FN(plan_tick_fn, plan_tick, uint64_t, unsigned char, .to = &weir_type_unit)

static inline weir_stream *plan_source(const struct plan *plan)
{
    uint64_t every_ns = 1000 * (uint64_t)plan->paced_us;
    if (!every_ns)
        return weir_map(weir_range(0, PLAN_ITEMS), &plan_unit_fn, NULL);
    weir_stream *ticks = weir_interval(every_ns, WEIR_MISSED_BURST);
    return weir_map(weir_take(ticks, PLAN_ITEMS), &plan_tick_fn, NULL);
}

static inline weir_stream *plan_chain(const struct plan *plan, weir_rt *rt)
{
    weir_stream *all = plan_source(plan);
    for (size_t i = 0; i < PLAN_STAGES; i++) {
        all = plan_stage(plan, i, all);
        if (!plan->room || i + 1 == PLAN_STAGES)
            continue;
        weir_sender *tx;
        unsigned room = plan->rooms[i + 1] ? plan->rooms[i + 1] : plan->room;
        weir_stream *rx = weir_channel(&weir_type_unit, room, &tx);
        assert_true(weir_rt_spawn_at(rt, weir_send_each(all, tx), &plan_places[i]));
        weir_sender_drop(tx);
        all = rx;
    }
    return weir_count(all);
}

/* Items a second. Turns are short, as those of a real machine are beside what passes in them: what
 * came of one is told at its end, and the snapshots know nothing of the one that runs. looks: what
 * the inspector sees is in plan_watch. */
static inline double plan_run_seen(const struct plan *plan, uint64_t seed, bool looks)
{
    struct weir_model model = plan_model(plan);
    uint64_t count = 0;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = plan->cores,
                                               .seed = seed, .budget = 1, .demand_max = 1),
                              NULL);
    assert_non_null(rt);
    assert_true(!looks || weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, looks);
    plan_watch.rt = looks ? rt : NULL;
    plan_lock = weir_semaphore_new(1);
    for (size_t i = 0; i < PLAN_STAGES; i++)
        plan_works[i] =
            (struct plan_work){.service = model.stages[i].service,
                               .peer_ns = i == plan->slow ? 1000 * (int64_t)plan->peer_us : 0};
    uint64_t begin_ns = plan_now_ns(rt);
    assert_int_equal(weir_rt_run(rt, plan_chain(plan, rt), &count, NULL), WEIR_READY);
    assert_int_equal(count, PLAN_ITEMS);
    double took_s = (double)(plan_now_ns(rt) - begin_ns) * 1e-9;
    weir_rt_drop(rt);
    weir_semaphore_drop(plan_lock);
    return PLAN_ITEMS / took_s;
}

static inline double plan_run(const struct plan *plan, uint64_t seed)
{
    return plan_run_seen(plan, seed, false);
}

#endif
