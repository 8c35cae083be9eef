/* What is kept of each task of a worker that is looked at: what it does now, and whose rows it
 * counts for. */
#ifndef WEIR_INSPECT_NOTES_H
#define WEIR_INSPECT_NOTES_H

#include "inspect/accounts.h"
#include "task/fiber.h"
#include "task/look.h"

enum weir_note_state {
    WEIR_NOTE_RUNNABLE,
    WEIR_NOTE_RUNS,
    WEIR_NOTE_WAITS,
    WEIR_NOTE_UNTIMED /* in a cycle that is not timed */
};

/* Of a task: as many of its chain, and as many of that one's further inputs. */
enum { WEIR_NOTED_MAX = 2 * WEIR_INSPECT_STAGES_MAX };

/* An input of a stage waits; what it writes to does. */
enum { WEIR_BELOW_LACKS = 1, WEIR_BELOW_HELD = 2 };

/* One of its stages, and what was counted of that already. What each turn looks at comes first:
 * others worked meanwhile, so that each line of it is fetched anew. */
struct weir_noted_stage {
    weir_stage *stage; /* NULL: it was a further input, and is gone */
    struct weir_account_row *row;
    uint64_t items, polls, waits;
    uint64_t served_ns, served_before; /* since its service was noted last */
    uint64_t ran_ns;                   /* ... its part of the turns, where each is timed */
    double own, starved, blocked;      /* its parts of a turn */
    uint8_t share;                     /* what it does while its task waits */
    uint8_t idle;                      /* ... when nobody asks it for anything */
    uint8_t over;                      /* the one over it; of the first itself */
    uint8_t below;                     /* in a walk up from the sources: WEIR_BELOW_LACKS ... */
    bool further;                      /* it is a further input of that */
    bool waiting;                      /* its latest answer was PENDING */
    bool stream;                       /* else a reader or a writer */
    bool sink;                         /* a writer: what it reads comes from the one over it */
    bool body;                         /* the body of a loop: what lies between two polls */
    bool inputs;                       /* it keeps its further inputs */
    uint32_t stood;                    /* of a fiber: how often it waited for another chain */
    uint32_t nth;                      /* which input it is of the one over it */
    const void *kind;                  /* alike: it has the same name */
    const struct weir_fiber *fiber;    /* if it is one */
    uint64_t turn_ns, turn_done;       /* its own in this turn, if that is sampled; done before */
    weir_holding holding;              /* what it had in hand ... */
    uint64_t holding_ns;               /* ... and when that was; 0: it has nothing ever */
    uint8_t knob;                      /* which of the row's limits it has: inspect/knobs.h */
};

struct weir_note {
    enum weir_note_state state;
    uint64_t since_ns;
    uint64_t began_ns; /* its turn */
    uint64_t scale;
    const struct weir_accounts *accounts;
    uint64_t parted; /* of how many samples the parts are; UINT64_MAX: there are none yet */
    bool sampled;    /* this turn is one */
    size_t most;     /* which of its stages works most */
    size_t leaf;     /* ... said first that it waits, and for what */
    weir_wait_for waits_for;
    size_t room;                      /* for stages */
    bool holds;                       /* one of them has something in hand */
    size_t n, chain;                  /* and how many of them are no further inputs */
    size_t n_fibers;                  /* ... to the last one that is a fiber */
    struct weir_noted_stage stages[]; /* the consumer is the first; each stands behind its reader */
};

/* NULL: no memory. */
struct weir_note *weir_note_new(struct weir_accounts *accounts, const weir_task *task);
void weir_note_free(struct weir_accounts *accounts, struct weir_note *note);
void weir_note_free_spare(struct weir_accounts *accounts);

/* Those of which that was not told are gone. Before its stages are looked at, in each turn. */
void weir_noted_miss(struct weir_note *note, struct weir_noted_stage *noted);
static inline void weir_note_miss(struct weir_note *note)
{
    struct weir_noted_stage *end = note->stages + note->n;
    for (struct weir_noted_stage *noted = note->stages + 1; noted < end; noted++)
        if (noted->stage && (noted->further || !note->stages[noted->over].stage))
            weir_noted_miss(note, noted);
}

/* A stage of it is about to be dropped, before its task is. Between
 * weir_accounts_begin() and _end(), as all below. */
void weir_note_drop(struct weir_note *note, const weir_stage *stage);

/* All of them were, on another thread, but for the first. */
void weir_note_forget(struct weir_note *note);

/* A fiber of it waits for another chain by now. */
static inline bool weir_note_is_old(const struct weir_note *note)
{
    for (const struct weir_noted_stage *at = note->stages; at < note->stages + note->n_fibers; at++)
        if (at->stage && at->fiber && at->stood != at->fiber->stood)
            return true;
    return false;
}
/* The same task's, with that; in a turn, or where it does nothing. No memory: the old one. */
struct weir_note *weir_note_renew(struct weir_accounts *accounts, struct weir_note *old,
                                  const weir_task *task);

/* Adds what its stages counted since. */
void weir_note_count(struct weir_note *note);

/* Items alone: what else it counts tells at the end of a turn what it did in that. */
void weir_note_count_items(struct weir_note *note);

/* Of one that waited before somebody looked. */
void weir_note_guess(struct weir_note *note, const weir_task *task);

/* What its stages have in hand by now. */
void weir_note_hold(struct weir_note *note, uint64_t now_ns);

/* The same for the last time: they have nothing any more. */
void weir_note_let_go(struct weir_note *note, uint64_t now_ns);

/* It does something else from now on. */
void weir_note_close(struct weir_note *note, uint64_t now_ns);
void weir_note_open(struct weir_note *note, enum weir_note_state state, uint64_t now_ns);
/* Its turn begins. If it waits, as it was told last, it does so until ready_ns. */
void weir_note_run(struct weir_note *note, uint64_t ready_ns, uint64_t now_ns);

/* A turn goes on for long: what is of it so far is in the rows. */
void weir_note_split(struct weir_note *note, uint64_t now_ns);

/* A turn is over: adds what its stages counted, finds those that wait, and for what. Where each is
 * timed, that says how long an item took. next: what it does from now on. */
void weir_note_turn_over(struct weir_note *note, const weir_cx *cx, uint64_t now_ns,
                         enum weir_note_state next);

/* A turn is to be sampled. */
void weir_note_sample(struct weir_note *note);

/* It was: who works most by now, and how long an item took each. */
void weir_note_sampled(struct weir_note *note);

#endif
