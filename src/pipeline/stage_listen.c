/* listen: a reader, or a writer, that is the first connection to an address of ours, as nc -l.
 * Who comes later is refused: the listener is gone then. */
#include "pipeline/pipeline.h"
#include "pipeline/stage_net.h"

/* What a connection may hold, both halves, before there is one that could be asked. */
enum { CONNECTION_BYTES = 1 << 20 };

/* The one who waits for the connection. */
struct listen {
    weir_stream *incoming; /* NULL: somebody came */
    weir_duplex near;      /* the half that is used here; the other one stands in the node */
    struct node *node;
};

struct listen_reader {
    weir_reader reader;
    struct listen listen;
};

struct listen_writer {
    weir_writer writer;
    struct listen listen;
};

/* READY: somebody came, and *out is the connection. */
static weir_poll wait_for_peer(struct listen *self, weir_cx *cx, weir_duplex *out)
{
    weir_poll got = weir_poll_next(self->incoming, cx, out, 1);
    if (!got.n)
        return got;
    weir_drop(self->incoming);
    self->incoming = NULL;
    return (weir_poll){0, WEIR_READY};
}

static weir_stage *first_input(const struct listen *self, weir_stage *near)
{
    return self->incoming ? &self->incoming->stage : near;
}

static void listen_drop(struct listen *self)
{
    weir_drop(self->incoming);
    weir_duplex_drop(self->near);
}

/* ---- reading ---- */

static struct listen *of_reader(const weir_reader *reader)
{
    return &WEIR_CONTAINER(reader, struct listen_reader, reader)->listen;
}

/* The connection reads as far ahead as was asked for meanwhile. */
static weir_poll accept_reader(weir_reader *reader, struct listen *self, weir_cx *cx)
{
    weir_duplex came;
    weir_poll got = wait_for_peer(self, cx, &came);

    cx->cut |= got.state == WEIR_END; /* told to stop before somebody came */
    if (got.state != WEIR_READY)
        return got;
    self->near.reader = came.reader;
    self->node->rest.writer = came.writer;
    if (reader->reserve > came.reader->reserve &&
        !weir_reader_reserve(came.reader, reader->reserve))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %u bytes", reader->reserve);
    return got;
}

static weir_poll listen_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct listen *self = of_reader(reader);

    if (self->incoming) {
        weir_poll got = accept_reader(reader, self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    weir_reader_lend(reader, self->near.reader);
    weir_poll got = weir_poll_fill(self->near.reader, cx, min);
    weir_reader_lend(reader, self->near.reader);
    return got;
}

static bool listen_reserve(weir_reader *reader, size_t bytes)
{
    struct listen *self = of_reader(reader);
    if (self->near.reader && !weir_reader_reserve(self->near.reader, bytes))
        return false;
    reader->reserve = (uint32_t)bytes;
    return true;
}

static const char *listen_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *near = of_reader(reader)->near.reader;
    return near && near->ops->place ? near->ops->place(near, byte) : NULL;
}

static weir_stage *reader_input(const weir_reader *reader, size_t i)
{
    const struct listen *self = of_reader(reader);
    return i ? NULL : first_input(self, self->near.reader ? &self->near.reader->stage : NULL);
}

static size_t listen_reader_memory_max(const weir_reader *reader)
{
    return of_reader(reader)->near.reader ? 0 : (size_t)reader->reserve + CONNECTION_BYTES;
}

static void listen_reader_fini(weir_reader *reader)
{
    listen_drop(of_reader(reader));
}

static const weir_reader_ops listen_reader_ops = {.size = sizeof listen_reader_ops,
                                                  .name = "listen",
                                                  .poll_fill = listen_poll_fill,
                                                  .fini = listen_reader_fini,
                                                  .reserve = listen_reserve,
                                                  .place = listen_place,
                                                  .input = reader_input,
                                                  .memory_max = listen_reader_memory_max};

