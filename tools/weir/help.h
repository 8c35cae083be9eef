/* help.h: what the command says about itself. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include <stdio.h>

void help_print(FILE *to);

/* The catalogue: all of it, or one stage. Exit codes; complains on stderr. */
int help_stages(int n, char *const *names);

/* What this machine and this build can do. */
int help_doctor(void);

#endif
