/* A set of many children that are woken at once polls no more of them in one turn than the budget
 * has, but for those that give an item, which count as the items of a batch; none is forgotten. */

#include "proofs.h"

enum { CHILDREN = 20000, ROUNDS = 3, MOST = 2 * WEIR_BUDGET };
enum { ITEMS_MOST = (WEIR_BUDGET + 1) * WEIR_DEMAND_MAX }; /* in the round of the last wake */

struct waiting {
    weir_stream stream;
    weir_waker_slot slot;
};

static struct waiting *all[CHILDREN];
static uint64_t polls, last, worst, worst_items;
static size_t made;
static unsigned rounds;

static weir_poll waiting_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct waiting *self = WEIR_SELF(struct waiting, stream);
    (void)demand;
    polls++;
    if (rounds <= ROUNDS)
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static void waiting_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&WEIR_SELF(struct waiting, stream)->slot);
}

static const weir_stream_ops waiting_ops = {
    .size = sizeof waiting_ops, .name = "waiting", .poll_next = waiting_poll, .fini = waiting_fini};

static weir_stream *make_waiting(int64_t i, void *arg)
{
    (void)arg;
    weir_stream *stream = weir_source_new(sizeof(struct waiting), &waiting_ops, &weir_type_i64);
    stream->stage.one = true;
    all[i] = WEIR_SELF(struct waiting, stream);
    made++;
    return stream;
}
typedef weir_stream *stream_pointer;
WEIR_MAP_FN(waiting_fn, make_waiting, int64_t, stream_pointer, .to = &weir_type_stream)

/* The same as machines in the set's own slots. */
struct machine {
    weir_waker_slot slot;
};

static struct machine *machines[CHILDREN];

static void machine_start(struct machine *self, int64_t i, void *arg)
{
    (void)arg;
    machines[i] = self;
    made++;
}

static weir_poll machine_poll(struct machine *self, weir_cx *cx, int64_t *out)
{
    polls++;
    if (rounds <= ROUNDS)
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    weir_waker_slot_clear(&self->slot);
    *out = 1;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, int64_t, int64_t)

/* Wakes all of them, several times; the last time they are over. */
static weir_poll neighbour(void *arg, weir_cx *cx, void *out, size_t demand)
{
    bool by_machine = *(bool *)arg;
    (void)demand;
    uint64_t *most = rounds <= ROUNDS ? &worst : &worst_items;
    if (made == CHILDREN && rounds && polls - last > *most)
        *most = polls - last;
    last = polls;
    if (made < CHILDREN || polls < (uint64_t)CHILDREN * (rounds + 1))
        return weir_wait_turn(cx);
    if (rounds++ > ROUNDS) {
        *(char *)out = 0;
        return (weir_poll){1, WEIR_END};
    }
    for (size_t i = 0; i < CHILDREN; i++)
        weir_waker_slot_wake(by_machine ? &machines[i]->slot : &all[i]->slot);
    return weir_wait_turn(cx);
}

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static weir_stream *set(int how)
{
    weir_stream *numbers = weir_range(0, CHILDREN);
    if (how == 2)
        return weir_map_async(numbers, &machine_fn, NULL, CHILDREN);
    if (how == 3)
        return weir_map_async_ordered(numbers, &machine_fn, NULL, CHILDREN);
    weir_stream *futures = weir_map(numbers, &waiting_fn, NULL);
    return (how ? weir_buffered : weir_buffer_unordered)(futures, &weir_type_i64, CHILDREN);
}

static void test_woken_at_once(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        bool by_machine = how >= 2;
        int64_t zero = 0, sum = 0;
        weir_error error;
        polls = last = worst = worst_items = made = rounds = 0;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL);
        assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, neighbour, &by_machine)));
        alarm(20);
        if (weir_rt_run(rt, weir_fold(set(how), &add_fn, &zero, NULL), &sum, &error) != WEIR_READY)
            fail_msg("%d: %s", how, WEIR_ERROR_TEXT(&error));
        alarm(0);
        assert_int_equal(sum, CHILDREN);
        if (worst > MOST || worst_items > ITEMS_MOST || !worst)
            fail_msg("%d: %llu polls in one turn, %llu that gave an item", how,
                     (unsigned long long)worst, (unsigned long long)worst_items);
        weir_rt_drop(rt);
    }
}

int proofs_p24(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_woken_at_once)};
    return cmocka_run_group_tests_name("p24", tests, NULL, NULL);
}
