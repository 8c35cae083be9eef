/* comments.h: the comments of a C file that speak to the lint, and the lines that they stand for.
 */
#ifndef LINT_COMMENTS_H
#define LINT_COMMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "text_file.h"

struct comment {
    const char *text; /* behind the mark; it is not ended by a NUL */
    size_t n;
    unsigned line, column, end_column; /* of the comment; end_column: where its first line ends */
    unsigned for_line;                 /* 0: no code stands there */
    size_t from, to;  /* bytes to take away with it: its lines, where it has them */
    bool parts;       /* it stands between two words: a blank has to take its place */
    bool conditional; /* between #if and #endif: others may compile what it is for */
};

enum { COMMENTS_MAX = 1000 }; /* further ones are not read */

struct comments {
    struct comment *at;
    size_t n;
};

/* All comments that begin with "weir-lint:". A comment behind code stands for its line; one that
 * has lines of its own for the first line of code below, with no blank line between. */
struct comments comments_find(const struct text_file *file);

#endif
