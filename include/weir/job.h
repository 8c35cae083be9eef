/* weir/job.h: messages that are settled one by one, whatever order they are done in: work whose
 * pieces differ much, so that one that is slow holds nobody up. As sources of brokers give them
 * (weir_nats_jobs() of weir/nats.h). */
#ifndef WEIR_JOB_H
#define WEIR_JOB_H

#include "weir/message.h"

WEIR_BEGIN_C

typedef enum weir_job_end {
    WEIR_JOB_DONE,  /* it is not given again */
    WEIR_JOB_AGAIN, /* it is, to whoever asks */
    WEIR_JOB_DEAD   /* nobody is to try it again */
} weir_job_end;

/* What the engine keeps of a job. */
struct weir_job_hold {
    void (*end)(struct weir_job_hold *hold, weir_job_end end, uint64_t after_ns,
                const char *reason); /* on any thread; once */
};

/* Owned: it may be held, sent to another task or thread, and done there. The message stands as long
 * as the job does. Dropped, it is given again at once. */
typedef struct weir_job {
    weir_message message;
    struct weir_job_hold *hold; /* NULL: it ended */
} weir_job;

extern WEIR_API const weir_type weir_type_job;

/* Each ends it: afterwards there is no message. Told to the broker without waiting for it: what is
 * lost on the way is given again. after_ns: not before so long. reason: for who looks for what was
 * given up, as far as the broker keeps it.
 *
 * Example:
 *     weir_job job = {.message = {.topic = "orders"}}; // as weir_nats_jobs() would give it
 *     weir_job_done(&job);
 *     p(job.message.topic); // -> NULL
 *     weir_job_again(&job, MS); // nothing, as is this: it ended
 *     weir_job_dead(&job, "no such order");
 */
WEIR_API void weir_job_done(weir_job *job);
WEIR_API void weir_job_again(weir_job *job, uint64_t after_ns);
WEIR_API void weir_job_dead(weir_job *job, const char *reason);

WEIR_END_C

#endif
