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

/* ---- over a socket: what was written goes on without a poll ---- */

enum { STILL_MS = 800 };

static weir_stream *relay_to_echo(weir_duplex near, void *arg)
{
    weir_relay_options options = {.size = sizeof options, .still_ns = STILL_MS * MS};
    weir_duplex ends[2];
    (void)arg;
    weir_duplex_pair(100, ends);
    weir_stream *echo = weir_copy(ends[1].reader, ends[1].writer);
    return weir_join(weir_relay(near, ends[0], &options), echo);
}
WEIR_CONNECTION_FN(relay_to_echo_fn, relay_to_echo)

/* Says something, is answered, and waits from then on: for how long. */
static bool say_once(weir_duplex *far, int64_t *waited_ns, weir_error *error)
{
    char byte = 'x';
    size_t n = 0;
    bool said = weir_await_write(far->writer, &byte, 1, error) == WEIR_READY &&
                weir_await_read(far->reader, &byte, 1, &n, error) == WEIR_READY;
    uint64_t begin_ns = weir_now_ns();
    while (said && weir_await_read(far->reader, &byte, 1, &n, error) == WEIR_READY)
        ;
    *waited_ns = (int64_t)(weir_now_ns() - begin_ns);
    weir_duplex_drop(*far);
    return said;
}
WEIR_FIBER_FN(say_once_fn, say_once, weir_duplex, int64_t)

static void check_once(uint64_t seed)
{
    const char *address = net_address();
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim", .seed = seed}, NULL);
    weir_stream *incoming = weir_incoming(address, NULL);
    assert_true(weir_rt_spawn(rt, weir_serve(incoming, &relay_to_echo_fn, NULL, NULL)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(MS), NULL, NULL), WEIR_READY);
    weir_duplex far = weir_dial(address, NULL);
    int64_t waited_ns = 0;
    weir_error error;
    weir_stream *client = weir_fiber(&say_once_fn, &far, NULL);
    if (weir_rt_run(rt, client, &waited_ns, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    if (waited_ns < (STILL_MS - 50) * (int64_t)MS || waited_ns > (STILL_MS + 200) * (int64_t)MS)
        fail_msg("seed %llu: after %lld ms", (unsigned long long)seed,
                 (long long)(waited_ns / (int64_t)MS));
    weir_rt_drop(rt);
}

static void who_was_answered_is_given_no_second_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        check_once(seed);
}

int net_still(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_still_ends),
        cmocka_unit_test(it_is_told_who_was_still),
        cmocka_unit_test(who_was_answered_is_given_no_second_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
