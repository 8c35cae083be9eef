/* hub: who is woken, from where, and how long it all lives. What outputs give is in the tests of
 * the operators. */

#include <pthread.h>
#include <stdio.h>

#include "outputs.h"
#include "stream/hub.h"
#include "task/thread.h"
#include "task/worker.h"

enum { N = 3 };

static struct script script;
static struct task tasks[N];

static void begin(const char *text)
{
    weir_stream *outputs[N];
    script = (struct script){.type = &tracked_type};
    weir_balance(script_stream(&script, text), outputs, N);
    tasks_begin(tasks, outputs, N);
}

/* ---- wakes from elsewhere ---- */

struct held {
    weir_waker *waker;
    bool stop;
};

/* Waits for ever, and leaves its waker with somebody. */
static weir_poll lend_waker(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct held *held = arg;
    (void)out, (void)demand;
    if (!held->waker) {
        weir_waker_ref(cx->waker);
        held->waker = cx->waker;
    }
    weir_waker_slot slot = {NULL};
    weir_poll got = weir_wait(cx, &slot, WEIR_WAIT_PEER);
    weir_waker_slot_clear(&slot);
    return got;
}

static void *wake_often(void *arg)
{
    struct held *held = arg;
    while (!__atomic_load_n(&held->stop, __ATOMIC_RELAXED))
        weir_waker_wake(held->waker);
    return NULL;
}

/* Another thread wakes while outputs wait, poll, come and go. */
static void test_threads(void **state)
{
    (void)state;
    struct held held = {NULL, false};
    weir_sharing *shared =
        weir_share(weir_poll_fn(&weir_type_i64, lend_waker, &held), 4, WEIR_SLOW_WAIT, 0);
    pthread_t thread;
    task_begin(&tasks[0], weir_share_reader(shared));
    task_poll(&tasks[0], 1);
    assert_int_equal(pthread_create(&thread, NULL, wake_often, &held), 0);
    for (int i = 0; i < 2000; i++) {
        task_begin(&tasks[1], weir_share_reader(shared));
        tasks[0].seen.n = 0;
        for (int polls = 0; polls < 5; polls++) {
            task_poll(&tasks[polls % 2], 1);
            while (polls == 3 && !task_woken(&tasks[1]))
                ; /* it comes */
        }
        task_drop(&tasks[1]);
        test_cx_fini(&tasks[1].test);
    }
    __atomic_store_n(&held.stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    weir_share_drop(shared);
    tasks[1] = (struct task){0};
    tasks_end(tasks, 1);
    weir_waker_wake_unref(held.waker); /* it outlives the hub, and wakes nobody */
}

/* A wake is for all who wait, however it comes. */
static void test_all_are_woken(void **state)
{
    (void)state;
    begin("P 1 P 2");
    for (int i = 0; i < N; i++)
        task_poll(&tasks[i], 1);
    assert_int_equal(script.polls, 3);
    script_wake(&script);
    for (int i = 0; i < N; i++) {
        assert_true(task_woken(&tasks[i]));
        assert_int_equal(tasks[i].test.waker->wakes, 1);
    }
    tasks_end(tasks, N);
}

/* One asks where the source has something before it woke anybody: those who wait cannot rely on the
 * source any more, so they are told. */
static void test_nobody_is_left(void **state)
{
    (void)state;
    begin("P 1 2");
    task_poll(&tasks[0], 1);
    task_poll(&tasks[1], 1);
    script.at++; /* ready, and says nothing */
    task_poll(&tasks[2], 1);
    assert_string_equal(tasks[2].seen.text, "1");
    assert_true(task_woken(&tasks[0]) && task_woken(&tasks[1]));
    tasks_end(tasks, N);
}

/* The waiting ones hear of a drop. */
static void test_drops_wake(void **state)
{
    (void)state;
    begin("P~");
    task_poll(&tasks[0], 1);
    task_poll(&tasks[1], 1);
    task_drop(&tasks[1]);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    tasks_end(tasks, N);
    assert_int_equal(script.finis, 1);
}

/* ---- an output inside of its own source ---- */

struct loop {
    weir_stream *output;
    weir_stream *dropped;
    bool again;
};

static weir_poll poll_output(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct loop *loop = arg;
    (void)demand;
    weir_drop(loop->dropped);
    loop->dropped = NULL;
    if (loop->again)
        return weir_poll_next(loop->output, cx, out, 1);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_READY};
}

