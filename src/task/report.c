/* Errors of tasks that nobody waits for. */

#include <stdio.h>

#include "task/worker.h"

static void print(const weir_error *error)
{
    fprintf(stderr, "weir: a task failed: %s\n", WEIR_ERROR_TEXT(error));
}

void weir_task_report(weir_rt *rt, const weir_error *error, bool counted)
{
    if (rt && rt->options.on_task_error) {
        weir_error kept = *error; /* the callback may wait, and others fail meanwhile */
        rt->options.on_task_error(rt, &kept, rt->options.arg);
    } else if (!rt || !counted)
        print(error);
    else if (!rt->tasks_failed++)
        rt->first_failure = *error;
}

uint64_t weir_rt_task_errors(weir_rt *rt, weir_error *first)
{
    uint64_t n = rt->tasks_failed;
    if (n && first)
        *first = rt->first_failure;
    rt->tasks_failed = 0;
    return n;
}
