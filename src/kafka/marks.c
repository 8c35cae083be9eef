/* Marks: of each partition, up to where what was given before it goes. They may be settled in any
 * order; what is behind one that is open does not count yet. */

#include <string.h>

#include "kafka/link.h"

static struct weir_kafka_mark *mark_of(weir_mark *mark)
{
    return (struct weir_kafka_mark *)((char *)mark - offsetof(struct weir_kafka_mark, mark));
}

static size_t bytes_of(uint32_t room)
{
    return sizeof(struct weir_kafka_mark) + room * sizeof(struct weir_kafka_span);
}

/* ---- given ---- */

struct weir_kafka_mark *weir_kafka_mark_new(struct weir_kafka_link *link, const weir_stream *source)
{
    uint32_t room = link->parts_n < WEIR_KAFKA_MARK_ITEMS ? link->parts_n : WEIR_KAFKA_MARK_ITEMS;
    struct weir_kafka_mark *self = weir_allocate(bytes_of(room));
    if (!self)
        return NULL;
    *self = (struct weir_kafka_mark){
        .mark = {.source = (weir_stream *)(uintptr_t)source, .refs = 1},
        .link = link,
        .room = room,
    };
    __atomic_fetch_add(&link->refs, 1, __ATOMIC_RELAXED);
    return self;
}

/* The partition's span; the last one is likely to be it. NULL: there is no room. */
static struct weir_kafka_span *span_of(struct weir_kafka_mark *self, uint32_t part, uint64_t epoch,
                                       int64_t offset)
{
    for (uint32_t i = self->n; i-- > 0;)
        if (self->spans[i].part == part && self->spans[i].epoch == epoch)
            return &self->spans[i];
    if (self->n == self->room)
        return NULL;
    struct weir_kafka_span *span = &self->spans[self->n++];
    *span = (struct weir_kafka_span){part, epoch, offset, offset};
    return span;
}

bool weir_kafka_mark_add(struct weir_kafka_mark *self, uint32_t part, int64_t offset)
{
    if (self->messages == WEIR_KAFKA_MARK_ITEMS)
        return false;
    uint64_t epoch = self->link->parts[part]->epoch;
    struct weir_kafka_span *span = span_of(self, part, epoch, offset);
    if (!span)
        return false;
    span->end = offset + 1;
    self->messages++;
    return true;
}

static void release(struct weir_kafka_mark *self)
{
    struct weir_kafka_link *link = self->link;
    weir_release(self, bytes_of(self->room));
    weir_kafka_link_unref(link);
}

void weir_kafka_mark_drop(struct weir_kafka_mark *self)
{
    release(self);
}

/* ---- settled ---- */

/* NULL: it is not ours any more, or is read again. */
static struct weir_kafka_part *part_of(struct weir_kafka_link *link,
                                       const struct weir_kafka_span *span)
{
    struct weir_kafka_part *part = link->parts[span->part];
    return part && part->epoch == span->epoch ? part : NULL;
}

/* What is lost holds back all that came behind it, of its partition. */
static void count(struct weir_kafka_link *link, const struct weir_kafka_span *span, bool kept)
{
    struct weir_kafka_part *part = part_of(link, span);
    if (!part)
        return;
    part->open--;
    if (part->again >= 0)
        return;
    if (!kept) {
        part->again = span->first;
        link->lost = true;
    } else if (span->end > part->settled) {
        part->settled = span->end;
        link->unsaid = true;
    }
}

/* Those that have no open one before them, taken off. */
static struct weir_kafka_mark *advance(struct weir_kafka_link *link)
{
    struct weir_kafka_mark *first = link->oldest, *last = NULL;
    for (; link->oldest && link->oldest->settled; link->oldest = link->oldest->next) {
        last = link->oldest;
        for (uint32_t i = 0; i < last->n; i++)
            count(link, &last->spans[i], last->kept);
        link->marks--;
    }
    if (!link->oldest)
        link->newest = NULL;
    if (!last)
        return NULL;
    last->next = NULL;
    return first;
}

/* On any thread, also when the stage is gone. */
static void settle(weir_mark *mark, bool kept)
{
    struct weir_kafka_mark *self = mark_of(mark);
    struct weir_kafka_link *link = self->link;
    __atomic_fetch_add(&link->refs, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&link->lock);
    self->settled = true;
    self->kept = kept;
    link->settled++;
    struct weir_kafka_mark *done = advance(link);
    pthread_mutex_unlock(&link->lock);
    weir_waker_cell_wake(&link->client.waiter);
    while (done) {
        struct weir_kafka_mark *next = done->next;
        release(done);
        done = next;
    }
    weir_kafka_link_unref(link);
}

weir_mark *weir_kafka_mark_open(struct weir_kafka_mark *self, uint64_t upto)
{
    struct weir_kafka_link *link = self->link;
    self->mark.settle = settle;
    self->mark.upto = upto;
    pthread_mutex_lock(&link->lock);
    for (uint32_t i = 0; i < self->n; i++) {
        struct weir_kafka_part *part = part_of(link, &self->spans[i]);
        if (part)
            part->open++;
    }
    if (link->newest)
        link->newest->next = self;
    else
        link->oldest = self;
    link->newest = self;
    link->marks++;
    pthread_mutex_unlock(&link->lock);
    return &self->mark;
}

uint32_t weir_kafka_marks(struct weir_kafka_link *link)
{
    pthread_mutex_lock(&link->lock);
    uint32_t marks = link->marks;
    pthread_mutex_unlock(&link->lock);
    return marks;
}

uint64_t weir_kafka_settled(struct weir_kafka_link *link)
{
    pthread_mutex_lock(&link->lock);
    uint64_t settled = link->settled;
    pthread_mutex_unlock(&link->lock);
    return settled;
}
