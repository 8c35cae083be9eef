/* each: the value of a message is an input of its own, from which a stage makes items. What fails
 * is that message, and no other. */
#include "pipeline/broker.h"

struct each {
    weir_stream stream;
    weir_stream *(*make)(weir_reader *value, struct node *node);
    struct node *node;
    weir_stream *inner; /* what is made of the message; NULL: there is none */
    weir_message message;
    uint64_t n; /* messages that came */
    size_t inner_bytes;
    bool failed; /* the message was the reason of the last error */
};

static struct each *each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct each, stream);
}

static void let_go(struct each *self)
{
    if (self->inner)
        weir_drop(self->inner);
    self->inner = NULL;
}

static weir_reader *value_of(const weir_message *message)
{
    return weir_memory_reader(message->value.data, message->value.size);
}

/* READY: there is a message. What the one before lent is gone. */
static weir_poll next_message(struct each *self, weir_cx *cx)
{
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &self->message, 1);
    if (!got.n)
        return got;
    self->n++;
    self->inner = self->make(value_of(&self->message), self->node);
    return (weir_poll){0, WEIR_READY};
}

/* However it failed, the next message has nothing to do with it. */
static weir_poll fail(struct each *self, weir_cx *cx)
{
    let_go(self);
    self->failed = cx->error.code != WEIR_E_MEMORY;
    cx->error.fatal = !self->failed;
    cx->error.byte = WEIR_NOWHERE;
    cx->error.record = self->message.offset >= 0 ? (uint64_t)self->message.offset : self->n;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct each *self = each_of(stream);

    self->failed = false;
    if (!self->inner)
        return next_message(self, cx);
    weir_poll got = weir_poll_inner(stream, self->inner, cx, out, demand);
    if (got.state == WEIR_ERROR)
        return fail(self, cx);
    if (got.state != WEIR_END)
        return got;
    if (!got.n)
        let_go(self); /* with items they stand until the next poll, which sees the end again */
    return (weir_poll){got.n, WEIR_READY};
}

static void each_fini(weir_stream *stream)
{
    let_go(each_of(stream));
}

static size_t each_memory_max(const weir_stream *stream)
{
    return each_of(stream)->inner_bytes;
}

static bool each_rejected(const weir_stream *stream, weir_line *out)
{
    *out = each_of(stream)->message.value;
    return each_of(stream)->failed;
}

static const weir_stream_ops each_ops = {.size = sizeof each_ops,
                                         .name = "each",
                                         .poll_next = each_poll_next,
                                         .fini = each_fini,
                                         .memory_max = each_memory_max,
                                         .marks = WEIR_MARKS_PASS,
                                         .rejected = each_rejected};

/* As weir_rejected() looks for it: whoever knows first. */
const weir_message *weir_pl_each_rejected(const weir_stream *stream)
{
    const weir_stage *stage = &stream->stage;

    for (; stage && stage->vt->kind == WEIR_KIND_STREAM; stage = stage->source) {
        const weir_stream *asked = WEIR_CONTAINER(stage, const weir_stream, stage);
        if (!weir_stage_failed(stage) && asked->ops == &each_ops)
            return each_of(asked)->failed ? &each_of(asked)->message : NULL;
    }
    return NULL;
}

weir_stream *weir_pl_each_build(weir_stream *messages,
                                weir_stream *(*make)(weir_reader *value, struct node *node),
                                struct node *node)
{
    weir_stream *first = make(weir_memory_reader(NULL, 0), node);
    if (weir_stage_failed(&first->stage)) {
        weir_drop(messages);
        return first;
    }
    weir_stream *stream = weir_stream_new(messages, sizeof(struct each), &each_ops, first->type);
    if (!weir_stage_failed(&stream->stage)) {
        each_of(stream)->make = make;
        each_of(stream)->node = node;
        each_of(stream)->inner_bytes = weir_memory_max(first);
    }
    weir_drop(first);
    return stream;
}
