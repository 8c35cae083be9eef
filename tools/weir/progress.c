/* Progress: samples of the last ten seconds make the rate, the rate makes the time that is left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pipeline/broker.h"
#include "pipeline/columns.h"
#include "pipeline/plan.h"
#include "print.h"
#include "progress.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

#define SECOND_NS UINT64_C(1000000000)
enum { COLUMNS_DEFAULT = 80, BAR_COLUMNS = 10, STAGE_COLUMNS = 24 };
/* Of the name, where there is room and where there is not; marks that combine have no width. */
enum { SLOWEST_COLUMNS = 24, SLOWEST_BYTES = 256 };
enum { NAME_COLUMNS = 32, NAME_COLUMNS_MIN = 10, NAME_BYTES = 128 };

/* The device of a terminal, also where it is not open. */
static bool is_terminal(const char *path)
{
    struct stat about, shown;

    if (stat(path, &about) || !S_ISCHR(about.st_mode) || fstat(STDERR_FILENO, &shown))
        return false;
    return about.st_rdev == shown.st_rdev || about.st_rdev == makedev(5, 0); /* /dev/tty */
}

static bool writes_to_terminal(const struct chain *chain)
{
    const struct node *sink = weir_pl_chain_sink(chain);

    return weir_pl_sink_is_stdout(sink) ? isatty(STDOUT_FILENO)
                                        : sink->path && is_terminal(sink->path);
}

static bool reads_from_terminal(const struct chain *chain)
{
    for (size_t i = 0; i < chain->sources; i++) {
        const struct node *node = &chain->nodes[i];
        if (node->path ? is_terminal(node->path)
                       : node->entry == &weir_pl_entry_stdin && isatty(STDIN_FILENO))
            return true;
    }
    return false;
}

enum progress_mode progress_choose(enum progress_mode mode, const struct chain *chains, size_t n)
{
    if (mode != PROGRESS_AUTO)
        return mode;
    for (size_t i = 0; i < n; i++)
        if (writes_to_terminal(&chains[i]) || reads_from_terminal(&chains[i]))
            return PROGRESS_NONE;
    return isatty(STDERR_FILENO) ? PROGRESS_LINE : PROGRESS_NONE;
}

void progress_start(struct progress *progress, enum progress_mode mode, const char *name,
                    uint64_t total, uint64_t now_ns)
{
    *progress = (struct progress){.mode = mode, .name = name, .total = total, .started_ns = now_ns};
}

static void sample(struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    size_t last = (progress->n - 1) % PROGRESS_SAMPLES;
    uint64_t gap = PROGRESS_WINDOW_S * SECOND_NS / PROGRESS_SAMPLES;

    if (progress->n && now_ns - progress->samples[last].ns < gap)
        return;
    progress->samples[progress->n % PROGRESS_SAMPLES].ns = now_ns;
    progress->samples[progress->n % PROGRESS_SAMPLES].bytes = bytes;
    progress->n++;
}

/* Bytes a second since the oldest sample. */
static uint64_t rate(const struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    size_t oldest = progress->n > PROGRESS_SAMPLES ? progress->n % PROGRESS_SAMPLES : 0;
    uint64_t since = progress->n ? progress->samples[oldest].ns : progress->started_ns;
    uint64_t before = progress->n ? progress->samples[oldest].bytes : 0;

    if (now_ns <= since || bytes < before)
        return 0;
    return (uint64_t)((double)(bytes - before) * 1e9 / (double)(now_ns - since));
}

/* " 61% [######----]" */
static int put_bar(const struct progress *progress, uint64_t bytes, char *out, size_t size)
{
    uint64_t done = bytes < progress->total ? bytes : progress->total;
    double share = progress->total ? (double)done / (double)progress->total : 1;
    int full = (int)(share * BAR_COLUMNS);

    return snprintf(out, size, " %d%% [%.*s%.*s]", (int)(share * 100), full, "##########",
                    BAR_COLUMNS - full, "----------");
}

/* " 12345 messages, 1204/s, open 812/65536, oldest 0.4 s, lag 1.2 M, repeats 63 0:12" */
static int put_messages(const struct progress *progress, uint64_t n, uint64_t now_ns, char *out,
                        size_t size)
{
    char number[TEXT_NUMBER_BYTES];
    int at = snprintf(out, size, " %llu messages, %llu/s", (unsigned long long)n,
                      (unsigned long long)rate(progress, n, now_ns));

    at += (int)weir_pl_broker_status(progress->messages, out + at, size - (size_t)at);
    return at +
           snprintf(out + at, size - (size_t)at, " %s",
                    weir_pl_text_duration(number, (now_ns - progress->started_ns) / SECOND_NS));
}

