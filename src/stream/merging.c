/* Streams whose items come in turn: what merge and the sets of streams are made of. */

#include "stream/merging.h"

#include "stream/member.h"

enum { ROWS_MAX = 64 }; /* streams that one batch is made of */

/* What one stream gave for a batch: items that stand side by side. */
struct row {
    struct weir_stream_child *child;
    const char *items;
    size_t n;
};

/* The first of each row, the second of each row ... */
static void merging_interleave(char *out, const struct row *rows, size_t rows_n, size_t total,
                               size_t size)
{
    for (size_t i = 0, placed = 0; placed < total; i++)
        for (size_t r = 0; r < rows_n; r++)
            if (i < rows[r].n)
                weir_item_move(out + placed++ * size, rows[r].items + i * size, size);
}

/* Until the items that came with it are given. */
WEIR_COLD static void keep_behind(struct weir_merging *self, weir_cx *cx, weir_state state)
{
    self->behind = true;
    if (state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
    else
        self->mark = weir_mark_take(cx);
}

/* Each of rows_max streams gives its share once. They go on only when all have been asked: what was
 * lent must stay valid until the next poll. */
static weir_poll poll_rows(struct weir_merging *self, weir_cx *cx, char *items, char *out,
                           size_t demand, size_t rows_max)
{
    struct row rows[ROWS_MAX];
    struct weir_stream_child *child = NULL;
    size_t size = self->places.type->size, total = 0, n = 0;
    weir_poll got = {0, WEIR_READY};
    weir_children_round(&self->set);
    while (n < rows_max) {
        got = weir_merging_next(self, cx, items + total * size, demand / rows_max, &child);
        if (!child)
            break;
        rows[n++] = (struct row){child, items + total * size, got.n};
        total += got.n;
        if (WEIR_UNLIKELY(!got.n)) /* an error or a mark: nothing more is asked */
            break;
    }
    weir_children_round_end(&self->set);
    for (size_t r = 0; r < n; r++)
        weir_children_go_on(&self->set, rows[r].child);
    if (got.state == WEIR_ERROR)
        weir_inner_error(cx);
    if (total && (got.state == WEIR_ERROR || got.state == WEIR_MARK))
        keep_behind(self, cx, got.state);
    merging_interleave(out, rows, n, total, size);
    return total ? (weir_poll){(uint32_t)total, WEIR_READY} : got;
}

weir_poll weir_merging_many(struct weir_merging *self, weir_cx *cx, void *out, size_t demand,
                            size_t rows)
{
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, self->set.stream, self->places.type, &demand);
    rows = rows < demand ? rows : demand;
    rows = rows < ROWS_MAX ? rows : ROWS_MAX;
    weir_poll got = items && rows > 1 ? poll_rows(self, cx, items, out, demand, rows)
                                      : weir_merging_one(self, cx, out, 1);
    weir_scratch_give(cx, mark);
    return got;
}

weir_poll weir_merging_give(struct weir_merging *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (struct weir_place *place; n < demand && (place = self->places.first); n++) {
        if (place->outcome >= WEIR_FAILED && n)
            break;
        struct weir_stream_child *child = place->child;
        void *to = out + n * self->places.type->size;
        enum weir_outcome outcome = weir_places_give(&self->places, cx, to);
        if (child) {
            child->owner = NULL;
            weir_children_go_on(&self->set, child);
        }
        if (outcome == WEIR_FAILED)
            return weir_inner_error(cx);
        if (outcome == WEIR_MARKED)
            return (weir_poll){0, WEIR_MARK};
    }
    return (weir_poll){n, WEIR_READY};
}

weir_poll weir_merging_give_behind(struct weir_merging *self, weir_cx *cx)
{
    self->behind = false;
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    weir_mark *mark = self->mark;
    self->mark = NULL;
    return weir_mark_give(cx, mark);
}

void weir_merging_go_on(struct weir_merging *self, weir_cx *cx)
{
    if (!weir_children_round_unasked(&self->set))
        return;
    weir_children_begin(&self->set);
    while (self->places.n < self->set.n && weir_places_reserve(&self->places)) {
        struct weir_stream_child *child;
        void *room = weir_place_item(&self->places, self->places.spares);
        weir_poll got = weir_merging_next(self, cx, room, 1, &child);
        if (!child)
            break;
        struct weir_place *place = weir_places_add(&self->places);
        weir_place_settle(place, got, cx);
        place->child = child;
        child->owner = place;
    }
    if (self->places.n >= self->set.n)
        weir_children_pass_over(&self->set, cx->waker);
    weir_children_round_end(&self->set);
}

static void merging_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    weir_merging_go_on(WEIR_CONTAINER(in_flight, struct weir_merging, in_flight), cx);
}

/* ---- beginning and end ---- */

bool weir_merging_init(struct weir_merging *self, weir_stream *stream)
{
    self->set.stream = stream;
    self->places.type = stream->type;
    self->in_flight.progress = merging_progress;
    return weir_held_error_init(&self->error, stream->stage.arena);
}

/* Batches that are made in scratch leave the stream what it needs. */
void weir_merging_add(struct weir_merging *self, weir_stream *stream)
{
    weir_stage *stage = &self->set.stream->stage;
    if (stream->stage.scratch_need > stage->scratch_need)
        stage->scratch_need = stream->stage.scratch_need;
    weir_children_add(&self->set, stream, NULL);
    self->set.first->claims = weir_makes_claims(&stream->stage);
}

void weir_merging_forget(struct weir_merging *self, const struct weir_stream_child *child)
{
    for (struct weir_place *place = self->places.first; place; place = place->behind)
        if (place->child == child)
            place->child = NULL;
}

void weir_merging_clear(struct weir_merging *self)
{
    while (self->set.first)
        weir_children_leave(&self->set, self->set.first);
    weir_places_clear(&self->places);
    self->error.held = self->behind = false;
}

void weir_merging_fini(struct weir_merging *self)
{
    weir_in_flight_leave(&self->in_flight);
    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_children_fini(&self->set);
    weir_places_fini(&self->places);
}

size_t weir_merging_memory_max(const struct weir_merging *self, size_t limit)
{
    size_t bytes = weir_places_memory_max(&self->places, limit);
    bool fits = !__builtin_add_overflow(bytes, weir_children_memory_max(limit), &bytes);
    return fits ? bytes : SIZE_MAX;
}

weir_hint weir_merging_size_hint(const struct weir_merging *self)
{
    weir_hint all = {0, 0};
    for (struct weir_place *place = self->places.first; place; place = place->behind)
        all.lower = all.upper += place->outcome == WEIR_ITEM;
    for (struct weir_stream_child *child = self->set.first; child; child = child->next) {
        weir_hint one = weir_size_hint(child->stream);
        all.lower = all.lower > SIZE_MAX - one.lower ? SIZE_MAX : all.lower + one.lower;
        all.upper = all.upper > SIZE_MAX - one.upper ? SIZE_MAX : all.upper + one.upper;
    }
    return all;
}

bool weir_makes_claims(const weir_stage *stage)
{
    weir_stage *input;
    bool claims = stage->exact;
    for (size_t i = 0; !claims && (input = weir_stage_input(stage, i)); i++)
        claims = weir_makes_claims(input);
    return claims;
}
