/* edits.h: the edits of all findings, file by file. */
#ifndef LINT_EDITS_H
#define LINT_EDITS_H

#include "fix.h"
#include "text_file.h"

/* By file, and by place in it. */
void edits_sort(struct fixes *fixes);

/* How many edits from `first` on are of the same file. */
size_t edits_of_file(const struct fixes *fixes, size_t first);

/* False: the file is another one by now; it was said. */
bool edits_fit(const struct text_file *file, const struct edit *edits, size_t n);

#endif
