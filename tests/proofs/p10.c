/* A reader that is dropped while it waits has taken nothing from a descriptor that stays the
 * caller's: what is written afterwards is there for the next one who reads. */

#include "proofs.h"

#include <sys/socket.h>

struct scene {
    weir_reader *reader;
    int write_end;
    unsigned turns; /* between its first poll and the bytes: the driver may begin an operation */
    unsigned step;
    bool drop_first;
};

static const char precious[] = "precious";
enum { BYTES = sizeof precious - 1 };

static weir_poll play(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct scene *scene = arg;
    (void)demand;
    if (!scene->step++) {
        if (weir_poll_fill(scene->reader, cx, 1).state != WEIR_PENDING)
            return weir_fail(cx, WEIR_E_USER, "an empty pipe gave something");
        return weir_wait_turn(cx);
    }
    if (scene->step < scene->turns)
        return weir_wait_turn(cx);
    if (scene->drop_first)
        weir_drop(scene->reader);
    if (write(scene->write_end, precious, BYTES) != BYTES)
        return weir_fail(cx, WEIR_E_USER, "the pipe takes nothing");
    if (!scene->drop_first)
        weir_drop(scene->reader);
    *(uint64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static void open_ends(int ends[2], bool sockets)
{
    if (sockets)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    else
        assert_int_equal(pipe(ends), 0);
}

static void bytes_are_left(int fd)
{
    char bytes[2 * BYTES];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(read(fd, bytes, sizeof bytes), BYTES);
    assert_memory_equal(bytes, precious, BYTES);
}

static void test_dropped_while_waiting(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (unsigned how = 0; how < 16; how++) {
            int ends[2];
            open_ends(ends, how & 1);
            weir_rt *rt = rig_rt(rig_drivers[d]);
            struct scene scene = {weir_fd_reader(ends[0], "pipe"), ends[1], how & 2 ? 5 : 1, 0,
                                  how & 4};
            if (how & 8)
                fcntl(ends[0], F_SETFL, O_NONBLOCK);
            weir_error error;
            uint64_t n;
            if (weir_rt_run(rt, weir_future_fn(&weir_type_u64, play, &scene), &n, &error))
                fail_msg("%s", WEIR_ERROR_TEXT(&error));
            weir_rt_drop(rt);
            bytes_are_left(ends[0]);
            close(ends[0]);
            close(ends[1]);
        }
}

static weir_poll a_few_turns(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--)
        return weir_wait_turn(cx);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* The same where the runtime goes, and where it is told to stop, with the reader in a chain. */
static void test_the_runtime_goes(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (unsigned stop = 0; stop < 2; stop++) {
            int ends[2];
            unsigned left = 5;
            open_ends(ends, false);
            weir_rt *rt = rig_rt(rig_drivers[d]);
            assert_true(
                weir_rt_spawn(rt, weir_count(weir_lines(weir_fd_reader(ends[0], "pipe"), 100))));
            assert_int_equal(
                weir_rt_run(rt, weir_future_fn(&weir_type_unit, a_few_turns, &left), NULL, NULL),
                WEIR_READY);
            if (stop)
                weir_rt_stop(rt);
            weir_rt_drop(rt);
            assert_int_equal(write(ends[1], precious, BYTES), BYTES);
            bytes_are_left(ends[0]);
            close(ends[0]);
            close(ends[1]);
        }
}

int proofs_p10(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dropped_while_waiting),
                                       cmocka_unit_test(test_the_runtime_goes)};
    return cmocka_run_group_tests_name("p10", tests, rig_setup, rig_teardown);
}
