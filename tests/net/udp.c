/* Datagrams over real sockets, on each driver: sizes, peers, refusals, what is cut off, and paths.
 */

#include "udp_each.h"

#include "doubles.h"

#include <sys/stat.h>
#include <sys/un.h>

/* ---- bytes ---- */

static const struct family {
    const char *any, *peer; /* where two sockets stand */
} families[] = {{"127.0.0.1:0", "127.0.0.1:0"}, {":0", "127.0.0.1:0"}, {"[::1]:0", "[::1]:0"}};

static void check_sizes_of(const struct family *family)
{
    static const size_t sizes[] = {0, 1, 2, 1471, 1472, 1473, 9000, 16383, 16384};
    struct end a, b;
    unsigned char *bytes = net_bytes(20000);
    open_end(&a, family->any, (weir_udp_options){0});
    open_end(&b, family->peer, (weir_udp_options){0});
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        send_it(&a, &b.at, bytes, sizes[i]);
        weir_datagram got = receive(&b);
        assert_int_equal(got.n, sizes[i]);
        assert_memory_equal(got.data, bytes, got.n);
        assert_false(got.truncated);
        send_it(&b, &got.from, bytes + 1, sizes[i]); /* and back to where it came from */
        got = receive(&a);
        assert_int_equal(got.n, sizes[i]);
        assert_memory_equal(got.data, bytes + 1, got.n);
        assert_true(weir_endpoint_same(&got.from, &b.at));
        assert_string_equal(WEIR_ENDPOINT_TEXT(&got.from), b.address);
    }
    free(bytes);
    end_close(&a);
    end_close(&b);
}

/* Not every machine has version 6. */
static bool has_six(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool has = fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof at);
    close(fd);
    return has;
}

static void check_sizes(void)
{
    check_sizes_of(&families[0]);
    if (!has_six()) {
        print_message("SKIP version 6: this machine has none\n");
        return;
    }
    check_sizes_of(&families[1]);
    check_sizes_of(&families[2]);
}

static void every_size_goes_and_comes_back(void **state)
{
    (void)state;
    for_each_driver(check_sizes);
}

/* What is longer is cut off, and the next one is whole. */
static void check_truncated(void)
{
    static const uint32_t limits[] = {0, 8};
    unsigned char *bytes = net_bytes(20000);
    for (size_t i = 0; i < 2; i++) {
        struct end a, b;
        size_t max = limits[i] ? limits[i] : WEIR_DATAGRAM_BYTES_MAX;
        open_end(&a, "127.0.0.1:0", (weir_udp_options){0});
        open_end(&b, "127.0.0.1:0", (weir_udp_options){.bytes_max = limits[i]});
        send_it(&a, &b.at, bytes, max + 1);
        send_it(&a, &b.at, bytes + 1, max);
        weir_datagram got = receive(&b);
        assert_int_equal(got.n, max);
        assert_true(got.truncated);
        assert_memory_equal(got.data, bytes, max);
        got = receive(&b);
        assert_int_equal(got.n, max);
        assert_false(got.truncated);
        assert_memory_equal(got.data, bytes + 1, max);
        end_close(&a);
        end_close(&b);
    }
    free(bytes);
}

static void what_is_longer_is_cut_off_and_said_so(void **state)
{
    (void)state;
    for_each_driver(check_truncated);
}

/* Short ones share a block: many are received in one poll, each with its own bytes. */
enum { N = 40 };

static void send_all(const struct end *from, const struct end *to)
{
    for (unsigned char i = 0; i < N; i++)
        send_it(from, &to->at, (unsigned char[]){i, i, i}, i % 4);
}

static uint64_t taken;

/* Asks for eight at once, until all came. */
static weir_poll take_all(void *arg, weir_cx *cx, void *out, size_t demand)
{
    const struct end *end = arg;
    weir_datagram items[8];
    (void)demand;
    for (uint64_t *seen = out;;) {
        weir_poll got = weir_poll_next(end->in, cx, items, 8);
        for (uint32_t i = 0; i < got.n; i++, taken++) {
            assert_int_equal(items[i].n, taken % 4);
            assert_true(!items[i].n || (unsigned char)items[i].data[items[i].n - 1] == taken);
        }
        *seen = taken;
        if (taken == N || got.state != WEIR_READY)
            return taken == N ? (weir_poll){1, WEIR_END} : got;
    }
}

