/* Sinks: files, standard output, nothing. */
#include "sink.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "stages.h"

static const char *file_note(const struct node *node)
{
    if (node->args[SINK_APPEND].given)
        return "adds to the end";
    return node->args[SINK_SYNC].given ? "takes its name when it is complete; not synced"
                                       : "takes its name when it is complete and synced";
}

static const char *stdout_note(const struct node *node)
{
    return node->first == node->end ? "standard output, since nothing was named"
                                    : "standard output";
}

const struct entry entry_file_sink = {
    .usage = "FILE [append] [partial=keep] [sync=no]",
    .takes = FLOW_BYTES | FLOW_LINES,
    .args = {[SINK_APPEND] = {.name = "append", .kind = ARG_WORD, .type = ARG_TEXT},
             [SINK_PARTIAL] = {.name = "partial", .kind = ARG_KEY, .type = ARG_CHOICE,
                               .choice = "keep"},
             [SINK_SYNC] = {.name = "sync", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "no"}},
    .note = file_note,
};

const struct entry entry_stdout = {
    .usage = "-",
    .takes = FLOW_BYTES | FLOW_LINES,
    .note = stdout_note,
};

const struct entry entry_null = {
    .name = "null",
    .usage = "null",
    .does = "take everything, keep nothing",
    .example = "weir big.gz ! gunzip ! null",
    .takes = FLOW_BYTES | FLOW_LINES,
};

static weir_writer *file_writer(const struct node *node)
{
    weir_file_options options = {
        .append = node->args[SINK_APPEND].given,
        .not_durable = node->args[SINK_SYNC].given,
        .keep_partial = node->args[SINK_PARTIAL].given,
    };
    return weir_file_writer(node->path, &options);
}

weir_writer *sink_build(const struct node *node)
{
    if (node->path)
        return file_writer(node);
    return node->entry == &entry_stdout ? weir_stdout_writer() : weir_null_writer();
}

enum sink_before sink_look(const struct node *node)
{
    struct stat about;

    if (!node->path || stat(node->path, &about))
        return SINK_ABSENT;
    return S_ISREG(about.st_mode) ? SINK_REGULAR : SINK_OTHER;
}

void sink_outcome(const struct node *node, enum sink_before before, uint64_t bytes, char *out,
                  size_t size)
{
    struct stat about;
    unsigned long long n = bytes;

    out[0] = 0;
    if (node->entry == &entry_stdout && n)
        snprintf(out, size, "%llu bytes went to standard output", n);
    if (!node->path)
        return;
    if (before == SINK_OTHER || (node->args[SINK_APPEND].given && before == SINK_REGULAR))
        snprintf(out, n ? size : 1, "%llu bytes went to %s", n, node->path);
    else if (node->args[SINK_PARTIAL].given && n)
        snprintf(out, size, "%s was not %s; what came is in %s.partial", node->path,
                 before == SINK_ABSENT ? "created" : "changed", node->path);
    else if (before == SINK_REGULAR)
        snprintf(out, size, "%s was not changed", node->path);
    else if (stat(node->path, &about))
        snprintf(out, size, "%s was not created", node->path);
}
