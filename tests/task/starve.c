/* Work in flight while its consumer is busy. Three futures of 2, 6 and 10 waits of 10 ms run at
 * once; what is done with each item takes 50 ms. The last is done with at 170 ms: where the futures
 * stood still meanwhile it would be 250. */

#include "../driver/rig.h"
#include "doubles.h"
#include "task/worker.h"

enum { MS = 1000000, FUTURES = 3 };

static weir_rt *rt;
static uint64_t began_ns;

static uint64_t now_ms(void)
{
    const weir_sys *sys = weir_rt_sys(rt);
    return (sys->now_ns(sys) - began_ns) / MS;
}

static void begin(void)
{
    weir_error error;
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 1), &error);
    began_ns = 0;
    if (rt)
        began_ns = weir_rt_sys(rt)->now_ns(weir_rt_sys(rt));
}

/* ---- futures of some waits ---- */

static int64_t fails; /* the future of this item does; -1: none */

static weir_stream *one_wait(int64_t step, void *arg)
{
    (void)step, (void)arg;
    return weir_sleep(10 * MS);
}
WEIR_THEN_FN(one_wait_fn, one_wait, int64_t, unsigned char, .to = &weir_type_unit)

/* 2, 6, 10 waits are the items 0, 1, 2. */
static bool item_of(uint64_t waits, struct tracked *out, void *arg, weir_error *error)
{
    int64_t item = ((int64_t)waits - 2) / 4;
    (void)arg;
    if (item == fails) {
        weir_error_set(error, WEIR_E_USER, "as it was asked to");
        return false;
    }
    *out = tracked_make(item);
    return true;
}
WEIR_TRY_MAP_FN(item_of_fn, item_of, uint64_t, struct tracked, .to = &tracked_type)

static weir_stream *work(int64_t item, void *arg)
{
    (void)arg;
    weir_stream *waits = weir_then(weir_range(0, 2 + 4 * item), &one_wait_fn, NULL);
    return weir_map(weir_count(waits), &item_of_fn, NULL);
}
WEIR_MAP_FN(work_fn, work, int64_t, weir_stream *, .to = &weir_type_stream)

struct machine {
    weir_stream *work;
};

static void machine_start(struct machine *machine, int64_t item, void *arg)
{
    machine->work = work(item, arg);
}

static weir_poll machine_poll(struct machine *machine, weir_cx *cx, struct tracked *out)
{
    return weir_poll_next(machine->work, cx, out, 1);
}

static void machine_drop(void *machine)
{
    weir_drop(((struct machine *)machine)->work);
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, int64_t, struct tracked,
              .to = &tracked_type, .drop = machine_drop)

/* ---- sets of them ---- */

static weir_stream *in_order(void)
{
    return weir_buffered(weir_map(weir_range(0, FUTURES), &work_fn, NULL), &tracked_type, 3);
}

static weir_stream *as_they_come(void)
{
    return weir_buffer_unordered(weir_map(weir_range(0, FUTURES), &work_fn, NULL), &tracked_type,
                                 3);
}

static weir_stream *merged(void)
{
    weir_stream *inputs[FUTURES] = {work(0, NULL), work(1, NULL), work(2, NULL)};
    return weir_merge(inputs, FUTURES);
}

static weir_stream *machines(void)
{
    return weir_map_async(weir_range(0, FUTURES), &machine_fn, NULL, 3);
}

static weir_stream *machines_in_order(void)
{
    return weir_map_async_ordered(weir_range(0, FUTURES), &machine_fn, NULL, 3);
}

static weir_stream *(*const sets[])(void) = {in_order, as_they_come, merged, machines,
                                             machines_in_order};
enum { SETS = sizeof sets / sizeof *sets };

/* ---- what is done with the items ---- */

static char log_text[256];

static void note(const char *format, long long what)
{
    size_t n = strlen(log_text);
    n += (size_t)snprintf(log_text + n, sizeof log_text - n, format, what);
    snprintf(log_text + n, sizeof log_text - n, "@%d ", (int)now_ms());
}

