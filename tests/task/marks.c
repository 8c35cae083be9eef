/* Marks across workers: a source on one, what settles on others. Each mark is settled where its
 * source is, none before all that came before it was safe. */

#include "bodies.h"
#include "marked.h"
#include "weir/channel.h"
#include "weir/executor.h"
#include "weir/par.h"
#include "weir/set.h"
#include "weir/sort.h"

static struct marked marked;
static unsigned apart; /* runs in which source and sink were on two threads */

/* ---- the settler: what it took is safe at once ---- */

struct settler {
    weir_stream stream;
    uint64_t n;
    uint64_t most; /* then it has enough */
    bool waits;    /* for the source to be on a thread of its own */
};

static void wait_for_source(void)
{
    for (int i = 0; i < 2000 && !__atomic_load_n(&marked.thread, __ATOMIC_RELAXED); i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static weir_poll settler_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct settler *self = WEIR_SELF(struct settler, stream);
    int64_t item;
    (void)demand;
    if (self->waits)
        wait_for_source();
    self->waits = false;
    while (self->n < self->most) {
        weir_poll got = weir_poll_next(weir_source(stream), cx, &item, 1);
        if (got.state == WEIR_MARK)
            weir_mark_settle(weir_mark_take(cx), true);
        else if (got.n)
            marked_note(&marked, item);
        self->n += got.n;
        if (got.state == WEIR_END)
            break;
        if (!got.n)
            return got.state == WEIR_MARK ? (weir_poll){0, WEIR_READY} : got;
        if (!weir_spend(cx))
            return (weir_poll){0, WEIR_READY};
    }
    apart += __atomic_load_n(&marked.thread, __ATOMIC_RELAXED) != marked_thread();
    *(uint64_t *)out = self->n;
    return (weir_poll){1, WEIR_END};
}

static weir_stream *settler(weir_stream *source, uint64_t most)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "settler",
                                        .poll_next = settler_poll_next,
                                        .size_hint = weir_size_hint_one,
                                        .marks = WEIR_MARKS_SETTLE};
    weir_stream *stream = weir_stream_new(source, sizeof(struct settler), &ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    WEIR_SELF(struct settler, stream)->most = most;
    WEIR_SELF(struct settler, stream)->waits = strcmp(replay.driver, "sim") && replay.workers > 1;
    return stream;
}

/* ---- the chains ---- */

