/* Connections that are parked between two requests: halves that are new each time, what closes
 * them, and what is never lost. */

#include "net.h"

#define MS 1000000ull

static const char *driver;
static unsigned handled, alive; /* calls of the handler; its futures that are not over */

enum { BIG_BYTES = 200000 };

static void drop_near(void *state)
{
    weir_duplex *near = state;
    alive--;
    if (near->reader)
        weir_duplex_abort(*near);
}

/* Answers one byte: 'b' with many, 'x' by giving up, 'H' only with a second one behind it, others
 * with themselves. */
static bool answer_one(const weir_duplex *near, weir_error *error)
{
    size_t n;
    unsigned char asked = *weir_peek(near->reader, &n);
    if (asked == 'H' && weir_await_fill(near->reader, 2, error) != WEIR_READY)
        return true;
    weir_consume(near->reader, 1);
    if (asked == 'x') {
        weir_error_set(error, WEIR_E_CORRUPT, "an x came");
        return false;
    }
    if (asked != 'b')
        return weir_await_write(near->writer, &asked, 1, error) == WEIR_READY;
    unsigned char *big = net_bytes(BIG_BYTES);
    weir_state got = weir_await_write(near->writer, big, BIG_BYTES, error);
    free(big);
    return got == WEIR_READY;
}

/* What it gives back instead, by what was asked: with a reader over it, one that it cannot be seen
 * through, or closed already. */
static void swap(weir_duplex *near, unsigned char asked, weir_error *error)
{
    if (asked == 'C')
        near->reader = weir_chain_reader(near->reader, weir_memory_reader("", 0));
    if (asked == 't')
        near->reader = weir_read_timeout(near->reader, 1000 * MS);
    if (asked == 's')
        weir_ignore(weir_await_close(near->writer, error));
}

static bool answer(weir_duplex *near, weir_duplex *out, weir_error *error)
{
    weir_state got = weir_await_fill(near->reader, 1, error);
    size_t n;
    unsigned char asked = got == WEIR_READY ? *weir_peek(near->reader, &n) : 0;
    if (got == WEIR_ERROR || (got == WEIR_READY && !answer_one(near, error)))
        return false;
    swap(near, asked, error);
    *out = *near;
    *near = (weir_duplex){NULL, NULL};
    return true;
}
WEIR_FIBER_FN(answer_fn, answer, weir_duplex, weir_duplex, .to = &weir_type_duplex,
              .drop = drop_near)

static weir_stream *handle(weir_duplex near, void *arg)
{
    (void)arg;
    handled++;
    alive++;
    return weir_fiber(&answer_fn, &near, NULL);
}
WEIR_THEN_FN(handle_fn, handle, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

/* ---- who asks ---- */

struct client {
    const char *address;
    const char *asks; /* one after the other, each when the one before was answered */
    bool at_once;     /* all together */
    size_t unasked;   /* of the last ones, for whose answers it does not wait */
    unsigned pause_ms;
    bool waits_for_end; /* which the server makes */
    /* what came of it */
    size_t answered;
    bool ended;
    int number; /* of what went wrong */
};

static bool take(weir_reader *reader, size_t n, weir_error *error)
{
    for (size_t had; n; n -= had < n ? had : n) {
        if (weir_await_fill(reader, 1, error) != WEIR_READY)
            return false;
        weir_peek(reader, &had);
        weir_consume(reader, had < n ? had : n);
    }
    return true;
}

static bool ask(struct client **state, int64_t *out, weir_error *error)
{
    struct client *self = *state;
    weir_await(weir_sleep(5 * MS), NULL, NULL); /* until somebody listens */
    weir_duplex far = weir_dial(self->address, NULL);
    size_t n = strlen(self->asks);
    bool well = true;
    *out = 0;
    if (self->at_once)
        well = weir_await_write(far.writer, self->asks, n, error) == WEIR_READY;
    for (size_t i = 0; well && i < n; i++) {
        if (!self->at_once)
            well = weir_await_write(far.writer, &self->asks[i], 1, error) == WEIR_READY;
        if (self->pause_ms)
            weir_await(weir_sleep(self->pause_ms * MS), NULL, NULL);
        if (i + self->unasked >= n)
            continue;
        well = well && take(far.reader, self->asks[i] == 'b' ? BIG_BYTES : 1, error);
        self->answered += well;
    }
    self->number = well ? 0 : error->number;
    if (self->waits_for_end && well)
        self->ended = weir_await_fill(far.reader, 1, error) == WEIR_END;
    weir_duplex_drop(far);
    return true;
}
WEIR_FIBER_FN(ask_fn, ask, struct client *, int64_t)

static void run_client(weir_rt *rt, struct client *client)
{
    assert_int_equal(weir_rt_run(rt, weir_fiber(&ask_fn, &client, NULL), NULL, NULL), WEIR_READY);
}

/* Until the server has seen what was done last. */
static void settle(weir_rt *rt)
{
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_rt_run(rt, weir_sleep(5 * MS), NULL, NULL), WEIR_READY);
}

