/* What is awaited between fibers: bytes over a pair of sockets whose buffers are full, both ways;
 * what a wait costs; tasks. */

#include "../driver/rig.h"
#include "doubles.h"

#include <sys/socket.h>

enum { BYTES = 1 << 20, PIECE = 10000, ROUNDS = 4 };

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 7 + i / 251);
}

/* One side of the pair. */
struct side {
    weir_reader *reader;
    weir_writer *writer;
    bool first; /* speaks first */
};

static bool send_all(struct side *self, weir_error *error)
{
    unsigned char piece[PIECE];
    for (size_t at = 0, n; at < BYTES; at += n) {
        n = BYTES - at < PIECE ? BYTES - at : PIECE;
        for (size_t i = 0; i < n; i++)
            piece[i] = byte_at(at + i);
        if (weir_await_write(self->writer, piece, n, error) != WEIR_READY)
            return false;
    }
    return weir_await_flush(self->writer, error) == WEIR_READY;
}

static bool receive_all(struct side *self, weir_error *error)
{
    unsigned char piece[PIECE];
    for (size_t at = 0, n; at < BYTES; at += n) {
        size_t wanted = BYTES - at < PIECE ? BYTES - at : PIECE;
        if (weir_await_read(self->reader, piece, wanted, &n, error) != WEIR_READY)
            return false;
        assert_in_range(n, 1, wanted);
        for (size_t i = 0; i < n; i++)
            if (piece[i] != byte_at(at + i))
                fail_msg("byte %zu is wrong", at + i);
    }
    return true;
}

/* ---- in turn ---- */

static bool exchange(struct side **side, bool *over, weir_error *error)
{
    struct side *self = *side;
    *over = true;
    for (int round = 0; round < ROUNDS; round++) {
        if (self->first && !(send_all(self, error) && receive_all(self, error)))
            return false;
        if (!self->first && !(receive_all(self, error) && send_all(self, error)))
            return false;
    }
    return true;
}
WEIR_FIBER_FN(exchange_fn, exchange, struct side *, bool)

/* ---- at once ---- */

static bool only_send(struct side **side, bool *over, weir_error *error)
{
    return *over = send_all(*side, error);
}
WEIR_FIBER_FN(only_send_fn, only_send, struct side *, bool)

static bool only_receive(struct side **side, bool *over, weir_error *error)
{
    return *over = receive_all(*side, error);
}
WEIR_FIBER_FN(only_receive_fn, only_receive, struct side *, bool)

/* ---- the pair, and who waits for them ---- */

static void sides_begin(struct side sides[2], int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (int i = 0; i < 2; i++)
        sides[i] = (struct side){.reader = weir_fd_reader(ends[i], "a side"),
                                 .writer = weir_fd_writer(ends[i], "a side"),
                                 .first = i == 0};
}

static void sides_end(struct side sides[2], int ends[2])
{
    for (int i = 0; i < 2; i++) {
        weir_drop(sides[i].reader);
        weir_drop(sides[i].writer);
        close(ends[i]);
    }
}

static bool join(weir_stream **tasks, size_t n, weir_error *error)
{
    bool well = true, over;
    for (size_t i = 0; i < n; i++)
        well = weir_await(tasks[i], &over, well ? error : NULL) == WEIR_READY && well;
    return well;
}

static bool in_turn(struct side **sides, bool *over, weir_error *error)
{
    struct side *of[2] = {&(*sides)[0], &(*sides)[1]};
    weir_stream *tasks[2] = {weir_go(&exchange_fn, &of[0], NULL),
                             weir_go(&exchange_fn, &of[1], NULL)};
    return *over = join(tasks, 2, error);
}
WEIR_FIBER_FN(in_turn_fn, in_turn, struct side *, bool)

static bool at_once(struct side **sides, bool *over, weir_error *error)
{
    struct side *of[2] = {&(*sides)[0], &(*sides)[1]};
    weir_stream *tasks[4] = {
        weir_go(&only_send_fn, &of[0], NULL), weir_go(&only_receive_fn, &of[0], NULL),
        weir_go(&only_send_fn, &of[1], NULL), weir_go(&only_receive_fn, &of[1], NULL)};
    return *over = join(tasks, 4, error);
}
WEIR_FIBER_FN(at_once_fn, at_once, struct side *, bool)

static void run_over_a_pair(const weir_fiber_fn *fn, const char *driver, struct side sides[2])
{
    int ends[2];
    weir_error error;
    bool over = false;
    sides_begin(sides, ends);
    weir_rt *rt = rig_rt(driver);
    if (weir_rt_run(rt, weir_fiber(fn, &sides, NULL), &over, &error) != WEIR_READY)
        fail_msg("%s: %s", driver, WEIR_ERROR_TEXT(&error));
    assert_true(over);
    sides_end(sides, ends);
    weir_rt_drop(rt);
}

/* ---- the tests ---- */

/* The whole of it is larger than the kernel's buffers, so each side waits many times, to write and
 * to read. */