static int64_t same(int64_t item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

enum { ITEMS = 200 };

/* What the other worker runs. */
static weir_stream *sending(weir_sender *tx)
{
    weir_stream *source = marked_stream(&marked, replay.seed + 3, 1, ITEMS);
    marked.fails = false;
    weir_stream *sends = weir_send_each(weir_map(source, &same_fn, NULL), tx);
    weir_sender_drop(tx);
    return sends;
}

/* Inside of a task, so that it may go to any worker. */
static weir_stream *spawned(void *arg)
{
    return weir_spawn(arg);
}

static weir_stream *on_another(weir_stream *future)
{
    weir_stream *stream = weir_lazy(&weir_type_u64, spawned, future);
    stream->stage.one = true;
    return stream;
}

static void run_both(weir_rt *rt, weir_stream *rx, weir_sender *tx)
{
    struct {
        uint64_t sent, came;
    } both;
    weir_error error;
    weir_stream *all = weir_join(on_another(sending(tx)), settler(rx, UINT64_MAX));
    if (weir_rt_run(rt, all, &both, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_int_equal(both.sent, ITEMS);
    assert_int_equal(both.came, ITEMS);
    assert_int_equal(marked.early, 0);
    assert_int_equal(marked.lost, 0);
    assert_int_equal(marked.given, marked.kept);
}

static void settled_at_home(weir_rt *rt, uint32_t workers)
{
    weir_sender *tx;
    weir_stream *rx = weir_marked_channel(&weir_type_i64, 1 + workers, &tx);
    run_both(rt, rx, tx);
}

static void through_others(weir_rt *rt, uint32_t workers)
{
    weir_sender *tx;
    weir_stream *rx = weir_marked_channel(&weir_type_i64, 8, &tx);
    run_both(rt, weir_par_map(rx, &same_fn, NULL, 2 + workers, NULL), tx);
}

static void marks_come_home(void **state)
{
    (void)state;
    everywhere(settled_at_home);
    everywhere(through_others);
    assert_true(apart > 0);
}

/* ---- what is held to an end that waits for it ---- */

static weir_line line_of(int64_t item, void *arg)
{
    static char texts[MARKED_ITEMS_MAX + 1][8];
    (void)arg;
    int n = snprintf(texts[item], sizeof texts[item], "%d", (int)item);
    return (weir_line){texts[item], (size_t)n};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line)

/* The source's limit is heard of on the other side of the channel. */
static void held_behind_a_channel(weir_rt *rt, uint32_t workers)
{
    weir_sender *tx;
    weir_error error;
    struct {
        uint64_t sent, came;
    } both;
    weir_stream *rx = weir_marked_channel(&weir_type_i64, 1 + workers, &tx);
    weir_stream *sends = sending(tx);
    marked.open = 1 + workers;
    rx = weir_sort(weir_take(weir_map(rx, &line_fn, NULL), ITEMS), NULL);
    weir_stream *all = weir_join(on_another(sends), weir_count(weir_settle_here(rx)));
    assert_int_equal(weir_rt_run(rt, all, &both, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_non_null(strstr(error.message, "'sort' holds all marks to the end"));
    assert_int_equal(marked.kept, 0); /* who sends is told to end, and loses them */
}

static void sorted_behind_a_channel(void **state)
{
    (void)state;
    everywhere(held_behind_a_channel);
}

/* ---- functions that make it safe themselves ---- */

static int64_t handle(int64_t item, void *arg)
{
    (void)arg;
    marked_note(&marked, item);
    return item;
}
WEIR_MAP_FN(handle_fn, handle, int64_t, int64_t)

static void handle_only(int64_t item, void *arg)
{
    (void)handle(item, arg);
}
WEIR_EACH_FN(handle_only_fn, handle_only, int64_t)

static void handled_in_parallel(weir_rt *rt, uint32_t workers)
{
    weir_error error;
    uint64_t n;
    weir_stream *source = marked_stream(&marked, replay.seed + 5, 1, ITEMS);
    marked.fails = false;
    source = weir_par_for_each(source, &handle_only_fn, NULL, 4, NULL);
    assert_int_equal(weir_rt_run(rt, source, NULL, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "'par_for_each' does not know what its function made"));
    assert_non_null(strstr(error.cure, "weir_settle_here() behind it"));
    source = marked_stream(&marked, replay.seed + 5, 1, ITEMS);
    marked.fails = false;
    source = weir_settle_here(weir_par_map(source, &handle_fn, NULL, 1 + workers, NULL));
    assert_int_equal(weir_rt_run(rt, weir_count(source), &n, &error), WEIR_READY);
    assert_int_equal(n, ITEMS);
    assert_int_equal(marked.early, 0);
    assert_int_equal(marked.given, marked.kept);
}

static void par_for_each_names_the_way(void **state)
{
    (void)state;
    everywhere(handled_in_parallel);
}

/* The receiver goes in the middle: what it had not settled is lost, and nothing else is. */
static void given_up(weir_rt *rt, uint32_t workers)
{
    weir_sender *tx;
    weir_stream *rx = weir_marked_channel(&weir_type_i64, 4, &tx);
    weir_error error;
    (void)workers;
    struct {
        uint64_t sent, came;
    } both;
    weir_stream *all = weir_join(on_another(sending(tx)), settler(rx, 50));
    assert_int_equal(weir_rt_run(rt, all, &both, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_int_equal(marked.early, 0);
    assert_int_equal(marked.given, marked.kept + marked.lost);
}

static void a_receiver_gives_up(void **state)
{
    (void)state;
    everywhere(given_up);
}

int task_marks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_come_home), cmocka_unit_test(sorted_behind_a_channel),
        cmocka_unit_test(par_for_each_names_the_way), cmocka_unit_test(a_receiver_gives_up)};
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