static void check_batch(void)
{
    struct end a, b;
    weir_vec all = {0};
    open_end(&a, "127.0.0.1:0", (weir_udp_options){0});
    open_end(&b, "127.0.0.1:0", (weir_udp_options){.bytes_max = 100});
    send_all(&a, &b);
    uint64_t polls = weir_stage_polls(&b.in->stage);
    taken = 0;
    weir_stream *all_of_them = weir_future_fn(&weir_type_u64, take_all, &b);
    assert_int_equal(weir_rt_run(rt, all_of_them, NULL, &error), WEIR_READY);
    assert_true(weir_stage_polls(&b.in->stage) - polls < N / 2);
    send_all(&a, &b);
    weir_stream *some = weir_take(weir_by_ref(b.in), N);
    assert_int_equal(weir_rt_run(rt, weir_collect(weir_own(some), N), &all, &error), WEIR_READY);
    assert_int_equal(all.n, N);
    const weir_owned_datagram *items = all.items;
    for (unsigned char i = 0; i < N; i++) {
        assert_int_equal(items[i].n, i % 4);
        assert_memory_equal(items[i].data, ((unsigned char[]){i, i, i, 0}), i % 4);
        assert_int_equal(items[i].data[items[i].n], 0);
    }
    weir_vec_drop(&all);
    end_close(&a);
    end_close(&b);
}

static void short_ones_come_many_at_once(void **state)
{
    (void)state;
    for_each_driver(check_batch);
}

/* ---- peers ---- */

static weir_stream *answer(weir_datagram came, void *socket)
{
    return weir_send_to(socket, &came.from, came.data, came.n);
}
WEIR_THEN_FN(answer_fn, answer, weir_datagram, uint64_t, .from = &weir_type_datagram)

/* Each gets its own back, from a server that knows none of them. */
static void check_peers(void)
{
    enum { PEERS = 24 };
    struct end server, peers[PEERS];
    open_end(&server, "127.0.0.1:0", (weir_udp_options){0});
    weir_stream *served = weir_then(server.in, &answer_fn, server.socket);
    assert_true(weir_rt_spawn(rt, weir_count(served)));
    for (unsigned char i = 0; i < PEERS; i++) {
        end_make(&peers[i], NULL, (weir_udp_options){.peer = server.address});
        send_it(&peers[i], i % 2 ? NULL : &server.at, &i, 1);
    }
    for (unsigned char i = 0; i < PEERS; i++) {
        weir_datagram got = receive(&peers[i]);
        assert_int_equal(got.n, 1);
        assert_int_equal((unsigned char)got.data[0], i);
        end_close(&peers[i]);
    }
    weir_rt_stop(rt);
    weir_udp_unref(server.socket);
}

static void many_peers_are_answered(void **state)
{
    (void)state;
    for_each_driver(check_peers);
}

/* Of a peer that is not there the next call is told, and the socket goes on. */
static void check_refused(void)
{
    struct end a, b, other;
    char where[WEIR_ADDRESS_BYTES];
    weir_datagram got;
    open_end(&b, "127.0.0.1:0", (weir_udp_options){0});
    open_end(&other, "127.0.0.1:0", (weir_udp_options){0});
    strcpy(where, b.address);
    close_end(&b);
    end_make(&a, "127.0.0.1:0", (weir_udp_options){.peer = where});
    send_it(&a, NULL, "x", 1);
    assert_int_equal(weir_rt_next(rt, a.in, &got, &error), WEIR_ERROR);
    assert_int_equal(error.number, ECONNREFUSED);
    assert_string_equal(error.place, where);
    assert_false(error.fatal);
    open_end(&b, where, (weir_udp_options){0});
    send_it(&other, &a.at, "not heard", 9);
    send_it(&b, &a.at, "y", 1);
    got = receive(&a);
    assert_int_equal(got.n, 1);
    assert_true(is_still(&a));
    close_end(&b);
    send_it(&a, NULL, "x", 1); /* a sender is told too, once */
    while (end_send(rt, &a, NULL, "x", 1, &error) == WEIR_READY)
        continue;
    assert_int_equal(error.number, ECONNREFUSED);
    assert_string_equal(error.place, where);
    end_close(&a);
    end_close(&other);
}

static void a_peer_that_is_not_there_is_told(void **state)
{
    (void)state;
    for_each_driver(check_refused);
}

/* ---- what cannot be ---- */

struct wrong {
    const char *address;
    weir_udp_options options;
    weir_code code;
    int number;
    const char *text;
};