static weir_stream *body(struct tracked item, void *arg)
{
    (void)arg;
    note("%lld", (long long)item.value);
    tracked_drop(item);
    return weir_sleep(50 * MS);
}
WEIR_THEN_FN(body_fn, body, struct tracked, unsigned char, .from = &tracked_type,
             .to = &weir_type_unit)

static weir_stream *by_then(weir_stream *set)
{
    return weir_count(weir_then(set, &body_fn, NULL));
}

/* A loop whose body waits, written out; an error is noted, and the loop goes on. */
struct loop {
    weir_stream stream;
    weir_stream *waits; /* NULL: the next item is asked for */
    uint64_t n;
};

static weir_poll loop_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct loop *self = WEIR_SELF(struct loop, stream);
    struct tracked item;
    unsigned char unit;
    (void)demand;
    for (;;) {
        if (self->waits) {
            weir_poll got = weir_poll_inner(stream, self->waits, cx, &unit, 1);
            if (got.state == WEIR_PENDING)
                return got;
            weir_drop(self->waits);
            self->waits = NULL;
        }
        weir_poll got = weir_poll_next(weir_source(stream), cx, &item, 1);
        if (got.n) {
            self->n++;
            self->waits = body(item, NULL);
        } else if (got.state == WEIR_ERROR && cx->error.code == WEIR_E_USER) {
            note("!%lld", 0);
        } else if (got.state != WEIR_END) {
            return got;
        } else {
            memcpy(out, &self->n, sizeof self->n);
            return (weir_poll){1, WEIR_END};
        }
    }
}

static void loop_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct loop, stream)->waits);
}

static const weir_stream_ops loop_ops = {
    .size = sizeof loop_ops, .name = "loop", .poll_next = loop_poll_next, .fini = loop_fini};

static weir_stream *by_loop(weir_stream *set)
{
    weir_stream *stream = weir_stream_new(set, sizeof(struct loop), &loop_ops, &weir_type_u64);
    stream->stage.one = true;
    return stream;
}

static weir_stream *(*const consumers[])(weir_stream *set) = {by_then, by_loop};
enum { CONSUMERS = sizeof consumers / sizeof *consumers };