static void test_inside_of_itself(void **state)
{
    (void)state;
    struct loop loop = {NULL, NULL, true};
    weir_stream *outputs[2];
    weir_balance(weir_poll_fn(&weir_type_i64, poll_output, &loop), outputs, 2);
    loop.output = outputs[1];
    task_begin(&tasks[0], outputs[0]);
    task_poll(&tasks[0], 1);
    assert_string_equal(tasks[0].seen.text, "!!ARGUMENT");
    assert_non_null(strstr(tasks[0].seen.error.message, "inside of a poll of its own source"));
    weir_drop(outputs[1]);
    tasks_end(tasks, 1);
}

/* The source drops an output while it is polled, and that ends them all: it stays until it is back
 * from its poll. */
static void test_given_up_in_a_poll(void **state)
{
    (void)state;
    struct loop loop = {0};
    weir_stream *outputs[2];
    memory_begin(0, false);
    weir_balance(weir_poll_fn(&weir_type_i64, poll_output, &loop), outputs, 2);
    weir_end_together(outputs[0]);
    loop.dropped = outputs[1];
    task_begin(&tasks[0], outputs[0]);
    task_poll(&tasks[0], 1);
    task_poll(&tasks[0], 1);
    assert_string_equal(tasks[0].seen.text, "1 $");
    tasks_end(tasks, 1);
    memory_end();
    assert_int_equal(memory.live, 0);
}

/* ---- in one task, behind each other ---- */

static void test_in_a_merge(void **state)
{
    (void)state;
    weir_stream *outputs[2];
    script = (struct script){.type = &tracked_type};
    weir_broadcast(script_stream(&script, "P 1 P* 2 P 3"), outputs, 2, 2, WEIR_SLOW_WAIT);
    assert_string_equal(trace_items(weir_merge(outputs, 2), 1), "1 1 2 2 3 3 $");
    assert_int_equal(tracked_live, 0);
}

/* ---- under a stage that ends before its source ---- */

static uint64_t number_third(int64_t x, void *arg)
{
    (void)arg;
    return (uint64_t)x % 3;
}
WEIR_KEY_FN(number_third_fn, number_third, int64_t, uint64_t)

/* Of the readers that are left. */
static size_t choose_third(int64_t x, size_t n, void *arg)
{
    return number_third(x, arg) % n;
}
WEIR_CHOOSE_FN(choose_third_fn, choose_third, int64_t)

static void make_broadcast(weir_stream *source, weir_stream **outputs)
{
    weir_broadcast(source, outputs, N, 1, WEIR_SLOW_WAIT);
}

static void make_route(weir_stream *source, weir_stream **outputs)
{
    weir_route(source, &number_third_fn, NULL, outputs, N, 1);
}

static void make_share(weir_stream *source, weir_stream **outputs)
{
    weir_sharing *sharing = weir_share(source, 1, WEIR_SLOW_WAIT, 0);
    for (int i = 0; i < N; i++)
        outputs[i] = weir_share_reader(sharing);
    weir_share_drop(sharing);
}

static void make_deal(weir_stream *source, weir_stream **outputs)
{
    weir_dealing *dealing = weir_deal(source, &choose_third_fn, NULL, N, 1);
    for (int i = 0; i < N; i++)
        outputs[i] = weir_deal_reader(dealing);
    weir_deal_drop(dealing);
}

