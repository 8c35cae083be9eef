/* doctor: what this machine and this build can do, tried and not guessed. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../lint/command.h"
#include "pipeline/broker.h"
#include "help.h"
#include "report.h"
#include "pipeline/stages.h"
#include "weir.h"

/* A pipe into which something is written only while the driver waits for it. */
struct trial {
    int ends[2];
    unsigned ticks;
};

enum { TICK_NS = 1000000, TICKS_MAX = 1000 };

static void on_tick(weir_rt *rt, void *arg)
{
    struct trial *trial = arg;

    if (++trial->ticks == 2 && write(trial->ends[1], "x", 1) == 1) {
        close(trial->ends[1]);
        trial->ends[1] = -1;
    }
    if (trial->ticks > TICKS_MAX)
        weir_rt_stop(rt);
}

static weir_error untried(const char *why)
{
    weir_error error = {.code = WEIR_E_SYSTEM};
    snprintf(error.message, sizeof error.message, "%s", why);
    return error;
}

/* False: *error says why. */
static bool wait_for_pipe(const char *driver, weir_error *error)
{
    struct trial trial = {.ticks = 0};
    weir_rt_options options =
        WEIR_RT_OPTIONS(.driver = driver, .tick_ns = TICK_NS, .on_tick = on_tick, .arg = &trial);
    weir_state ran = WEIR_ERROR;
    uint64_t n = 0;

    if (pipe(trial.ends)) {
        *error = untried("was not tried: there is no pipe to wait for");
        return false;
    }
    weir_rt *rt = weir_rt_new(&options, error);
    if (rt)
        ran = weir_rt_run(rt, weir_copy(weir_fd_reader(trial.ends[0], "pipe"), weir_null_writer()),
                          &n, error);
    if (ran != WEIR_ERROR && !n)
        *error = untried("never tells that a pipe has something");
    weir_rt_drop(rt);
    close(trial.ends[0]);
    close(trial.ends[1]);
    return ran != WEIR_ERROR && n;
}

static void try_driver(const char *name)
{
    weir_error error;
    char before[64];
    size_t n = (size_t)snprintf(before, sizeof before, "the driver '%s' ", name);

    if (wait_for_pipe(name, &error))
        printf("%-16s works: waited for a pipe, and was woken\n", name);
    else
        printf("%-16s %s\n", name, error.message + (strncmp(error.message, before, n) ? 0 : n));
}

/* Those beside gzip that this build has, or lacks. */
static void print_compressors(const char *what, bool lacking)
{
    static const struct entry *const all[] = {&weir_pl_entry_zstd, &weir_pl_entry_lz4,
                                              &weir_pl_entry_brotli, &weir_pl_entry_xz,
                                              &weir_pl_entry_bzip2};
    const char *before = " ";

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i]->lacks == lacking)
            continue;
        printf("%-*s%s%s", *before == ' ' ? 16 : 0, *before == ' ' ? what : "", before,
               all[i]->name);
        before = ", ";
    }
    if (*before != ' ')
        putchar('\n');
}

static void print_brokers(void)
{
    static const struct entry *const all[] = {
        &weir_pl_entry_nats_source, &weir_pl_entry_kafka_source, &weir_pl_entry_redis_source};
    char why[400];

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct broker *broker = all[i]->broker;
        bool there = weir_pl_broker_load(broker, why, sizeof why);
        printf("%-16s %s%s\n", broker->name, there ? "there: " : "", there ? broker->library : why);
    }
}

int help_doctor(void)
{
    static const char *const levels[WEIR_CPU_LEVELS] = {"baseline", "AVX2", "AVX-512"};
    struct utsname about;
    struct rlimit files;
    weir_error error;

    printf("%-16s %s\n", "version", WEIR_VERSION);
    if (uname(&about) == 0)
        printf("%-16s %s %s, %s\n", "kernel", about.sysname, about.release, about.machine);
    printf("%-16s %s\n", "processor", levels[weir_cpu_level()]);
    try_driver("uring");
#ifdef WEIR_HAVE_KQUEUE
    try_driver("kqueue");
#else
    try_driver("epoll");
#endif
    weir_rt *rt = weir_rt_new(NULL, &error);
    printf("%-16s %s\n", "driver used", rt ? weir_rt_driver(rt) : error.message);
    weir_rt_drop(rt);
#ifdef WEIR_HAVE_ISAL
    printf("%-16s %s\n", "ISA-L", "built in: fast gzip and gunzip");
#else
    printf("%-16s %s\n", "ISA-L", "not built in: gzip and gunzip run on zlib");
#endif
#ifdef WEIR_HAVE_OPENSSL
    printf("%-16s %s\n", "TLS", "built in: OpenSSL");
#else
    printf("%-16s %s\n", "TLS", "not built in: there are no tls: addresses, and no sha256");
#endif
#ifdef WEIR_HAVE_NGHTTP2
    printf("%-16s %s\n", "HTTP/2", "built in: nghttp2");
#else
    printf("%-16s %s\n", "HTTP/2", "not built in: serve http: speaks HTTP/1.1");
#endif
#ifdef WEIR_HAVE_YYJSON
    printf("%-16s %s\n", "JSON", "built in: yyjson");
#else
    printf("%-16s %s\n", "JSON", "not built in: there is no from json, and no from ndjson");
#endif
#ifdef WEIR_HAVE_XXHASH
    printf("%-16s %s\n", "xxhash", "built in");
#else
    printf("%-16s %s\n", "xxhash", "not built in: there is no xxh3");
#endif
    print_brokers();
    printf("%-16s %s\n", "lint", lint_about());
    print_compressors("compressors", false);
    print_compressors("not built in", true);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        printf("%-16s %llu\n", "open files", (unsigned long long)files.rlim_cur);
    return rt ? 0 : error.code == WEIR_E_ARGUMENT ? 2 : 1;
}
