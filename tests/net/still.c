/* A relay where nothing moves: in one direction that is left, or in both. By the clock of sim. */

#include "net.h"

#define MS 1000000ull

/* A peer that sends a byte every `every_ms`, so many times, and ends or says nothing more. */
struct peer {
    weir_duplex end;
    unsigned every_ms, times;
    bool ends;
};

static bool send_some(struct peer *self, int64_t *out, weir_error *error)
{
    *out = 0;
    for (unsigned i = 0; i < self->times; i++)
        if (weir_await(weir_sleep(self->every_ms * MS), NULL, error) != WEIR_READY ||
            weir_await_write(self->end.writer, "x", 1, error) != WEIR_READY)
            return true;
    if (self->ends)
        weir_ignore(weir_await_close(self->end.writer, error));
    return true;
}
WEIR_FIBER_FN(send_fn, send_some, struct peer, int64_t)

static const struct {
    const char *name;
    uint64_t idle_ms, still_ms;
    unsigned there_every_ms, there_times, back_every_ms, back_times;
    bool there_ends, back_ends;
    const char *message; /* NULL: it is well */
    unsigned least_ms, most_ms;
} rows[] = {
    {"both end", 50, 50, 10, 3, 10, 9, true, true, NULL, 90, 91},
    {"silent", 0, 50, 0, 0, 0, 0, false, false, "nothing moved in either direction for 50 ms", 50,
     51},
    {"one talks", 0, 50, 30, 10, 0, 0, false, false, "nothing moved in either direction for 50 ms",
     350, 351},
    {"the other talks", 0, 50, 0, 0, 40, 10, false, false,
     "nothing moved in either direction for 50 ms", 450, 451},
    {"in turn", 0, 50, 40, 3, 60, 3, false, false, "nothing moved in either direction for 50 ms",
     170, 171},
    {"one ends", 40, 500, 10, 1, 0, 0, true, false,
     "one side has ended, the other sent nothing for 40 ms, after 0 bytes", 50, 51},
    {"one ends, with the same limit", 50, 50, 40, 1, 0, 0, true, false,
     "one side has ended, the other sent nothing for 50 ms, after 0 bytes", 90, 91},
    {"for ever", 50, 0, 300, 2, 300, 3, true, true,
     "one side has ended, the other sent nothing for 50 ms, after 2 bytes", 650, 651},
};

static void row_is_right(size_t i)
{
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .seed = i + 1}, NULL);
    weir_duplex near[2], far[2];
    weir_error error = {0};
    weir_duplex_pair(100, near);
    weir_duplex_pair(100, far);
    struct peer there = {near[0], rows[i].there_every_ms, rows[i].there_times, rows[i].there_ends};
    struct peer back = {far[1], rows[i].back_every_ms, rows[i].back_times, rows[i].back_ends};
    assert_true(weir_rt_spawn(rt, weir_fiber(&send_fn, &there, NULL)));
    assert_true(weir_rt_spawn(rt, weir_fiber(&send_fn, &back, NULL)));
    weir_relay_options options = {
        .size = sizeof options, .idle_ns = rows[i].idle_ms * MS, .still_ns = rows[i].still_ms * MS};
    const weir_sys *sys = weir_rt_sys(rt);
    uint64_t begin_ns = sys->now_ns(sys);
    weir_state got = weir_rt_run(rt, weir_relay(near[1], far[0], &options), NULL, &error);
    uint64_t took_ns = sys->now_ns(sys) - begin_ns;
    if (got != (rows[i].message ? WEIR_ERROR : WEIR_READY) ||
        (rows[i].message && strcmp(error.message, rows[i].message) != 0))
        fail_msg("%s: %s", rows[i].name, error.message);
    if (took_ns < rows[i].least_ms * MS || took_ns > rows[i].most_ms * MS)
        fail_msg("%s: after %llu ms", rows[i].name, (unsigned long long)(took_ns / MS));
    assert_true(got == WEIR_READY || error.code == WEIR_E_TIMEOUT);
    weir_rt_drop(rt);
    weir_duplex_drop(near[0]);
    weir_duplex_drop(far[1]);
}

static void what_is_still_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        row_is_right(i);
}

/* Whoever runs a relay for many is told which of them it was. */
static void it_is_told_who_was_still(void **state)
{
    weir_relay_options options = {.size = sizeof options, .still_ns = 5 * MS};
    int client[2], server[2];
    weir_error error;
    (void)state;
    assert_int_equal(pipe(client) + pipe(server), 0);
    weir_duplex near = {weir_fd_reader(client[0], "a client"), weir_null_writer()};
    weir_duplex far = {weir_fd_reader(server[0], "a server"), weir_null_writer()};
    assert_int_equal(weir_run(weir_relay(near, far, &options), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_string_equal(error.place, "a client");
    for (int i = 0; i < 2; i++)
        close(client[i]), close(server[i]);
}

int net_still(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_still_ends),
        cmocka_unit_test(it_is_told_who_was_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
