/* reduce: a fold that begins with the first item. */

#include "stream/folding.h"
#include "weir/stream.h"

struct reduce {
    struct weir_fold fold;
    bool begun; /* *acc holds the first item, and what was made of it */
};

static struct reduce *reduce_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct reduce, fold.folding.typed.stream);
}

static weir_poll reduce_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct reduce *self = reduce_of(stream);
    if (!self->begun) {
        weir_poll got = poll_next(weir_source(stream), cx, self->fold.folding.acc, 1);
        if (!got.n)
            return got;
        self->begun = true;
        self->fold.folding.given = false;
    }
    return weir_fold_poll_next(stream, cx, out, demand);
}

static weir_hint reduce_size_hint(const weir_stream *stream)
{
    if (reduce_of(stream)->begun)
        return (weir_hint){1, 1};
    weir_hint hint = weir_size_hint(weir_source(stream));
    return (weir_hint){hint.lower ? 1 : 0, hint.upper ? 1 : 0};
}

static const weir_stream_ops reduce_ops = {.size = sizeof reduce_ops,
                                           .name = "reduce",
                                           .fn = offsetof(struct reduce, fold.fn),
                                           .poll_next = reduce_poll_next,
                                           .size_hint = reduce_size_hint,
                                           .fini = weir_fold_fini,
                                           .marks = WEIR_MARKS_LOSE};

weir_stream *weir_reduce(weir_stream *source, const weir_fold_fn *fn, void *arg)
{
    source = weir_expect_type(source, "reduce", fn->name, fn->of);
    source = weir_expect_type(source, "reduce", fn->name, fn->acc);
    source = weir_expect_size(source, "reduce", fn->name, fn->of, fn->of_size);
    source = weir_expect_owned(source, "reduce");
    weir_stream *stream = weir_stream_new(source, sizeof(struct reduce), &reduce_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!weir_fold_init(stream, fn, arg))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  "reduce", fn->name, 0);
    return weir_stream_scratch(stream, source->type);
}
