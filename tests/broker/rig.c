/* What the tests of all brokers have in common. */

#include "rig.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "doubles.h"
#include "weir/consume.h"
#include "weir/par.h"
#include "weir/sort.h"
#include "weir/timed.h"

/* ---- the server ---- */

bool rig_has(const char *server, const char *package)
{
    const char *driver = getenv("WEIR_DRIVER");
    if (driver && !strcmp(driver, "sim")) {
        puts("skipped: a simulation waits for no server");
        return false;
    }
    if (!server || access(server, X_OK) == 0)
        return true;
    printf("skipped: there is no %s here (Debian: apt install %s)\n", server, package);
    return false;
}

/* A test that is killed leaves none behind. Its parent is the thread that starts it: one that ends
 * before the test must not take it along. */
pid_t rig_start(const char *dir, void (*run_server)(void))
{
    pid_t test = getpid(), pid;
    bool by_main = gettid() == test;
    if ((pid = fork()))
        return pid;
    if (by_main && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != test))
        _exit(127);
    if (chdir(dir) == 0 && freopen("log", "a", stdout) && dup2(1, 2) == 2)
        run_server();
    _exit(127);
}

void rig_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static bool is_free(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool bound = bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return bound;
}

int rig_free_port(void)
{
    enum { FIRST = 10000, PORTS = 20000 };
    static unsigned tries;
    int port;
    do
        port = FIRST + (int)(((unsigned)getpid() * 131 + tries++ * 7) % PORTS);
    while (!is_free(port));
    return port;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

void rig_remove(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *rig_write(const char *dir, const char *name, const char *text)
{
    static char paths[3][80];
    static unsigned n;
    char *path = paths[n++ % 3];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

unsigned wait_ms(unsigned ms)
{
    usleep(ms * 1000);
    return ms;
}

pthread_t later(void *(*f)(void *arg), void *arg)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, f, arg), 0);
    return thread;
}

/* ---- a runtime ---- */

weir_rt *rt;
weir_error error;

int rt_begin(void **state)
{
    (void)state;
    rt = weir_rt_new(NULL, &error);
    return rt ? 0 : -1;
}

int rt_end(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    return 0;
}

/* ---- what is stored ---- */

static weir_line line_of(int64_t i, void *arg)
{
    (void)arg;
    static char text[64][24];
    char *to = text[i % 64];
    return (weir_line){to, (size_t)snprintf(to, 24, "%lld", (long long)i)};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line, .to = &weir_type_line)

static int64_t slowly(int64_t i, void *arg)
{
    (void)arg;
    if (i % 10 == 0)
        /* weir-lint: allow(blocking_in_async) so that something may happen in the midst of it */
        usleep(2000);
    return i;
}
WEIR_MAP_FN(slowly_fn, slowly, int64_t, int64_t)

weir_stream *lines(int64_t n)
{
    return weir_map(weir_range(0, n), &line_fn, NULL);
}

weir_stream *slow_lines(int64_t n)
{
    return weir_map(weir_map(weir_range(0, n), &slowly_fn, NULL), &line_fn, NULL);
}