static const char *run(weir_stream *future, uint64_t n)
{
    uint64_t items = 99;
    weir_error error = {0};
    log_text[0] = '\0';
    if (weir_rt_run(rt, future, &items, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_int_equal(items, n);
    note("over%.0lld", 0);
    return log_text;
}

/* ---- the tests ---- */

static int setup(void **state)
{
    (void)state;
    fails = -1;
    return 0;
}

static void work_goes_on_while_a_body_waits(void **state)
{
    (void)state;
    for (int set = 0; set < SETS; set++)
        for (int consumer = 0; consumer < CONSUMERS; consumer++) {
            begin();
            const char *said = run(consumers[consumer](sets[set]()), FUTURES);
            assert_string_equal(said, "0@20 1@70 2@120 over@170 ");
            weir_rt_drop(rt);
            assert_int_equal(tracked_live, 0);
        }
}

/* A plain loop on a thread, which waits between its items too. */
static void work_goes_on_beside_a_plain_loop(void **state)
{
    (void)state;
    for (int set = 0; set < SETS; set++) {
        begin();
        weir_stream *stream = sets[set]();
        struct tracked item;
        unsigned char unit;
        log_text[0] = '\0';
        while (weir_rt_next(rt, stream, &item, NULL) == WEIR_READY) {
            weir_stream *waits = body(item, NULL);
            assert_int_equal(weir_rt_next(rt, waits, &unit, NULL), WEIR_READY);
            weir_drop(waits);
        }
        note("over%.0lld", 0);
        assert_string_equal(log_text, "0@20 1@70 2@120 over@170 ");
        if (set % 2)
            weir_drop(stream);
        weir_rt_drop(rt);
        if (set % 2 == 0)
            weir_drop(stream);
    }
}

static void errors_wait_in_line(void **state)
{
    (void)state;
    for (int set = 0; set < SETS; set++) {
        begin();
        fails = 1;
        const char *said = run(by_loop(sets[set]()), 2);
        assert_string_equal(said, "0@20 !0@70 2@100 over@150 ");
        weir_rt_drop(rt);
    }
}

/* No more futures than the limit, results that wait among them. */
static unsigned running, most;

static weir_stream *counted_body(uint64_t item, void *arg)
{
    (void)item, (void)arg;
    return weir_sleep(100 * MS);
}
WEIR_THEN_FN(counted_body_fn, counted_body, uint64_t, unsigned char, .to = &weir_type_unit)

static weir_stream *counted_work(int64_t item, void *arg)
{
    running++;
    most = running > most ? running : most;
    return weir_count(work(item % 2, arg));
}
WEIR_MAP_FN(counted_work_fn, counted_work, int64_t, weir_stream *, .to = &weir_type_stream)

static uint64_t one_less(uint64_t n, void *arg)
{
    (void)arg;
    running--;
    return n;
}
WEIR_MAP_FN(one_less_fn, one_less, uint64_t, uint64_t)

static void limits_stay_exact(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        begin();
        running = most = 0;
        weir_stream *futures = weir_map(weir_range(0, 8), &counted_work_fn, NULL);
        weir_stream *set = ordered ? weir_buffered(futures, &weir_type_u64, 3)
                                   : weir_buffer_unordered(futures, &weir_type_u64, 3);
        set = weir_then(weir_map(set, &one_less_fn, NULL), &counted_body_fn, NULL);
        run(weir_count(set), 8);
        assert_int_equal(most, 3);
        weir_rt_drop(rt);
    }
}

/* ---- many short ones, and a long body ---- */

enum { JOBS = 10 };

static char finished[256];

static uint64_t finish(uint64_t n, void *arg)
{
    size_t at = strlen(finished);
    (void)arg;
    snprintf(finished + at, sizeof finished - at, "%d ", (int)now_ms());
    return n;
}
WEIR_MAP_FN(finish_fn, finish, uint64_t, uint64_t)

/* The first is there at once, when none of the others has begun. */
static weir_stream *short_job(int64_t i, void *arg)
{
    (void)arg;
    return weir_map(weir_count(weir_sleep(i ? 20 * MS : 0)), &finish_fn, NULL);
}
WEIR_MAP_FN(short_job_fn, short_job, int64_t, weir_stream *, .to = &weir_type_stream)

static weir_stream *long_body(uint64_t n, void *arg)
{
    (void)n, (void)arg;
    return weir_sleep(200 * MS);
}
WEIR_THEN_FN(long_body_fn, long_body, uint64_t, unsigned char, .to = &weir_type_unit)

static void short_ones_end_on_time(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        begin();
        finished[0] = '\0';
        weir_stream *jobs = weir_map(weir_range(0, JOBS), &short_job_fn, NULL);
        weir_stream *set = ordered ? weir_buffered(jobs, &weir_type_u64, JOBS)
                                   : weir_buffer_unordered(jobs, &weir_type_u64, JOBS);
        assert_string_equal(run(weir_count(weir_then(set, &long_body_fn, NULL)), JOBS),
                            "over@2000 ");
        assert_string_equal(finished, "0 20 20 20 20 20 20 20 20 20 ");
        weir_rt_drop(rt);
    }
}

/* Gives nothing, and that late. */
static bool drop_it(uint64_t n, int64_t *out, void *arg)
{
    (void)n, (void)out, (void)arg;
    return false;
}
WEIR_FILTER_MAP_FN(drop_it_fn, drop_it, uint64_t, int64_t)

static weir_stream *late(weir_stream *jobs)
{
    weir_stream *nothing = weir_filter_map(weir_count(weir_sleep(5 * MS)), &drop_it_fn, NULL);
    return weir_chain(nothing, jobs);
}

