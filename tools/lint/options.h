/* options.h: what the command line of `weir lint` asks for. */
#ifndef LINT_OPTIONS_H
#define LINT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum format { FORMAT_TEXT, FORMAT_GCC, FORMAT_JSON, FORMAT_SARIF };
enum fail_on { FAIL_ON_WARNING, FAIL_ON_ERROR, FAIL_ON_NONE };

struct lint_options {
    enum format format;
    enum fail_on fail_on;
    bool stats, verbose, fix, diff;
    unsigned jobs;
    const char *database; /* -p; NULL: looked for */
    const char **files;
    size_t files_n;
    const char *const *flags; /* behind --; NULL: there is no -- */
    size_t flags_n;
    bool *enabled; /* by the order of `rules` */
};

/* Takes the words behind `weir lint`. False: *status is the exit code, and all is said. */
bool options_take(struct lint_options *options, int n, char *const *words, int *status);

#endif
