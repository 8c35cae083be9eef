/* top.h: the commands that look at a program while it runs. Each gives its exit code. */
#ifndef TOOL_TOP_H
#define TOOL_TOP_H

int top_command(int n, char *const *arguments);
int tap_command(int n, char *const *arguments);
int profile_command(int n, char *const *arguments);

#endif
