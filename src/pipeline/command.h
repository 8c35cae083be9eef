/* command.h: the command of exec: its arguments, what stands for the item in them, and what they
 * are for one item. No shell has a look at it. */
#ifndef PIPELINE_COMMAND_H
#define PIPELINE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir.h"

/* Of one command: its arguments and their pointers. xargs has the same. */
enum { COMMAND_BYTES_MAX = 128 << 10 };

struct command;

/* Taken apart at blanks; '...' and "..." hold together, \ takes the next character as it is (within
 * "..." before ", \, $ and ` alone, as in a shell). Where nothing stands for the item it becomes
 * the last argument, unless `bare`. NULL: *why says what is wrong, or is NULL: there
 * is no memory. For weir_pl_command_drop(). */
struct command *weir_pl_command_parse(const char *text, bool bare, const char **why);

/* *why of weir_pl_command_parse(), where a word such as | or && was meant for a shell; in quotes it
 * is an argument as any other. */
extern const char weir_pl_command_wants_shell[];
void weir_pl_command_drop(struct command *command);

/* Something stands for the item within an argument: a batch has many of them. */
bool weir_pl_command_has_inner(const struct command *command);

/* The item, as one or more texts. */
struct item {
    const weir_line *lines;
    size_t n;
    uint64_t seq; /* from 1 */
};

/* Its arguments, with NULL at the end, in one block; of weir_release(block, *bytes). NULL: *why is
 * weir_pl_command_no_memory, or what is wrong with the item. */
extern const char weir_pl_command_no_memory[];
extern const char weir_pl_command_too_long[]; /* one of what may be wrong */
char **weir_pl_command_make(const struct command *command, const struct item *item, size_t *bytes,
                            const char **why);

/* Arguments as a shell would take them. Returns the size without the NUL, at most `size` bytes are
 * written. */
size_t weir_pl_command_text(char *const *argv, char *out, size_t size);

#endif
