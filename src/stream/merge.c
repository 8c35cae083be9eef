/* merge: the items of n streams as they come, each stream in turn. */

#include "stream/inputs.h"
#include "stream/merging.h"
#include "weir/stream.h"

struct merge {
    weir_stream stream;
    struct weir_merging merging;
    size_t inputs; /* it was made of */
};

static struct merge *merge_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct merge, stream);
}

static weir_poll merge_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_merging *merging = &merge_of(stream)->merging;
    return weir_merging_polled(merging, cx, weir_merging_poll(merging, cx, out, demand));
}

static void merge_fini(weir_stream *stream)
{
    weir_merging_fini(&merge_of(stream)->merging);
}

static weir_stage *merge_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&merge_of(stream)->merging.set, i);
}

static size_t merge_memory_max(const weir_stream *stream)
{
    const struct merge *self = merge_of(stream);
    return weir_merging_memory_max(&self->merging, self->inputs);
}

static weir_hint merge_size_hint(const weir_stream *stream)
{
    return weir_merging_size_hint(&merge_of(stream)->merging);
}

static const weir_stream_ops merge_ops = {.size = sizeof merge_ops,
                                          .name = "merge",
                                          .keeps_inputs = true,
                                          .poll_next = merge_poll_next,
                                          .fini = merge_fini,
                                          .size_hint = merge_size_hint,
                                          .input = merge_input,
                                          .marks = WEIR_MARKS_HOLD,
                                          .memory_max = merge_memory_max};

/* Of no inputs that could be refused in its place. */
static weir_stream *merge_refuse_number(size_t n)
{
    static const weir_stream_ops merge_of_none = {.size = sizeof merge_of_none, .name = "merge"};
    weir_stream *stream = weir_source_new(0, &merge_of_none, &weir_type_unit);
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "merges of merges",
                              "merge takes 1 to 4096 streams, not %zu", NULL, NULL, n);
}

/* NULL: they can be merged. */
static weir_stream *merge_refuse(weir_stream *const *inputs, size_t n)
{
    if (n == 0 || n > WEIR_MERGE_MAX) {
        weir_inputs_drop_but(inputs, n, n);
        return merge_refuse_number(n);
    }
    for (size_t i = 0; i < n; i++)
        if (weir_stage_failed(&inputs[i]->stage))
            return weir_inputs_drop_but(inputs, n, i);
    const weir_type *type = inputs[0]->type;
    for (size_t i = 1; i < n; i++)
        if (!weir_type_alike(inputs[i]->type, type))
            return weir_expect_one_type(weir_inputs_drop_but(inputs, n, i), "merge", type);
    return NULL;
}

/* Takes them all, or as many as there is memory for: returns how many. */
static size_t merge_take(struct weir_children *set, weir_stream *const *inputs, size_t n)
{
    size_t taken = 0;
    for (; taken < n && weir_children_reserve(set); taken++) {
        weir_children_add(set, inputs[taken], NULL);
        set->first->claims = weir_makes_claims(&inputs[taken]->stage);
    }
    return taken;
}

weir_stream *weir_merge(weir_stream *const *inputs, size_t n)
{
    weir_stream *failed = merge_refuse(inputs, n);
    if (failed)
        return failed;
    const weir_type *type = inputs[0]->type;
    weir_stream *stream = weir_source_new(sizeof(struct merge), &merge_ops, type);
    size_t taken = 0;
    if (!weir_stage_failed(&stream->stage)) {
        struct merge *self = merge_of(stream);
        self->inputs = n;
        if (weir_merging_init(&self->merging, stream)) {
            self->merging.set.inputs = true;
            taken = merge_take(&self->merging.set, inputs, n);
        }
    }
    if (taken < n) {
        weir_inputs_drop_but(inputs + taken, n - taken, n);
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a merge of %zu streams", NULL, NULL, n);
    }
    for (size_t i = 0; i < n; i++)
        stream = weir_stream_with(stream, &inputs[i]->stage);
    return weir_stream_scratch(stream, type);
}
