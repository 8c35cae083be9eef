/* Files and flags: a database knows both; without one the flags are those behind --, or those that
 * a program of weir's is compiled with where it is installed. */
#include "sources.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "../weir/report.h"
#include "pipeline/suggest.h"
#include "database.h"
#include "file_path.h"
#include "unit.h"
#include "pipeline/text.h"

enum { SOURCES_MAX = 100000 };

/* What a name says of what is in the file; NULL: it is C. */
static const char *language(const char *name)
{
    static const char *const table[][2] = {
        {".h", "a header"},       {".hh", "a header"},   {".hpp", "a header"},
        {".cc", "C++"},           {".C", "C++"},         {".cpp", "C++"},
        {".cxx", "C++"},          {".c++", "C++"},       {".s", "assembly"},
        {".S", "assembly"},       {".m", "Objective-C"}, {".mm", "Objective-C"},
        {".o", "an object file"},
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof table / sizeof *table; i++)
        if (!strcmp(dot, table[i][0]))
            return table[i][1];
    return NULL;
}

static struct source *add(struct sources *sources, const char *name)
{
    if (sources->n == sources->size) {
        sources->size = sources->size ? sources->size * 2 : 64;
        sources->at = memory_grown(sources->at, sources->size * sizeof *sources->at);
    }
    sources->at[sources->n] = (struct source){.name = name};
    return &sources->at[sources->n++];
}

/* By whatever name: a file that was cured by one is another file by the other. */
static bool has(const struct sources *sources, const struct stat *about)
{
    for (size_t i = 0; i < sources->n; i++)
        if (sources->at[i].inode == about->st_ino && sources->at[i].device == about->st_dev)
            return true;
    return false;
}

static void take_command(struct source *source, const struct command *command)
{
    flags_take(&source->flags, command->words, command->n, command->directory);
    flags_of_lint(&source->flags);
}

/* ---- one file that was given ---- */

static void say_near(const struct lint_options *options, struct source *source,
                     const struct command *near)
{
    if (!near)
        return;
    source->guess = unit_text("it is in no database: parsed as %s is", file_path_shown(near->file));
    if (options->verbose)
        report_plain(NULL, "lint: '%s' is in no database: parsed as %s is", source->name,
                     file_path_shown(near->file));
}

/* No database: the flags are the command line's, or those of any program over weir. */
static void take_flags(struct source *source, const struct lint_options *options)
{
    if (options->flags) {
        flags_take(&source->flags, options->flags, options->flags_n, file_path_here());
        source->guess = "its flags are those behind --, and no others";
        return;
    }
    flags_installed(&source->flags);
    source->guess = "it is in no compile_commands.json: its flags are those of pkg-config --cflags "
                    "weir; -p BUILD names one";
    if (options->verbose)
        report_plain(NULL,
                     "lint: '%s' is in no database: its flags are those of "
                     "pkg-config --cflags weir",
                     source->name);
}

static void choose_flags(struct source *source, const struct lint_options *options)
{
    const struct command *command = NULL, *near = NULL;
    const struct database *database = NULL;
    char *path = file_path_absolute(file_path_here(), source->name);

    if (!options->flags)
        database =
            options->database ? database_of(options->database) : database_above(source->name);
    if (database)
        command = database_find(database, path, &near);
    if (command) {
        say_near(options, source, near);
        take_command(source, command);
        free(path);
        return;
    }
    take_flags(source, options);
    flags_of_lint(&source->flags);
    free(path);
}

static bool refuse_missing(const char *name, int reason)
{
    struct suggestion near = {.word = name};
    char hint[300];

    weir_pl_suggest_file(&near, name);
    snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    report_plain(near.best[0] ? hint : NULL, "lint: %s: %s", name, weir_pl_text_reason(reason));
    return false;
}

static bool take_file(struct sources *sources, const struct lint_options *options, const char *name)
{
    const char *other = language(name);
    struct stat about;

    if (stat(name, &about))
        return refuse_missing(name, errno);
    if (S_ISDIR(about.st_mode)) {
        report_plain("name its files, or the build directory of all: weir lint -p BUILD",
                     "lint: %s is a directory", name);
        return false;
    }
    if (!S_ISREG(about.st_mode)) {
        report_plain("write it into a file: the compiler reads it more than once",
                     "lint: %s is a pipe or a device", name);
        return false;
    }
    if (other) {
        bool header = strstr(other, "header");
        report_plain(header ? "name a C file that includes it" : NULL,
                     "lint: %s is %s: it is left out, C files are looked at", name, other);
        return true;
    }
    if (!has(sources, &about)) {
        struct source *source = add(sources, name);
        source->device = about.st_dev;
        source->inode = about.st_ino;
        choose_flags(source, options);
    }
    return true;
}

/* ---- all files of a database ---- */

static int by_file(const void *a, const void *b)
{
    const struct command *const *x = a, *const *y = b;
    int order = strcmp((*x)->file, (*y)->file);

    return order ? order : (*x > *y) - (*x < *y);
}

/* Each file once, in the order of their names. */
static void take_all(struct sources *sources, const struct lint_options *options,
                     const struct database *database)
{
    const struct command **all = memory_zeroed(database->n, sizeof *all);
    size_t others = 0;

    for (size_t i = 0; i < database->n; i++)
        all[i] = &database->at[i];
    qsort(all, database->n, sizeof *all, by_file);
    for (size_t i = 0; i < database->n && sources->n < SOURCES_MAX; i++) {
        if (i && !strcmp(all[i]->file, all[i - 1]->file))
            continue;
        if (language(all[i]->file) || access(all[i]->file, R_OK))
            others++;
        else
            take_command(add(sources, file_path_shown(all[i]->file)), all[i]);
    }
    if (others && options->verbose)
        report_plain(NULL, "lint: %zu files of the database are left out: no C, or not made yet",
                     others);
    free(all);
}

static const struct database *given_database(const struct lint_options *options)
{
    const struct database *database = database_of(options->database);

    if (!database)
        report_plain("meson writes one into its build directory; cmake with "
                     "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON; for make: bear -- make",
                     "lint: there is no compile_commands.json in %s", options->database);
    else if (!database->n)
        report_plain(NULL, "lint: %s/compile_commands.json cannot be read, or is empty",
                     database->path);
    return database && database->n ? database : NULL;
}

bool sources_find(struct sources *sources, const struct lint_options *options)
{
    const struct database *database = NULL;

    if (options->database && !(database = given_database(options)))
        return false;
    if (!options->files_n)
        take_all(sources, options, database);
    for (size_t i = 0; i < options->files_n && sources->n < SOURCES_MAX; i++)
        if (!take_file(sources, options, options->files[i]))
            return false;
    if (!sources->n)
        report_plain(NULL, "lint: no C file is left to look at");
    return sources->n;
}

void sources_drop(struct sources *sources)
{
    for (size_t i = 0; i < sources->n; i++)
        free(sources->at[i].flags.at);
    free(sources->at);
}
