/* What the tables of system calls answer: a failure is a negative errno. */
#ifndef WEIR_IO_SYS_OUTCOME_H
#define WEIR_IO_SYS_OUTCOME_H

#include <errno.h>
#include <stdint.h>

static inline int64_t outcome(int64_t result)
{
    return result < 0 ? -errno : result;
}

#endif
