/* libclang reads databases; the nearest file is chosen here, so that it can be said which it was.
 */
#include "database.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "clang.h"
#include "file_path.h"
#include "flags.h"
#include "unit.h"

enum { DATABASES_MAX = 64, WORDS_MAX = 1 << 16 };

static const char file_name[] = "compile_commands.json";

/* All that were read, the newest last. */
static struct database *known[DATABASES_MAX];
static size_t known_n;

char *database_text(CXString string)
{
    const char *text = clang.getCString(string);
    char *copy = text ? memory_text(text, strlen(text)) : memory_zeroed(1, 1);

    clang.disposeString(string);
    return copy;
}

static struct command command_of(CXCompileCommand from, const char *directory)
{
    struct command command = {.directory = database_text(clang.CompileCommand_getDirectory(from))};
    char *file = database_text(clang.CompileCommand_getFilename(from));
    unsigned n = clang.CompileCommand_getNumArgs(from);

    if (*command.directory != '/') {
        char *whole = file_path_absolute(directory, command.directory);
        free(command.directory);
        command.directory = whole;
    }
    command.file = file_path_absolute(command.directory, file);
    free(file);
    n = n > WORDS_MAX ? WORDS_MAX : n;
    command.words = memory_zeroed(n, sizeof *command.words);
    for (unsigned i = 1; i < n; i++)
        command.words[command.n++] = database_text(clang.CompileCommand_getArg(from, i));
    return command;
}

static void read_commands(struct database *database)
{
    CXCompilationDatabase_Error error;
    CXCompilationDatabase from = clang.CompilationDatabase_fromDirectory(database->path, &error);

    if (error != CXCompilationDatabase_NoError)
        return;
    CXCompileCommands all = clang.CompilationDatabase_getAllCompileCommands(from);
    unsigned n = clang.CompileCommands_getSize(all);
    database->at = memory_zeroed(n, sizeof *database->at);
    for (unsigned i = 0; i < n; i++)
        database->at[database->n++] =
            command_of(clang.CompileCommands_getCommand(all, i), database->path);
    clang.CompileCommands_dispose(all);
    clang.CompilationDatabase_dispose(from);
}

const struct database *database_of(const char *directory)
{
    char *path = file_path_absolute(file_path_here(), directory);
    size_t n = strlen(path), name = sizeof file_name - 1;

    if (n > name && path[n - name - 1] == '/' && !strcmp(path + n - name, file_name))
        path[n - name - 1] = 0;
    for (size_t i = 0; i < known_n; i++)
        if (!strcmp(known[i]->path, path)) {
            free(path);
            return known[i];
        }
    if (known_n == DATABASES_MAX || access(unit_text("%s/%s", path, file_name), R_OK)) {
        free(path);
        return NULL;
    }
    struct database *database = known[known_n++] = memory_zeroed(1, sizeof *database);
    database->path = path;
    read_commands(database);
    return database;
}

const struct database *database_above(const char *file)
{
    char *directory = file_path_absolute(file_path_here(), file), *slash;
    const struct database *found = NULL;

    while (!found && (slash = strrchr(directory, '/'))) {
        *slash = 0;
        found = database_of(*directory ? directory : "/");
        if (!found)
            found = database_of(unit_text("%s/build", directory));
    }
    free(directory);
    return found;
}

/* How much of the way from the root two paths have in common, in bytes of whole names. */
static size_t common(const char *a, const char *b)
{
    size_t n = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            n = i + 1;
    return n;
}

const struct command *database_find(const struct database *database, const char *file,
                                    const struct command **near)
{
    char *real = realpath(file, NULL);
    const struct command *found = NULL;
    size_t best = 0;

    *near = NULL;
    for (size_t i = 0; i < database->n && !found; i++) {
        const struct command *command = &database->at[i];
        if (!strcmp(command->file, file) || (real && !strcmp(command->file, real)))
            found = command;
        size_t n = common(command->file, file);
        if (!*near || n > best) {
            *near = command;
            best = n;
        }
    }
    free(real);
    if (!found)
        return *near;
    *near = NULL;
    return found;
}
