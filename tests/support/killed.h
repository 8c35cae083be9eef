/* Two workers on one source, killed at random while they work. */
#ifndef WEIR_TESTS_KILLED_H
#define WEIR_TESTS_KILLED_H

#include "append.h"

#include <sys/types.h>

enum { KILLED_WORKERS = 2 };

/* Workers are WORKER AT STREAM FILE MODE MICROSECONDS: each appends to a file of its own in dir. */
struct killed_round {
    const char *worker, *at, *dir, *stream, *mode;
    unsigned n, kills, work_us;
    bool (*is_done)(const char *stream); /* all is acknowledged */
    void (*restart)(void);               /* kills the server too, now and then; NULL: it does not */

    pid_t workers[KILLED_WORKERS];
    unsigned killed, server_killed;
    struct appended came;
    unsigned seed;
};

/* Kills while there is work, waits for the rest, and counts what came. */
void killed_run(struct killed_round *round);

#endif
