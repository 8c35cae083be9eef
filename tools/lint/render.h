/* render.h: how what was found is shown. */
#ifndef LINT_RENDER_H
#define LINT_RENDER_H

#include <stdint.h>
#include <stdio.h>

#include "carry.h"
#include "rule.h"

/* One form. Results go to standard output, findings in the order of the files. */
struct renderer {
    void (*begin)(FILE *to); /* NULL: nothing stands before them */
    void (*show)(FILE *to, const struct finding *finding, const char *allowed);
    void (*end)(FILE *to); /* NULL: nor behind */
    bool shows_allowed;    /* it is told of findings that the source allows as well */
};

extern const struct renderer render_text, render_gcc, render_json, render_sarif;

/* "warning", "error". */
const char *render_level(const struct finding *finding);

/* A text in quotes, as JSON wants it; what is no UTF-8 becomes U+FFFD. NULL: null. */
void render_quoted(FILE *to, const char *text);

/* The line of a file that is shown next to a finding; NULL: there is none. The file that was read
 * last is kept. */
const char *render_line(const char *file, unsigned line, size_t *n);

#endif
