/* merge: the items of n streams as they come, each stream in turn. */

#include "stream/children.h"
#include "stream/claims.h"
#include "stream/inner.h"
#include "stream/member.h"
#include "stream/places.h"
#include "weir/stream.h"

enum { ROWS_MAX = 64 }; /* inputs that one batch is made of */

struct merge {
    weir_stream stream;
    struct weir_children set;
    size_t inputs;             /* it was made of */
    weir_held_error error;     /* behind items of others */
    struct weir_places places; /* of items that came while nobody asked: one an input */
    weir_in_flight in_flight;
};

/* What one input gave for a batch: items that stand side by side. */
struct row {
    struct weir_child *child;
    const char *items;
    size_t n;
};

static struct merge *merge_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct merge, stream);
}

/* The next input that has something to say; inputs that ended leave. */
static weir_poll merge_next(struct merge *self, weir_cx *cx, void *out, size_t demand,
                            struct weir_child **child)
{
    for (;;) {
        weir_poll got = weir_children_poll(&self->set, cx, out, demand, child);
        if (!*child || got.n || got.state == WEIR_ERROR)
            return got;
        weir_children_leave(&self->set, *child);
    }
}

static weir_poll merge_one(struct merge *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_child *child;
    weir_poll got = merge_next(self, cx, out, demand, &child);
    if (!child)
        return got;
    weir_children_go_on(&self->set, child);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, WEIR_READY};
}

/* The first of each row, the second of each row ... */
static void interleave(char *out, const struct row *rows, size_t rows_n, size_t total, size_t size)
{
    for (size_t i = 0, placed = 0; placed < total; i++)
        for (size_t r = 0; r < rows_n; r++)
            if (i < rows[r].n)
                weir_item_move(out + placed++ * size, rows[r].items + i * size, size);
}

/* Each of rows_max inputs gives its share once. They go on only when all have been asked: what was
 * lent must stay valid until the next poll. */
static weir_poll merge_rows(struct merge *self, weir_cx *cx, char *items, char *out, size_t demand,
                            size_t rows_max)
{
    struct row rows[ROWS_MAX];
    struct weir_child *child = NULL;
    size_t size = self->stream.type->size, total = 0, n = 0;
    weir_poll got = {0, WEIR_READY};
    weir_children_round(&self->set);
    while (n < rows_max && got.state != WEIR_ERROR) {
        got = merge_next(self, cx, items + total * size, demand / rows_max, &child);
        if (!child)
            break;
        rows[n++] = (struct row){child, items + total * size, got.n};
        total += got.n;
    }
    weir_children_round_end(&self->set);
    for (size_t r = 0; r < n; r++)
        weir_children_go_on(&self->set, rows[r].child);
    if (got.state == WEIR_ERROR) {
        weir_inner_error(cx);
        if (total)
            weir_held_error_keep(&self->error, cx);
    }
    interleave(out, rows, n, total, size);
    return total ? (weir_poll){(uint32_t)total, WEIR_READY} : got;
}

WEIR_ASIDE static weir_poll merge_many(struct merge *self, weir_cx *cx, void *out, size_t demand,
                                       size_t rows)
{
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, &self->stream, self->stream.type, &demand);
    rows = rows < demand ? rows : demand;
    rows = rows < ROWS_MAX ? rows : ROWS_MAX;
    weir_poll got = items && rows > 1 ? merge_rows(self, cx, items, out, demand, rows)
                                      : merge_one(self, cx, out, 1);
    weir_scratch_give(cx, mark);
    return got;
}

/* Items that came while nobody asked, up to the demand; their inputs go on. */
static weir_poll merge_give(struct merge *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (struct weir_place *place; n < demand && (place = self->places.first); n++) {
        if (place->outcome == WEIR_FAILED && n)
            break;
        struct weir_child *child = place->child;
        void *to = out + n * self->stream.type->size;
        enum weir_outcome outcome = weir_places_give(&self->places, cx, to);
        child->owner = NULL;
        weir_children_go_on(&self->set, child);
        if (outcome == WEIR_FAILED)
            return weir_inner_error(cx);
    }
    return (weir_poll){n, WEIR_READY};
}

/* The consumer is busy: what inputs owe since they were asked waits in places. */
static void merge_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct merge *self = WEIR_CONTAINER(in_flight, struct merge, in_flight);
    if (!weir_children_round_unasked(&self->set))
        return;
    weir_children_begin(&self->set);
    while (self->places.n < self->set.n && weir_places_reserve(&self->places)) {
        struct weir_child *child;
        void *room = weir_place_item(&self->places, self->places.spares);
        weir_poll got = merge_next(self, cx, room, 1, &child);
        if (!child)
            break;
        struct weir_place *place = weir_places_add(&self->places);
        weir_place_settle(place, got, cx);
        place->child = child;
        child->owner = place;
    }
    weir_children_round_end(&self->set);
}

