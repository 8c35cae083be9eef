/* Rows, and what changed. Runtimes say their rows in one order mostly: each is looked for behind
 * the one before. */

#include "inspect/known.h"

#include <string.h>

#include "task/worker.h"
#include "weir/alloc.h"

enum { ROOM_FIRST = 64 };

bool weir_known_init(struct weir_known *self)
{
    self->read = weir_allocate(WEIR_INSPECT_ROWS_MAX * sizeof *self->read);
    return self->read;
}

void weir_known_fini(struct weir_known *self)
{
    weir_release(self->read, WEIR_INSPECT_ROWS_MAX * sizeof *self->read);
    weir_release(self->rows, self->room * sizeof *self->rows);
}

/* ---- one row ---- */

static bool known_is_of(const struct weir_known_row *known, uint64_t rt,
                        const weir_inspect_row *row)
{
    return known->rt == rt && known->row.place == row->place && known->row.index == row->index &&
           (known->row.stage == row->stage || !strcmp(known->row.stage, row->stage));
}

static size_t known_find(const struct weir_known *self, size_t from, uint64_t rt,
                         const weir_inspect_row *row)
{
    for (size_t i = 0; i < self->n; i++) {
        size_t at = (from + i) % self->n;
        if (known_is_of(&self->rows[at], rt, row))
            return at;
    }
    return self->n;
}

static bool known_grow(struct weir_known *self)
{
    size_t room = self->room ? 2 * self->room : ROOM_FIRST;
    if (self->room >= WEIR_INSPECT_STAGES_TOLD_MAX)
        return false;
    void *rows =
        weir_resize(self->rows, self->room * sizeof *self->rows, room * sizeof *self->rows);
    if (!rows)
        return false;
    self->rows = rows;
    self->room = room;
    return true;
}

static void known_add(struct weir_known *self, uint64_t rt, const weir_inspect_row *row)
{
    if (self->n < self->room || known_grow(self))
        self->rows[self->n++] = (struct weir_known_row){rt, true, *row};
}

static size_t known_note(struct weir_known *self, size_t from, uint64_t rt,
                         const weir_inspect_row *row)
{
    size_t at = known_find(self, from, rt, row);
    if (at == self->n) {
        known_add(self, rt, row);
        return self->n;
    }
    struct weir_known_row *known = &self->rows[at];
    known->changed |= memcmp(&known->row, row, sizeof *row) != 0;
    known->row = *row;
    return at + 1;
}

/* ---- all of them ---- */

static size_t note_all(struct weir_known *self, size_t next, uint64_t rt,
                       const weir_inspect_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        next = known_note(self, next, rt, &rows[i]);
    return next;
}

static void note_closed(struct weir_known *self, struct weir_export *of)
{
    pthread_mutex_lock(&of->lock);
    size_t first =
        of->closed_n > WEIR_EXPORT_CLOSED_MAX ? of->closed_n - WEIR_EXPORT_CLOSED_MAX : 0;
    for (size_t i = self->closed_n > first ? self->closed_n : first; i < of->closed_n; i++) {
        const struct weir_last_rows *closed = &of->closed[i % WEIR_EXPORT_CLOSED_MAX];
        note_all(self, 0, closed->number, closed->rows, closed->n);
    }
    self->closed_n = of->closed_n;
    pthread_mutex_unlock(&of->lock);
}

static size_t known_id_of(const struct weir_known *self, uint64_t rt, const weir_inspect_turn *turn)
{
    weir_inspect_row row = {.place = turn->place, .stage = turn->stage, .index = turn->index};
    size_t at = known_find(self, 0, rt, &row);
    return at < self->n ? at : SIZE_MAX;
}

static void note_turns(struct weir_known *self, weir_rt *rt)
{
    weir_inspect_turn turns[WEIR_KNOWN_TURNS_MAX];
    size_t n = weir_inspect_running(rt, turns, WEIR_KNOWN_TURNS_MAX);
    for (size_t i = 0; i < n && i < WEIR_KNOWN_TURNS_MAX; i++) {
        if (!turns[i].stage && turns[i].for_ns > self->same_ns)
            self->same_ns = turns[i].for_ns;
        if (!turns[i].stage || turns[i].for_ns < WEIR_KNOWN_TURN_NS ||
            self->turns_n == WEIR_KNOWN_TURNS_MAX)
            continue;
        self->turns[self->turns_n++] = (struct weir_known_turn){
            rt->number, known_id_of(self, rt->number, &turns[i]), turns[i]};
    }
}

static void forget_turns(struct weir_known *self)
{
    self->turns_n = 0;
    self->same_ns = 0;
}

void weir_known_read_turns(struct weir_known *self, struct weir_export *of)
{
    struct weir_exported all;
    forget_turns(self);
    weir_export_borrow(of, &all);
    for (size_t i = 0; i < all.n; i++)
        note_turns(self, all.rts[i]);
    weir_export_give_back(&all);
}

void weir_known_read(struct weir_known *self, struct weir_export *of)
{
    struct weir_exported all;
    size_t next = 0;
    forget_turns(self);
    weir_export_borrow(of, &all);
    self->at_ns = of->sys->now_ns(of->sys);
    for (size_t i = 0; i < all.n; i++) {
        size_t n = weir_inspect_snapshot(all.rts[i], self->read, WEIR_INSPECT_ROWS_MAX);
        next = note_all(self, next, all.rts[i]->number, self->read, n);
        note_turns(self, all.rts[i]);
    }
    weir_export_give_back(&all);
    note_closed(self, of);
}

void weir_known_forget(struct weir_known *self)
{
    for (size_t i = 0; i < self->n; i++)
        self->rows[i].changed = true;
}

/* ---- who takes what it gives ---- */

static bool known_is_beside(const struct weir_known_row *one, const struct weir_known_row *other)
{
    return one->rt == other->rt && one->row.place == other->row.place;
}

size_t weir_known_input_of(const struct weir_known *self, size_t id)
{
    const struct weir_known_row *input = &self->rows[id];
    for (size_t i = 0; input->row.input_of && i < self->n; i++)
        if (known_is_beside(&self->rows[i], input) &&
            self->rows[i].row.index == input->row.parent &&
            !strcmp(self->rows[i].row.stage, input->row.input_of))
            return i;
    return SIZE_MAX;
}

/* The next larger index of the same place. */
static size_t next_in_chain(const struct weir_known *self, size_t id)
{
    const struct weir_known_row *below = &self->rows[id];
    size_t over = SIZE_MAX;
    for (size_t i = 0; i < self->n; i++) {
        const struct weir_known_row *one = &self->rows[i];
        if (known_is_beside(one, below) && !one->row.input_of &&
            one->row.index > below->row.index &&
            (over == SIZE_MAX || one->row.index < self->rows[over].row.index))
            over = i;
    }
    return over;
}

size_t weir_known_over(const struct weir_known *self, size_t id)
{
    return self->rows[id].row.input_of ? weir_known_input_of(self, id) : next_in_chain(self, id);
}
