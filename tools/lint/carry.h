/* carry.h: what became of a file, and how it comes through a pipe from the process that looked. */
#ifndef LINT_CARRY_H
#define LINT_CARRY_H

#include "unit.h"

enum { FINDINGS_MAX = 1000 }; /* of a file; more are left out */

struct outcome {
    const char *file;
    const char *guess; /* as in struct source */
    struct unit_result result;
    const char **allowed; /* per finding: the reason why it is not shown; NULL: it is */
    uint64_t cpu_us;
};

/* False: the pipe is broken, or its other end is. */
bool carry_write(int fd, struct outcome *outcome);

/* False: these bytes are not the whole of an outcome. Its texts are copies, which are kept. */
bool carry_read(const char *bytes, size_t n, struct outcome *outcome);

#endif
