/* sources.h: the files to look at, each with what it is parsed with. */
#ifndef LINT_SOURCES_H
#define LINT_SOURCES_H

#include <sys/types.h>

#include "flags.h"
#include "options.h"

struct source {
    const char *name; /* as it was given, or relative to the working directory where it is below */
    dev_t device;     /* of one that was given: it may have several names */
    ino_t inode;
    struct flags flags;
    const char
        *guess; /* whence the flags are, where no database has the file; NULL: they are its */
};

struct sources {
    struct source *at;
    size_t n, size;
};

/* libclang must be there. False: it is said what is wrong with the command line. */
bool sources_find(struct sources *sources, const struct lint_options *options);

void sources_drop(struct sources *sources);

#endif
