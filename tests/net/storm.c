/* Clients that come, send, half-close, reset and go at random, while runtimes are dropped in the
 * middle of it: what comes back is right, and nothing is left. For the sanitizers most of all. */

#include "net.h"

#include <stdatomic.h>

enum { CLIENTS = 6, ROUNDS = 12, BYTES_MAX = 60000 };

static atomic_bool over;
static atomic_uint echoed, wrong;
static struct sockaddr_in at;

static void limit_waits(int fd)
{
    struct timeval limit = {.tv_usec = 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* False: the connection is over. */
static bool exchange(int fd, unsigned *seed, unsigned char *out, unsigned char *in)
{
    size_t n = 1 + (size_t)rand_r(seed) % BYTES_MAX, got = 0;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)rand_r(seed);
    if (send(fd, out, n, MSG_NOSIGNAL) != (ssize_t)n || rand_r(seed) % 8 == 0)
        return false;
    bool ends = rand_r(seed) % 8 == 0;
    if (ends)
        shutdown(fd, SHUT_WR);
    for (ssize_t k; got < n && (k = recv(fd, in + got, n - got, 0)) > 0;)
        got += (size_t)k;
    if (got < n)
        return false;
    atomic_fetch_add(memcmp(in, out, n) ? &wrong : &echoed, 1);
    return !ends;
}

static void *client(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    unsigned char *out = malloc(BYTES_MAX), *in = malloc(BYTES_MAX);
    while (!over) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        limit_waits(fd);
        if (connect(fd, (struct sockaddr *)&at, sizeof at)) {
            close(fd);
            usleep(1000);
            continue;
        }
        for (int i = 0, n = rand_r(&seed) % 5; i < n && exchange(fd, &seed, out, in); i++)
            ;
        struct linger hard = {1, 0};
        if (rand_r(&seed) % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(fd);
    }
    free(in);
    free(out);
    return NULL;
}

/* Every seventh connection is dropped at once. */
static weir_stream *serve(weir_duplex near, void *arg)
{
    unsigned *served = arg;
    if (++*served % 7)
        return weir_copy(near.reader, near.writer);
    uint64_t none = 0;
    weir_duplex_drop(near);
    return weir_once(&weir_type_u64, &none);
}
WEIR_THEN_FN(serve_fn, serve, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void run_round(const char *driver, const char *address, unsigned *served)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = *served}, &error);
    assert_true(
        weir_rt_spawn(rt, weir_serve(weir_incoming(address, NULL), &serve_fn, served, NULL)));
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_rt_run(rt, weir_sleep(10ull * NET_MS), NULL, &error), WEIR_READY);
    assert_int_equal(weir_rt_task_errors(rt, &error), 0);
    weir_rt_drop(rt);
}

static void a_storm_is_weathered(void **state)
{
    (void)state;
    const char *address = net_address();
    pthread_t threads[CLIENTS];
    unsigned served = 0;
    at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    for (uintptr_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, (void *)(i + 1));
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < rig_drivers_n; i++)
            run_round(rig_drivers[i], address, &served);
    over = true;
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
    assert_true(served > ROUNDS && echoed > ROUNDS);
}

int net_storm(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_is_weathered),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
