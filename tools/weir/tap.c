/* tap: a sample of the items that pass one stage of a program, as it shows them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/arguments.h"
#include "attach.h"
#include "clock.h"
#include "memory.h"
#include "report.h"
#include "screen.h"
#include "signals.h"
#include "print.h"
#include "pipeline/text.h"
#include "top.h"
#include "watch.h"
#include "watch_table.h"

static const char usage[] = "usage: weir tap PID STAGE [N]";

struct tap {
    struct watch watch;
    const char *stage; /* as it was asked for */
    uint64_t most;     /* items; 0: until the end */
    int fd;
    char name[ATTACH_NAME_BYTES];
    bool told; /* all stages, by a snapshot */
    bool over; /* nothing more comes */
    uint64_t id, shown, dropped;
};

/* ---- what it says ---- */

static void show(struct tap *tap, const char *line, size_t n)
{
    static char text[JSON_LINE_BYTES_MAX + 1];
    struct json object;

    if (!json_read(&object, line, n) || json_u64(json_member(object, "id"), UINT64_MAX) != tap->id)
        return;
    json_text(json_member(object, "item"), text, sizeof text);
    text_print(stdout, text);
    putchar('\n');
    if (fflush(stdout))
        tap->over = true;
    tap->dropped = json_u64(json_member(object, "dropped"), tap->dropped);
    tap->over |= ++tap->shown == tap->most;
}

static void on_line(struct watch *watch, const char *type, const char *line, size_t n)
{
    struct tap *tap = watch->arg;

    if (!strcmp(type, "done"))
        *(tap->told ? &tap->over : &tap->told) = true;
    else if (!strcmp(type, "tap") && !tap->over)
        show(tap, line, n);
    else if (!strcmp(type, "error") || !strcmp(type, "busy") || !strcmp(type, "end"))
        tap->over = true;
}

/* Until `done` or the end; 0: as long as it takes. */
static void follow(struct tap *tap, const bool *done, uint64_t limit_ns)
{
    uint64_t began = clock_ns();

    while (!*done && !tap->over && !screen_stopped()) {
        if (screen_wait(tap->fd, 250) && !watch_socket(&tap->watch, tap->fd))
            tap->over = true;
        if (limit_ns && clock_ns() - began > limit_ns)
            return;
    }
}

/* ---- which stage ---- */

/* "map parse_pet" is meant by that, by "map" and by "parse_pet". */
static bool is_named(const struct watched_stage *stage, const char *name)
{
    size_t n = strlen(name), all = strlen(stage->name);

    if (!strcmp(stage->name, name))
        return true;
    if (n >= all)
        return false;
    return (!strncmp(stage->name, name, n) && stage->name[n] == ' ') ||
           (!strcmp(stage->name + all - n, name) && stage->name[all - n - 1] == ' ');
}

static void list(const struct watched *watched, const char *name)
{
    char text[2 * WATCHED_NAME_BYTES + 8];

    for (size_t i = 0; i < watched->n; i++) {
        if (!watched->stages[i] || (name && !is_named(watched->stages[i], name)))
            continue;
        table_stage_text(watched, i, text, sizeof text);
        fprintf(stderr, "  %4zu  %s\n", i, text);
    }
}

/* False: it complained. */
static bool find(struct tap *tap)
{
    const struct watched *watched = &tap->watch.watched;
    size_t n = 0;

    if (weir_pl_arguments_number(tap->stage, false, &tap->id)) {
        if (tap->id < watched->n && watched->stages[tap->id])
            return true;
    } else {
        for (size_t i = 0; i < watched->n; i++)
            if (watched->stages[i] && is_named(watched->stages[i], tap->stage)) {
                tap->id = i;
                n++;
            }
    }
    if (n == 1)
        return true;
    report_plain(n ? "one of these numbers says which:" : "these are there:",
                 n ? "%s has several stages called '%s'" : "%s has no stage '%s'", tap->name,
                 tap->stage);
    list(watched, n ? tap->stage : NULL);
    return false;
}

/* ---- the command ---- */

static int look(struct tap *tap)
{
    char command[64];

    attach_say(tap->fd, "snapshot");
    follow(tap, &tap->told, 5 * CLOCK_SECOND_NS);
    if (!watch_greeted(&tap->watch, tap->name))
        return 1;
    if (!tap->watch.watched.tap) {
        report_plain("start it with WEIR_INSPECT_TAP=1, or set .tap of weir_inspect_options",
                     "%s does not show its items", tap->name);
        return 1;
    }
    if (!find(tap))
        return 2;
    int n = snprintf(command, sizeof command, "tap %llu", (unsigned long long)tap->id);
    if (tap->most)
        snprintf(command + n, sizeof command - (size_t)n, " %llu", (unsigned long long)tap->most);
    free(tap->watch.watched.refused);
    tap->watch.watched.refused = NULL;
    tap->over |= !attach_say(tap->fd, command);
    follow(tap, &tap->over, 0);
    if (!tap->watch.watched.refused)
        return 0;
    report_plain(NULL, "%s: %s", tap->name, tap->watch.watched.refused);
    return 1;
}

static int tap_it(struct tap *tap, const char *pid)
{
    int status;

    tap->fd = attach(pid, tap->name, &status);
    if (tap->fd < 0)
        return status;
    screen_open(false);
    status = look(tap);
    close(tap->fd);
    if (tap->dropped)
        report_plain(NULL, "%llu items passed and were not shown",
                     (unsigned long long)tap->dropped);
    if (screen_stopped())
        signals_die(screen_stopped());
    return status;
}

int tap_command(int n, char *const *arguments)
{
    uint64_t most = 0;

    if (n < 2 || n > 3 ||
        (n == 3 && (!weir_pl_arguments_number(arguments[2], false, &most) || !most))) {
        report_plain(usage, n < 2 ? "'tap' takes a process and a stage"
                                  : "'tap' takes a process, a stage, and a number of items");
        return 2;
    }
    struct tap *tap = memory_zeroed(1, sizeof *tap);
    *tap = (struct tap){.stage = arguments[1], .most = most};
    tap->watch.on_line = on_line;
    tap->watch.arg = tap;
    int status = tap_it(tap, arguments[0]);
    watch_drop(&tap->watch);
    free(tap);
    return status;
}