/* The same within another set, where it is woken alone while nobody asks. */
static void short_ones_within_a_set(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        begin();
        finished[0] = '\0';
        weir_stream *jobs = weir_map(late(weir_range(0, JOBS)), &short_job_fn, NULL);
        weir_stream *set = ordered ? weir_buffered(jobs, &weir_type_u64, JOBS)
                                   : weir_buffer_unordered(jobs, &weir_type_u64, JOBS);
        weir_stream *outer[3] = {weir_count(weir_then(set, &long_body_fn, NULL)),
                                 weir_count(weir_sleep(1900 * MS)), weir_count(weir_sleep(0))};
        run(weir_count(weir_then(weir_merge(outer, 3), &long_body_fn, NULL)), 3);
        assert_string_equal(finished, "5 25 25 25 25 25 25 25 25 25 ");
        weir_rt_drop(rt);
    }
}

/* ---- one permit, which a future of the set and the body both want ---- */

/* Handed to who waits longest; a waker and a flag each. */
static struct permit {
    bool taken;
    struct hold *first, **end;
} permit;

struct hold {
    weir_stream stream;
    struct hold *next;
    weir_waker_slot slot;
    weir_stream *sleep;
    bool waits, holds;
};

static void permit_release(void)
{
    struct hold *next = permit.first;
    permit.taken = next != NULL;
    if (!next)
        return;
    permit.first = next->next;
    next->waits = false;
    next->holds = true;
    weir_waker_slot_wake(&next->slot);
}

static void permit_ask(struct hold *self)
{
    self->holds = !permit.taken;
    self->waits = permit.taken;
    permit.taken = true;
    if (self->holds)
        return;
    self->next = NULL;
    *(permit.first ? permit.end : &permit.first) = self;
    permit.end = &self->next;
}

static weir_poll hold_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct hold *self = WEIR_SELF(struct hold, stream);
    unsigned char unit;
    (void)demand;
    if (!self->holds && !self->waits)
        permit_ask(self);
    if (self->waits)
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    weir_poll got = weir_poll_inner(stream, self->sleep, cx, &unit, 1);
    if (got.state == WEIR_PENDING)
        return got;
    permit_release();
    memcpy(out, &(uint64_t){1}, sizeof(uint64_t));
    return (weir_poll){1, WEIR_END};
}

static void hold_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct hold, stream)->sleep);
    weir_waker_slot_clear(&WEIR_SELF(struct hold, stream)->slot);
}

static const weir_stream_ops hold_ops = {
    .size = sizeof hold_ops, .name = "hold", .poll_next = hold_poll_next, .fini = hold_fini};

static weir_stream *hold(uint64_t item, void *arg)
{
    weir_stream *stream = weir_source_new(sizeof(struct hold), &hold_ops, &weir_type_u64);
    (void)item, (void)arg;
    WEIR_SELF(struct hold, stream)->sleep = weir_sleep(10 * MS);
    stream->stage.one = true;
    return stream;
}
WEIR_MAP_FN(hold_fn, hold, uint64_t, weir_stream *, .from = &weir_type_i64, .to = &weir_type_stream)
WEIR_THEN_FN(hold_too_fn, hold, uint64_t, uint64_t)

static void who_holds_a_permit_goes_on(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        begin();
        permit = (struct permit){0};
        weir_stream *holds = weir_map(weir_range(0, 3), &hold_fn, NULL);
        weir_stream *set = ordered ? weir_buffered(holds, &weir_type_u64, 3)
                                   : weir_buffer_unordered(holds, &weir_type_u64, 3);
        const char *said = run(weir_count(weir_then(set, &hold_too_fn, NULL)), 3);
        assert_string_equal(said, "over@60 ");
        weir_rt_drop(rt);
    }
}

/* ---- sets within sets ---- */

/* A set within a future of a set: both go on. The inner one ends at 170 ms, as above, the other
 * future at 10; 100 ms are spent with each. */
