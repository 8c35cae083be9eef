/* Two workers of one group, killed at random while they work: nothing is lost. And the control,
 * which settles on arrival: it loses some, or the test would see nothing.
 *
 * WEIR_REDIS_KILL=MESSAGES: so many, killed until they are done; and the server is killed too. */

#include "append.h"
#include "broker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WORKERS = 2, LIMIT_S = 600 };

struct round {
    const char *stream, *mode;
    unsigned n, kills, work_us;
    bool kills_server;

    pid_t workers[WORKERS];
    unsigned killed, server_killed;
    struct appended came;
    unsigned seed;
};

static void file_of(const struct round *round, unsigned i, char out[80])
{
    snprintf(out, 80, "%s/%s.%u", broker.dir, round->stream, i);
}

static void spawn(struct round *round, unsigned i)
{
    char file[80], work[16];
    file_of(round, i, file);
    snprintf(work, sizeof work, "%u", round->work_us);
    round->workers[i] = fork();
    if (round->workers[i])
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* as the server does */
    execl(WEIR_REDIS_WORKER, "worker", broker.at, round->stream, file, round->mode, work,
          (char *)NULL);
    _exit(127);
}

static void kill_worker(struct round *round, unsigned i)
{
    kill(round->workers[i], SIGKILL);
    waitpid(round->workers[i], NULL, 0);
}

static unsigned drawn(struct round *round, unsigned below)
{
    round->seed = round->seed * 1103515245 + 12345;
    return (round->seed >> 16) % below;
}

static void kill_one(struct round *round)
{
    if (round->kills_server && drawn(round, 7) == 0) {
        broker_kill();
        usleep(100000);
        broker_start();
        round->server_killed++;
        return;
    }
    unsigned i = drawn(round, WORKERS);
    kill_worker(round, i);
    spawn(round, i);
    round->killed++;
}

/* Kills while there is work, then waits for the rest. */
static void run_workers(struct round *round)
{
    for (unsigned i = 0; i < WORKERS; i++)
        spawn(round, i);
    for (unsigned i = 0; i < round->kills && !broker_is_done(round->stream); i++) {
        usleep(20000 + drawn(round, 100000));
        kill_one(round);
    }
    for (unsigned waited = 0; !broker_is_done(round->stream); waited++) {
        if (waited > LIMIT_S * 20)
            fail_msg("%s: not all is acknowledged after %d s", round->stream, LIMIT_S);
        usleep(50000);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        kill_worker(round, i);
}

static void judge(struct round *round)
{
    char files[80];
    snprintf(files, sizeof files, "%s/%s", broker.dir, round->stream);
    round->came = append_count(files, WORKERS, round->n);
    printf("%s: %u messages, %u kills of workers, %u of the server: %u lost, %u twice, %u torn\n",
           round->mode, round->n, round->killed, round->server_killed, round->came.lost,
           round->came.twice, round->came.torn);
}

static void run(struct round *round)
{
    broker_make(round->stream);
    broker_add(round->stream, 0, round->n, 100);
    run_workers(round);
    judge(round);
}

static unsigned wanted(unsigned usual)
{
    const char *text = getenv("WEIR_REDIS_KILL");
    return text ? (unsigned)atoi(text) : usual;
}

static void nothing_is_lost(void **state)
{
    (void)state;
    struct round round = {.stream = "KILL",
                          .mode = "durable",
                          .n = wanted(2000),
                          .kills = 12,
                          .work_us = 700,
                          .seed = 7};
    if (round.n > 2000) {
        round.kills = round.n / 200;
        round.kills_server = true;
    }
    run(&round);
    assert_true(round.killed + round.server_killed > 4);
    assert_int_equal(round.came.lost, 0);
    assert_int_equal(round.came.torn, 0);
}

static void the_control_loses(void **state)
{
    (void)state;
    struct round round = {
        .stream = "EARLY", .mode = "early", .n = 2000, .kills = 12, .work_us = 700, .seed = 7};
    run(&round);
    assert_true(round.came.lost > 0);
}

int redis_kill(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(the_control_loses),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: kill", tests, NULL, NULL);
    broker_end();
    return failed;
}
