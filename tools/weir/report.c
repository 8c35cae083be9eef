/* Messages: one cause, one place, one hint. What comes from outside (names, words) is made
 * harmless for the terminal first. */
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "stages.h"
#include "suggest.h"
#include "text.h"

enum { MESSAGE_BYTES = 1024 };

static void print_list(const char *before, const char *format, va_list args)
{
    char message[MESSAGE_BYTES];

    vsnprintf(message, sizeof message, format, args);
    fputs(before, stderr);
    text_print(stderr, message);
    fputc('\n', stderr);
}

static void mark(char *line, const struct words *words, struct span span, char head)
{
    if (span.end <= span.first)
        return;
    size_t column = words->at[span.first].column;
    const struct word *last = &words->at[span.end - 1];
    memset(line + column, '~', last->column + last->width - column);
    line[column] = head;
}

void report_place(const struct words *words, struct span at, struct span other, const char *hint)
{
    size_t columns = text_columns(words->shown);
    char *line = memory_zeroed(columns + 1, 1);

    memset(line, ' ', columns);
    mark(line, words, other, '~');
    mark(line, words, at, '^');
    while (columns && line[columns - 1] == ' ')
        line[--columns] = 0;
    fprintf(stderr, "  %s\n", words->shown);
    if (columns) {
        fprintf(stderr, "  %s%s", line, hint && *hint ? " " : "");
        text_print(stderr, hint ? hint : "");
        fputc('\n', stderr);
    }
    free(line);
}

void report_usage(const struct words *words, struct span at, struct span other, const char *hint,
                  const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_list("weir: ", format, args);
    va_end(args);
    report_place(words, at, other, hint);
}

void report_plain(const char *hint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_list("weir: ", format, args);
    va_end(args);
    if (hint && *hint) {
        fputs("  ", stderr);
        text_print(stderr, hint);
        fputc('\n', stderr);
    }
}

const char *report_reason(int number)
{
    static char reason[128];
    const char *text = strerrordesc_np(number);

    snprintf(reason, sizeof reason, "%s", text ? text : "unknown error");
    reason[0] = (char)tolower((unsigned char)reason[0]);
    return reason;
}

static bool in_trail(const weir_error *error, const char *name)
{
    for (size_t i = 0; name && i < error->trail_n; i++)
        if (!strcmp(error->trail[i], name))
            return true;
    return false;
}

/* A place that was too long holds "..." and the end of it. */
static bool is_place(const struct node *node, const char *place)
{
    const char *name = node->path ? node->path : "standard input";
    size_t n = strlen(name), end = strlen(place) > 3 ? strlen(place) - 3 : 0;

    if (!strncmp(place, "...", 3) && n > end && !strcmp(name + n - end, place + 3))
        return true;
    return *place && !strcmp(name, place);
}

/* The node an error is about: the sink, the source it names, or the one where it arose first. */
static const struct node *culprit(const struct chain *chain, const weir_error *error)
{
    if (in_trail(error, chain_sink(chain)->stage_name))
        return chain_sink(chain);
    for (size_t i = 0; i < chain->sources && error->code == WEIR_E_SYSTEM; i++)
        if (is_place(&chain->nodes[i], error->place))
            return &chain->nodes[i];
    for (size_t t = 0; t < error->trail_n; t++)
        for (size_t i = 0; i < chain->n; i++) {
            const char *name = chain->nodes[i].stage_name;
            if (name && !strcmp(name, error->trail[t]))
                return &chain->nodes[i];
        }
    return NULL;
}

/* "gunzip: byte 8123 of a.gz: " */
static void put_place(const struct node *node, const weir_error *error, char *out, size_t size)
{
    unsigned long long byte = error->byte, record = error->record;
    const char *name = node ? node->entry->name : NULL;
    size_t n = name ? (size_t)snprintf(out, size, "%s: ", name) : 0;

    out[n] = 0;
    if (!error->place[0])
        return;
    /* What could not be opened has no byte worth naming. */
    bool at_byte = byte != WEIR_NOWHERE && (byte || error->code != WEIR_E_SYSTEM);
    if (record != WEIR_NOWHERE && at_byte)
        snprintf(out + n, size - n, "record %llu (byte %llu of %s): ", record, byte, error->place);
    else if (at_byte)
        snprintf(out + n, size - n, "byte %llu of %s: ", byte, error->place);
    else if (record != WEIR_NOWHERE)
        snprintf(out + n, size - n, "record %llu of %s: ", record, error->place);
    else
        snprintf(out + n, size - n, "%s: ", error->place);
}

/* The library's cure, in words of the command where it has better ones. */
static void put_hint(const struct node *node, const weir_error *error, char *out, size_t size)
{
    struct suggestion near = {.word = ""};

    if (error->code == WEIR_E_SYSTEM && error->number == ENOENT && node && node->path &&
        node->entry->takes == FLOW_NOTHING)
        suggest_file(&near, node->path);
    if (near.best[0])
        snprintf(out, size, "did you mean '%s'?", near.best);
    else if (error->code == WEIR_E_LIMIT && node && node->entry == &entry_lines)
        snprintf(out, size, "if such lines are meant to be there: lines max=BYTES");
    else
        snprintf(out, size, "%s", error->cure ? error->cure : "");
}

/* "48210 lines passed": what came out of the stage that failed. */
static void put_passed(const struct chain *chain, const struct node *node, char *out, size_t size)
{
    out[0] = 0;
    if (node && node != chain_sink(chain) && node->account.n && !node->merged)
        snprintf(out, size, "%llu %s passed", (unsigned long long)node->account.n,
                 flow_name(node->gives));
}

static void put_trail(const weir_error *error)
{
    for (size_t i = 0; i < error->trail_n; i++)
        fprintf(stderr, "%s%s", i ? " ! " : "  in ", error->trail[i]);
    fputc('\n', stderr);
}

void report_failure(const struct pipeline *pipeline, const struct chain *chain,
                    const weir_error *error, const char *outcome, bool trail)
{
    const struct node *node = culprit(chain, error);
    char place[MESSAGE_BYTES / 2], hint[MESSAGE_BYTES / 2], passed[64];

    put_place(node, error, place, sizeof place);
    put_hint(node, error, hint, sizeof hint);
    put_passed(chain, node, passed, sizeof passed);
    fputs("weir: ", stderr);
    text_print(stderr, place);
    text_print(stderr, error->message);
    fputc('\n', stderr);
    struct span at = node ? (struct span){node->first, node->end} : (struct span){0, 0};
    report_place(pipeline->words, at, (struct span){0, 0}, hint);
    if (hint[0] && at.first == at.end)
        fprintf(stderr, "  %s\n", hint);
    if (trail && error->trail_n)
        put_trail(error);
    if (*passed || *outcome) {
        fprintf(stderr, "  %s%s", passed, *passed && *outcome ? "; " : "");
        text_print(stderr, outcome);
        fputc('\n', stderr);
    }
}