static void on_each_driver(void (*test)(const char *address))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        unsigned fds = rig_open_fds();
        driver = rig_drivers[i];
        handled = alive = 0;
        test(net_address());
        assert_int_equal(alive, 0);
        assert_int_equal(rig_open_fds(), fds);
    }
}

/* ---- tests ---- */

static void one_by_one(const char *address)
{
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, NULL);
    struct client client = {.address = address, .asks = "abcde", .pause_ms = 2};
    run_client(rt, &client);
    assert_int_equal(client.answered, 5);
    settle(rt);
    assert_int_equal(handled, 6); /* the last one is the end */
    assert_int_equal(alive, 0);
    weir_rt_drop(rt);
}

static void each_request_has_halves_of_its_own(void **state)
{
    (void)state;
    on_each_driver(one_by_one);
}

/* One with a reader over it goes on, until its peer ends, also in the middle of a request; one that
 * is closed is given up, and the others go on. */
static void given_back_otherwise(const char *address)
{
    static const struct {
        const char *asks;
        size_t answered, unasked;
    } rows[] = {{"atb", 3, 0}, {"as", 2, 0},     {"aCb", 3, 0},
                {"aH", 1, 1},  {"aCaCaH", 5, 1}, {"abc", 3, 0}};
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client client = {
            .address = address, .asks = rows[i].asks, .unasked = rows[i].unasked, .pause_ms = 2};
        run_client(rt, &client);
        assert_int_equal(client.answered, rows[i].answered);
        settle(rt);
        assert_int_equal(alive, 0);
    }
    weir_rt_drop(rt);
}

static void what_is_given_back_otherwise(void **state)
{
    (void)state;
    on_each_driver(given_back_otherwise);
}

static void at_once(const char *address)
{
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, NULL);
    struct client client = {.address = address, .asks = "abcbde", .at_once = true};
    run_client(rt, &client);
    assert_int_equal(client.answered, 6);
    settle(rt);
    assert_int_equal(handled, 7);
    weir_rt_drop(rt);
}

static void what_came_already_is_not_lost(void **state)
{
    (void)state;
    on_each_driver(at_once);
}

/* It is parked while the kernel still has what was written. */
static void slow_reader(const char *address)
{
    weir_serve_options options = {
        .size = sizeof options, .read_timeout_ns = 9000 * MS, .write_timeout_ns = 9000 * MS};
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, &options);
    struct client client = {.address = address, .asks = "babb", .pause_ms = 20};
    run_client(rt, &client);
    assert_int_equal(client.answered, 4);
    weir_rt_drop(rt);
}

static void what_is_unsent_goes_on(void **state)
{
    (void)state;
    on_each_driver(slow_reader);
}

static void said_nothing(const char *address)
{
    weir_serve_options options = {.size = sizeof options, .idle_ns = 600 * MS, .max = 2};
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, &options);
    struct client silent = {.address = address, .asks = "", .waits_for_end = true};
    struct client talks = {.address = address, .asks = "abcdefgh", .pause_ms = 100};
    run_client(rt, &talks);
    assert_int_equal(talks.answered, 8); /* longer than the limit, all together */
    run_client(rt, &silent);
    assert_true(silent.ended);
    run_client(rt, &silent);
    assert_true(silent.ended);
    settle(rt);
    assert_int_equal(handled, 9);
    weir_rt_drop(rt);
}

static void who_says_nothing_is_closed(void **state)
{
    (void)state;
    on_each_driver(said_nothing);
}

/* One more than may be there, while the first has rested longer than the second: it comes in when
 * the first is closed, and does not wait for the second. */
static bool come_third(const char **address, int64_t *out, weir_error *error)
{
    weir_duplex far[3];
    *out = 0;
    for (int i = 0; i < 3; i++) {
        weir_await(weir_sleep((i ? 400 : 5) * MS), NULL, NULL);
        far[i] = weir_dial(*address, NULL);
        if (weir_await_write(far[i].writer, "a", 1, error) != WEIR_READY ||
            weir_await_flush(far[i].writer, error) != WEIR_READY || !take(far[i].reader, 1, error))
            return false;
    }
    uint64_t before_ns = weir_now_ns();
    if (weir_await_fill(far[1].reader, 1, error) == WEIR_END)
        *out = (int64_t)(weir_now_ns() - before_ns);
    for (int i = 0; i < 3; i++)
        weir_duplex_drop(far[i]);
    return true;
}
WEIR_FIBER_FN(come_third_fn, come_third, const char *, int64_t)

