/* Grammar: words into chains of nodes.
 *
 *     PIPELINE := CHAIN { "+" CHAIN }
 *     CHAIN    := SOURCE {SOURCE} { "!" STAGE }
 *     STAGE    := NAME {ARG} | PATH {ARG} | "-"
 *
 * What a word is depends on where it stands. A bare word in last place is never made a file: a
 * typo must not create one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arguments.h"
#include "columns.h"
#include "memory.h"
#include "pipeline.h"
#include "report.h"
#include "sink.h"
#include "suggest.h"

static const struct span nothing = {0, 0};

/* Schemes of addresses; only file: is built. */
static const char *const schemes[] = {"file:",  "tcp:",  "tcp-listen:", "unix:", "tls:", "http:",
                                      "https:", "exec:", "kafka:",      "nats:", NULL};

static struct span word_span(size_t word)
{
    return (struct span){word, word + 1};
}

static const char *scheme_of(const char *text)
{
    for (const char *const *scheme = schemes; *scheme; scheme++)
        if (!strncmp(text, *scheme, strlen(*scheme)))
            return *scheme;
    return NULL;
}

static bool looks_like_path(const char *text)
{
    return strpbrk(text, "/.") || scheme_of(text);
}

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

/* As much of a name as a hint has room for. */
static int name_bytes(const char *text)
{
    return (int)columns_cut(text, SIZE_MAX, 200);
}

/* The path of a word that is an address; NULL: it complained. */
static const char *path_of(const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    const char *scheme = scheme_of(text);
    char hint[300];

    if (!scheme)
        return text;
    if (strcmp(scheme, "file:")) {
        snprintf(hint, sizeof hint, "a file of that name is written ./%.*s", name_bytes(text),
                 text);
        report_usage(words, word_span(word), nothing, hint, "this version knows no '%s' addresses",
                     scheme);
        return NULL;
    }
    if (text[5])
        return text + 5;
    report_usage(words, word_span(word), nothing, "a path follows: file:PATH", "'%s' names no file",
                 scheme);
    return NULL;
}

/* A bare word in the place of a source that is neither a stage nor a file. */
static bool refuse_source(const struct words *words, size_t word)
{
    const char *text = words->at[word].text;
    char hint[300], near[64];
    struct suggestion file = {.word = text};
    const struct entry *entry = catalogue_find(text);
    const char *unstick = word_unstick(text);

    if (entry && entry->takes != FLOW_NOTHING && word > 0) {
        report_usage(words, word_span(word), nothing, "put '!' before it",
                     "the stage '%s' stands among the sources", text);
        return false;
    }
    if (entry) {
        report_usage(words, word_span(word), nothing,
                     "start with a file, or with - for standard input", "'%s' has nothing to read",
                     text);
        return false;
    }
    suggest_file(&file, text);
    if (unstick)
        snprintf(hint, sizeof hint, "%s", unstick);
    else if (*text == '-')
        snprintf(hint, sizeof hint, "options stand right behind 'weir'; a file is written ./%.*s",
                 name_bytes(text), text);
    else if (file.best[0] || *catalogue_suggest(text, near))
        snprintf(hint, sizeof hint, "did you mean '%s'?", file.best[0] ? file.best : near);
    else
        snprintf(hint, sizeof hint, "start with a file, or with - for standard input");
    report_usage(words, word_span(word), nothing, hint, "no file called '%s'", text);
    return false;
}

static bool parse_source(struct words *words, size_t word, struct node *node)
{
    const char *text = words->at[word].text;

    node->first = word;
    node->end = word + 1;
    if (!strcmp(text, "-")) {
        node->entry = &entry_stdin;
        return true;
    }
    if (!looks_like_path(text) && (catalogue_find(text) || !exists(text)))
        return refuse_source(words, word);
    node->entry = &entry_file_source;
    node->path = path_of(words, word);
    return node->path != NULL;
}

static bool refuse_name(const struct words *words, size_t word, bool last)
{
    const char *text = words->at[word].text;
    char hint[128], near[64];
    const char *unstick = word_unstick(text);

    if (unstick)
        snprintf(hint, sizeof hint, "%s", unstick);
    else if (*catalogue_suggest(text, near))
        snprintf(hint, sizeof hint, "did you mean '%s'?", near);
    else if (last && *text && strlen(text) < 64)
        snprintf(hint, sizeof hint, "to write a file of that name, say './%s'", text);
    else
        snprintf(hint, sizeof hint, "'weir stages' lists them");
    report_usage(words, word_span(word), nothing, hint, "no stage called '%s'", text);
    return false;
}

