/* zip_n: one item of each of n streams, as a vec. */

#include <string.h>

#include "stream/children.h"
#include "stream/inputs.h"
#include "weir/stream.h"

struct zip_n {
    weir_stream stream;
    struct weir_children set; /* a child's owner is its place in the vec */
    const weir_type *of;
    struct weir_stream_child **held; /* in its place: it gave its item, and stands still */
    size_t n;
    size_t held_n;
    char *items; /* the vec under construction; NULL: none is */
};

static struct zip_n *zip_n_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct zip_n, stream);
}

static size_t zip_n_place_of(const struct weir_stream_child *child)
{
    return (size_t)(uintptr_t)child->owner - 1;
}

static bool begin_vec(struct zip_n *self)
{
    if (!self->items)
        self->items = weir_allocate_aligned(self->n * self->of->size, self->of->align);
    return self->items != NULL;
}

/* The vec is whole: all go on. */
static void zip_n_give(struct zip_n *self, weir_vec *out)
{
    *out = (weir_vec){.items = self->items, .n = self->n, .room = self->n, .of = self->of};
    self->items = NULL;
    self->held_n = 0;
    for (size_t i = 0; i < self->n; i++) {
        weir_children_go_on(&self->set, self->held[i]);
        self->held[i] = NULL;
    }
}

static void zip_n_hold(struct zip_n *self, struct weir_stream_child *child, const void *item)
{
    size_t place = zip_n_place_of(child);
    memcpy(self->items + place * self->of->size, item, self->of->size);
    self->held[place] = child;
    self->held_n++;
}

/* Whoever is woken gives its item; the first that has none ends all. */
static weir_poll zip_n_gather(struct zip_n *self, weir_cx *cx, void *item)
{
    weir_children_begin(&self->set);
    while (self->held_n < self->n) {
        struct weir_stream_child *child;
        weir_poll got = weir_children_poll(&self->set, cx, item, 1, &child);
        if (!child)
            return got;
        if (got.n)
            zip_n_hold(self, child, item);
        else if (got.state == WEIR_ERROR || got.state == WEIR_MARK)
            weir_children_go_on(&self->set, child);
        if (!got.n)
            return got;
    }
    return (weir_poll){1, WEIR_READY};
}

static weir_poll zip_n_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct zip_n *self = zip_n_of(stream);
    size_t mark = weir_scratch_mark(cx);
    demand = 1;
    void *item = weir_scratch_items(cx, NULL, self->of, &demand);
    if (!item)
        return weir_scratch_fail(cx, self->of);
    weir_poll got = begin_vec(self)
                        ? zip_n_gather(self, cx, item)
                        : weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu items", self->n);
    weir_scratch_give(cx, mark);
    if (got.n)
        zip_n_give(self, out);
    return got;
}

static void zip_n_fini(weir_stream *stream)
{
    struct zip_n *self = zip_n_of(stream);
    for (size_t i = 0; i < self->n && self->items; i++)
        if (self->held[i])
            weir_type_drop_items(self->of, self->items + i * self->of->size, 1);
    weir_release(self->items, self->n * self->of->size);
    weir_children_fini(&self->set);
}

static weir_stage *zip_n_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&zip_n_of(stream)->set, i);
}

static size_t zip_n_memory_max(const weir_stream *stream)
{
    const struct zip_n *self = zip_n_of(stream);
    return self->n * self->of->size + weir_children_memory_max(self->n);
}

static weir_hint zip_n_size_hint(const weir_stream *stream)
{
    const struct zip_n *self = zip_n_of(stream);
    weir_hint least = {SIZE_MAX, SIZE_MAX};
    for (struct weir_stream_child *child = self->set.first; child; child = child->next) {
        weir_hint one = weir_size_hint(child->stream);
        size_t held = self->held[zip_n_place_of(child)] != NULL;
        one.lower = one.lower < SIZE_MAX ? one.lower + held : SIZE_MAX;
        one.upper = one.upper < SIZE_MAX ? one.upper + held : SIZE_MAX;
        least.lower = one.lower < least.lower ? one.lower : least.lower;
        least.upper = one.upper < least.upper ? one.upper : least.upper;
    }
    return least;
}

static const weir_stream_ops zip_n_ops = {.size = sizeof zip_n_ops,
                                          .name = "zip_n",
                                          .keeps_inputs = true,
                                          .poll_next = zip_n_poll_next,
                                          .fini = zip_n_fini,
                                          .size_hint = zip_n_size_hint,
                                          .input = zip_n_input,
                                          .marks = WEIR_MARKS_HOLD,
                                          .memory_max = zip_n_memory_max};

static weir_stream *zip_n_refuse(weir_stream *const *inputs, size_t n)
{
    if (n == 0 || n > WEIR_MERGE_MAX) {
        weir_inputs_drop_but(inputs, n, n);
        return weir_stream_refused(WEIR_E_ARGUMENT, "zips of zips",
                                   "zip_n takes 1 to 4096 streams, not %zu", NULL, NULL, n);
    }
    for (size_t i = 0; i < n; i++)
        if (weir_stage_failed(&inputs[i]->stage))
            return weir_inputs_drop_but(inputs, n, i);
    for (size_t i = 0; i < n; i++) {
        weir_stream *input = weir_expect_alike(inputs[i], "zip_n", "of one type", inputs[0]->type);
        input = weir_expect_owned(input, "zip_n");
        if (weir_stage_failed(&input->stage)) {
            weir_inputs_drop_but(inputs, n, i);
            return input;
        }
    }
    return NULL;
}

static size_t zip_n_take(struct zip_n *self, weir_stream *const *inputs)
{
    size_t taken = 0;
    for (; taken < self->n && weir_children_reserve(&self->set); taken++)
        weir_children_add(&self->set, inputs[taken], (void *)(uintptr_t)(taken + 1));
    return taken;
}

weir_stream *weir_zip_n(weir_stream *const *inputs, size_t n)
{
    weir_stream *failed = zip_n_refuse(inputs, n);
    if (failed)
        return failed;
    const weir_type *of = inputs[0]->type;
    weir_stream *stream = weir_source_new(sizeof(struct zip_n), &zip_n_ops, weir_type_chunk(of));
    size_t taken = 0;
    if (!weir_stage_failed(&stream->stage)) {
        struct zip_n *self = zip_n_of(stream);
        self->set.stream = stream;
        self->set.inputs = true;
        self->of = of;
        self->held = weir_arena_take(stream->stage.arena, n * sizeof *self->held,
                                     _Alignof(struct weir_stream_child *));
        self->n = self->held ? n : 0;
        taken = zip_n_take(self, inputs);
    }
    if (taken < n) {
        weir_inputs_drop_but(inputs + taken, n - taken, n);
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a zip of %zu streams", NULL, NULL, n);
    }
    for (size_t i = 0; i < n; i++)
        stream = weir_stream_with(stream, &inputs[i]->stage);
    return weir_stream_scratch(stream, of);
}
