/* balance: each item to one of n outputs, the one that asks. */

#include "stream/hub.h"
#include "weir/outputs.h"
#include "weir/stream.h"

struct balance {
    struct weir_output output;
    uint64_t taken;
    bool yielded; /* since it asked */
};

static struct balance *balance_of(const struct weir_output *output)
{
    return WEIR_CONTAINER(output, struct balance, output);
}

/* One that had fewer items waits too, and is woken with this one. */
static bool is_behind(const struct balance *self)
{
    const struct weir_hub *hub = self->output.hub;
    const struct weir_output *other = hub->waiting_n ? hub->first : NULL;
    for (; other; other = other->next)
        if (other->waits && balance_of(other)->taken < self->taken)
            return true;
    return false;
}

/* Where several wait, they are woken in an order that says nothing: so that it is not always the
 * same one that gets the next item, those that had more let the others go first, once. */
static weir_poll balance_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct balance *self = balance_of(weir_output_of(stream));
    if (!self->yielded && weir_hub_was_woken(self->output.hub) && is_behind(self)) {
        self->yielded = true;
        return weir_wait_turn(cx);
    }
    weir_poll got = weir_output_pull(&self->output, cx, out, demand);
    self->taken += got.n;
    self->yielded = false;
    return got;
}

static void balance_fini(weir_stream *stream)
{
    weir_output_leave(weir_output_of(stream));
}

static weir_hint balance_size_hint(const weir_stream *stream)
{
    const struct weir_hub *hub = weir_output_of(stream)->hub;
    return (weir_hint){0, hub ? weir_hub_hint(hub).upper : 0};
}

static const weir_stream_ops balance_ops = {.size = sizeof balance_ops,
                                            .name = "balance",
                                            .poll_next = balance_poll_next,
                                            .fini = balance_fini,
                                            .size_hint = balance_size_hint,
                                            .input = weir_output_input,
                                            .memory_max = weir_output_memory_max,
                                            .over = weir_output_over,
                                            .marks = WEIR_MARKS_LOSE};

void weir_balance(weir_stream *source, weir_stream **outputs, size_t n)
{
    source = weir_expect_owned(source, "balance");
    source = weir_expect_unmarked(source, "balance", "parts items among outputs that end apart");
    struct weir_hub *hub = weir_hub_new(&source, sizeof *hub, "balance");
    if (!hub) {
        weir_outputs_refuse(outputs, n, source);
        return;
    }
    bool exact = source->stage.exact;
    for (size_t i = 0; i < n; i++)
        outputs[i] = weir_output_new(hub, sizeof(struct balance), &balance_ops, source->type);
    weir_hub_leave(hub);
    bool whole = weir_outputs_are_whole(outputs, n);
    for (size_t i = 0; whole && i < n; i++)
        outputs[i]->stage.exact = exact;
}