/* The words [first, end) behind a '!'. */
static bool parse_stage(struct words *words, size_t first, size_t end, bool last, struct node *node)
{
    const char *text = words->at[first].text;
    struct span all = {first, end};

    node->first = first;
    node->end = end;
    if (!strcmp(text, "-")) {
        node->entry = &entry_stdout;
    } else if (looks_like_path(text)) {
        node->entry = &entry_file_sink;
        if (!(node->path = path_of(words, first)))
            return false;
    } else if (!(node->entry = catalogue_find(text))) {
        return refuse_name(words, first, last);
    }
    if (node->entry->gives == FLOW_NOTHING && !last) {
        report_usage(words, all, nothing, "a chain ends here; '+' starts another",
                     "'%s' is a sink and gives nothing to the next stage", text);
        return false;
    }
    if (!arguments_parse(node, words))
        return false;
    if (!node->path || !node->args[SINK_APPEND].given || !node->args[SINK_PARTIAL].given)
        return true;
    report_usage(words, word_span(node->args[SINK_PARTIAL].word), nothing, "leave it out",
                 "what is added with append is kept in any case");
    return false;
}

/* The place of the next separator from `at` on, or the end. */
static size_t separator(const struct words *words, size_t at)
{
    while (at < words->n && !word_is(&words->at[at], "!") && !word_is(&words->at[at], "+"))
        at++;
    return at;
}

/* Nothing stands between two separators, or before or behind one. */
static bool refuse_gap(const struct words *words, size_t at, bool head)
{
    if (at < words->n)
        report_usage(words, word_span(at), nothing, head ? "a source goes before it" : "",
                     "nothing stands before this '%s'", words->at[at].text);
    else if (at > 0)
        report_usage(words, word_span(at - 1), nothing,
                     head ? "a source follows" : "a stage follows",
                     "nothing stands behind this '%s'", words->at[at - 1].text);
    else
        report_plain("weir FILE ! STAGE ... ! FILE", "there is no pipeline");
    return false;
}

/* One chain from word *at on; leaves *at at the separator behind it. */
static bool parse_chain(struct words *words, size_t *at, struct chain *chain)
{
    size_t end = separator(words, *at);

    if (end == *at)
        return refuse_gap(words, *at, true);
    for (; *at < end; ++*at)
        if (!parse_source(words, *at, &chain->nodes[chain->n++]))
            return false;
    chain->sources = chain->n;
    while (*at < words->n && word_is(&words->at[*at], "!")) {
        size_t first = *at + 1;
        end = separator(words, first);
        if (end == first)
            return refuse_gap(words, end, false);
        bool last = end == words->n || word_is(&words->at[end], "+");
        if (!parse_stage(words, first, end, last, &chain->nodes[chain->n++]))
            return false;
        *at = end;
    }
    if (chain_sink(chain)->entry->gives != FLOW_NOTHING) /* nobody named a sink */
        chain->nodes[chain->n++] = (struct node){.entry = &entry_stdout};
    return true;
}

/* Two chains that write one file would each undo the other's work. */
static bool sinks_differ(const struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->n; i++)
        for (size_t j = 0; j < i; j++) {
            const struct node *now = chain_sink(&pipeline->chains[i]);
            const struct node *before = chain_sink(&pipeline->chains[j]);
            if (sinks_clash(before, now)) {
                const char *path = now->path ? now->path : before->path;
                report_usage(pipeline->words, (struct span){now->first, now->end},
                             (struct span){before->first, before->end}, "name another file",
                             "two chains write '%s'", path);
                return false;
            }
        }
    return true;
}

bool pipeline_parse(struct pipeline *pipeline, struct words *words)
{
    size_t at = 0, nodes = 0;

    *pipeline = (struct pipeline){.words = words};
    pipeline->nodes = memory_zeroed(2 * words->n + 2, sizeof *pipeline->nodes);
    pipeline->chains = memory_zeroed(words->n + 1, sizeof *pipeline->chains);
    for (;;) {
        struct chain *chain = &pipeline->chains[pipeline->n++];
        chain->nodes = pipeline->nodes + nodes;
        if (!parse_chain(words, &at, chain))
            return false;
        nodes += chain->n;
        if (at == words->n)
            return sinks_differ(pipeline);
        at++;
    }
}

void pipeline_drop(struct pipeline *pipeline)
{
    free(pipeline->nodes);
    free(pipeline->chains);
    *pipeline = (struct pipeline){0};
}
