/* An answer begins with its first byte: until then it can still become another one. */
#include "serve_http.h"

#include "service.h"

/* ---- the answer ---- */

struct answer {
    weir_writer writer;
    weir_exchange *x; /* NULL: it has begun */
    const char *type; /* NULL: none is said */
    weir_writer *below;
};

static struct answer *answer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct answer, writer);
}

static weir_writer *begin(struct answer *self)
{
    const weir_header type = {"content-type", self->type};

    if (self->x)
        self->below = weir_respond(self->x, 200, &type, self->type != NULL, WEIR_LENGTH_UNKNOWN);
    self->x = NULL;
    return self->below;
}

static weir_poll answer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return weir_poll_write(begin(answer_of(writer)), cx, bytes, n);
}

static weir_poll answer_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct answer *self = answer_of(writer);
    return self->x ? (weir_poll){0, WEIR_READY} : weir_poll_flush(self->below, cx);
}

static weir_poll answer_poll_close(weir_writer *writer, weir_cx *cx)
{
    weir_writer *below = begin(answer_of(writer));

    below->stage.cut |= writer->stage.cut;
    return weir_poll_close(below, cx);
}

static void answer_fini(weir_writer *writer)
{
    struct answer *self = answer_of(writer);

    weir_exchange_drop(self->x);
    weir_drop(self->below);
}

static size_t answer_memory_max(const weir_writer *writer)
{
    (void)writer;
    return 16 << 10; /* what weir_respond() gathers */
}

static const weir_writer_ops answer_ops = {.size = sizeof answer_ops,
                                           .name = "answer",
                                           .poll_write = answer_poll_write,
                                           .poll_flush = answer_poll_flush,
                                           .poll_close = answer_poll_close,
                                           .fini = answer_fini,
                                           .memory_max = answer_memory_max};

weir_duplex http_near(weir_exchange *x, const char *type)
{
    weir_reader *body = weir_exchange_body(x);
    weir_writer *writer = weir_writer_new(sizeof(struct answer), &answer_ops);

    if (weir_stage_failed(&writer->stage)) {
        weir_exchange_drop(x);
    } else {
        answer_of(writer)->x = x;
        answer_of(writer)->type = type;
    }
    return (weir_duplex){body, writer};
}

/* ---- the chain ---- */

struct answering {
    weir_stream stream;
    struct chain *chain;
    const struct run_options *options;
    uint64_t written;
    bool done;
};

static struct answering *answering_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct answering, stream);
}

/* Other requests of the connection go on. What is dropped now is answered with 500, or cut. */
static weir_poll give_up(struct answering *self, const weir_cx *cx, void *out)
{
    service_tell(&cx->error, (void *)self->options);
    *(uint64_t *)out = self->written;
    return (weir_poll){1, WEIR_END};
}

static weir_poll answering_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct answering *self = answering_of(stream);
    weir_writer *rest = self->chain->nodes->rest.writer;
    weir_poll got;

    (void)demand;
    if (!self->done) {
        got = weir_poll_next(weir_source(stream), cx, &self->written, 1);
        if (got.state == WEIR_ERROR)
            return give_up(self, cx, out);
        if (!got.n)
            return got;
        self->done = true;
    }
    if (rest) {
        got = weir_poll_close(rest, cx);
        if (got.state == WEIR_ERROR)
            return give_up(self, cx, out);
        if (got.state != WEIR_END)
            return got;
    }
    *(uint64_t *)out = self->written;
    return (weir_poll){1, WEIR_END};
}

static void answering_fini(weir_stream *stream)
{
    struct node *near = answering_of(stream)->chain->nodes;

    weir_drop(near->rest.writer);
    near->rest.writer = NULL;
}

static const weir_stream_ops answering_ops = {.size = sizeof answering_ops,
                                              .name = "answering",
                                              .poll_next = answering_poll_next,
                                              .fini = answering_fini};

weir_stream *http_build(weir_stream *future, struct chain *chain, const struct run_options *options)
{
    weir_stream *stream =
        weir_stream_new(future, sizeof(struct answering), &answering_ops, future->type);

    if (weir_stage_failed(&stream->stage)) {
        weir_drop(chain->nodes->rest.writer);
        chain->nodes->rest.writer = NULL;
        return stream;
    }
    stream->stage.one = true;
    answering_of(stream)->chain = chain;
    answering_of(stream)->options = options;
    return stream;
}