/* All but the name: " 61% [######----] 412 MB/s eta 0:07" */
static int put_numbers(const struct progress *progress, uint64_t bytes, uint64_t now_ns, char *out,
                       size_t size)
{
    char number[TEXT_NUMBER_BYTES];
    uint64_t speed = rate(progress, bytes, now_ns);
    bool known = progress->total != UINT64_MAX;
    if (progress->messages)
        return put_messages(progress, bytes, now_ns, out, size);
    int n = known ? put_bar(progress, bytes, out, size)
                  : snprintf(out, size, " %s", weir_pl_text_amount(number, bytes));

    n += snprintf(out + n, size - (size_t)n, " %s/s", weir_pl_text_amount(number, speed));
    if (known && speed && bytes < progress->total)
        return n + snprintf(out + n, size - (size_t)n, " eta %s",
                            weir_pl_text_duration(number,
                                                  (progress->total - bytes + speed - 1) / speed));
    return n + snprintf(out + n, size - (size_t)n, " %s",
                        weir_pl_text_duration(number, (now_ns - progress->started_ns) / SECOND_NS));
}

/* " | slowest: from csv (94% busy)", or nothing where there is no room for all of it. */
static size_t put_slowest(const struct progress *progress, size_t room, char *out, size_t size)
{
    char text[SLOWEST_BYTES];

    if (!progress->slowest)
        return 0;
    size_t cut = weir_pl_columns_cut(progress->slowest, SLOWEST_COLUMNS, SLOWEST_BYTES / 2);
    bool whole = !progress->slowest[cut];
    cut = whole ? cut
                : weir_pl_columns_cut(progress->slowest, SLOWEST_COLUMNS - 3, SLOWEST_BYTES / 2);
    size_t n = (size_t)snprintf(text, sizeof text, " | slowest: %.*s%s (%u%% busy)", (int)cut,
                                progress->slowest, whole ? "" : "...", progress->busy_percent);
    if (weir_pl_columns(text) > room || n >= size)
        return 0;
    memcpy(out, text, n + 1);
    return n;
}

/* The numbers first: in a narrow terminal the name is cut for them. */
size_t progress_line(const struct progress *progress, uint64_t bytes, uint64_t now_ns, size_t width,
                     char *out, size_t size)
{
    char numbers[4 * TEXT_NUMBER_BYTES + 160];
    size_t taken = (size_t)put_numbers(progress, bytes, now_ns, numbers, sizeof numbers);
    size_t room = width > taken + NAME_COLUMNS_MIN ? width - taken : NAME_COLUMNS_MIN;
    size_t name =
        weir_pl_columns_cut(progress->name, room < NAME_COLUMNS ? room : NAME_COLUMNS, NAME_BYTES);

    snprintf(out, size, "%.*s%s", (int)name, progress->name, numbers);
    size_t end = weir_pl_columns_cut(out, width, size - 1), blank = end;
    while (out[end] && blank && out[blank] != ' ') /* half a number is none */
        blank--;
    end = blank ? blank : end;
    out[end] = 0;
    return end + put_slowest(progress, width - weir_pl_columns(out), out + end, size - end);
}

static void put_json(const struct progress *progress, uint64_t bytes, uint64_t now_ns, bool done)
{
    uint64_t elapsed = now_ns - progress->started_ns;

    const char *unit = progress->messages ? "messages" : "bytes";

    fprintf(stderr, "{\"%s\":%llu,", unit, (unsigned long long)bytes);
    if (progress->total != UINT64_MAX)
        fprintf(stderr, "\"total\":%llu,", (unsigned long long)progress->total);
    fprintf(stderr, "\"%s_per_second\":%llu,\"seconds\":%llu.%03llu,\"done\":%s}\n", unit,
            (unsigned long long)rate(progress, bytes, now_ns),
            (unsigned long long)(elapsed / SECOND_NS),
            (unsigned long long)(elapsed % SECOND_NS / 1000000), done ? "true" : "false");
}

/* The last column stays free: some terminals go on to the next line when it is written. */
static size_t line_columns(void)
{
    size_t width = weir_pl_columns_of_terminal();
    return (width > 1 ? width : COLUMNS_DEFAULT) - 1;
}