static const struct wrong wrongs[] = {
    {"nowhere", {0}, WEIR_E_ARGUMENT, 0, "'nowhere' is no address for datagrams"},
    {"example.org:7", {0}, WEIR_E_ARGUMENT, 0, "'example.org:7' is no address for datagrams"},
    {"127.0.0.1:70000", {0}, WEIR_E_ARGUMENT, 0, "'127.0.0.1:70000' is no address for datagrams"},
    {"unix:", {0}, WEIR_E_ARGUMENT, 0, "'unix:' is no address for datagrams"},
    {":0", {.peer = "x"}, WEIR_E_ARGUMENT, 0, "'x' is no address for datagrams"},
    {":0", {.bytes_max = 16385}, WEIR_E_ARGUMENT, 0, "datagrams of up to 16385 bytes"},
    {"192.0.2.1:7", {0}, WEIR_E_SYSTEM, EADDRNOTAVAIL, "cannot bind"},
    {"unix:/nowhere/at/all", {0}, WEIR_E_SYSTEM, ENOENT, "cannot bind"},
    {NULL, {.peer = "unix:/nowhere/at/all"}, WEIR_E_SYSTEM, ENOENT, "cannot connect"},
    {"127.0.0.1:0", {.group = "10.0.0.1"}, WEIR_E_SYSTEM, EINVAL, "cannot join"},
    {"127.0.0.1:0", {.group = "x"}, WEIR_E_SYSTEM, EINVAL, "cannot join"},
};

static void check_wrong(void)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *wrong = &wrongs[i];
        struct end end;
        weir_state state = end_open(rt, &end, wrong->address, wrong->options, &error);
        if (state != WEIR_ERROR || error.code != wrong->code || error.number != wrong->number ||
            !error.fatal || !strstr(error.message, wrong->text))
            fail_msg("%zu: %s", i, WEIR_ERROR_TEXT(&error));
        assert_int_equal(end_send(rt, &end, NULL, "x", 1, &error), WEIR_ERROR);
        assert_int_equal(error.code, wrong->code);
        end_close(&end);
    }
}

static void wrong_addresses_are_told(void **state)
{
    (void)state;
    for_each_driver(check_wrong);
}

