/* Errors of tasks that nobody waits for, and of loops that nobody asks for. */

#include <stdio.h>

#include "task/worker.h"

static void print(const char *what, const weir_error *error)
{
    fprintf(stderr, "weir: %s: %s\n", what, WEIR_ERROR_TEXT(error));
}

void weir_error_report(weir_rt *rt, const weir_error *error, const char *what)
{
    weir_error kept = *error; /* the hook may wait, and others fail meanwhile */
    if (rt && rt->options.on_task_error)
        rt->options.on_task_error(rt, &kept, rt->options.arg);
    else
        print(what, error);
}

void weir_task_report(weir_rt *rt, const weir_error *error, bool counted)
{
    if (!rt || !counted || rt->options.on_task_error) {
        weir_error_report(rt, error, "a task failed");
        return;
    }
    pthread_mutex_lock(&rt->workers.failing);
    if (!rt->tasks_failed++)
        rt->first_failure = *error;
    pthread_mutex_unlock(&rt->workers.failing);
}

uint64_t weir_rt_task_errors(weir_rt *rt, weir_error *first)
{
    pthread_mutex_lock(&rt->workers.failing);
    uint64_t n = rt->tasks_failed;
    if (n && first)
        *first = rt->first_failure;
    rt->tasks_failed = 0;
    pthread_mutex_unlock(&rt->workers.failing);
    return n;
}
