/* What is kept of each task of a worker that is looked at: what it does now, and whose rows it
 * counts for. */
#ifndef WEIR_INSPECT_NOTES_H
#define WEIR_INSPECT_NOTES_H

#include "inspect/accounts.h"
#include "task/look.h"

enum weir_note_state {
    WEIR_NOTE_RUNNABLE,
    WEIR_NOTE_RUNS,
    WEIR_NOTE_WAITS,
    WEIR_NOTE_UNTIMED /* in a cycle that is not timed */
};

/* One of its stages, and what was counted of that already. */
struct weir_noted_stage {
    const weir_stage *stage;
    struct weir_account_row *row;
    uint64_t items, polls, waits;
    uint64_t turn_ns; /* its own, in this turn, if that is sampled */
};

struct weir_note {
    enum weir_note_state state;
    enum weir_wait_for wait_for;
    uint64_t since_ns;
    uint64_t scale;
    size_t leaf; /* which of its stages waits; those over it wait for that one */
    size_t n;
    struct weir_noted_stage stages[]; /* the source is the first */
};

/* NULL: no memory. */
struct weir_note *weir_note_new(struct weir_accounts *accounts, const weir_task *task);
void weir_note_free(struct weir_note *note);

/* It does something else from now on. Between weir_accounts_begin() and _end(). */
void weir_note_close(struct weir_note *note, uint64_t now_ns);
void weir_note_open(struct weir_note *note, enum weir_note_state state, uint64_t now_ns);

/* Adds what its stages counted since, and finds its leaf. */
void weir_note_count(struct weir_note *note);

#endif
