/* The loop's variable is what the source is declared to yield. */

#include <stdio.h>

#include "weir.h"

struct job {
    uint64_t id;
    char path[120];
};

struct ticket {
    uint64_t id;
    uint64_t priority;
};

WEIR_ITEM(struct job)
weir_stream *jobs_due(const char *queue);

bool print_due(const char *queue)
{
    weir_error error;
    weir_stream *due = weir_take(jobs_due(queue), 50);
    weir_for_try (struct job, job, due, error)
        printf("%llu\n", (unsigned long long)job.id);
    return error.code == WEIR_OK;
}
