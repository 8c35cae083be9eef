/* Many pipes at once, as many as this process may have. */
#ifndef WEIR_TESTS_PIPES_H
#define WEIR_TESTS_PIPES_H

#include "../driver/rig.h"

#include <sys/resource.h>

enum { PIPES_MAX = 1500, OTHER_FDS = 64 };

struct pipes {
    int ends[PIPES_MAX][2];
    size_t n;
};

static inline void pipes_open(struct pipes *pipes, size_t n)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size_t most = limit.rlim_cur > OTHER_FDS ? (size_t)(limit.rlim_cur - OTHER_FDS) / 2 : 0;
    pipes->n = n < most ? n : most;
    for (size_t i = 0; i < pipes->n; i++)
        assert_int_equal(pipe(pipes->ends[i]), 0);
}

static inline void pipes_close(struct pipes *pipes, size_t i, int end)
{
    if (pipes->ends[i][end] >= 0)
        close(pipes->ends[i][end]);
    pipes->ends[i][end] = -1;
}

static inline void pipes_close_all(struct pipes *pipes)
{
    for (size_t i = 0; i < pipes->n; i++) {
        pipes_close(pipes, i, 0);
        pipes_close(pipes, i, 1);
    }
}

#endif
