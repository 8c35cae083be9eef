/* Messages: one cause, one place, one hint. What comes from outside (names, words) is made
 * harmless for the terminal first. */
#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cures.h"
#include "core/system_text.h"
#include "pipeline/broker.h"
#include "pipeline/build.h"
#include "pipeline/columns.h"
#include "memory.h"
#include "pipeline/place.h"
#include "print.h"
#include "progress.h"
#include "script.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"
#include "pipeline/text.h"
#include "pipeline/allow.h"
#include "pipeline/note.h"

enum { MESSAGE_BYTES = 1024 };
/* Of the line that was run: a thousand files named by a pattern are not all shown again. In a
 * terminal it is cut to one line, or the marks would not stand under their words. */
enum { LINE_COLUMNS_MAX = 200, LINE_COLUMNS_MIN = 40 };

static void print_list(const char *format, va_list args)
{
    char message[MESSAGE_BYTES];
    bool cut = vsnprintf(message, sizeof message, format, args) >= (int)sizeof message;

    if (cut)
        message[weir_pl_columns_cut(message, SIZE_MAX, sizeof message - 4)] = 0;
    text_print(stderr, message);
    fputs(cut ? "...\n" : "\n", stderr);
}

/* "weir: ", and of a pipeline in a file the line on which these words begin. */
static void print_begin(const struct words *words, struct span at)
{
    fputs("weir: ", stderr);
    words_print_place(stderr, words, at.first < at.end ? words->at[at.first].line : 0);
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

/* Room for the marks under all words. */
static char *marks_new(const struct words *words)
{
    size_t width = weir_pl_columns(words->shown);
    char *line = memory_zeroed(width + 1, 1);

    memset(line, ' ', width);
    return line;
}

static size_t line_columns(void)
{
    size_t width = weir_pl_columns_of_terminal();

    if (width == 0)
        return LINE_COLUMNS_MAX;
    /* Two stand before it, and the last one stays free. */
    return width < LINE_COLUMNS_MIN + 3 ? LINE_COLUMNS_MIN : width - 3;
}

/* The line, or what stands around column `at` of it; returns the column that it begins with. */
static size_t print_line(const char *shown, size_t at, size_t room)
{
    size_t width = weir_pl_columns(shown);
    size_t start = width > room && at > room / 3 ? at - room / 3 : 0;
    if (!width)
        return 0;
    const char *rest = shown + (start ? weir_pl_columns_cut(shown, start + 3, SIZE_MAX) : 0);
    size_t left = weir_pl_columns(rest);
    size_t dots = start ? width - left - start : 0; /* two where a wide character needs the third */
    bool whole = dots + left <= room;
    size_t n = weir_pl_columns_cut(rest, whole ? left : room - dots - 3, SIZE_MAX);

    fprintf(stderr, "  %.*s%.*s%s\n", (int)dots, "...", (int)n, rest, whole ? "" : "...");
    return start;
}

/* The line, and the marks under it with the hint behind them; for free() here. */
static void print_marked(const struct words *words, char *marks, const char *hint)
{
    const char *caret = strchr(marks, '^');
    size_t room = line_columns();
    char *line = marks + print_line(words->shown, caret ? (size_t)(caret - marks) : 0, room);
    size_t width = strnlen(line, room);

    line[width] = 0;
    while (width && line[width - 1] == ' ')
        line[--width] = 0;
    if (width || (hint && *hint)) {
        fprintf(stderr, "  %s%s", line, width && hint && *hint ? " " : "");
        text_print(stderr, hint ? hint : "");
        fputc('\n', stderr);
    }
    free(marks);
}

static void print_at(const struct words *words, const struct note *note)
{
    print_begin(words, note->at);
    text_print(stderr, note->message);
    fputc('\n', stderr);
    char *line = marks_new(words);
    mark(line, words, note->other, '~');
    mark(line, words, note->at, '^');
    print_marked(words, line, note->hint);
}

static void tell(const struct host *host, const struct words *words, const struct note *note)
{
    (void)host;
    switch (note->kind) {
    case NOTE_AT:
        print_at(words, note);
        break;
    case NOTE_PLAIN:
        progress_make_room();
        report_plain(note->hint, "%s", note->message);
        break;
    case NOTE_RESULT:
        fprintf(stderr, "%s\n", note->message);
        break;
    default:
        memory_end();
    }
}

const struct host report_host = {.tell = tell,
                                 .allow = ALLOW_ALL,
                                 .input = &weir_pl_entry_stdin,
                                 .output = &weir_pl_entry_stdout,
                                 .unnamed = &weir_pl_entry_stdout};

void report_plain(const char *hint, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("weir: ", stderr);
    print_list(format, args);
    va_end(args);
    if (hint && *hint) {
        fputs("  ", stderr);
        text_print(stderr, hint);
        fputc('\n', stderr);
    }
}

/* A place that was too long holds "..." and the end of it. */
static bool is_place(const struct node *node, const char *place)
{
    const char *name = node->path                            ? node->path
                       : node->entry == &weir_pl_entry_stdin ? "standard input"
                       : node->address                       ? node->address
                                                             : "";
    size_t n = strlen(name), end = strlen(place) > 3 ? strlen(place) - 3 : 0;

    if (!strncmp(place, "...", 3) && n > end && !strcmp(name + n - end, place + 3))
        return true;
    return *place && !strcmp(name, place);
}

/* Where the name stands in the trail, from `at` on; trail_n: nowhere. */
static size_t in_trail(const weir_error *error, size_t at, const char *name)
{
    while (at < error->trail_n && strcmp(error->trail[at], name))
        at++;
    return at;
}

/* How far an error of node i goes: to the sink, or to the compressors that stand before it as its
 * writers, which pass on no error but their own. */
static size_t way_end(const struct chain *chain, size_t i)
{
    size_t end = (size_t)(weir_pl_chain_end(chain) - chain->nodes);
    return i < end ? end : i + 1;
}

/* An error passes all stages behind the one where it arose: is this trail one from node i? Stages
 * may be there twice, and the library has some between them that nobody named. */
static bool came_from(const struct chain *chain, size_t i, const weir_error *error)
{
    size_t at = 0, end = way_end(chain, i);

    for (bool first = true; i < end; i++) {
        const struct node *node = &chain->nodes[i];
        if (!node->stage_name || node->merged) /* the one behind it has the same */
            continue;
        at = in_trail(error, at, node->stage_name);
        if (at == error->trail_n)
            return !first && error->trail_n == WEIR_TRAIL_MAX; /* it ends before the sink */
        at++;
        first = false;
    }
    return at > 0;
}

/* The node an error is about: the sink, the source it names, or the one where it arose first. */
static const struct node *culprit(const struct chain *chain, const weir_error *error)
{
    const char *sink = weir_pl_chain_sink(chain)->stage_name;

    if (sink && weir_pl_chain_sink(chain)->account.gave_up &&
        in_trail(error, 0, sink) < error->trail_n)
        return weir_pl_chain_sink(chain);
    for (size_t i = 0; i < chain->sources && error->code == WEIR_E_SYSTEM; i++)
        if (is_place(&chain->nodes[i], error->place))
            return &chain->nodes[i];
    size_t head =
        chain->apart ? chain->sources : (size_t)(weir_pl_chain_head(chain) - chain->nodes);
    for (size_t i = head; i + 1 < chain->n; i++)
        if (came_from(chain, i, error))
            return &chain->nodes[i];
    if (weir_pl_chain_sink(chain)->entry->consume && in_trail(error, 0, sink) < error->trail_n)
        return weir_pl_chain_sink(chain);
    return NULL;
}

/* A caret under the node, and `~` under the stages behind it, through which the error came. */
static void print_way(const struct words *words, const struct chain *chain, const struct node *node,
                      const char *hint)
{
    size_t i = node ? (size_t)(node - chain->nodes) : chain->n, end = way_end(chain, i);
    char *line = marks_new(words);

    for (i = i < chain->sources ? chain->sources : i + 1; i < end; i++)
        mark(line, words, (struct span){chain->nodes[i].first, chain->nodes[i].end}, '~');
    if (node)
        mark(line, words, (struct span){node->first, node->end}, '^');
    print_marked(words, line, hint);
}

bool report_is_of_peer(const struct chain *chain, const weir_error *error)
{
    return weir_pl_place_asks_peer(culprit(chain, error));
}

static bool names_directory(const struct node *node)
{
    return node && node->path && node->path[0] && node->path[strlen(node->path) - 1] == '/';
}

/* The library's words, or those of the command where it knows better. */
static const char *message_of(const struct node *node, const weir_error *error)
{
    if (error->code == WEIR_E_SYSTEM && error->number == EISDIR && names_directory(node))
        return "a directory, where a file is meant";
    return error->message;
}

/* The cure where a system call failed; "": the library's. */
static void put_system_hint(const struct node *node, const weir_error *error, char *out,
                            size_t size)
{
    struct suggestion near = {.word = ""};

    out[0] = 0;
    if (error->number == ENOENT && node && node->path && node->entry->takes == FLOW_NOTHING)
        weir_pl_suggest_file(&near, node->path);
    if (near.best[0])
        snprintf(out, size, "did you mean '%s'?", near.best);
    else if (error->number == EROFS)
        snprintf(out, size, "another place: nothing can be written to this file system");
    else if (error->number == EBUSY)
        snprintf(out, size, "another name: the system uses this one (a mount point?)");
    else if (node && node->path && !strncmp(error->message, "cannot sync", 11))
        snprintf(out, size, "sync=no, if it may be lost in a power cut");
}

/* What came before bad data is good, and may be all there is: it could have been kept. */
static bool could_be_kept(const struct chain *chain, const struct node *node,
                          const weir_error *error)
{
    const struct node *sink = weir_pl_chain_sink(chain);

    return (error->code == WEIR_E_CORRUPT || error->code == WEIR_E_TRUNCATED) && node &&
           node->entry != &weir_pl_entry_label && node->account.n && sink->path &&
           !sink->args[SINK_APPEND].given && !sink->args[SINK_PARTIAL].given && !sink->in_place &&
           weir_pl_sink_look(sink).kind != SINK_OTHER;
}

/* The library's cure, in words of the command where it has better ones. */
static void put_hint(const struct chain *chain, const struct node *node, const weir_error *error,
                     char *out, size_t size)
{
    out[0] = 0;
    if (error->code == WEIR_E_SYSTEM)
        put_system_hint(node, error, out, size);
    else if (weir_pl_place_is_answer(node, error) && error->number < 400 && error->cure)
        snprintf(out, size, "follow=5 goes where it leads");
    else if (could_be_kept(chain, node, error))
        snprintf(out, size, "partial=keep behind the file keeps what came before");
    else
        cures_find(node, error, out, size);
    const char *cure = node && node->entry->broker ? weir_pl_broker_cure(node, error) : error->cure;
    if (!out[0])
        snprintf(out, size, "%s", cure ? cure : "");
}

static const char *thing_of(unsigned type)
{
    return type == FLOW_LINES      ? "line"
           : type == FLOW_BATCHES  ? "batch"
           : type == FLOW_RESULTS  ? "result"
           : type == FLOW_RECORDS  ? "record"
           : type == FLOW_MESSAGES ? "message"
                                   : "byte";
}

static const char *plural_of(unsigned type, uint64_t n)
{
    return n == 1 ? "" : type == FLOW_BATCHES ? "es" : "s";
}

/* "48210 lines passed": what came out of the stage that failed. */
static void put_passed(const struct chain *chain, const struct node *node, char *out, size_t size)
{
    out[0] = 0;
    if (!node || node == weir_pl_chain_sink(chain) || !node->account.n || node->merged)
        return;
    unsigned type = weir_pl_broker_reads(node) ? FLOW_MESSAGES : node->gives;
    snprintf(out, size, "%llu %s%s passed", (unsigned long long)node->account.n, thing_of(type),
             plural_of(type, node->account.n));
}

void report_failure(const struct pipeline *pipeline, const struct chain *chain,
                    const weir_error *error, const char *outcome)
{
    const struct node *node = culprit(chain, error);
    char place[MESSAGE_BYTES / 2], hint[MESSAGE_BYTES / 2], passed[64];

    weir_pl_place_text(node, error, place, sizeof place);
    put_hint(chain, node, error, hint, sizeof hint);
    put_passed(chain, node, passed, sizeof passed);
    print_begin(pipeline->words,
                node ? (struct span){node->first, node->end} : (struct span){0, 0});
    text_print(stderr, place);
    text_print(stderr, message_of(node, error));
    fputc('\n', stderr);
    print_way(pipeline->words, chain, node, hint);
    if (*passed || *outcome) {
        fprintf(stderr, "  %s%s", passed, *passed && *outcome ? "; " : "");
        text_print(stderr, outcome);
        fputc('\n', stderr);
    }
}
