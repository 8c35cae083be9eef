/* fix.h: cures that are safe to write: into the files, or as a diff. */
#ifndef LINT_FIX_H
#define LINT_FIX_H

#include <stdbool.h>
#include <stdio.h>

#include "finding.h"

struct fixes {
    struct edit *at;
    size_t n, size;
};

/* All edits of a finding, or none. False: it has none, or one of them touches what another
 * finding's edit touches; run again after the first is written. */
bool fixes_add(struct fixes *fixes, const struct finding *finding);

/* Each file is replaced in one step, or stays as it was. False: not all were written; it was said.
 */
bool fixes_write(struct fixes *fixes);

/* A unified diff: a/ and b/ before paths from the working directory, or else from the root. */
void fixes_print(struct fixes *fixes, FILE *to);

#endif
