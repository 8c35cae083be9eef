/* top: what the stages of a program do, as a table that is kept up to date. */
#include "top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "clock.h"
#include "memory.h"
#include "report.h"
#include "screen.h"
#include "signals.h"
#include "pipeline/suggest.h"
#include "watch.h"
#include "watch_table.h"

#define GREET_NS (5 * CLOCK_SECOND_NS) /* until it must have said hello */
#define ONCE_NS (3 * CLOCK_SECOND_NS)  /* then there may be few rows: its tasks all wait */
enum { TICK_MS = 250 };

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
        weir_pl_suggest(&near, known[i]);
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

/* ---- tables ---- */

static struct table_look look_now(void)
{
    struct screen_size size = screen_size();
    const char *given = getenv("COLUMNS");
    struct table_look look = {.width = TABLE_COLUMNS_DEFAULT, .colours = screen_colours()};

    if (size.columns)
        look.width = size.columns;
    else if (given && atoi(given) > 0)
        look.width = (size_t)atoi(given);
    look.width = look.width < TABLE_COLUMNS_MAX ? look.width : TABLE_COLUMNS_MAX;
    return look;
}

static void print_table(const struct watch *watch)
{
    struct table_look look = look_now();
    table_print(stdout, &watch->watched, &look);
    fflush(stdout);
}

/* In the place of the one before; the last line stays free, or the terminal would move all of it.
 */
static void draw_table(const struct watch *watch)
{
    struct table_look look = look_now();
    size_t lines = screen_size().lines, n;
    char *text = NULL;

    look.height = lines > 1 ? lines - 1 : 0;
    FILE *to = open_memstream(&text, &n);
    if (!to)
        memory_end();
    table_print(to, &watch->watched, &look);
    if (fclose(to))
        memory_end();
    screen_show(text, look.height);
    free(text);
}

/* ---- a process ---- */

struct top {
    struct watch watch;
    const struct options *options;
    int fd;
    char name[ATTACH_NAME_BYTES];
    bool draws; /* in a terminal that can be drawn upon */
    bool over;  /* it has gone */
    bool done;  /* "snapshot" was answered */
    uint64_t began_ns, shown_ns, shown_rows;
    struct screen_size shown;
};

static void on_line(struct watch *watch, const char *type, const char *line, size_t n)
{
    struct top *top = watch->arg;

    if (!strcmp(type, "done"))
        top->done = true;
    if (top->options->json)
        watch_print_line(watch, type, line, n);
}

/* A turn that may be stuck is named when it was seen for 2 s; that is told behind rows. */
static bool is_in_doubt(const struct watched *watched)
{
    return watched->doubted && watched->rows < watched->doubt_rows + 2;
}

/* It is too long ago that something should have been told. */
static bool overdue(const struct top *top, uint64_t now)
{
    if (!top->watch.watched.greeted)
        return now - top->began_ns > GREET_NS;
    return top->options->once &&
           now - top->began_ns > ONCE_NS + is_in_doubt(&top->watch.watched) * CLOCK_SECOND_NS;
}

static bool has_enough(const struct top *top)
{
    const struct watched *watched = &top->watch.watched;

    if (!top->options->once)
        return false;
    if (top->options->json)
        return top->done;
    if (is_in_doubt(watched))
        return false;
    return watched->rows > 1 && watched_window_ns(watched, false) >= CLOCK_SECOND_NS;
}

/* New rows once a second, or two where each is a new table; a new size at once. */
static bool is_time(struct top *top, uint64_t now)
{
    struct screen_size size = screen_size();
    bool resized = size.columns != top->shown.columns || size.lines != top->shown.lines;
    uint64_t rows = top->watch.watched.rows;

    if (!top->watch.watched.greeted || top->options->once || top->options->json)
        return false;
    if (!(top->draws && resized) && top->shown_rows &&
        (rows == top->shown_rows || now - top->shown_ns < (top->draws ? 1 : 2) * CLOCK_SECOND_NS))
        return false;
    top->shown = size;
    top->shown_ns = now;
    top->shown_rows = rows;
    return true;
}

static void show(struct top *top)
{
    if (top->draws) {
        draw_table(&top->watch);
        return;
    }
    print_table(&top->watch);
    putchar('\n');
}

static void follow(struct top *top)
{
    top->began_ns = clock_ns();
    while (!top->over && !has_enough(top) && !screen_quit() && !screen_stopped()) {
        if (screen_wait(top->fd, TICK_MS))
            top->over = !watch_socket(&top->watch, top->fd);
        uint64_t now = clock_ns();
        if (overdue(top, now))
            return;
        if (is_time(top, now))
            show(top);
    }
}

/* What is left to say when it is over, or once was enough. */
static int finish(struct top *top)
{
    struct watched *watched = &top->watch.watched;

    if (screen_stopped())
        signals_die(screen_stopped());
    if (!watch_greeted(&top->watch, top->name))
        return 1;
    if (top->over && !watched->end)
        watched->end = memory_text("the connection was closed", 25);
    if (!top->options->json && (top->over || top->options->once))
        print_table(&top->watch);
    return 0;
}

static int look_at(struct top *top)
{
    bool ask_once = top->options->once && top->options->json;
    int status;

    top->fd = attach(top->options->pid, top->name, &status);
    if (top->fd < 0)
        return status;
    top->draws = screen_can() && !top->options->once && !top->options->json;
    attach_say(top->fd, ask_once ? "snapshot" : "watch"); /* who does not listen ends the reading */
    if (top->draws)
        screen_open(true);
    follow(top);
    screen_close();
    close(top->fd);
    return finish(top);
}

static int replay(struct top *top)
{
    if (!watch_file(&top->watch, top->options->replay))
        return 1;
    if (!top->options->json)
        print_table(&top->watch);
    return 0;
}

int top_command(int n, char *const *arguments)
{
    struct options options = {0};

    if (!take_options(&options, n, arguments))
        return 2;
    struct top *top = memory_zeroed(1, sizeof *top);
    top->options = &options;
    top->watch.on_line = on_line;
    top->watch.arg = top;
    int status = options.replay ? replay(top) : look_at(top);
    watch_drop(&top->watch);
    free(top);
    return status;
}
