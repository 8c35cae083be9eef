#include "killed.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_S = 600, SEED = 7 };

enum { FILE_BYTES = 80, BEGUN_MS = 3000 };

static void file_of(const struct killed_round *round, unsigned i, char file[static FILE_BYTES])
{
    snprintf(file, FILE_BYTES, "%s/%s.%u", round->dir, round->stream, i);
}

static const char *begun_of(const struct killed_round *round, unsigned i)
{
    static char begun[FILE_BYTES + 8];
    file_of(round, i, begun);
    return strcat(begun, ".begun");
}

/* It works, or there is nothing for it. */
static void wait_until_begun(const struct killed_round *round, unsigned i)
{
    for (unsigned ms = 0; ms < BEGUN_MS && access(begun_of(round, i), F_OK); ms += 10) {
        if (round->is_done(round->stream))
            return;
        usleep(10000);
    }
}

static void spawn(struct killed_round *round, unsigned i)
{
    char file[FILE_BYTES], work[16];
    file_of(round, i, file);
    unlink(begun_of(round, i));
    snprintf(work, sizeof work, "%u", round->work_us);
    round->workers[i] = fork();
    if (round->workers[i])
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* as the server does */
    execl(round->worker, "worker", round->at, round->stream, file, round->mode, work, (char *)NULL);
    _exit(127);
}

static void kill_worker(struct killed_round *round, unsigned i)
{
    kill(round->workers[i], SIGKILL);
    waitpid(round->workers[i], NULL, 0);
}

static unsigned drawn(struct killed_round *round, unsigned below)
{
    round->seed = round->seed * 1103515245 + 12345;
    return (round->seed >> 16) % below;
}

static void kill_one(struct killed_round *round)
{
    if (round->restart && drawn(round, 7) == 0) {
        usleep(20000 + drawn(round, 100000));
        round->restart();
        round->server_killed++;
        return;
    }
    unsigned i = drawn(round, KILLED_WORKERS);
    wait_until_begun(round, i);
    usleep(20000 + drawn(round, 100000));
    kill_worker(round, i);
    spawn(round, i);
    round->killed++;
}

static void wait_for_the_rest(const struct killed_round *round)
{
    for (unsigned waited = 0; !round->is_done(round->stream); waited++) {
        if (waited > LIMIT_S * 20)
            fail_msg("%s: not all is acknowledged after %d s", round->stream, LIMIT_S);
        usleep(50000);
    }
}

static void judge(struct killed_round *round)
{
    char files[80];
    snprintf(files, sizeof files, "%s/%s", round->dir, round->stream);
    round->came = append_count(files, KILLED_WORKERS, round->n);
    printf("%s: %u messages, %u kills of workers, %u of the server: %u lost, %u twice, %u torn\n",
           round->mode, round->n, round->killed, round->server_killed, round->came.lost,
           round->came.twice, round->came.torn);
}

void killed_run(struct killed_round *round)
{
    round->seed = SEED;
    for (unsigned i = 0; i < KILLED_WORKERS; i++)
        spawn(round, i);
    for (unsigned i = 0; i < round->kills && !round->is_done(round->stream); i++) {
        kill_one(round);
    }
    wait_for_the_rest(round);
    for (unsigned i = 0; i < KILLED_WORKERS; i++)
        kill_worker(round, i);
    judge(round);
}