void run_sink(weir_stream *sink, uint64_t n)
{
    uint64_t out = 0;
    if (weir_rt_run(rt, sink, &out, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(out, n);
}

void run_or_fail(weir_stream *sink, uint64_t n)
{
    uint64_t out = 0;
    weir_state got = weir_rt_run(rt, sink, &out, &error);
    assert_true(got == WEIR_READY ? out == n : got == WEIR_ERROR);
}

void fails(weir_stream *sink, weir_code code, const char *words)
{
    uint64_t n;
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    if (error.code != code || !strstr(error.message, words))
        fail_msg("code %d: %s", error.code, error.message);
}

void *rig_add_on(void *arg)
{
    struct adding *adding = arg;
    while (!__atomic_load_n(&adding->enough, __ATOMIC_ACQUIRE)) {
        adding->add(adding->stream, adding->number, 1, 10);
        usleep(20000);
    }
    return NULL;
}

void rig_added(struct adding *adding, pthread_t thread)
{
    __atomic_store_n(&adding->enough, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
}

/* ---- what is read ---- */

void take(weir_stream *stream, weir_message *message)
{
    if (weir_rt_next(rt, stream, message, &error) != WEIR_READY)
        fail_msg("no message, but %s", error.message);
}

weir_job take_job(weir_stream *jobs)
{
    weir_job job = {.hold = NULL};
    if (weir_rt_next(rt, jobs, &job, &error) != WEIR_READY)
        fail_msg("no job, but %s", error.message);
    return job;
}

void expect_error(weir_stream *stream, weir_code code, bool fatal, const char *words)
{
    weir_message message;
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    if (error.code != code || error.fatal != fatal || !strstr(error.message, words))
        fail_msg("code %d, fatal %d: %s", error.code, error.fatal, error.message);
}

const char *header_of(const weir_message *message, const char *name)
{
    for (uint32_t i = 0; i < message->n_headers; i++)
        if (!strcmp(message->headers[i].name, name))
            return message->headers[i].value;
    return "none";
}

static weir_stream *wait_long(weir_message message, void *arg)
{
    (void)message, (void)arg;
    return weir_sleep(4500000000);
}
WEIR_THEN_FN(wait_fn, wait_long, weir_message, unsigned char, .from = &weir_type_message,
             .to = &weir_type_unit)

weir_stream *work_long(weir_stream *messages)
{
    unsigned char unit;
    weir_stream *stream = weir_take(weir_then(messages, &wait_fn, NULL), 1);
    if (weir_rt_next(rt, stream, &unit, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    return stream;
}

void *settle_later(void *keeper)
{
    usleep(200000);
    keeper_settle(keeper, true);
    return NULL;
}

void read_all(weir_stream *stream, unsigned n)
{
    weir_message message;
    bool *seen = calloc(n, sizeof *seen);
    while (n) {
        weir_state got = weir_rt_next(rt, stream, &message, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        if (got != WEIR_READY)
            continue;
        n -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    free(seen);
}

/* ---- jobs ---- */

struct work {
    unsigned done, failed;
};

WEIR_PAR_FN(work_fn, weir_job, job, struct work *, work)
{
    weir_await(weir_sleep((number_of(&job.message) % 7) * 1000000), NULL, NULL);
    if (job.message.tries == 1 && number_of(&job.message) % 10 == 0) {
        __atomic_fetch_add(&work->failed, 1, __ATOMIC_RELAXED);
        weir_job_again(&job, 0);
        return;
    }
    __atomic_fetch_add(&work->done, 1, __ATOMIC_RELAXED);
    weir_job_done(&job);
}

void work_at_all(weir_stream *jobs, unsigned n)
{
    struct work work = {0};
    jobs = weir_take(jobs, n + n / 10);
    weir_stream *all = weir_par_for_each(jobs, &work_fn, &work, 16, NULL);
    if (weir_rt_run(rt, all, NULL, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(work.done, n);
    assert_int_equal(work.failed, n / 10);
}

void hold_job(weir_stream *jobs)
{
    weir_job none, job = take_job(jobs);
    weir_stream *quiet = weir_timeout(jobs, 4500000000);
    assert_int_equal(weir_rt_next(rt, quiet, &none, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT); /* it did not come again */
    weir_job_done(&job);
    weir_drop(quiet);
}

/* ---- memory ---- */

/* Connections are closed by other threads. */
static void wait_for_none(void)
{
    for (unsigned waited = 0; __atomic_load_n(&memory.live, __ATOMIC_ACQUIRE) && waited < 8000;)
        waited += wait_ms(5);
}

/* True: it got to its end without a failure. */
static bool one_fails(unsigned long at, const char *driver, void (*body)(void))
{
    memory_begin(at, false);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver), &error);
    if (rt)
        body();
    weir_rt_drop(rt);
    weir_thread_end();
    wait_for_none();
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return !failed;
}

void each_allocation_fails(const char *driver, void (*before)(void), void (*body)(void))
{
    unsigned long at = 1;
    for (bool whole = false; !whole && at < 500; at++) {
        if (before)
            before();
        whole = one_fails(at, driver, body);
    }
    assert_true(at > 5 && at < 500);
}

/* ---- marks that are held ---- */

static weir_line value_of(weir_message message, void *arg)
{
    (void)arg;
    return message.value;
}
WEIR_MAP_FN(value_fn, value_of, weir_message, weir_line, .from = &weir_type_message,
            .to = &weir_type_line)

void sorts_to_the_limit(weir_stream *messages, unsigned n)
{
    uint64_t sorted_n;
    weir_stream *lines = weir_take(weir_map(messages, &value_fn, NULL), n);
    weir_stream *sorted = weir_settle_here(weir_sort(lines, NULL));
    assert_int_equal(weir_rt_run(rt, weir_count(sorted), &sorted_n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_non_null(strstr(error.message, "'sort' holds all marks to the end"));
}
