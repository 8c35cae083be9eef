/* Trees of tasks in every order, on one to four workers: the driver sim draws who is next and who
 * takes what nobody polled yet. Children are joined, let go, ended or cancelled at moments that are
 * drawn too; whatever happens, each is dropped once.
 *
 * 1000 seeds; 100 000 with CHECK=long. SEED=n runs that one, as a failure says. */

#include "../driver/rig.h"
#include "doubles.h"
#include "nap.h"
#include "task/worker.h"

enum { CHILDREN = 2, DEPTH = 3, NODES_MAX = 64, WORKERS_MAX = 4 };

enum fate { JOINED, LET_GO, ABORTED, CANCELLED, FATES };

struct forest {
    uint64_t seed, drawn;
    uint64_t order; /* a hash of who began after whom */
    unsigned made, begun, finis, told, taken;
    int64_t sums[NODES_MAX]; /* what each came to */
};

struct node {
    weir_stream stream;
    struct forest *forest;
    unsigned number, depth, yields, next;
    bool begun, fails, naps;
    int64_t sum;
    weir_stream *nap;
    weir_stream *children[CHILDREN];
    enum fate fates[CHILDREN];
};

static struct {
    unsigned made, begun, taken, told, cancelled, elsewhere;
} totals;

static unsigned draw(struct forest *forest, unsigned n)
{
    forest->drawn = forest->drawn * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(forest->drawn >> 33) % n;
}

static weir_stream *node_new(struct forest *forest, unsigned depth);

static void node_begin(struct node *self, const weir_worker *here)
{
    struct forest *forest = self->forest;
    self->begun = true;
    forest->begun++;
    totals.elsewhere += here->index != 0;
    forest->order = (forest->order ^ self->number) * 1099511628211u;
    for (unsigned i = 0; i < CHILDREN && self->depth; i++)
        self->children[i] = weir_spawn(node_new(forest, self->depth - 1));
}

/* What a child gave is what it came to. */
static void take(struct node *self, int64_t item)
{
    assert_int_equal(self->forest->sums[item >> 32], item & 0xffff);
    self->sum += item & 0xffff;
    self->forest->taken++;
}

static weir_poll join(struct node *self, weir_cx *cx, unsigned i)
{
    int64_t item;
    weir_poll got = weir_poll_next(self->children[i], cx, &item, 1);
    if (got.state == WEIR_PENDING)
        return got;
    if (got.n)
        take(self, item);
    else
        assert_true(cx->error.code == WEIR_E_USER || cx->error.code == WEIR_E_CANCELLED);
    totals.cancelled += !got.n && cx->error.code == WEIR_E_CANCELLED;
    weir_drop(self->children[i]);
    self->children[i] = NULL;
    return got;
}

static weir_poll settle_child(struct node *self, weir_cx *cx, unsigned i)
{
    if (!self->children[i])
        return (weir_poll){0, WEIR_END};
    if (self->fates[i] == CANCELLED)
        weir_cancel(self->children[i]);
    if (self->fates[i] == JOINED || self->fates[i] == CANCELLED)
        return join(self, cx, i);
    weir_stream *child = self->children[i];
    self->children[i] = NULL;
    weir_drop(self->fates[i] == ABORTED ? weir_abort_on_drop(child) : child);
    return (weir_poll){0, WEIR_END};
}

static weir_poll node_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct node *self = WEIR_SELF(struct node, stream);
    int64_t ignored;
    (void)demand;
    if (!self->begun)
        node_begin(self, cx->worker);
    if (self->yields && self->yields--)
        return weir_wait_turn(cx);
    if (self->naps && weir_poll_next(self->nap, cx, &ignored, 1).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    self->naps = false;
    for (; self->next < CHILDREN; self->next++)
        if (settle_child(self, cx, self->next).state == WEIR_PENDING)
            return (weir_poll){0, WEIR_PENDING};
    if (self->fails)
        return weir_fail(cx, WEIR_E_USER, "node %u was to fail", self->number);
    self->forest->sums[self->number] = ++self->sum;
    *(int64_t *)out = (int64_t)self->number << 32 | self->sum;
    return (weir_poll){1, WEIR_END};
}

