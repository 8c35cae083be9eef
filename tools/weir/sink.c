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
             [SINK_PARTIAL] =
                 {.name = "partial", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "keep"},
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
    weir_file_options options = WEIR_FILE_OPTIONS(.append = node->args[SINK_APPEND].given,
                                                  .not_durable = node->args[SINK_SYNC].given,
                                                  .keep_partial = node->args[SINK_PARTIAL].given);
    return weir_file_writer(node->path, &options);
}

weir_writer *sink_build(const struct node *node)
{
    if (node->path)
        return file_writer(node);
    return node->entry == &entry_stdout ? weir_stdout_writer() : weir_null_writer();
}

struct sink_before sink_look(const struct node *node)
{
    struct stat about;

    if (!node->path || stat(node->path, &about))
        return (struct sink_before){.kind = SINK_ABSENT};
    if (!S_ISREG(about.st_mode))
        return (struct sink_before){.kind = SINK_OTHER};
    return (struct sink_before){.kind = SINK_REGULAR, .inode = about.st_ino};
}

static bool is_kept(const struct node *node)
{
    char partial[4200];
    struct stat about;
    size_t n = (size_t)snprintf(partial, sizeof partial, "%s.partial", node->path);

    return node->args[SINK_PARTIAL].given && n < sizeof partial && stat(partial, &about) == 0 &&
           S_ISREG(about.st_mode);
}

void sink_outcome(const struct node *node, const struct sink_before *before, uint64_t bytes,
                  char *out, size_t size)
{
    struct sink_before now = sink_look(node);
    unsigned long long n = bytes;
    const char *s = n == 1 ? "" : "s";

    out[0] = 0;
    if (node->entry == &entry_stdout && n)
        snprintf(out, size, "%llu byte%s went to standard output", n, s);
    if (!node->path)
        return;
    bool in_place =
        before->kind == SINK_OTHER || (node->args[SINK_APPEND].given && now.kind == SINK_REGULAR);
    if (in_place)
        snprintf(out, n ? size : 1, "%llu byte%s went to %s", n, s, node->path);
    else if (now.kind != before->kind || now.inode != before->inode)
        return; /* it has its name, and what failed came later */
    else if (n && is_kept(node))
        snprintf(out, size, "%s was not %s; what came is in %s.partial", node->path,
                 now.kind == SINK_ABSENT ? "created" : "changed", node->path);
    else
        snprintf(out, size, "%s was not %s", node->path,
                 now.kind == SINK_ABSENT ? "created" : "changed");
}
