/* A session, as those see it who answer its commands. */
#ifndef WEIR_INSPECT_SESSION_INSIDE_H
#define WEIR_INSPECT_SESSION_INSIDE_H

#include "inspect/known.h"
#include "inspect/outbox.h"
#include "inspect/session.h"

enum { WEIR_SESSION_WORDS_MAX = 5 };

/* The words of a command; the first is its name. */
struct weir_words {
    size_t n;
    const char *word[WEIR_SESSION_WORDS_MAX];
};

/* An answer of several lines. */
struct weir_answer {
    const char *of; /* the command */
    /* Adds one line, for which there is room. True: one more is to come, now or later. */
    bool (*next)(struct weir_session *session, weir_json_out *line);
    uint64_t due_ns; /* nothing comes before; 0: it does not wait */
    size_t at;       /* as `next` likes */
    size_t changed;  /* limits that were, if any; and stages whose limits were not */
    uint64_t left;
    void *state;
    void (*drop)(void *state); /* NULL: nothing is to be done */
};

struct weir_session {
    struct weir_export *of;
    uint64_t period_ns; /* 0: it does not watch */
    uint64_t due_ns;    /* the next rows */
    uint64_t now_ns;    /* of the last tick */
    struct weir_known known;
    size_t stages_told;
    size_t rows_at; /* the next one that may have changed; SIZE_MAX: all were told */
    size_t turns_told;
    uint64_t machine_told, advice_told; /* which of them */
    bool advised;                       /* there was one */
    bool over;
    struct weir_answer answer; /* of: NULL, there is none */
    struct weir_outbox box;
};

/* One line of the kind "error". format: as weir_error_set(). */
void weir_session_refuse(struct weir_session *session, const char *of, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Begins an answer, whose end is a line of the kind "done". */
void weir_session_answer(struct weir_session *session, struct weir_answer answer);

/* Reads all rows; they are told with the next lines, all or those that changed. */
void weir_session_read(struct weir_session *session, bool all);

/* Digits only, from least to most. */
bool weir_words_number(const char *word, uint64_t least, uint64_t most, uint64_t *out);

/* The commands (commands.c). */
void weir_session_obey(struct weir_session *session, const struct weir_words *words);

#endif