static void one_waits_outside(const char *address)
{
    int64_t later_ns;
    weir_error error;
    weir_serve_options options = {.size = sizeof options, .idle_ns = 1000 * MS, .max = 2};
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, &options);
    if (weir_rt_run(rt, weir_fiber(&come_third_fn, &address, NULL), &later_ns, &error) !=
        WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_true(later_ns > (int64_t)(50 * MS));
    settle(rt);
    weir_rt_drop(rt);
}

static void who_is_closed_makes_room(void **state)
{
    (void)state;
    on_each_driver(one_waits_outside);
}

static unsigned told;

static void count_error(const weir_error *error, void *arg)
{
    (void)arg;
    assert_int_equal(error->code, WEIR_E_CORRUPT);
    told++;
}

static void gives_up(const char *address)
{
    weir_serve_options options = {.size = sizeof options, .on_error = count_error};
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, &options);
    struct client client = {.address = address, .asks = "ax", .waits_for_end = true};
    told = 0;
    run_client(rt, &client);
    assert_int_equal(client.answered, 1);
    assert_int_equal(client.number, ECONNRESET);
    assert_int_equal(told, 1);
    weir_rt_drop(rt);
}

static void an_error_ends_it(void **state)
{
    (void)state;
    on_each_driver(gives_up);
}

struct stop {
    weir_rt *rt;
    const struct client *client;
};

/* Once both answers came, which a stop would cut, and the connection is parked again. */
static bool stop_later(struct stop *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    for (int i = 0; (self->client->answered < 2 || alive) && i < 1000; i++)
        weir_await(weir_sleep(5 * MS), NULL, NULL);
    weir_await(weir_sleep(5 * MS), NULL, NULL);
    weir_rt_stop(self->rt);
    return true;
}
WEIR_FIBER_FN(stop_fn, stop_later, struct stop, int64_t)

/* Those that are parked do not hold up a stop, nor are they given up. */
static void stopped(const char *address)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = 7}, &error);
    struct client client = {.address = address, .asks = "ab", .waits_for_end = true};
    struct client *asks = &client;
    weir_served served;
    assert_true(weir_rt_spawn(rt, weir_fiber(&ask_fn, &asks, NULL)));
    struct stop stop = {rt, &client};
    assert_true(weir_rt_spawn(rt, weir_fiber(&stop_fn, &stop, NULL)));
    assert_int_equal(weir_rt_run(rt,
                                 weir_serve(weir_incoming(address, NULL), &handle_fn, NULL, NULL),
                                 &served, &error),
                     WEIR_READY);
    assert_int_equal(client.answered, 2);
    assert_int_equal(served.connections, 1);
    assert_int_equal(served.errors, 0);
    assert_int_equal(served.given_up, 0);
    weir_rt_drop(rt);
}

static void a_stop_closes_who_is_parked(void **state)
{
    (void)state;
    on_each_driver(stopped);
}

/* With one that is parked, one that is being answered, and one whose answer nobody reads. */
static void dropped(const char *address)
{
    weir_rt *rt = net_serve(driver, address, &handle_fn, NULL, NULL);
    struct client clients[] = {
        {.address = address, .asks = "a", .waits_for_end = true},
        {.address = address, .asks = "", .waits_for_end = true},
        {.address = address, .asks = "b", .pause_ms = 100000},
    };
    for (size_t i = 0; i < 3; i++) {
        struct client *client = &clients[i];
        assert_true(weir_rt_spawn(rt, weir_fiber(&ask_fn, &client, NULL)));
    }
    settle(rt);
    assert_int_equal(clients[0].answered, 1);
    weir_rt_drop(rt);
}

static void a_runtime_goes_with_them(void **state)
{
    (void)state;
    on_each_driver(dropped);
}

int net_park(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_back_otherwise),
        cmocka_unit_test(each_request_has_halves_of_its_own),
        cmocka_unit_test(what_came_already_is_not_lost),
        cmocka_unit_test(what_is_unsent_goes_on),
        cmocka_unit_test(who_says_nothing_is_closed),
        cmocka_unit_test(who_is_closed_makes_room),
        cmocka_unit_test(an_error_ends_it),
        cmocka_unit_test(a_stop_closes_who_is_parked),
        cmocka_unit_test(a_runtime_goes_with_them),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
