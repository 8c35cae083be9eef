/* Marks across workers: a source on one, what settles on others. Each mark is settled where its
 * source is, none before all that came before it was safe. */

#include "bodies.h"
#include "marked.h"
#include "weir/channel.h"
#include "weir/executor.h"
#include "weir/par.h"
#include "weir/set.h"

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
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks_come_home),
                                       cmocka_unit_test(a_receiver_gives_up)};
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