/* What has ended holds nobody back, though it is dropped with the others. */
static void test_over(void **state)
{
    (void)state;
    static const struct {
        void (*make)(weir_stream *source, weir_stream **outputs);
        const char *seen;
    } rows[] = {
        {make_broadcast, "0 0 0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 $"},
        {make_share, "0 0 0 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 $"},
        {make_route, "0 1 2 4 5 7 8 $"},
        {make_deal, "0 2 1 3 4 5 7 6 8 $"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_stream *outputs[N];
        rows[i].make(weir_range(0, 9), outputs);
        weir_stream *first = weir_take(outputs[0], 1);
        weir_stream *all = weir_select(first, weir_merge(outputs + 1, N - 1));
        assert_string_equal(trace_items(all, 1), rows[i].seen);
    }
}

/* ---- in tasks of a runtime ---- */

static void test_in_tasks(void **state)
{
    (void)state;
    enum { ITEMS = 500 };
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .budget = 3), &error);
    for (int balanced = 0; balanced < 2; balanced++) {
        weir_stream *outputs[N], *handles[N], *source = pending_once(weir_range(0, ITEMS));
        uint64_t n = 0, all = 0;
        if (balanced)
            weir_balance(source, outputs, N);
        else
            weir_broadcast(source, outputs, N, 4, WEIR_SLOW_WAIT);
        for (int i = 0; i < N; i++)
            handles[i] = weir_worker_spawn(weir_rt_worker(rt), weir_count(outputs[i]));
        for (int i = 0; i < N; i++) {
            assert_int_equal(weir_rt_run(rt, handles[i], &n, &error), WEIR_READY);
            assert_true(balanced ? n > 0 : n == ITEMS);
            all += n;
        }
        assert_int_equal(all, balanced ? ITEMS : N * ITEMS);
    }
    weir_rt_drop(rt);
}

/* ---- what was told to end ---- */

static weir_poll cut_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    *(int64_t *)out = 1;
    bool given = *(bool *)arg;
    *(bool *)arg = true;
    cx->cut = given;
    return (weir_poll){!given, given ? WEIR_END : WEIR_READY};
}

/* Each output says so, also those that did not see it themselves. */
static void test_cut(void **state)
{
    (void)state;
    bool given = false;
    weir_stream *outputs[N];
    weir_broadcast(weir_poll_fn(&weir_type_i64, cut_poll, &given), outputs, N, 4, WEIR_SLOW_WAIT);
    tasks_begin(tasks, outputs, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(task_run(&tasks[i], 1), WEIR_END);
        assert_string_equal(tasks[i].seen.text, "1 $");
        assert_true(weir_stage_was_cut(&outputs[i]->stage));
    }
    tasks_end(tasks, N);
}

static weir_poll cut_with_item(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    memcpy(out, arg, sizeof(uint64_t));
    cx->cut = true;
    return (weir_poll){1, WEIR_END};
}

