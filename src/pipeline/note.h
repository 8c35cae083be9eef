/* note.h: what is said of a pipeline, to whoever asked for it: why it cannot be, what was noticed
 * while it ran, what came of it. */
#ifndef PIPELINE_NOTE_H
#define PIPELINE_NOTE_H

#include "weir/base.h"
#include "pipeline/words.h"

/* The words [first, end) of the line shown; end == first: nothing. */
struct span {
    size_t first, end;
};

enum note_kind {
    NOTE_AT,       /* of some of the words */
    NOTE_PLAIN,    /* of none of them */
    NOTE_RESULT,   /* a line that was asked for: a digest */
    NOTE_NO_MEMORY /* there is none left for words and plans */
};

struct note {
    enum note_kind kind;
    struct span at, other; /* what is wrong, and what has to do with it */
    const char *message;
    const char *hint; /* "": none */
};

struct entry;

/* Who asked for a pipeline. */
struct host {
    /* The note is gone when it returns. On any thread, once the pipeline runs. */
    void (*tell)(const struct host *host, const struct words *words, const struct note *note);
    unsigned allow; /* what its texts may reach: allow.h */
    /* What '-' is as a source, and as a sink; NULL: it may not stand there. And what stands where
     * no sink is named. */
    const struct entry *input, *output, *unnamed;
};

/* Something about a line of words:
 *     MESSAGE
 *       the line
 *       ~~~~ ^~~~ HINT
 * `other` is underlined too when it holds words. hint may be NULL or "". */
void weir_pl_note_set(const struct words *words, struct span at, struct span other,
                      const char *hint, const char *format, ...) WEIR_PRINTF(5, 6);

/* The same without a place. */
void weir_pl_note_plain(const struct words *words, const char *hint, const char *format, ...)
    WEIR_PRINTF(3, 4);

void weir_pl_note_result(const struct words *words, const char *line);

/* Always false: so a check can end with it. */
bool weir_pl_note_no_memory(const struct words *words);

#endif
