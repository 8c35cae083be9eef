/* attach.h: the sockets of programs that can be looked at: in the run-time directory of their user,
 * or in /tmp. */
#ifndef TOOL_ATTACH_H
#define TOOL_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ATTACH_NAME_BYTES = 64 };

/* A connection to the one that is meant: a process id in digits, or NULL: the only one of this
 * user. Minus one: it complained, and *status is the exit code. `name` becomes what people call it:
 * "process 4711 (import)". */
int attach(const char *pid, char name[ATTACH_NAME_BYTES], int *status);

/* The same of a process that may not serve yet, or of one that it has begun, as scripts do: minus
 * one, and nothing is said. */
int attach_try(pid_t pid);

/* Sends one command, without newline; false: nobody takes it. */
bool attach_say(int fd, const char *command);

#endif
