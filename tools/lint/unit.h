/* unit.h: one file under the lint: what it was parsed to, and what was found in it. */
#ifndef LINT_UNIT_H
#define LINT_UNIT_H

#include <stdarg.h>
#include <stdint.h>

#include "finding.h"

struct rule;
struct unit;

/* Why a rule was silent where it might have spoken, for --stats. */
enum silence {
    SILENT_CALLEE, /* a function is called through a pointer */
    SILENT_STREAM, /* the stream comes from outside of the function, or from two places */
    SILENT_GOTO,   /* goto into the path */
    SILENT_PARSE,  /* the compiler did not understand the function */
    SILENT_LARGE,  /* the function is too large, or calls too deep */
    SILENCES
};

struct unit_result {
    struct finding *findings; /* in the order of their places */
    size_t findings_n;
    uint64_t silent[SILENCES];
    uint64_t functions; /* that were looked at */
    const char *failed; /* it could not be parsed, and why; NULL: it was */
    const char
        *parse_error; /* the first error of the compiler, "file:line:column: text"; NULL: none */
    uint64_t parse_errors;
};

/* Parses `file` with the arguments of a compiler (no compiler name, no -c, -o or file) and looks at
 * every function that is defined in it. enabled: by the order of `rules`. False: no memory. All
 * that is in the result lives until the process ends: a process looks at few files. */
void unit_lint(const char *file, const char *const *arguments, size_t n, const bool *enabled,
               struct unit_result *result);

/* For rules: keeps a copy. The same rule at the same place is kept once. */
void unit_report(struct unit *unit, const struct finding *finding);
void unit_silent(struct unit *unit, enum silence why);

/* Text and memory for findings, of the process. Never NULL: without memory the process ends. */
const char *unit_text(const char *format, ...) __attribute__((format(printf, 1, 2), nonnull(1)));
const char *unit_text_of(const char *format, va_list list)
    __attribute__((format(printf, 1, 0), nonnull(1)));
void *unit_memory(size_t bytes);

#endif
