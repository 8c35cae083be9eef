/* elsewhere.h: what people know things by who come from a shell, and what they are here. */
#ifndef PIPELINE_ELSEWHERE_H
#define PIPELINE_ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>

/* Where the word stands that was written. */
enum stands { STANDS_ANYWHERE, STANDS_IN_FRONT, STANDS_BEHIND };

/* The stage or source that is called so elsewhere, one that may stand there before others. NULL:
 * none. */
const char *weir_pl_elsewhere_name(const char *word, enum stands stands);

/* What to write for a word that is no stage's name anywhere: ">>", "append", "awk". false: it is
 * not known. */
bool weir_pl_elsewhere_hint(const char *word, enum stands stands, char *out, size_t size);

/* What to write for an option that the stage does not know, and the program of its name does. NULL:
 * it is not known. */
const char *weir_pl_elsewhere_option(const char *stage, const char *text);

#endif
