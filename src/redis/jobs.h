/* Jobs: messages that are owned and settled by themselves. */
#ifndef WEIR_REDIS_JOBS_H
#define WEIR_REDIS_JOBS_H

#include "redis/receipts.h"
#include "weir/job.h"

/* One that was given. Its source has it in a list until the server was told how it ended; where the
 * source is gone, nobody is told. */
struct weir_redis_job {
    struct weir_job_hold hold; /* first */
    struct weir_redis_jobs *home;
    struct weir_redis_job *came; /* behind it, of those that ended; any thread */
    struct weir_redis_job *next; /* of the source's */
    weir_owned_message message;
    struct weir_redis_id id;
    uint64_t due_ns; /* when the server is told that it is worked at */

    /* Written by whoever ends it. */
    weir_job_end how;
    uint64_t after_ns;
    char reason[80];

    bool ended;          /* the source knows of it */
    uint64_t release_ns; /* ... and waits so long before it goes back */
};

/* Where they come home to; held by the source and each job that has not ended. */
struct weir_redis_jobs {
    struct weir_redis_job *came; /* any thread */
    weir_waker_cell cell;
    unsigned refs; /* any thread */

    struct weir_redis_job *working; /* the source's: given, and not told of */
    uint32_t n;
};

/* NULL: no memory. */
struct weir_redis_jobs *weir_redis_jobs_new(void);

#endif
