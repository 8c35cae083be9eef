/* script.h: a pipeline in a file. */
#ifndef TOOL_SCRIPT_H
#define TOOL_SCRIPT_H

#include <stdio.h>

#include "pipeline/words.h"

/* The words of a file, whose path must stay; complains on stderr. */
bool words_from_file(struct words *words, const char *path);

/* Those of a command line. */
void words_from_command(struct words *words, int n, char *const *arguments);

/* "job.weir, line 3: ", for words of a file; line 0: none is known. */
void words_print_place(FILE *to, const struct words *words, size_t line);

#endif