static void two_fibers_exchange(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        struct side sides[2];
        memory_begin(0, false);
        run_over_a_pair(&in_turn_fn, rig_drivers[i], sides);
        assert_int_equal(memory_end(), 0);
    }
}

static void both_ways_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        struct side sides[2];
        run_over_a_pair(&at_once_fn, rig_drivers[i], sides);
    }
}

/* ---- what a wait costs ---- */

enum { WAITED_BYTES = 1000, WAITS = 3 };

/* Each byte is waited for, and so is each write. */
struct slow {
    weir_reader *reader;
    weir_writer *writer;
    unsigned long calls; /* of the allocator, while it waited */
};

static bool copy_slowly(struct slow **slow, int64_t *bytes, weir_error *error)
{
    struct slow *self = *slow;
    char byte;
    size_t n;
    for (*bytes = 0; weir_await_read(self->reader, &byte, 1, &n, error) == WEIR_READY; ++*bytes) {
        if (*bytes == 1)
            self->calls = memory.calls;
        if (weir_await_write(self->writer, &byte, 1, error) != WEIR_READY)
            return false;
    }
    self->calls = memory.calls - self->calls;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(copy_slowly_fn, copy_slowly, struct slow *, int64_t)

static void a_wait_takes_no_memory(void **state)
{
    static unsigned char bytes[WAITED_BYTES];
    (void)state;
    for (int in_a_fiber = 0; in_a_fiber < 2; in_a_fiber++) {
        struct sink sink = {.pending = true, .waits = WAITS};
        memory_begin(0, false);
        struct slow slow = {.reader = waiting_reader(bytes, WAITED_BYTES, 1, WAITS),
                            .writer = sink_writer(&sink)},
                    *self = &slow;
        int64_t n = 0;
        weir_error error;
        if (in_a_fiber)
            assert_int_equal(weir_await(weir_fiber(&copy_slowly_fn, &self, NULL), &n, &error),
                             WEIR_READY);
        else
            assert_true(copy_slowly(&self, &n, &error));
        assert_int_equal(n, WAITED_BYTES);
        assert_int_equal(slow.calls, 0);
        weir_drop(slow.reader);
        weir_drop(slow.writer);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* ---- what was cut ---- */

static weir_poll cut_after_two(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *n = arg;
    (void)demand;
    cx->cut = *n == 2;
    if (cx->cut)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++*n;
    return (weir_poll){1, WEIR_READY};
}

static bool count_in_a_loop(int64_t **from, int64_t *n, weir_error *error)
{
    weir_for_try (int64_t, x, weir_poll_fn(&weir_type_i64, cut_after_two, *from), *error)
        *n = x;
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(count_in_a_loop_fn, count_in_a_loop, int64_t *, int64_t)

static bool count_by_await(int64_t **from, int64_t *n, weir_error *error)
{
    uint64_t counted = 0;
    weir_stream *items = weir_poll_fn(&weir_type_i64, cut_after_two, *from);
    weir_state got = weir_await(weir_count(items), &counted, error);
    *n = (int64_t)counted;
    return got == WEIR_READY;
}
WEIR_FIBER_FN(count_by_await_fn, count_by_await, int64_t *, int64_t)

/* What a fiber made of a part of the input is so called. */
static void a_fiber_passes_a_cut(void **state)
{
    static const weir_fiber_fn *const fns[] = {&count_in_a_loop_fn, &count_by_await_fn};
    (void)state;
    for (int i = 0; i < 2; i++) {
        int64_t from = 0, *at = &from, n = 0;
        weir_error error = {0};
        assert_int_equal(weir_await(weir_fiber(fns[i], &at, NULL), &n, &error), WEIR_READY);
        assert_int_equal(n, 2);
        assert_int_equal(error.code, WEIR_E_STOPPED);
        from = 0;
        assert_int_equal(weir_await(weir_go(fns[i], &at, NULL), &n, &error), WEIR_READY);
        assert_int_equal(error.code, WEIR_E_STOPPED);
    }
}

/* ---- whose it is ---- */

struct sum {
    int64_t a, b;
};

static bool add(struct sum *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = self->a + self->b;
    return weir_pause();
}
WEIR_FIBER_FN(add_fn, add, struct sum, int64_t)

static weir_stream *spawn_a_sum(int64_t a, int64_t b)
{
    struct sum sum = {a, b};
    weir_stream *task = weir_go(&add_fn, &sum, NULL);
    sum = (struct sum){-1, -1};
    return task;
}

/* Its state is its own, and what spawned it may be gone. */
static void a_task_owns_what_it_uses(void **state)
{
    (void)state;
    int64_t sum = 0;
    weir_stream *tasks[2] = {spawn_a_sum(1, 2), spawn_a_sum(3, 4)};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(weir_await(tasks[i], &sum, NULL), WEIR_READY);
        assert_int_equal(sum, i ? 7 : 3);
    }
}

int task_await(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_takes_no_memory),   cmocka_unit_test(two_fibers_exchange),
        cmocka_unit_test(both_ways_at_once),        cmocka_unit_test(a_fiber_passes_a_cut),
        cmocka_unit_test(a_task_owns_what_it_uses),
    };
    rig_find_drivers();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
