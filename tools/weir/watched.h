/* watched.h: what a program that is looked at has told, line by line: the other end of
 * weir_inspect_listen(), or a session that was kept in a file. */
#ifndef TOOL_WATCHED_H
#define TOOL_WATCHED_H

#include "json_line.h"
#include "shares.h"

enum {
    WATCHED_VERSION = 1,
    WATCHED_STAGES_MAX = 1024,
    WATCHED_TURNS_MAX = 16,
    WATCHED_NAME_BYTES = 96, /* of a name or a place; what is longer is cut */
    WATCHED_TEXT_BYTES = 512 /* of what is said */
};

/* All texts are harmless for a terminal already. */
struct watched_stage {
    char *place; /* "import.c:41"; NULL: a run's own */
    char *in;    /* C function of the place; NULL: not known */
    char *name;  /* "map parse_pet" */
    uint64_t runtime, id, index;
    uint64_t input_of; /* UINT64_MAX: it is no further input of another one */
    uint64_t tasks;
    struct counts now, since[2]; /* as told last, and at the marks before */
    struct counts first;         /* as told first: until then it was sampled */
    uint64_t queue_n, queue_max; /* 0 0: none */
    uint64_t limit, in_flight;   /* 0: none */
    bool told;                   /* in a row */
    bool counts_bytes;           /* its items are; else items */
};

/* A turn that goes on. */
struct watched_turn {
    char *text; /* NULL: none */
    uint64_t for_ns;
    unsigned age; /* rows that came since */
};

struct watched_advice {
    char *rule; /* NULL: there is none */
    char *text, *assumes, *change;
    uint64_t id, more;
    double gain, low, high;
};

struct watched {
    bool from_its_first_turn; /* rows are exact so far back: all that they say counts */
    bool greeted;             /* "hello" came */
    uint64_t version, pid, workers;
    char *program, *machine;
    bool control, tap;
    struct watched_stage *stages[WATCHED_STAGES_MAX]; /* by id; NULL: not told of */
    size_t n;                                         /* ids below this are in use */
    uint64_t left_out;                                /* stages beyond the most */
    uint64_t began_ns;                                /* it lets itself be looked at since then */
    uint64_t at_ns, first_ns, mark_ns[2], rows;       /* of the rows that came last */
    struct watched_turn turns[WATCHED_TURNS_MAX];
    bool doubted;        /* a worker is in one turn for long, which is not named yet ... */
    uint64_t doubt_rows; /* ... as these rows said last */
    struct watched_advice advice;
    char *refused; /* text of the last "error" or "busy" */
    char *end;     /* reason; NULL: it goes on */
    uint64_t lines, bad, first_bad;
};

/* Takes one line, without its newline. What is no JSON object is counted as bad. `type` is what it
 * was, "" where it was bad. */
enum { WATCHED_TYPE_BYTES = 16 };
void watched_line(struct watched *watched, const char *line, size_t n,
                  char type[WATCHED_TYPE_BYTES]);
void watched_drop(struct watched *watched);
void watched_advice_drop(struct watched_advice *advice);

/* Of one stage, in the last second or two; `whole`, or where rows came only once: of all its time,
 * or of all since the first rows where what was before was sampled. */
struct counts watched_counts(const struct watched *watched, size_t id, bool whole);
/* 0: it is not known. */
uint64_t watched_window_ns(const struct watched *watched, bool whole);

/* The id of the stage that limits the others; SIZE_MAX: none. */
size_t watched_limiting(const struct watched *watched, bool whole);

/* Ids as they are shown: place after place as they were told of, from the source to the consumer,
 * further inputs before what reads them. `out` holds WATCHED_STAGES_MAX. Returns how many. */
size_t watched_order(const struct watched *watched, size_t *out);
bool watched_same_place(const struct watched *watched, size_t a, size_t b);

/* Of n ids of one place: the tasks that were seen there. Of a further input what is counted is how
 * often there was one: each wait of a fiber is. */
uint64_t watched_tasks(const struct watched *watched, const size_t *ids, size_t n);

#endif
