/* Connections that are moved without waiting: what a try says, what is waited for in between, and
 * that what went wrong is told by the fill or the write behind it. And fills that want more than
 * comes at once. */

#include "net.h"

#include <errno.h>

#include "weir/ready.h"

/* A connection, and the plain descriptors of its other end. */
struct talk {
    weir_duplex near;
    int listener, far;
    weir_rt *rt;
    bool reads;       /* a fill that waits comes before the try */
    const char *text; /* that is said later, after some turns */
    unsigned turns;
};

enum { PIECE_BYTES = 4096, WAITS_MAX = 10000, ROUNDS_MAX = 4, MANY_BYTES = 100000 };

static weir_readiness wait_for(struct talk *talk, weir_interest interest)
{
    weir_error error = {0};
    weir_readiness got = 0;
    if (weir_await(weir_ready(talk->near, interest), &got, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    return got;
}

static void connect_it(struct talk *talk)
{
    assert_int_equal(wait_for(talk, WEIR_INTEREST_WRITE), WEIR_READINESS_WRITE);
    talk->far = accept(talk->listener, NULL, NULL);
    assert_true(talk->far >= 0);
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

/* ---- reading ---- */

static bool what_is_there(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    char got[8];
    assert_true(weir_try_read(talk->near.reader, got, 8) == WEIR_WOULD_BLOCK);
    connect_it(talk);
    assert_true(weir_try_read(talk->near.reader, got, 8) == WEIR_WOULD_BLOCK);
    say(talk->far, "abcdefghij");
    assert_true(wait_for(talk, WEIR_INTEREST_READ) & WEIR_READINESS_READ);
    assert_true(wait_for(talk, WEIR_INTEREST_READ) & WEIR_READINESS_READ); /* as before */
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), 8);
    assert_memory_equal(got, "abcdefgh", 8);
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), 2);
    assert_memory_equal(got, "ij", 2);
    assert_true(weir_try_read(talk->near.reader, got, 8) == WEIR_WOULD_BLOCK);
    assert_int_equal(shutdown(talk->far, SHUT_WR), 0);
    wait_for(talk, WEIR_INTEREST_READ);
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), 0);
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), 0);
    wait_for(talk, WEIR_INTEREST_READ);
    assert_int_equal(talk->near.reader->offset, 10);
    assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_END);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(what_is_there_fn, what_is_there, struct talk *, int64_t)

/* Nothing was waited for: the try asks the kernel itself, and finds the end. */
static bool an_end_by_itself(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    char got[8];
    connect_it(talk);
    say(talk->far, "abc");
    assert_int_equal(shutdown(talk->far, SHUT_WR), 0);
    assert_int_equal(weir_await(weir_sleep(NET_MS), NULL, error), WEIR_READY);
    assert_int_equal(weir_try_read(talk->near.reader, got, 2), 2);
    assert_int_equal(weir_try_read(talk->near.reader, got, 2), 1);
    assert_int_equal(weir_try_read(talk->near.reader, got, 2), 0);
    assert_int_equal(weir_try_read(talk->near.reader, got, 2), 0);
    assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_END);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(an_end_by_itself_fn, an_end_by_itself, struct talk *, int64_t)

static void reset(int fd)
{
    static const struct linger none = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
    close(fd);
}

static bool a_reset(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    char got[8];
    connect_it(talk);
    if (talk->reads)
        assert_true(weir_try_read(talk->near.reader, got, 8) == WEIR_WOULD_BLOCK);
    reset(talk->far);
    talk->far = -1;
    if (talk->reads)
        wait_for(talk, WEIR_INTEREST_READ);
    else
        assert_int_equal(weir_await(weir_sleep(NET_MS), NULL, error), WEIR_READY);
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), -ECONNRESET);
    assert_int_equal(weir_try_read(talk->near.reader, got, 8), -ECONNRESET);
    assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_ERROR);
    assert_int_equal(error->number, ECONNRESET);
    assert_true(weir_try_read(talk->near.reader, got, 8) <= 0);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(a_reset_fn, a_reset, struct talk *, int64_t)

/* ---- more than comes at once ---- */

static weir_poll say_later(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct talk *talk = arg;
    (void)demand;
    if (++talk->turns % 4)
        return weir_wait_turn(cx);
    say(talk->far, talk->text);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* Waits for so many, while the text is said meanwhile. */
static void fill_while(struct talk *talk, const char *text, size_t n, weir_error *error)
{
    talk->text = text;
    talk->turns = 0;
    assert_true(weir_rt_spawn(talk->rt, weir_future_fn(&weir_type_i64, say_later, talk)));
    assert_int_equal(weir_await_fill(talk->near.reader, n, error), WEIR_READY);
}

static void expect_hand(struct talk *talk, const char *text)
{
    size_t n;
    const unsigned char *bytes = weir_peek(talk->near.reader, &n);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, n);
}