static weir_poll merge_answer(struct merge *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    if (self->places.n)
        return merge_give(self, cx, out, demand);
    weir_children_begin(&self->set);
    size_t rows = demand > 1 ? weir_children_ready(&self->set) : 1;
    return WEIR_LIKELY(rows < 2) ? merge_one(self, cx, out, demand)
                                 : merge_many(self, cx, out, demand, rows);
}

/* What is lent must stay as it is until the next poll: then nothing goes on between two. */
static weir_poll merge_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct merge *self = merge_of(stream);
    weir_poll got = merge_answer(self, cx, out, demand);
    return stream->type->lent ? got : weir_in_flight_polled(&self->in_flight, cx, got);
}

static void merge_fini(weir_stream *stream)
{
    struct merge *self = merge_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_children_fini(&self->set);
    weir_places_fini(&self->places);
}

static weir_stage *merge_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&merge_of(stream)->set, i);
}

static size_t merge_memory_max(const weir_stream *stream)
{
    const struct merge *self = merge_of(stream);
    size_t bytes = weir_places_memory_max(&self->places, self->inputs);
    bool fits = !__builtin_add_overflow(bytes, weir_children_memory_max(self->inputs), &bytes);
    return fits ? bytes : SIZE_MAX;
}

static weir_hint merge_size_hint(const weir_stream *stream)
{
    weir_hint all = {0, 0};
    for (struct weir_place *place = merge_of(stream)->places.first; place; place = place->behind)
        all.lower = all.upper += place->outcome == WEIR_ITEM;
    for (struct weir_child *child = merge_of(stream)->set.first; child; child = child->next) {
        weir_hint one = weir_size_hint(child->stream);
        all.lower = all.lower > SIZE_MAX - one.lower ? SIZE_MAX : all.lower + one.lower;
        all.upper = all.upper > SIZE_MAX - one.upper ? SIZE_MAX : all.upper + one.upper;
    }
    return all;
}

static const weir_stream_ops merge_ops = {.size = sizeof merge_ops,
                                          .name = "merge",
                                          .poll_next = merge_poll_next,
                                          .fini = merge_fini,
                                          .size_hint = merge_size_hint,
                                          .input = merge_input,
                                          .memory_max = merge_memory_max};

static weir_stream *drop_but(weir_stream *const *inputs, size_t n, size_t kept)
{
    for (size_t i = 0; i < n; i++)
        if (i != kept)
            weir_drop(inputs[i]);
    return kept < n ? inputs[kept] : NULL;
}

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
        drop_but(inputs, n, n);
        return merge_refuse_number(n);
    }
    for (size_t i = 0; i < n; i++)
        if (weir_stage_failed(&inputs[i]->stage))
            return drop_but(inputs, n, i);
    const weir_type *type = inputs[0]->type;
    for (size_t i = 1; i < n; i++)
        if (!weir_type_alike(inputs[i]->type, type))
            return weir_expect_alike(drop_but(inputs, n, i), "merge", "of one type", type);
    return NULL;
}

/* Takes them all, or as many as there is memory for: returns how many. */
static size_t merge_take(struct merge *self, weir_stream *const *inputs, size_t n)
{
    size_t taken = 0;
    for (; taken < n && weir_children_reserve(&self->set); taken++) {
        weir_children_add(&self->set, inputs[taken], NULL);
        self->set.first->claims = weir_makes_claims(&inputs[taken]->stage);
    }
    return taken;
}

static void merge_init(struct merge *self, const weir_type *type, size_t inputs)
{
    self->set.stream = &self->stream;
    self->set.inputs = true;
    self->inputs = inputs;
    self->places.type = type;
    self->in_flight.progress = merge_progress;
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
        merge_init(merge_of(stream), type, n);
        if (weir_held_error_init(&merge_of(stream)->error, stream->stage.arena))
            taken = merge_take(merge_of(stream), inputs, n);
    }
    if (taken < n) {
        drop_but(inputs + taken, n - taken, n);
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a merge of %zu streams", NULL, NULL, n);
    }
    for (size_t i = 0; i < n; i++)
        stream = weir_stream_with(stream, &inputs[i]->stage);
    return weir_stream_scratch(stream, type);
}
