/* suggest.h: what somebody may have meant. */
#ifndef PIPELINE_SUGGEST_H
#define PIPELINE_SUGGEST_H

#include <stddef.h>

/* Keeps the candidate nearest to `word`. Start with zeros but for `word`. */
struct suggestion {
    const char *word;
    char best[256]; /* "": nothing is near enough */
    size_t distance;
};

/* Letters to insert, delete, replace or swap with their neighbour to make one from the other;
 * words of more than 63 bytes are far from everything. */
size_t weir_pl_suggest_distance(const char *a, const char *b);

/* Looks at one candidate; near enough is one letter, or a third of the word's. */
void weir_pl_suggest(struct suggestion *suggestion, const char *candidate);

/* The file beside `path` whose name is nearest, as a path; "": none. */
void weir_pl_suggest_file(struct suggestion *suggestion, const char *path);

#endif