/* What is in hand stays in front of what comes. */
static bool pieces_are_joined(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    connect_it(talk);
    say(talk->far, "abc");
    assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_READY);
    fill_while(talk, "defg", 7, error);
    expect_hand(talk, "abcdefg");
    weir_consume(talk->near.reader, 6);
    fill_while(talk, "hi", 3, error);
    expect_hand(talk, "ghi");
    weir_consume(talk->near.reader, 3);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(pieces_are_joined_fn, pieces_are_joined, struct talk *, int64_t)

/* A little that is left of a lot. */
static bool a_rest_is_kept(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    static char many[MANY_BYTES];
    memset(many, 'm', sizeof many);
    connect_it(talk);
    assert_int_equal(send(talk->far, many, sizeof many, 0), sizeof many);
    for (size_t left = sizeof many - 10, n; left; left -= n) {
        assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_READY);
        weir_peek(talk->near.reader, &n);
        n = n < left ? n : left;
        weir_consume(talk->near.reader, n);
    }
    assert_int_equal(weir_await_fill(talk->near.reader, 10, error), WEIR_READY);
    expect_hand(talk, "mmmmmmmmmm");
    fill_while(talk, "rest", 14, error);
    expect_hand(talk, "mmmmmmmmmmrest");
    talk->text = NULL;
    shutdown(talk->far, SHUT_WR);
    assert_int_equal(weir_await_fill(talk->near.reader, 15, error), WEIR_END);
    expect_hand(talk, "mmmmmmmmmmrest");
    *out = 0;
    return true;
}
WEIR_FIBER_FN(a_rest_is_kept_fn, a_rest_is_kept, struct talk *, int64_t)

/* What goes straight into memory comes out of blocks that are used again: large reads, which take
 * them, and small ones, which fill them, in turns. */
