/* top: what the stages of a program do, as a table that is kept up to date. */
#include "top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "memory.h"
#include "report.h"
#include "suggest.h"
#include "watch.h"
#include "watch_table.h"

struct options {
    const char *pid, *replay;
    bool once, json;
};

static const char usage[] = "usage: weir top [--once] [--json] [PID], or weir top --replay FILE";

/* ---- the command line ---- */

static bool refuse(const char *option)
{
    static const char *const known[] = {"--once", "--json", "--replay"};
    struct suggestion near = {.word = option};
    char hint[300];

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        suggest(&near, known[i]);
    snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    report_plain(near.best[0] ? hint : usage, "'top' has no option '%s'", option);
    return false;
}

static bool take_replay(struct options *options, const char *file)
{
    if (!file || !*file)
        report_plain(usage, "'--replay' takes a file");
    options->replay = file;
    return file && *file;
}

static bool take_word(struct options *options, const char *word)
{
    if (options->pid) {
        report_plain(usage, "'top' looks at one process, not at '%s' too", word);
        return false;
    }
    options->pid = word;
    return true;
}

static bool take_options(struct options *options, int n, char *const *arguments)
{
    bool good = true;

    for (int i = 0; i < n && good; i++) {
        const char *word = arguments[i];
        if (!strcmp(word, "--once"))
            options->once = true;
        else if (!strcmp(word, "--json"))
            options->json = true;
        else if (!strcmp(word, "--replay"))
            good = take_replay(options, i + 1 < n ? arguments[++i] : NULL);
        else if (!strncmp(word, "--replay=", 9))
            good = take_replay(options, word + 9);
        else
            good = *word == '-' ? refuse(word) : take_word(options, word);
    }
    if (good && options->replay && options->pid) {
        report_plain(usage, "'--replay' reads a file, and no process");
        return false;
    }
    return good;
}

/* ---- the terminal ---- */

static struct table_look look_now(void)
{
    struct winsize window = {0};
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *given = getenv("COLUMNS");
    struct table_look look = {.width = TABLE_COLUMNS_DEFAULT};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col) {
        look.width = window.ws_col;
        look.colours = !(none && *none) && term && strcmp(term, "dumb") != 0;
    } else if (given && atoi(given) > 0) {
        look.width = (size_t)atoi(given);
    }
    look.width = look.width < TABLE_COLUMNS_MAX ? look.width : TABLE_COLUMNS_MAX;
    return look;
}

/* ---- a session in a file ---- */

static int replay(struct watch *watch, const struct options *options)
{
    if (!watch_file(watch, options->replay))
        return 1;
    if (!options->json) {
        struct table_look look = look_now();
        table_print(stdout, &watch->watched, &look);
    }
    return 0;
}

int top_command(int n, char *const *arguments)
{
    struct options options = {0};

    if (!take_options(&options, n, arguments))
        return 2;
    struct watch *watch = memory_zeroed(1, sizeof *watch);
    watch->on_line = options.json ? watch_print_line : NULL;
    int status = replay(watch, &options);
    watch_drop(watch);
    free(watch);
    return status;
}
