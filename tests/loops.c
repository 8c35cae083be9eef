/* Every way out of a loop in a program of its own, on a thread and in a fiber. Run by loops.sh. */

#include "task/loop_rows.h"

static bool run_rows(const char **where, bool *right, weir_error *error)
{
    (void)error;
    *right = loop_rows_run(*where);
    return true;
}
WEIR_FIBER_FN(rows_fn, run_rows, const char *, bool)

int main(void)
{
    const char *where = "fiber";
    bool right = false;
    if (!loop_rows_run("thread"))
        return 1;
    if (weir_await(weir_fiber(&rows_fn, &where, NULL), &right, NULL) != WEIR_READY)
        return 1;
    return !right;
}
