/* Rows, and what changed. Runtimes say their rows in one order mostly: each is looked for behind
 * the one before. */

#include "inspect/known.h"

#include <string.h>

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

static bool is_of(const struct weir_known_row *known, const weir_rt *rt,
                  const weir_inspect_row *row)
{
    return known->rt == rt && known->row.place == row->place && known->row.index == row->index &&
           (known->row.stage == row->stage || !strcmp(known->row.stage, row->stage));
}

static size_t find(const struct weir_known *self, size_t from, const weir_rt *rt,
                   const weir_inspect_row *row)
{
    for (size_t i = 0; i < self->n; i++) {
        size_t at = (from + i) % self->n;
        if (is_of(&self->rows[at], rt, row))
            return at;
    }
    return self->n;
}

static bool grow(struct weir_known *self)
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

/* Those beyond the last number share it. */
static unsigned number_of(struct weir_known *self, const weir_rt *rt)
{
    unsigned i = 0;
    while (i < self->rts_n && self->rts[i] != rt)
        i++;
    if (i < self->rts_n)
        return i;
    if (self->rts_n == WEIR_INSPECT_RUNTIMES_MAX)
        return self->rts_n - 1;
    self->rts[self->rts_n] = rt;
    return self->rts_n++;
}

static void add(struct weir_known *self, const weir_rt *rt, const weir_inspect_row *row)
{
    if (self->n < self->room || grow(self))
        self->rows[self->n++] = (struct weir_known_row){rt, number_of(self, rt), true, *row};
}

static size_t note(struct weir_known *self, size_t from, const weir_rt *rt,
                   const weir_inspect_row *row)
{
    size_t at = find(self, from, rt, row);
    if (at == self->n) {
        add(self, rt, row);
        return self->n;
    }
    struct weir_known_row *known = &self->rows[at];
    known->changed |= memcmp(&known->row, row, sizeof *row) != 0;
    known->row = *row;
    return at + 1;
}

/* ---- all of them ---- */

void weir_known_read(struct weir_known *self, struct weir_export *of)
{
    struct weir_exported all;
    size_t next = 0;
    weir_export_borrow(of, &all);
    self->at_ns = of->sys->now_ns(of->sys);
    for (size_t i = 0; i < all.n; i++) {
        size_t n = weir_inspect_snapshot(all.rts[i], self->read, WEIR_INSPECT_ROWS_MAX);
        for (size_t k = 0; k < n; k++)
            next = note(self, next, all.rts[i], &self->read[k]);
    }
    weir_export_give_back(&all);
}

void weir_known_forget(struct weir_known *self)
{
    for (size_t i = 0; i < self->n; i++)
        self->rows[i].changed = true;
}

/* The next larger index of the same place. */
size_t weir_known_over(const struct weir_known *self, size_t id)
{
    const struct weir_known_row *below = &self->rows[id];
    size_t over = SIZE_MAX;
    for (size_t i = 0; i < self->n; i++) {
        const struct weir_known_row *one = &self->rows[i];
        if (one->rt == below->rt && one->row.place == below->row.place &&
            one->row.index > below->row.index &&
            (over == SIZE_MAX || one->row.index < self->rows[over].row.index))
            over = i;
    }
    return over;
}
