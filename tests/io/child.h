/* What the tests of children share. */
#ifndef WEIR_TESTS_CHILD_H
#define WEIR_TESTS_CHILD_H

#include "../driver/rig.h"

#include <signal.h>
#include <sys/wait.h>

#include "doubles.h"

static const char *driver; /* of the runtimes made here */

static inline bool has_child(void)
{
    siginfo_t info;
    return !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
}

/* No child is left, dead or alive. */
static inline void assert_reaped(void)
{
    int status;
    pid_t got = waitpid(-1, &status, WNOHANG);
    assert_true(got == -1 && errno == ECHILD);
}

static inline weir_state read_all(weir_rt *rt, weir_reader *reader, char *out, weir_error *error)
{
    weir_vec bytes = {0};
    weir_state ran =
        weir_rt_run(rt, weir_copy(reader, weir_memory_writer(&bytes, 1 << 24)), NULL, error);
    if (ran == WEIR_READY) {
        if (bytes.n)
            memcpy(out, bytes.items, bytes.n);
        out[bytes.n] = 0;
        weir_vec_drop(&bytes);
    }
    return ran;
}

#endif
