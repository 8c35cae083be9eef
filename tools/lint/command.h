/* command.h: `weir lint`, with the words behind it. */
#ifndef LINT_COMMAND_H
#define LINT_COMMAND_H

/* Exit codes: 0 nothing is found, 1 findings, 2 the command line is wrong or this build has no
 * lint, 3 nothing could be parsed. */
int lint_command(int n, char *const *words);

/* For `weir doctor`: which libclang it would read programs with, or what it lacks. */
const char *lint_about(void);

#endif