static void check_no_send(void)
{
    struct end end;
    unsigned char *bytes = net_bytes(70000);
    open_end(&end, "127.0.0.1:0", (weir_udp_options){0});
    assert_int_equal(end_send(rt, &end, NULL, "x", 1, &error), WEIR_ERROR);
    assert_int_equal(error.number, EDESTADDRREQ);
    assert_int_equal(end_send(rt, &end, &end.at, bytes, 70000, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message, "no datagram holds 70000 bytes on its way there");
    assert_string_equal(error.place, end.address);
    weir_stream *second = weir_datagrams(end.socket);
    weir_datagram got;
    assert_int_equal(weir_rt_next(rt, second, &got, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    weir_drop(second);
    send_it(&end, &end.at, "to itself", 9);
    weir_drop(end.in);
    end.in = weir_datagrams(end.socket); /* the next one misses nothing */
    assert_int_equal(receive(&end).n, 9);
    end_close(&end);
    free(bytes);
}

static void what_cannot_be_sent_is_told(void **state)
{
    (void)state;
    for_each_driver(check_no_send);
}

static void without_a_socket_or_a_runtime(void **state)
{
    weir_datagram got;
    (void)state;
    rt = rig_rt("epoll");
    weir_udp_unref(NULL);
    assert_null(weir_udp_ref(NULL));
    weir_stream *none = weir_datagrams(NULL);
    assert_int_equal(weir_rt_next(rt, none, &got, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    weir_drop(none);
    assert_int_equal(weir_rt_run(rt, weir_send_to(NULL, NULL, "", 0), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    weir_rt_drop(rt);
}

/* ---- paths ---- */

static void leave_stale(const char *address)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    strcpy(at.sun_path, address + 5);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd);
}

static void check_paths(void)
{
    struct end a, b, unnamed, second;
    const char *here = unix_address("a"), *there = unix_address("b");
    leave_stale(there);
    open_end(&a, here, (weir_udp_options){0});
    open_end(&b, there, (weir_udp_options){0});
    assert_string_equal(b.address, there);
    send_it(&a, &b.at, "hello", 5);
    weir_datagram got = receive(&b);
    assert_string_equal(WEIR_ENDPOINT_TEXT(&got.from), here);
    send_it(&b, &got.from, "", 0);
    assert_int_equal(receive(&a).n, 0);
    end_make(&unnamed, NULL, (weir_udp_options){.peer = there});
    send_it(&unnamed, NULL, "who", 3);
    got = receive(&b);
    assert_int_equal(got.n, 3);
    assert_int_equal(got.from.n, 0);
    assert_string_equal(WEIR_ENDPOINT_TEXT(&got.from), "unnamed");
    assert_int_equal(end_open(rt, &second, there, (weir_udp_options){0}, &error), WEIR_ERROR);
    assert_int_equal(error.number, EADDRINUSE); /* somebody answers there */
    end_close(&second);
    end_close(&unnamed);
    end_close(&a);
    end_close(&b);
    assert_int_equal(rig_entries("a") + rig_entries("b"), 0);
    open_end(&a, here, (weir_udp_options){.keep_path = true});
    end_close(&a);
    assert_int_equal(rig_entries("a"), 1);
    rig_clear();
}

static void paths_are_made_and_taken_away(void **state)
{
    (void)state;
    for_each_driver(check_paths);
}

/* ---- groups ---- */

static void check_group(void)
{
    struct end a, b;
    weir_endpoint group;
    char text[WEIR_ADDRESS_BYTES];
    open_end(&b, "0.0.0.0:0", (weir_udp_options){.group = "239.255.77.7", .interface = 1});
    snprintf(text, sizeof text, "239.255.77.7:%s", strrchr(b.address, ':') + 1);
    assert_true(weir_endpoint_parse(&group, text));
    open_end(&a, "127.0.0.1:0", (weir_udp_options){.broadcast = true, .reuseport = true});
    send_it(&a, &group, "all", 3);
    assert_int_equal(receive(&b).n, 3);
    end_close(&a);
    end_close(&b);
}

/* ---- values ---- */

static void endpoints_are_compared_and_said(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "127.0.0.1", "a.name:7", "127.0.0.1:70000", "[::1]"};
    weir_endpoint a, b, other, none = {.n = 0};
    char text[WEIR_ADDRESS_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (weir_endpoint_parse(&a, wrong[i]))
            fail_msg("'%s' is taken", wrong[i]);
    assert_true(weir_endpoint_parse(&a, "127.0.0.1:7"));
    assert_true(weir_endpoint_parse(&b, "127.0.0.1:7"));
    assert_true(weir_endpoint_same(&a, &b));
    assert_true(weir_endpoint_parse(&other, "127.0.0.1:8"));
    assert_false(weir_endpoint_same(&a, &other));
    assert_true(weir_endpoint_parse(&other, "[::1]:7"));
    assert_false(weir_endpoint_same(&a, &other));
    assert_string_equal(weir_endpoint_text(&a, text), "127.0.0.1:7");
    assert_string_equal(weir_endpoint_text(&none, text), "unnamed");
}

static void datagrams_are_compared_and_owned(void **state)
{
    (void)state;
    weir_endpoint a, b;
    assert_true(weir_endpoint_parse(&a, "127.0.0.1:7"));
    assert_true(weir_endpoint_parse(&b, "127.0.0.1:8"));
    const weir_datagram one = {.data = "abc", .n = 3, .from = a};
    const weir_datagram rows[] = {{.data = "abc", .n = 3, .from = a},
                                  {.data = "abd", .n = 3, .from = a},
                                  {.data = "abc", .n = 2, .from = a},
                                  {.data = "abc", .n = 3, .from = b},
                                  {.data = "abc", .n = 3, .from = a, .truncated = true}};
    const weir_datagram nothing = {.from = a}, nothing_else = {.from = a};
    const weir_type *type = &weir_type_datagram;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(type->same(type, &one, &rows[i]), i == 0);
    assert_true(type->same(type, &nothing, &nothing_else));
    for (unsigned long k = 0; k < 2; k++) {
        weir_owned_datagram owned;
        memory_begin(k, false);
        assert_int_equal(type->own(type, &owned, &one), !k);
        assert_true(k || type->same(type, &one, &owned));
        weir_owned_datagram_drop(&owned);
        weir_owned_datagram_drop(&owned); /* which has none any more */
        assert_int_equal(memory_end(), 0);
    }
}

static void who_joined_a_group_hears_it(void **state)
{
    (void)state;
    for_each_driver(check_group);
}

int net_udp(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_goes_and_comes_back),
        cmocka_unit_test(what_is_longer_is_cut_off_and_said_so),
        cmocka_unit_test(short_ones_come_many_at_once),
        cmocka_unit_test(many_peers_are_answered),
        cmocka_unit_test(a_peer_that_is_not_there_is_told),
        cmocka_unit_test(wrong_addresses_are_told),
        cmocka_unit_test(what_cannot_be_sent_is_told),
        cmocka_unit_test(without_a_socket_or_a_runtime),
        cmocka_unit_test(paths_are_made_and_taken_away),
        cmocka_unit_test(who_joined_a_group_hears_it),
        cmocka_unit_test(endpoints_are_compared_and_said),
        cmocka_unit_test(datagrams_are_compared_and_owned),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
