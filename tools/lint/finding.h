/* finding.h: what a rule found: where, what, why, and what to do about it. */
#ifndef LINT_FINDING_H
#define LINT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

struct rule;

/* Lines and columns from 1, columns in bytes; end_column is one behind the last. file NULL: of no
 * place. What stands in a macro is where the macro is used. */
struct place {
    const char *file;
    unsigned line, column, end_column;
};

/* One more thing to say. A drawn one is shown with its line of source, under which `text` stands
 * ("taken here"); else it is a sentence of its own, which names its place itself. */
struct note {
    struct place at;
    const char *text;
    bool drawn;
};

/* The bytes [from, to) of a file become `text`. */
struct edit {
    const char *file;
    size_t from, to;
    const char *text;
};

enum { FINDING_NOTES_MAX = 6, FINDING_EDITS_MAX = 8 };

struct finding {
    const struct rule *rule;
    struct place at;
    const char *message; /* "loop is sequential" */
    const char *label;   /* beside the caret; NULL: the help stands there */
    const char *reason;  /* what the author of a mark gave; NULL: none */
    const char *help;    /* one cure; NULL: none */
    struct note notes[FINDING_NOTES_MAX];
    size_t notes_n;
    struct edit edits[FINDING_EDITS_MAX]; /* the cure, where it is safe to write it */
    size_t edits_n;
};

/* Further notes are left out. Formats take what printf does; the text lives as long as the
 * process's work on this file. */
void finding_note(struct finding *finding, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_draw(struct finding *finding, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_edit(struct finding *finding, const char *file, size_t from, size_t to,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