void weir_pl_listen_build(struct flow *flow, struct node *node)
{
    weir_stream *incoming = weir_pl_net_incoming(node);

    flow->reader = weir_reader_new(sizeof(struct listen_reader), &listen_reader_ops);
    if (weir_stage_failed(&flow->reader->stage)) {
        weir_drop(incoming);
        return;
    }
    flow->reader->stage.remote = true; /* before somebody came */
    of_reader(flow->reader)->incoming = incoming;
    of_reader(flow->reader)->node = node;
}

/* ---- writing ---- */

static struct listen *of_writer(const weir_writer *writer)
{
    return &WEIR_CONTAINER(writer, struct listen_writer, writer)->listen;
}

static weir_poll listen_poll_open(weir_writer *writer, weir_cx *cx)
{
    struct listen *self = of_writer(writer);
    weir_duplex came;

    if (!self->incoming)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = wait_for_peer(self, cx, &came);
    if (got.state == WEIR_END)
        return weir_fail(cx, WEIR_E_STOPPED, "told to stop before somebody came");
    if (got.state != WEIR_READY)
        return got;
    self->near.writer = came.writer;
    self->node->rest.reader = came.reader;
    return got;
}

static weir_poll listen_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    weir_poll got = listen_poll_open(writer, cx);
    if (got.state != WEIR_READY)
        return got;
    return weir_poll_write(of_writer(writer)->near.writer, cx, bytes, n);
}

static weir_poll listen_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                  const void *bytes, size_t n)
{
    weir_poll got = listen_poll_open(writer, cx);
    if (got.state != WEIR_READY)
        return got;
    return weir_poll_give(of_writer(writer)->near.writer, cx, block, bytes, n);
}

static weir_poll listen_poll_flush(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = listen_poll_open(writer, cx);
    if (got.state != WEIR_READY)
        return got;
    return weir_poll_flush(of_writer(writer)->near.writer, cx);
}

static weir_poll listen_poll_close(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = listen_poll_open(writer, cx);
    if (got.state != WEIR_READY)
        return got;
    of_writer(writer)->near.writer->stage.cut |= writer->stage.cut;
    return weir_poll_close(of_writer(writer)->near.writer, cx);
}

static weir_stage *writer_input(const weir_writer *writer, size_t i)
{
    const struct listen *self = of_writer(writer);
    return i ? NULL : first_input(self, self->near.writer ? &self->near.writer->stage : NULL);
}

static size_t listen_writer_memory_max(const weir_writer *writer)
{
    return of_writer(writer)->near.writer ? 0 : CONNECTION_BYTES;
}

/* One that is not closed gave up, for a reason that the connection may not know. */
static void listen_writer_fini(weir_writer *writer)
{
    struct listen *self = of_writer(writer);

    if (self->near.writer && !writer->stage.done) {
        weir_duplex_abort(self->near);
        self->near.writer = NULL;
    }
    listen_drop(self);
}

static const weir_writer_ops listen_writer_ops = {.size = sizeof listen_writer_ops,
                                                  .name = "listen",
                                                  .poll_write = listen_poll_write,
                                                  .poll_flush = listen_poll_flush,
                                                  .poll_close = listen_poll_close,
                                                  .fini = listen_writer_fini,
                                                  .input = writer_input,
                                                  .memory_max = listen_writer_memory_max,
                                                  .poll_open = listen_poll_open,
                                                  .poll_give = listen_poll_give};

weir_writer *weir_pl_listen_writer(struct node *node)
{
    weir_stream *incoming = weir_pl_net_incoming(node);
    weir_writer *writer = weir_writer_new(sizeof(struct listen_writer), &listen_writer_ops);

    if (weir_stage_failed(&writer->stage)) {
        weir_drop(incoming);
        return writer;
    }
    of_writer(writer)->incoming = incoming;
    of_writer(writer)->node = node;
    return writer;
}
