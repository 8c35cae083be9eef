/* A crew: three workers over one stream of jobs, each with a desk of its own. What a desk holds is
 * made once a worker, and not once a job; and a worker may leave before the end, by `break`, while
 * the others go on. */

#include <stdio.h>

#include "weir.h"

enum { JOBS = 12, WORKERS = 3, MS = 1000000 };

/* What is expensive to make: a connection, a parser's tables. */
struct desk {
    int done;
};

/* One thread polls here: with more of them these counts would need a lock. */
struct office {
    int desks, jobs, left_early;
};

WEIR_CREW_FN(work, int64_t, jobs, struct office *, office)
{
    struct desk desk = {0};
    bool tires = office->desks++ == 0; /* the first of them, after two jobs */
    weir_for_await (int64_t, job, jobs) {
        if (weir_await(weir_sleep((uint64_t)job * MS), NULL, NULL) == WEIR_ERROR)
            break;
        office->jobs++;
        if (++desk.done == 2 && tires)
            break; /* no more jobs come to it: they are the others' */
    }
    office->left_early += tires && desk.done == 2;
}

int main(void)
{
    struct office office = {0};
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim"), &error); /* takes no real time */
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    /* Nothing is taken of the source before somebody waits for it; it is over when all are. */
    weir_stream *jobs = weir_range(1, JOBS + 1);
    weir_state got = weir_rt_run(rt, weir_crew(jobs, &work, &office, WORKERS, NULL), NULL, &error);
    weir_rt_drop(rt);
    if (got != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%d jobs at %d desks, %d left early\n", office.jobs, office.desks, office.left_early);
    return 0;
}
