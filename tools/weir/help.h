/* help.h: what the command says about itself. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void help_print(FILE *to);

/* The page of a command that has one of its own, or of the grammar; after an empty line where it
 * follows something. false: it has none. */
bool help_page(const char *name, bool follows);

/* The ith of what has a page; NULL: there are no more. */
const char *help_page_name(size_t i);

/* The ith of what is in place of a pipeline, or in front of one; NULL: there are no more. */
const char *help_command(size_t i);
bool help_is_command(const char *name);

/* The catalogue: all of it; `--complete ...`: for a shell; or stages, and commands that have a
 * page. Exit codes; complains on stderr. */
int help_stages(int n, char *const *names);

/* What this machine and this build can do. */
int help_doctor(void);

#endif