static bool much_is_read_straight(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    static unsigned char many[MANY_BYTES], got[WEIR_READ_STRAIGHT_BYTES];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = (unsigned char)(i / 7);
    connect_it(talk);
    assert_int_equal(send(talk->far, many, sizeof many, 0), sizeof many);
    shutdown(talk->far, SHUT_WR);
    for (size_t at = 0, n, turn = 0; at < sizeof many; at += n) {
        size_t size = turn++ % 2 ? 100 : sizeof got;
        wait_for(talk, WEIR_INTEREST_READ); /* a block is filled */
        assert_int_equal(weir_await_read(talk->near.reader, got, size, &n, error), WEIR_READY);
        assert_true(at + n <= sizeof many);
        assert_memory_equal(got, many + at, n);
    }
    assert_int_equal(weir_await_fill(talk->near.reader, 1, error), WEIR_END);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(much_is_read_straight_fn, much_is_read_straight, struct talk *, int64_t)

/* ---- writing ---- */

static int64_t fill_up(struct talk *talk)
{
    static const char bytes[PIECE_BYTES];
    int64_t n, all = 0;
    while ((n = weir_try_write(talk->near.writer, bytes, sizeof bytes)) > 0)
        all += n;
    assert_true(n == WEIR_WOULD_BLOCK);
    return all;
}

static void drain(int fd, int64_t n)
{
    static char bytes[PIECE_BYTES];
    for (int64_t got; n > 0; n -= got) {
        size_t most = n < PIECE_BYTES ? (size_t)n : PIECE_BYTES;
        assert_true((got = recv(fd, bytes, most, 0)) > 0);
    }
}

struct readers_turn {
    struct talk *talk;
    int64_t n;
};

static weir_poll drain_later(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static unsigned turns;
    struct readers_turn *turn = arg;
    (void)demand;
    if (++turns % 8)
        return weir_wait_turn(cx);
    drain(turn->talk->far, turn->n);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void drain_elsewhere(struct readers_turn *turn)
{
    assert_true(weir_rt_spawn(turn->talk->rt, weir_future_fn(&weir_type_i64, drain_later, turn)));
}

/* The loop of the manual: it waits while the kernel takes nothing, and does not go round. */
static void try_until_there_is_room(struct talk *talk)
{
    unsigned rounds = 0;
    while (weir_try_write(talk->near.writer, "x", 1) != 1) {
        wait_for(talk, WEIR_INTEREST_WRITE);
        assert_in_range(++rounds, 1, ROUNDS_MAX);
    }
}

static bool room_is_waited_for(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    (void)error;
    assert_true(weir_try_write(talk->near.writer, "x", 1) == WEIR_WOULD_BLOCK);
    connect_it(talk);
    struct readers_turn turn = {talk, fill_up(talk)};
    assert_int_equal(weir_stage_n(&talk->near.writer->stage), turn.n);
    drain_elsewhere(&turn);
    try_until_there_is_room(talk);
    drain(talk->far, 1);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(room_is_waited_for_fn, room_is_waited_for, struct talk *, int64_t)

/* What is queued goes first: a try waits its turn behind it. */
static bool behind_what_is_queued(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    connect_it(talk);
    struct readers_turn turn = {talk, fill_up(talk)};
    assert_int_equal(weir_await_write(talk->near.writer, "queued", 6, error), WEIR_READY);
    assert_int_equal(weir_unsent(talk->near.writer), 6);
    assert_true(weir_try_write(talk->near.writer, "x", 1) == WEIR_WOULD_BLOCK);
    drain_elsewhere(&turn);
    try_until_there_is_room(talk);
    char got[8] = {0};
    assert_int_equal(recv(talk->far, got, 7, MSG_WAITALL), 7);
    assert_string_equal(got, "queuedx");
    *out = 0;
    return true;
}
WEIR_FIBER_FN(behind_what_is_queued_fn, behind_what_is_queued, struct talk *, int64_t)

static bool nobody_reads(struct talk **arg, int64_t *out, weir_error *error)
{
    struct talk *talk = *arg;
    connect_it(talk);
    reset(talk->far);
    talk->far = -1;
    int64_t n;
    for (unsigned i = 0; (n = weir_try_write(talk->near.writer, "x", 1)) == 1; i++)
        assert_true(i < WAITS_MAX);
    assert_true(n < 0 && n != WEIR_WOULD_BLOCK && n != WEIR_CANNOT_TRY);
    assert_int_equal(weir_try_write(talk->near.writer, "x", 1), n);
    assert_true(wait_for(talk, WEIR_INTEREST_WRITE) & WEIR_READINESS_WRITE);
    assert_int_equal(weir_await_write(talk->near.writer, "x", 1, error), WEIR_ERROR);
    assert_int_equal(error->number, -n);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(nobody_reads_fn, nobody_reads, struct talk *, int64_t)

/* ---- on each driver, dialled and given ---- */

static int listen_plain(char *address, size_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    snprintf(address, size, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    return fd;
}

static const weir_sys *table; /* NULL: the real one */

static void tell(const char *driver, const weir_fiber_fn *story, bool given, bool reads)
{
    char address[64];
    struct talk talk = {.far = -1, .reads = reads};
    talk.listener = listen_plain(address, sizeof address);
    talk.near = given ? weir_socket(net_plain(address)) : weir_dial(address, NULL);
    talk.rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = 1, .sys = table}, NULL);
    struct talk *arg = &talk;
    int64_t none;
    weir_error error = {0};
    weir_state got = weir_rt_run(talk.rt, weir_fiber(story, &arg, NULL), &none, &error);
    if (got != WEIR_READY)
        fail_msg("%s: %s", driver, error.message);
    weir_duplex_drop(talk.near);
    weir_rt_drop(talk.rt);
    close(talk.listener);
    if (talk.far >= 0)
        close(talk.far);
}

static void on_all(const weir_fiber_fn *story, bool reads)
{
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int given = 0; given < 2; given++)
            tell(rig_drivers[d], story, given, reads);
}

static void what_is_there_is_read(void **state)
{
    (void)state;
    on_all(&what_is_there_fn, false);
    on_all(&an_end_by_itself_fn, false);
}

static void much_is_read(void **state)
{
    (void)state;
    on_all(&much_is_read_straight_fn, false);
}

static void a_fill_wants_more_than_comes(void **state)
{
    (void)state;
    on_all(&pieces_are_joined_fn, false);
    on_all(&a_rest_is_kept_fn, false);
}

/* Calls that the kernel interrupts are made again, and nobody is told. */
static struct {
    weir_sys sys;
    unsigned n;
} interrupts;

static int64_t interrupted_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    return interrupts.n++ % 2 ? sys->base->recv(sys->base, fd, out, n, flags) : -EINTR;
}

static int64_t interrupted_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message,
                                   int flags)
{
    return interrupts.n++ % 2 ? sys->base->sendmsg(sys->base, fd, message, flags) : -EINTR;
}

static void what_is_interrupted_is_tried_again(void **state)
{
    (void)state;
    weir_sys_wrap(&interrupts.sys, NULL);
    interrupts.sys.recv = interrupted_recv;
    interrupts.sys.sendmsg = interrupted_sendmsg;
    table = &interrupts.sys;
    on_all(&an_end_by_itself_fn, false);
    on_all(&room_is_waited_for_fn, false);
    assert_true(interrupts.n > 0);
    table = NULL;
}

static void a_reset_is_told_by_the_next_fill(void **state)
{
    (void)state;
    on_all(&a_reset_fn, false);
    on_all(&a_reset_fn, true);
}

static void who_tries_waits_for_room(void **state)
{
    (void)state;
    on_all(&room_is_waited_for_fn, false);
    on_all(&behind_what_is_queued_fn, false);
}

static void a_broken_connection_is_told_by_the_next_write(void **state)
{
    (void)state;
    on_all(&nobody_reads_fn, false);
}

int net_readiness(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_read),
        cmocka_unit_test(much_is_read),
        cmocka_unit_test(a_fill_wants_more_than_comes),
        cmocka_unit_test(what_is_interrupted_is_tried_again),
        cmocka_unit_test(a_reset_is_told_by_the_next_fill),
        cmocka_unit_test(who_tries_waits_for_room),
        cmocka_unit_test(a_broken_connection_is_told_by_the_next_write),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
