/* progress.h: how far a chain is: a line for a terminal, or one JSON object a second. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdio.h>

#include "pipeline/pipeline.h"

enum progress_mode {
    PROGRESS_AUTO, /* a line where it disturbs nobody: see progress_choose() */
    PROGRESS_NONE,
    PROGRESS_LINE,
    PROGRESS_JSON
};

enum { PROGRESS_SAMPLES = 64, PROGRESS_WINDOW_S = 10 };

struct progress {
    enum progress_mode mode;
    const char *name;             /* what is read, for people */
    uint64_t total;               /* bytes to read; UINT64_MAX: not known */
    const struct chain *messages; /* what is counted are the messages that it reads; NULL: bytes */
    uint64_t started_ns;
    uint64_t shown_ns; /* when it was shown last; 0: never */
    struct {
        uint64_t ns;
        uint64_t bytes;
    } samples[PROGRESS_SAMPLES]; /* of the last ten seconds, in a ring */
    size_t n;
    const char *slowest; /* stage, harmless; NULL: none is known */
    unsigned busy_percent;
    /* Prints a table to stand over the line, and returns its lines, at most `lines` (0: any number)
     * of `columns`; NULL: there is none. */
    size_t (*table)(void *arg, FILE *to, size_t columns, size_t lines);
    void *arg;
    size_t table_lines; /* that stand */
    bool stands;        /* the line, where something else would be written behind it */
    bool torn;          /* results share the terminal, and their last line is not over */
};

/* What PROGRESS_AUTO is for n chains at once: a line when stderr is a terminal, and none of them
 * writes its results into one or reads what somebody types there. Other modes stay. */
enum progress_mode progress_choose(enum progress_mode mode, const struct chain *chains, size_t n);

/* In a terminal's line nothing is shown before a second has passed. */
void progress_start(struct progress *progress, enum progress_mode mode, const char *name,
                    uint64_t total, uint64_t now_ns);

/* Shows it when it is time to. `bytes` were read so far. */
void progress_tick(struct progress *progress, uint64_t bytes, uint64_t now_ns);

/* Takes the line away, or prints the last object. */
void progress_end(struct progress *progress, uint64_t bytes, uint64_t now_ns);

/* Takes the line away until the next tick, so that something else can be printed. */
void progress_hide(struct progress *progress);
/* The same for who does not know it. */
void progress_make_room(void);

/* Whether the results go where the line is shown, so that it has to make room for them. */
bool progress_shares(const struct progress *progress, const struct chain *chains, size_t n);

/* n bytes of results stand there now: a line that is not over is not written upon. */
void progress_shared(struct progress *progress, const char *bytes, size_t n);

/* One line without newline, at most `width` columns; `name` is harmless already. Returns its bytes.
 */
size_t progress_line(const struct progress *progress, uint64_t bytes, uint64_t now_ns, size_t width,
                     char *out, size_t size);

/* One row a stage: what came out of it, its polls, how often it waited. */
void progress_table(FILE *to, const struct chain *chain, const struct words *words);

#endif
