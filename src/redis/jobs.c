/* redis_jobs: the messages of a group, owned, each settled by itself. */

#include "redis/jobs.h"

#include "redis/source.h"
#include "weir/alloc.h"

enum { FETCH_MAX = 8 };

/* ---- where they come home to ---- */

struct weir_redis_jobs *weir_redis_jobs_new(void)
{
    struct weir_redis_jobs *self = weir_allocate(sizeof *self);
    if (self)
        *self = (struct weir_redis_jobs){.refs = 1};
    return self;
}

static void job_drop(struct weir_redis_job *self)
{
    weir_owned_message_drop(&self->message);
    weir_release(self, sizeof *self);
}

static void unref(struct weir_redis_jobs *self)
{
    if (__atomic_fetch_sub(&self->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    for (struct weir_redis_job *one = self->came, *next; one; one = next) {
        next = one->came;
        job_drop(one);
    }
    weir_release(self, sizeof *self);
}

/* On any thread. Behind the push it is the source's; the reference keeps the home until the wake is
 * over. */
static void end_job(struct weir_job_hold *hold, weir_job_end how, uint64_t after_ns,
                    const char *reason)
{
    struct weir_redis_job *self = WEIR_CONTAINER(hold, struct weir_redis_job, hold);
    struct weir_redis_jobs *home = self->home;
    self->how = how;
    self->after_ns = after_ns;
    weir_format(self->reason, sizeof self->reason, "%s", reason ? reason : "was given up");
    self->came = __atomic_load_n(&home->came, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&home->came, &self->came, self, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    weir_waker_cell_wake(&home->cell);
    unref(home);
}

/* ---- told ---- */

static void note_ended(struct weir_redis_jobs *home, const weir_cx *cx)
{
    struct weir_redis_job *one = __atomic_exchange_n(&home->came, NULL, __ATOMIC_ACQUIRE);
    for (; one; one = one->came) {
        one->ended = true;
        one->release_ns = weir_after_ns(cx->now_ns, one->after_ns);
    }
}

static bool back(struct weir_redis_source *self, const weir_cx *cx, struct weir_redis_id id,
                 uint64_t idle_ns)
{
    return weir_redis_claim_one(&self->link, cx, &self->of, WEIR_REDIS_SAID, id, idle_ns);
}

/* True: nothing is left to be said of it. */
static bool tell(struct weir_redis_source *self, const weir_cx *cx,
                 const struct weir_redis_job *job)
{
    if (!job->ended || (job->how == WEIR_JOB_AGAIN && cx->now_ns < job->release_ns))
        return false;
    if (job->how == WEIR_JOB_AGAIN)
        return back(self, cx, job->id, self->of.claim_ns);
    if (job->how == WEIR_JOB_DEAD)
        return weir_redis_bury(self, cx, job->id, &job->message.message, job->reason);
    return weir_redis_ack_one(&self->link, cx, &self->of, WEIR_REDIS_SAID, job->id);
}

static void keep(struct weir_redis_source *self, const weir_cx *cx, struct weir_redis_job *job)
{
    if (cx->now_ns >= job->due_ns) {
        job->due_ns = weir_after_ns(cx->now_ns, self->of.claim_ns / 2);
        if (self->link.up)
            weir_ignore(back(self, cx, job->id, 0));
    }
    if (job->due_ns < self->due_ns)
        self->due_ns = job->due_ns;
    if (job->ended && job->release_ns < self->due_ns)
        self->due_ns = job->release_ns;
}

void weir_redis_jobs_tell(struct weir_redis_source *self, weir_cx *cx)
{
    struct weir_redis_jobs *home = self->jobs;
    weir_waker_cell_store(&home->cell, cx->waker);
    note_ended(home, cx);
    for (struct weir_redis_job **at = &home->working, *one; (one = *at);) {
        if (!tell(self, cx, one)) {
            keep(self, cx, one);
            at = &one->next;
            continue;
        }
        *at = one->next;
        home->n--;
        self->receipts--;
        job_drop(one);
    }
}

void weir_redis_jobs_back(struct weir_redis_source *self, const weir_cx *cx)
{
    for (struct weir_redis_job *one = self->jobs->working; one; one = one->next)
        weir_ignore(back(self, cx, one->id, self->of.claim_ns));
}

/* Those that did not end go on, and nobody is told of them. */
void weir_redis_jobs_leave(struct weir_redis_jobs *self)
{
    if (!self)
        return;
    weir_waker_cell_clear(&self->cell);
    for (struct weir_redis_job *one = self->working, *next; one; one = next) {
        next = one->next;
        if (one->ended)
            job_drop(one);
    }
    unref(self);
}

/* ---- given ---- */

static struct weir_redis_job *job_new(struct weir_redis_source *self, const weir_cx *cx,
                                      const weir_message *message)
{
    struct weir_redis_jobs *home = self->jobs;
    struct weir_redis_job *job = weir_allocate(sizeof *job);
    if (!job)
        return NULL;
    *job = (struct weir_redis_job){.hold = {end_job}, .home = home};
    if (!weir_owned_message_new(&job->message, message)) {
        weir_release(job, sizeof *job);
        return NULL;
    }
    job->id = (struct weir_redis_id){(uint64_t)message->offset, message->sub_offset};
    job->due_ns = weir_after_ns(cx->now_ns, self->of.claim_ns / 2);
    job->next = home->working;
    home->working = job;
    home->n++;
    self->receipts++;
    __atomic_fetch_add(&home->refs, 1, __ATOMIC_RELAXED);
    return job;
}

/* It becomes the job's: the page is not about it any more. */
weir_poll weir_redis_give_job(struct weir_redis_source *self, weir_cx *cx,
                              const weir_message *message, weir_job *out)
{
    struct weir_redis_job *job = job_new(self, cx, message);
    if (!job) {
        self->page.at--; /* it is given later */
        weir_fail(cx, WEIR_E_MEMORY, "no memory for a job");
        cx->error.fatal = false;
        return (weir_poll){0, WEIR_ERROR};
    }
    self->page.receipts->ids[self->page.at - 1] = (struct weir_redis_id){0, 0};
    *out = (weir_job){job->message.message, &job->hold};
    return (weir_poll){1, WEIR_READY};
}

weir_stream *weir_redis_jobs(const weir_redis_from *from)
{
    if (!from->group)
        return weir_stream_refused(WEIR_E_ARGUMENT, "all who share the work name the same",
                                   "%s: no group is named", "redis_jobs", NULL, 0);
    return weir_redis_source_new(from, true, FETCH_MAX);
}