static weir_stream *slow_body(uint64_t n, void *arg)
{
    (void)n, (void)arg;
    return weir_sleep(100 * MS);
}
WEIR_THEN_FN(slow_body_fn, slow_body, uint64_t, unsigned char, .to = &weir_type_unit)

static weir_stream *nested(weir_stream *inner, int outer)
{
    weir_stream *two[2] = {weir_count(weir_sleep(10 * MS)), inner};
    weir_stream *set = outer == 2 ? weir_merge(two, 2)
                                  : weir_chain(weir_once(&weir_type_stream, &two[0]),
                                               weir_once(&weir_type_stream, &two[1]));
    set = outer == 0   ? weir_buffered(set, &weir_type_u64, 2)
          : outer == 1 ? weir_buffer_unordered(set, &weir_type_u64, 2)
                       : set;
    return weir_count(weir_then(set, &slow_body_fn, NULL));
}

static void sets_within_sets(void **state)
{
    (void)state;
    for (int outer = 0; outer < 3; outer++)
        for (int set = 0; set < SETS; set++)
            for (int consumer = 0; consumer < CONSUMERS; consumer++) {
                begin();
                const char *said = run(nested(consumers[consumer](sets[set]()), outer), 2);
                assert_string_equal(said, "0@20 1@70 2@120 over@270 ");
                weir_rt_drop(rt);
            }
}

/* Dropped at each moment, with results that wait. */
static void dropped_at_each_moment(void **state)
{
    (void)state;
    for (int set = 0; set < SETS; set++)
        for (int outer = 0; outer < 4; outer++)
            for (uint64_t ms = 1; ms < 280; ms += 8) {
                memory_begin(0, false);
                begin();
                weir_stream *loop = by_loop(sets[set]());
                loop = outer < 3 ? nested(loop, outer) : loop;
                assert_true(weir_rt_spawn(rt, loop));
                assert_int_equal(weir_rt_run(rt, weir_sleep(ms * MS), NULL, NULL), WEIR_READY);
                log_text[0] = '\0';
                weir_rt_drop(rt);
                assert_int_equal(tracked_live, 0);
                assert_int_equal(memory_end(), 0);
            }
}

/* Without memory work waits, or somebody says why. Nothing is lost without a word. */
static void each_allocation_fails(void **state)
{
    (void)state;
    for (int set = 0; set < SETS; set++)
        for (unsigned long k = 1, calls = 1; k <= calls; k++)
            for (int after = 0; after < 2; after++) {
                memory_begin(k, after);
                begin();
                uint64_t n = 0;
                weir_error error = {0};
                weir_stream *loop = by_then(sets[set]());
                weir_state ran = WEIR_ERROR;
                if (rt)
                    ran = weir_rt_run(rt, loop, &n, &error);
                else
                    weir_drop(loop);
                assert_true(ran == WEIR_READY ? n == FUTURES : !rt || error.code == WEIR_E_MEMORY);
                log_text[0] = '\0';
                weir_rt_drop(rt);
                calls = memory.calls > calls ? memory.calls : calls;
                assert_int_equal(tracked_live, 0);
                assert_int_equal(memory_end(), 0);
            }
}

int task_starve(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(work_goes_on_while_a_body_waits, setup),
        cmocka_unit_test_setup(work_goes_on_beside_a_plain_loop, setup),
        cmocka_unit_test_setup(errors_wait_in_line, setup),
        cmocka_unit_test_setup(limits_stay_exact, setup),
        cmocka_unit_test_setup(short_ones_end_on_time, setup),
        cmocka_unit_test_setup(short_ones_within_a_set, setup),
        cmocka_unit_test_setup(who_holds_a_permit_goes_on, setup),
        cmocka_unit_test_setup(sets_within_sets, setup),
        cmocka_unit_test_setup(dropped_at_each_moment, setup),
        cmocka_unit_test_setup(each_allocation_fails, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