/* 0: it is none, or does not say. */
static size_t lines_of_terminal(void)
{
    struct winsize window;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &window) ? 0 : window.ws_row;
}

/* The one whose line stands in the terminal. */
static struct progress *standing;

/* To where what stands begins, and nothing stands any more. */
static void put_back(const struct progress *progress, FILE *to)
{
    if (progress->table_lines)
        fprintf(to, "\r\x1b[%zuA\x1b[J", progress->table_lines);
    else
        fputs("\r\x1b[K", to);
}

/* At once, that it does not flicker. */
static void put_table(struct progress *progress, const char *line)
{
    char *text = NULL;
    size_t n, lines = lines_of_terminal();
    FILE *to = open_memstream(&text, &n);

    if (!to)
        return;
    if (progress->stands)
        put_back(progress, to);
    progress->table_lines =
        progress->table(progress->arg, to, line_columns(), lines > 2 ? lines - 1 : 0);
    fprintf(to, "\r%s", line);
    if (!fclose(to))
        fputs(text, stderr);
    free(text);
}

void progress_tick(struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    char line[512];
    uint64_t since = progress->shown_ns ? progress->shown_ns : progress->started_ns;
    bool often = progress->shown_ns && progress->mode == PROGRESS_LINE;
    uint64_t gap = often ? SECOND_NS / 5 : SECOND_NS;

    sample(progress, bytes, now_ns);
    if (progress->mode == PROGRESS_NONE || progress->torn || now_ns - since < gap)
        return;
    progress->shown_ns = now_ns;
    if (progress->mode == PROGRESS_JSON) {
        put_json(progress, bytes, now_ns, false);
        return;
    }
    progress_line(progress, bytes, now_ns, line_columns(), line, sizeof line);
    if (progress->table)
        put_table(progress, line);
    else
        fprintf(stderr, "\r%s\x1b[K", line);
    fflush(stderr);
    progress->stands = true;
    standing = progress;
}

void progress_hide(struct progress *progress)
{
    if (progress->stands)
        put_back(progress, stderr);
    progress->table_lines = 0;
    progress->stands = false;
    standing = NULL;
}

void progress_make_room(void)
{
    if (standing)
        progress_hide(standing);
}

bool progress_shares(const struct progress *progress, const struct chain *chains, size_t n)
{
    for (size_t i = 0; i < n && progress->mode == PROGRESS_LINE; i++)
        if (writes_to_terminal(&chains[i]))
            return true;
    return false;
}

void progress_shared(struct progress *progress, const char *bytes, size_t n)
{
    if (n)
        progress->torn = bytes[n - 1] != '\n';
}

void progress_end(struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    progress_hide(progress);
    if (progress->mode == PROGRESS_JSON)
        put_json(progress, bytes, now_ns, true);
    fflush(stderr);
    progress->mode = PROGRESS_NONE;
}

static size_t widest(const struct chain *chain, const struct words *words)
{
    size_t most = STAGE_COLUMNS;

    for (size_t i = (size_t)(weir_pl_chain_head(chain) - chain->nodes); i < chain->n; i++) {
        char *text = print_node(&chain->nodes[i], words);
        size_t width = weir_pl_columns(text);
        most = width > most ? width : most;
        free(text);
    }
    return most;
}

void progress_table(FILE *to, const struct chain *chain, const struct words *words)
{
    size_t room = widest(chain, words);

    fprintf(to, "%-*s %20s %12s %10s\n", (int)room, "stage", "out", "polls", "waits");
    for (size_t i = chain->apart ? 0 : (size_t)(weir_pl_chain_head(chain) - chain->nodes);
         i < chain->n; i++) {
        const struct node *node = &chain->nodes[i];
        char *text = print_node(node, words);
        char amount[64];
        snprintf(amount, sizeof amount, "%llu %s", (unsigned long long)node->account.n,
                 node->entry->broker       ? "messages"
                 : node->gives & FLOW_EACH ? weir_pl_flow_name(node->gives)
                                           : "bytes");
        fprintf(to, "%s%*s %20s %12llu %10llu\n", text, (int)(room - weir_pl_columns(text)), "",
                node->merged ? "-" : amount, (unsigned long long)node->account.polls,
                (unsigned long long)node->account.waits);
        free(text);
    }
}
