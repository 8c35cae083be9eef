/* database.h: compile_commands.json: what each file of a program is compiled with. */
#ifndef LINT_DATABASE_H
#define LINT_DATABASE_H

#include <clang-c/CXString.h>
#include <stddef.h>

struct command {
    char *file;      /* absolute */
    char *directory; /* where the compiler ran */
    const char **words;
    size_t n; /* without the compiler's name */
};

struct database {
    char *path; /* of its directory */
    struct command *at;
    size_t n;
};

/* The one of a directory, or of the file itself; it is read once. NULL: there is none. A broken one
 * has no commands. */
const struct database *database_of(const char *directory);

/* The one that is found from a file's directory upwards: there, or in build/ beside. */
const struct database *database_above(const char *file);

/* The file's, or where it is not in the database (*near) that of the file nearest to it in the
 * tree. NULL: the database is empty. file: absolute. */
const struct command *database_find(const struct database *database, const char *file,
                                    const struct command **near);

/* A text of libclang's, which is given back to it; for free(). */
char *database_text(CXString string);

#endif
