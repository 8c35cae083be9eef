/* gate: the writer of a file that waits with its end for the other chains. */
#include "pipeline/stage_gate.h"

#include "pipeline/room.h"

struct place {
    weir_waker_slot waiter;
    bool passed;
};

struct gate {
    size_t left; /* that have not passed */
    size_t n;
    struct place places[];
};

struct gate *weir_pl_gate_new(size_t chains)
{
    struct gate *gate = weir_pl_room_zeroed(1, sizeof *gate + chains * sizeof *gate->places);

    if (!gate)
        return NULL;
    gate->left = gate->n = chains;
    return gate;
}

void weir_pl_gate_pass(struct gate *gate, size_t chain)
{
    if (gate->places[chain].passed)
        return;
    gate->places[chain].passed = true;
    gate->left--;
    for (size_t i = 0; i < gate->n && !gate->left; i++)
        weir_waker_slot_wake(&gate->places[i].waiter);
}

/* ---- the writer ---- */

struct gated {
    weir_writer writer;
    struct gate *gate;
    struct chain *chain;
};

static struct gated *gated_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct gated, writer);
}

static weir_poll gated_poll_open(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_open(weir_writer_below(writer), cx);
}

static weir_poll gated_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return weir_poll_write(weir_writer_below(writer), cx, bytes, n);
}

static weir_poll gated_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                 const void *bytes, size_t n)
{
    return weir_poll_give(weir_writer_below(writer), cx, block, bytes, n);
}

static weir_poll gated_poll_flush(weir_writer *writer, weir_cx *cx)
{
    return weir_poll_flush(weir_writer_below(writer), cx);
}

static bool ended_early(const struct chain *chain)
{
    for (const struct node *node = chain->nodes; node < weir_pl_chain_sink(chain); node++)
        if ((node->reader || node->tee) && !node->passed)
            return true;
    return false;
}

/* What can go wrong with the bytes has gone wrong before it waits. */
static weir_poll gated_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct gated *self = gated_of(writer);
    weir_writer *file = weir_writer_below(writer);
    bool waits = self->gate->left && !ended_early(self->chain);
    weir_poll got = waits ? weir_poll_flush(file, cx) : (weir_poll){0, WEIR_READY};

    if (got.state != WEIR_READY)
        return got;
    weir_pl_gate_pass(self->gate, self->chain->place);
    if (waits && self->gate->left)
        return weir_wait(cx, &self->gate->places[self->chain->place].waiter, WEIR_WAIT_PEER);
    file->stage.cut |= writer->stage.cut;
    return weir_poll_close(file, cx);
}

static void gated_fini(weir_writer *writer)
{
    struct gated *self = gated_of(writer);
    weir_waker_slot_clear(&self->gate->places[self->chain->place].waiter);
}

static size_t gated_memory_max(const weir_writer *writer)
{
    (void)writer;
    return 0;
}

static const weir_writer_ops gated_ops = {.size = sizeof gated_ops,
                                          .name = "gate",
                                          .poll_write = gated_poll_write,
                                          .poll_flush = gated_poll_flush,
                                          .poll_close = gated_poll_close,
                                          .fini = gated_fini,
                                          .memory_max = gated_memory_max,
                                          .poll_open = gated_poll_open,
                                          .poll_give = gated_poll_give};

weir_writer *weir_pl_gate_build(weir_writer *file, struct chain *chain)
{
    weir_writer *writer = weir_writer_over(file, sizeof(struct gated), &gated_ops);

    if (weir_stage_failed(&writer->stage))
        return writer;
    gated_of(writer)->gate = chain->gate;
    gated_of(writer)->chain = chain;
    return writer;
}
