/* Progress: samples of the last ten seconds make the rate, the rate makes the time that is left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plan.h"
#include "progress.h"
#include "stages.h"
#include "text.h"

#define SECOND_NS UINT64_C(1000000000)
enum { COLUMNS_DEFAULT = 80, BAR_COLUMNS = 10, NAME_COLUMNS = 32 };

void progress_start(struct progress *progress, enum progress_mode mode, const char *name,
                    uint64_t total, uint64_t now_ns)
{
    *progress = (struct progress){.mode = mode, .name = name, .total = total, .started_ns = now_ns};
    if (mode == PROGRESS_AUTO)
        progress->mode = isatty(STDERR_FILENO) ? PROGRESS_LINE : PROGRESS_NONE;
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

/* As much of a name as there is room for, in whole characters. */
static int name_bytes(const char *name)
{
    size_t n = strnlen(name, NAME_COLUMNS + 1);

    if (n <= NAME_COLUMNS)
        return (int)n;
    for (n = NAME_COLUMNS; n && ((unsigned char)name[n] & 0xc0) == 0x80;)
        n--;
    return (int)n;
}

size_t progress_line(const struct progress *progress, uint64_t bytes, uint64_t now_ns,
                     size_t columns, char *out, size_t size)
{
    char number[TEXT_NUMBER_BYTES], left[TEXT_NUMBER_BYTES];
    uint64_t speed = rate(progress, bytes, now_ns);
    int n = snprintf(out, size, "%.*s", name_bytes(progress->name), progress->name);

    if (progress->total != UINT64_MAX)
        n += put_bar(progress, bytes, out + n, size - (size_t)n);
    else
        n += snprintf(out + n, size - (size_t)n, " %s", text_amount(number, bytes));
    n += snprintf(out + n, size - (size_t)n, " %s/s", text_amount(number, speed));
    if (progress->total != UINT64_MAX && speed && bytes < progress->total)
        n += snprintf(out + n, size - (size_t)n, " eta %s",
                      text_duration(left, (progress->total - bytes + speed - 1) / speed));
    else
        n += snprintf(out + n, size - (size_t)n, " %s",
                      text_duration(left, (now_ns - progress->started_ns) / SECOND_NS));
    size_t end = (size_t)n < size - 1 ? (size_t)n : size - 1;
    while (text_columns(out) > columns) { /* cut whole characters */
        while (end && ((unsigned char)out[end - 1] & 0xc0) == 0x80)
            out[--end] = 0;
        if (end)
            out[--end] = 0;
    }
    return end;
}

static void put_json(const struct progress *progress, uint64_t bytes, uint64_t now_ns, bool done)
{
    uint64_t elapsed = now_ns - progress->started_ns;

    fprintf(stderr, "{\"bytes\":%llu,", (unsigned long long)bytes);
    if (progress->total != UINT64_MAX)
        fprintf(stderr, "\"total\":%llu,", (unsigned long long)progress->total);
    fprintf(stderr, "\"bytes_per_second\":%llu,\"seconds\":%llu.%03llu,\"done\":%s}\n",
            (unsigned long long)rate(progress, bytes, now_ns),
            (unsigned long long)(elapsed / SECOND_NS),
            (unsigned long long)(elapsed % SECOND_NS / 1000000), done ? "true" : "false");
}

static size_t terminal_columns(void)
{
    struct winsize window;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        return window.ws_col - 1u;
    return COLUMNS_DEFAULT - 1;
}

void progress_tick(struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    char line[512];
    uint64_t since = progress->shown_ns ? progress->shown_ns : progress->started_ns;
    bool often = progress->shown_ns && progress->mode == PROGRESS_LINE;
    uint64_t gap = often ? SECOND_NS / 5 : SECOND_NS;

    sample(progress, bytes, now_ns);
    if (progress->mode == PROGRESS_NONE || now_ns - since < gap)
        return;
    progress->shown_ns = now_ns;
    if (progress->mode == PROGRESS_JSON) {
        put_json(progress, bytes, now_ns, false);
        return;
    }
    progress_line(progress, bytes, now_ns, terminal_columns(), line, sizeof line);
    fprintf(stderr, "\r%s\x1b[K", line);
    fflush(stderr);
}

void progress_hide(const struct progress *progress)
{
    if (progress->mode == PROGRESS_LINE && progress->shown_ns)
        fputs("\r\x1b[K", stderr);
}

void progress_end(struct progress *progress, uint64_t bytes, uint64_t now_ns)
{
    progress_hide(progress);
    if (progress->mode == PROGRESS_JSON)
        put_json(progress, bytes, now_ns, true);
    fflush(stderr);
    progress->mode = PROGRESS_NONE;
}

void progress_table(FILE *to, const struct chain *chain, const struct words *words)
{
    fprintf(to, "%-24s %20s %12s %10s\n", "stage", "out", "polls", "waits");
    for (size_t i = chain->sources - 1; i < chain->n; i++) {
        const struct node *node = &chain->nodes[i];
        char *text = plan_node_text(node, words);
        char amount[64];
        size_t columns = text_columns(text);
        bool lines = node->gives == FLOW_LINES;
        snprintf(amount, sizeof amount, "%llu %s", (unsigned long long)node->account.n,
                 lines ? "lines" : "bytes");
        fprintf(to, "%s%*s %20s %12llu %10llu\n", text, columns < 24 ? (int)(24 - columns) : 0, "",
                node->merged ? "-" : amount, (unsigned long long)node->account.polls,
                (unsigned long long)node->account.waits);
        free(text);
    }
}
