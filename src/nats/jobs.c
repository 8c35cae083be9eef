/* nats_jobs: the messages of a consumer, owned, each settled by itself. */

#include <string.h>

#include "nats/message.h"
#include "nats/source.h"

enum { FETCH_MAX = 8 };

static struct weir_nats_job *job_of(struct weir_job_hold *hold)
{
    return WEIR_CONTAINER(hold, struct weir_nats_job, hold);
}

/* ---- its end, on any thread ---- */

static void leave(struct weir_nats_job *self)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    *self->at = self->next;
    if (self->next)
        self->next->at = self->at;
    link->receipts--;
    pthread_mutex_unlock(&link->lock);
}

static void say_again(const struct weir_nats_job *self, uint64_t after_ns)
{
    char text[64] = "-NAK";
    if (after_ns)
        weir_format(text, sizeof text, "-NAK {\"delay\": %llu}", (unsigned long long)after_ns);
    weir_nats_say(self->link, natsMsg_GetReply(self->message), text);
}

static void end_job(struct weir_job_hold *hold, weir_job_end how, uint64_t after_ns,
                    const char *reason)
{
    struct weir_nats_job *self = job_of(hold);
    struct weir_nats_link *link = self->link;
    leave(self);
    if (how == WEIR_JOB_DEAD)
        weir_nats_bury(link, self->message, reason);
    else if (how == WEIR_JOB_AGAIN)
        say_again(self, after_ns);
    else
        weir_nats_say(link, natsMsg_GetReply(self->message), "+ACK");
    natsMsg_Destroy(self->message);
    weir_release(self, self->bytes);
    weir_waker_cell_wake(&link->waiter); /* it may wait for room */
    weir_nats_link_leave(link);
}

/* ---- given ---- */

static bool has_room(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool room = link->receipts < link->receipts_max && link->head != link->tail;
    pthread_mutex_unlock(&link->lock);
    return room;
}

static void enter(struct weir_nats_job *self, uint64_t due)
{
    struct weir_nats_link *link = self->link;
    weir_nats_link_enter(link);
    pthread_mutex_lock(&link->lock);
    self->due = due;
    self->next = link->jobs;
    self->at = &link->jobs;
    if (self->next)
        self->next->at = &self->next;
    link->jobs = self;
    link->receipts++;
    pthread_mutex_unlock(&link->lock);
}

/* NULL: no memory. */
static struct weir_nats_job *job_new(struct weir_nats_link *link, const weir_header *headers, int n)
{
    size_t bytes = sizeof(struct weir_nats_job) + (size_t)n * sizeof *headers;
    struct weir_nats_job *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    *self = (struct weir_nats_job){.hold = {end_job}, .link = link, .bytes = bytes};
    memcpy(self->headers, headers, (size_t)n * sizeof *headers);
    return self;
}

/* It goes back: the server gives it again. */
static weir_poll no_memory(struct weir_nats_source *source, weir_cx *cx, natsMsg *message)
{
    weir_nats_say(source->link, natsMsg_GetReply(message), "-NAK");
    natsMsg_Destroy(message);
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a job");
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll give(struct weir_nats_source *source, weir_cx *cx, void *items, size_t demand)
{
    weir_job *out = items;
    weir_header headers[WEIR_NATS_HEADERS_MAX];
    uint64_t due;
    (void)demand; /* they are claims: one at a time */
    natsMsg *message = NULL;
    if (has_room(source->link))
        message = weir_nats_take_next(source, &due, &out->message);
    if (!message)
        return (weir_poll){0, WEIR_READY};
    int n = weir_nats_headers(message, headers, WEIR_NATS_HEADERS_MAX);
    if (n < 0 || out->message.value.size > source->link->message_bytes_max) {
        weir_nats_bury_large(source->link, message);
        source->gone = message;
        return (weir_poll){0, WEIR_READY};
    }
    struct weir_nats_job *job = job_new(source->link, headers, n);
    if (!job)
        return no_memory(source, cx, message);
    job->message = message;
    enter(job, due);
    out->message.headers = n ? job->headers : NULL;
    out->message.n_headers = (uint32_t)n;
    out->hold = &job->hold;
    return (weir_poll){1, WEIR_READY};
}

static struct weir_nats_source *source_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_nats_source, stream);
}

static weir_poll jobs_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_nats_source_poll(source_of(stream), cx, out, demand);
}

static void jobs_fini(weir_stream *stream)
{
    weir_nats_source_fini(source_of(stream));
}

static size_t jobs_memory_max(const weir_stream *stream)
{
    return weir_nats_source_memory_max(source_of(stream));
}

static const weir_stream_ops jobs_ops = {.size = sizeof jobs_ops,
                                         .name = "nats_jobs",
                                         .poll_next = jobs_poll_next,
                                         .fini = jobs_fini,
                                         .memory_max = jobs_memory_max};

weir_stream *weir_nats_jobs(const weir_nats_from *from)
{
    if (!from->consumer)
        return weir_stream_refused(WEIR_E_ARGUMENT, "all who share the work name the same",
                                   "%s: no consumer is named", jobs_ops.name, NULL, 0);
    weir_stream *stream = weir_nats_source_new(sizeof(struct weir_nats_source), &jobs_ops,
                                               &weir_type_job, from, FETCH_MAX);
    if (weir_stage_failed(&stream->stage))
        return stream;
    source_of(stream)->give = give;
    stream->stage.exact = true;
    return stream;
}
