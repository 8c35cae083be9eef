/* nats: the messages of a consumer, lent, with a mark behind as many as may be. */

#include "nats/message.h"
#include "nats/source.h"

enum { LENT_MAX = 64, HEADERS_ROOM = 4 * WEIR_NATS_HEADERS_MAX, FETCH_MAX = 512 };

struct messages {
    struct weir_nats_source source;
    natsMsg *lent[LENT_MAX];
    uint32_t lent_n;
    weir_header *headers; /* of those; NULL: none had any yet */
    uint32_t headers_n;
    uint64_t lag; /* behind the last one that was given */
};

static struct messages *messages_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct messages, source.stream);
}

static void let_go(struct messages *self)
{
    for (uint32_t i = 0; i < self->lent_n; i++)
        natsMsg_Destroy(self->lent[i]);
    self->lent_n = self->headers_n = 0;
}

/* True: a message may be given, and what stands for it. */
static bool has_room(struct messages *self)
{
    struct weir_nats_link *link = self->source.link;
    if (self->source.current)
        return !weir_nats_receipts_full(self->source.current);
    pthread_mutex_lock(&link->lock);
    bool room = link->marks < link->marks_max && link->receipts < link->receipts_max;
    pthread_mutex_unlock(&link->lock);
    return room;
}

static bool has_headers_room(struct messages *self)
{
    if (!self->headers)
        self->headers = weir_allocate(HEADERS_ROOM * sizeof *self->headers);
    return self->headers && HEADERS_ROOM - self->headers_n >= WEIR_NATS_HEADERS_MAX;
}

/* false: it is larger than was allowed, and nobody sees it. */
static bool read_headers(struct messages *self, natsMsg *message, weir_message *out)
{
    weir_header *headers = self->headers + self->headers_n;
    int n = weir_nats_headers(message, headers, WEIR_NATS_HEADERS_MAX);
    if (n < 0 || out->value.size > self->source.link->message_bytes_max)
        return false;
    out->headers = n ? headers : NULL;
    out->n_headers = (uint32_t)n;
    self->headers_n += out->n_headers;
    return true;
}

/* Without a consumer nothing is settled. */
static bool begin_receipts(struct messages *self)
{
    if (!self->source.link->consumer)
        return true;
    if (!self->source.current)
        self->source.current = weir_nats_receipts_new(self->source.link, &self->source.stream);
    return self->source.current != NULL;
}

/* Counts as given: a mark behind it stands for it too, but for one that goes to the dead. */
static natsMsg *take(struct messages *self, weir_message *out, bool *fits)
{
    uint64_t due;
    natsMsg *message = weir_nats_take_next(&self->source, &due, out);
    if (!message)
        return NULL;
    *fits = read_headers(self, message, out);
    if (!*fits && self->source.link->consumer && self->source.link->dead)
        weir_nats_bury_large(self->source.link, message);
    else if (self->source.current)
        weir_nats_receipts_add(self->source.current, natsMsg_GetReply(message), due);
    self->source.given++;
    return message;
}

static weir_poll no_memory(weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for the receipts of %d messages", WEIR_NATS_MARK_ITEMS);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* READY without items: there is nothing to give. */
static weir_poll give(struct weir_nats_source *source, weir_cx *cx, void *items, size_t demand)
{
    struct messages *self = messages_of(&source->stream);
    weir_message *out = items;
    uint32_t n = 0;
    if (demand > LENT_MAX)
        demand = LENT_MAX;
    while (n < demand && has_room(self)) {
        if (!begin_receipts(self) || !has_headers_room(self))
            return n ? (weir_poll){n, WEIR_READY} : no_memory(cx);
        bool fits;
        natsMsg *message = take(self, &out[n], &fits);
        if (!message)
            break;
        if (!fits) {
            self->source.gone = message;
            break;
        }
        self->lent[self->lent_n++] = message;
        n++;
    }
    if (n)
        self->lag = weir_nats_to_come(self->lent[n - 1]);
    return (weir_poll){n, WEIR_READY};
}

static weir_poll messages_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    let_go(messages_of(stream));
    return weir_nats_source_poll(&messages_of(stream)->source, cx, out, demand);
}

static void messages_fini(weir_stream *stream)
{
    struct messages *self = messages_of(stream);
    let_go(self);
    if (self->headers)
        weir_release(self->headers, HEADERS_ROOM * sizeof *self->headers);
    weir_nats_source_fini(&self->source);
}

static size_t messages_memory_max(const weir_stream *stream)
{
    const struct weir_nats_source *source = &messages_of(stream)->source;
    return weir_nats_source_memory_max(source) + LENT_MAX * source->link->message_bytes_max +
           HEADERS_ROOM * sizeof(weir_header);
}

static const weir_stream_ops messages_ops = {.size = sizeof messages_ops,
                                             .name = "nats",
                                             .poll_next = messages_poll_next,
                                             .fini = messages_fini,
                                             .memory_max = messages_memory_max};

weir_stream *weir_nats(const weir_nats_from *from)
{
    weir_stream *stream = weir_nats_source_new(sizeof(struct messages), &messages_ops,
                                               &weir_type_message, from, FETCH_MAX);
    if (weir_stage_failed(&stream->stage))
        return stream;
    messages_of(stream)->source.give = give;
    messages_of(stream)->source.link->keeps_dead = true;
    messages_of(stream)->lag = WEIR_LAG_UNKNOWN;
    stream->stage.marked = messages_of(stream)->source.link->consumer != NULL;
    return stream;
}

uint64_t weir_nats_lag(const weir_stream *messages)
{
    bool ours = !weir_stage_failed(&messages->stage) && messages->ops == &messages_ops;
    return ours ? messages_of(messages)->lag : WEIR_LAG_UNKNOWN;
}
