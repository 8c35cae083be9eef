/* Receipts: the reply subjects of what was given, a block for each mark. */

#include <string.h>

#include "nats/link.h"
#include "weir/alloc.h"

static struct weir_nats_receipts *receipts_of(weir_mark *mark)
{
    return (struct weir_nats_receipts *)((char *)mark - offsetof(struct weir_nats_receipts, mark));
}

/* Each subject, to the server. */
static void answer(const struct weir_nats_receipts *self, const char *what)
{
    for (size_t at = 0; at < self->used; at += strlen(self->subjects + at) + 1)
        weir_nats_say(self->link, self->subjects + at, what);
}

static void release(struct weir_nats_receipts *self)
{
    struct weir_nats_link *link = self->link;
    weir_release(self, self->bytes);
    weir_waker_cell_wake(&link->waiter); /* it may wait for room */
    weir_nats_link_leave(link);
}

/* On any thread, also when the stage is gone. */
static void settle(weir_mark *mark, bool kept)
{
    struct weir_nats_receipts *self = receipts_of(mark);
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    *self->at = self->next;
    if (self->next)
        self->next->at = self->at;
    link->marks--;
    link->receipts -= self->n;
    pthread_mutex_unlock(&link->lock);
    answer(self, kept ? "+ACK" : "-NAK");
    release(self);
}

struct weir_nats_receipts *weir_nats_receipts_new(struct weir_nats_link *link,
                                                  const weir_stream *source)
{
    size_t room = (size_t)WEIR_NATS_MARK_ITEMS * WEIR_NATS_RECEIPT_BYTES;
    size_t bytes = sizeof(struct weir_nats_receipts) + room;
    struct weir_nats_receipts *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->mark =
        (weir_mark){.settle = settle, .source = (weir_stream *)(uintptr_t)source, .refs = 1};
    self->link = link;
    self->bytes = bytes;
    weir_nats_link_enter(link);
    return self;
}

static size_t room_of(const struct weir_nats_receipts *self)
{
    return self->bytes - sizeof *self - self->used;
}

bool weir_nats_receipts_full(const struct weir_nats_receipts *self)
{
    return self->n == WEIR_NATS_MARK_ITEMS || (self->n && room_of(self) < WEIR_NATS_SUBJECT_BYTES);
}

void weir_nats_receipts_add(struct weir_nats_receipts *self, const char *subject, uint64_t due)
{
    size_t size = strlen(subject) + 1;
    memcpy(self->subjects + self->used, subject, size);
    self->used += size;
    if (!self->n++)
        self->due = due;
    pthread_mutex_lock(&self->link->lock);
    self->link->receipts++;
    pthread_mutex_unlock(&self->link->lock);
}

/* A block that few stand in is cut to what they need. */
static struct weir_nats_receipts *cut(struct weir_nats_receipts *self)
{
    size_t bytes = sizeof *self + self->used;
    struct weir_nats_receipts *smaller = weir_resize(self, self->bytes, bytes);
    if (!smaller)
        return self;
    smaller->bytes = bytes;
    return smaller;
}

weir_mark *weir_nats_receipts_open(struct weir_nats_receipts *self, uint64_t upto)
{
    struct weir_nats_link *link = self->link;
    self = cut(self);
    self->mark.upto = upto;
    pthread_mutex_lock(&link->lock);
    self->next = link->open;
    self->at = &link->open;
    if (self->next)
        self->next->at = &self->next;
    link->open = self;
    link->marks++;
    pthread_mutex_unlock(&link->lock);
    return &self->mark;
}

void weir_nats_receipts_drop(struct weir_nats_receipts *self)
{
    answer(self, "-NAK");
    pthread_mutex_lock(&self->link->lock);
    self->link->receipts -= self->n;
    pthread_mutex_unlock(&self->link->lock);
    release(self);
}

/* ---- what is worked at: told at half the ack wait ---- */

static void tell(struct weir_nats_receipts *self, uint64_t tick)
{
    if (!self->n || self->due > tick)
        return;
    self->due = tick + 2;
    answer(self, "+WPI");
}

static void tell_job(struct weir_nats_job *job, uint64_t tick)
{
    if (job->due > tick)
        return;
    job->due = tick + 2;
    weir_nats_say(job->link, natsMsg_GetReply(job->message), "+WPI");
}

static void tell_queued(struct weir_nats_link *link)
{
    uint32_t size = 2 * link->fetch_max;
    for (uint32_t i = link->head; i != link->tail; i++) {
        struct weir_nats_queued *queued = &link->ring[i % size];
        if (queued->due > link->tick)
            continue;
        queued->due = link->tick + 2;
        weir_nats_say(link, natsMsg_GetReply(queued->message), "+WPI");
    }
}

void weir_nats_tick(struct weir_nats_link *link, struct weir_nats_receipts *current)
{
    pthread_mutex_lock(&link->lock);
    link->tick++;
    tell_queued(link);
    for (struct weir_nats_receipts *one = link->open; one; one = one->next)
        tell(one, link->tick);
    if (current)
        tell(current, link->tick);
    for (struct weir_nats_job *one = link->jobs; one; one = one->next)
        tell_job(one, link->tick);
    pthread_mutex_unlock(&link->lock);
}

void weir_nats_open_give_back(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    for (struct weir_nats_receipts *one = link->open; one; one = one->next)
        answer(one, "-NAK");
    for (struct weir_nats_job *one = link->jobs; one; one = one->next)
        weir_nats_say(link, natsMsg_GetReply(one->message), "-NAK");
    pthread_mutex_unlock(&link->lock);
}