static void node_fini(weir_stream *stream)
{
    struct node *self = WEIR_SELF(struct node, stream);
    self->forest->finis++;
    weir_drop(self->nap);
    for (unsigned i = 0; i < CHILDREN; i++)
        if (self->children[i])
            weir_drop(weir_abort_on_drop(self->children[i]));
}

static const weir_stream_ops node_ops = {
    .size = sizeof node_ops, .name = "node", .poll_next = node_poll_next, .fini = node_fini};

static weir_stream *node_new(struct forest *forest, unsigned depth)
{
    weir_stream *stream = weir_source_new(sizeof(struct node), &node_ops, &weir_type_i64);
    struct node *self = WEIR_SELF(struct node, stream);
    stream->stage.one = true;
    self->forest = forest;
    self->number = forest->made++;
    self->depth = depth;
    self->yields = draw(forest, 4);
    self->fails = depth < DEPTH && !draw(forest, 8);
    self->naps = !draw(forest, 3);
    self->nap = nap(draw(forest, 3000) * UINT64_C(1000));
    for (unsigned i = 0; i < CHILDREN; i++)
        self->fates[i] = draw(forest, FATES);
    return stream;
}

static void on_task_error(weir_rt *rt, const weir_error *error, void *arg)
{
    struct forest *forest = arg;
    (void)rt;
    assert_int_equal(error->code, WEIR_E_USER);
    assert_true(error->task);
    forest->told++;
}

static uint64_t grow(uint64_t seed)
{
    struct forest forest = {.seed = seed, .drawn = seed};
    memory_begin(0, false);
    weir_rt_options options = {
        .size = sizeof options, .driver = "sim", .on_task_error = on_task_error, .arg = &forest};
    options.seed = seed;
    options.workers = 1 + (uint32_t)seed % WORKERS_MAX;
    weir_rt *rt = weir_rt_new(&options, NULL);
    weir_error error;
    weir_state state = weir_rt_run(rt, node_new(&forest, DEPTH), NULL, &error);
    for (int i = 0; i < 3; i++)
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
    weir_rt_drop(rt);
    if (state != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(forest.finis, forest.made);
    assert_int_equal(memory_end(), 0);
    totals.made += forest.made;
    totals.begun += forest.begun;
    totals.taken += forest.taken;
    totals.told += forest.told;
    return forest.order;
}

static uint64_t current; /* for who looks at what failed */

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void say_how_to_replay(void)
{
    if (current)
        print_message("again: SEED=%llu build/test/tests/task_tests seeds\n",
                      (unsigned long long)(current - 1));
}

static int begin(void **state)
{
    (void)state;
    atexit(say_how_to_replay); /* a sanitizer's report, an abort of the doubles */
    return 0;
}

static int end(void **state)
{
    (void)state;
    say_how_to_replay();
    current = 0;
    return 0;
}

static void every_order_ends_well(void **state)
{
    (void)state;
    const char *length = getenv("CHECK");
    uint64_t seeds = length && strcmp(length, "long") == 0 ? 100000 : 1000;
    uint64_t first = from_environment("SEED", 0);
    if (getenv("SEED"))
        seeds = 1;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        current = seed + 1;
        grow(seed);
    }
    current = 0;
    if (seeds < 1000)
        return;
    assert_true(totals.begun > seeds && totals.made > totals.begun); /* of each kind many */
    assert_true(totals.elsewhere > seeds);
    assert_true(totals.taken > seeds && totals.told > seeds / 20 && totals.cancelled > seeds / 4);
}

/* A seed is an order; another one is another, mostly. */
static void a_seed_is_replayed(void **state)
{
    (void)state;
    unsigned others = 0;
    uint64_t first = grow(0);
    for (uint64_t seed = 1; seed < 20; seed++) {
        uint64_t order = grow(seed);
        assert_true(order == grow(seed));
        others += order != first;
    }
    assert_true(others > 10);
}

int task_seeds(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_order_ends_well, begin, end),
        cmocka_unit_test(a_seed_is_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