static uint64_t itself(uint64_t item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_KEY_FN(itself_fn, itself, uint64_t, uint64_t)

/* The last item comes with the end: it is not said of whoever ends next in this turn. */
static void test_cut_beside_an_item(void **state)
{
    (void)state;
    uint64_t item = 1;
    weir_stream *outputs[2];
    struct test_cx test;
    test_cx_init(&test);
    weir_route(weir_poll_fn(&weir_type_u64, cut_with_item, &item), &itself_fn, NULL, outputs, 2, 4);
    weir_poll got = weir_poll_next(outputs[1], &test.cx, &item, 1);
    assert_int_equal(got.n, 1);
    assert_false(test.cx.cut);
    for (int i = 0; i < 2; i++) {
        got = weir_poll_next(outputs[i], &test.cx, &item, 1);
        assert_int_equal(got.state, WEIR_END);
        assert_true(weir_stage_was_cut(&outputs[i]->stage));
        weir_drop(outputs[i]);
    }
    test_cx_fini(&test);
}

/* One more than there are seats for: all say so. */
static void test_outputs_max(void **state)
{
    (void)state;
    enum { MANY = 65537 };
    static weir_stream *outputs[MANY];
    uint64_t item;
    weir_error error;
    weir_balance(weir_range(0, 9), outputs, MANY);
    assert_int_equal(await(weir_next(outputs[MANY - 1]), &item, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    for (size_t i = 0; i < MANY; i++)
        weir_drop(outputs[i]);
}

/* ---- tasks that are polled when they were woken, and at no other time ---- */

enum { TASKS_MAX = 24, STEPS_MAX = 5000 };

WEIR_PAIR(uint64_t, weir_stream *, group)

static uint64_t third(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value % 3;
}
WEIR_KEY_FN(third_fn, third, struct tracked, uint64_t, OF_TRACKED)

static struct crowd {
    struct task tasks[TASKS_MAX];
    bool ready[TASKS_MAX]; /* to go on without a wake */
    size_t n;
    bool groups; /* the first gives others */
    uint64_t random;
} crowd;

static unsigned draw(unsigned n)
{
    crowd.random = crowd.random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(crowd.random >> 33) % n;
}

static void crowd_add(weir_stream *output)
{
    assert_true(crowd.n < TASKS_MAX);
    task_begin(&crowd.tasks[crowd.n], output);
    crowd.ready[crowd.n++] = true;
}

static weir_state crowd_poll(size_t i)
{
    struct group next;
    struct task *task = &crowd.tasks[i];
    if (i || !crowd.groups)
        return task_poll(task, draw(3) + 1);
    test_cx_turn(&task->test);
    weir_poll got = weir_poll_next(task->output, &task->test.cx, &next, 1);
    if (got.n)
        crowd_add(next.second);
    return got.state;
}

/* One of those that can go on. SIZE_MAX: none can. */
static size_t crowd_pick(void)
{
    size_t first = draw((unsigned)crowd.n);
    for (size_t k = 0; k < crowd.n; k++) {
        size_t i = (first + k) % crowd.n;
        const struct task *task = &crowd.tasks[i];
        bool over = !task->output || weir_is_done(task->output);
        if (!over && (crowd.ready[i] || task_woken(task)))
            return i;
    }
    return SIZE_MAX;
}

static void crowd_run(unsigned drops)
{
    for (int steps = 0; steps < STEPS_MAX; steps++) {
        if (drops && draw(20) == 0) {
            task_drop(&crowd.tasks[draw((unsigned)crowd.n)]);
            drops--;
        }
        size_t i = crowd_pick();
        if (i != SIZE_MAX)
            crowd.ready[i] = crowd_poll(i) != WEIR_PENDING;
        else if (!script_wake(&script))
            break;
    }
    for (size_t i = 0; i < crowd.n; i++)
        assert_true(!crowd.tasks[i].output || weir_is_done(crowd.tasks[i].output));
    tasks_end(crowd.tasks, crowd.n);
    assert_int_equal(script.finis, 1);
}

/* Items and waits in any order. */
static weir_stream *random_source(void)
{
    static const char *const words[] = {"P ", "P* ", "!7 ", ""};
    char text[400] = "";
    for (int i = 1; i <= 20; i++) {
        strcat(text, words[draw(draw(3) ? 2 : 4)]);
        snprintf(text + strlen(text), 16, "%d ", i);
    }
    script = (struct script){.type = &tracked_type, .at_most = draw(3)};
    return script_stream(&script, text);
}

static void crowd_begin(unsigned kind, uint64_t seed)
{
    weir_stream *outputs[N], *source;
    crowd.n = 0;
    crowd.random = seed;
    crowd.groups = kind == 4;
    source = random_source();
    if (kind < 2)
        weir_broadcast(source, outputs, N, draw(4) + 1, kind ? WEIR_SLOW_LAG : WEIR_SLOW_WAIT);
    else if (kind == 2)
        weir_balance(source, outputs, N);
    else if (kind == 3)
        weir_route(source, &third_fn, NULL, outputs, N, draw(3) + 1);
    else
        outputs[0] = weir_group_by(source, &third_fn, NULL, 8, draw(3) + 1, WEIR_CLOSED_AGAIN);
    for (int i = 0; i < (crowd.groups ? 1 : N); i++)
        crowd_add(outputs[i]);
}

static void test_only_the_woken(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++)
        for (uint64_t seed = 1; seed <= 300; seed++)
            for (unsigned drops = 0; drops < 3; drops++) {
                crowd_begin(kind, seed * 5 + drops);
                crowd_run(drops);
            }
}

int stage_hub(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_all_are_woken),
        cmocka_unit_test(test_nobody_is_left),
        cmocka_unit_test(test_drops_wake),
        cmocka_unit_test(test_inside_of_itself),
        cmocka_unit_test(test_given_up_in_a_poll),
        cmocka_unit_test(test_in_a_merge),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_in_tasks),
        cmocka_unit_test(test_outputs_max),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_beside_an_item),
        cmocka_unit_test(test_only_the_woken),
    };
    return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
