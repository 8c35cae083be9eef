/* flags.h: what a file is parsed with: of a compiler's command line what says how C is read. */
#ifndef LINT_FLAGS_H
#define LINT_FLAGS_H

#include <stddef.h>

struct flags {
    const char **at;
    size_t n, size;
};

/* The text must stay. */
void flags_add(struct flags *flags, const char *text);

/* Of n words of a command line, without the compiler's name, those that say how C is read. Left out
 * are outputs, dependencies, warnings, optimisation and what only one compiler knows. Paths are
 * made absolute: they stood for somebody in `directory`. */
void flags_take(struct flags *flags, const char *const *words, size_t n, const char *directory);

/* For files of which nothing is known: where weir's headers are installed, by pkg-config or else by
 * where this command is. */
void flags_installed(struct flags *flags);

/* What each file gets besides. */
void flags_of_lint(struct flags *flags);

#endif
