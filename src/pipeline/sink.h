/* sink.h: what a chain ends in. */
#ifndef PIPELINE_SINK_H
#define PIPELINE_SINK_H

#include <sys/stat.h>

#include "pipeline/pipeline.h"

/* Places in the args of a file sink. */
enum { SINK_APPEND, SINK_PARTIAL, SINK_SYNC, SINK_ARGS };

/* Those args, for who writes files too. */
#define SINK_ARG_SPECS                                                                             \
    [SINK_APPEND] = {.name = "append", .kind = ARG_WORD, .type = ARG_TEXT},                        \
    [SINK_PARTIAL] = {.name = "partial", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "keep"},   \
    [SINK_SYNC] = {.name = "sync", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "no"}

/* However each of them was named. */
static inline bool weir_pl_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Its options go together. false: it complained. */
bool weir_pl_sink_check_options(const struct node *node, const struct words *words);

/* When it is opened, and the file has to be written in place, it says so on stderr. */
weir_writer *weir_pl_sink_file_writer(struct node *node);

/* The name of the descriptor that it writes to, as it stands; NULL: it is none. It stays what it
 * was opened as, whatever stands under its file's name later. */
const char *weir_pl_sink_descriptor(const struct node *node);

/* A descriptor that it names is open, a directory is there. Asked before weir opens any itself.
 * False: it complained. */
bool weir_pl_sink_check(const struct pipeline *pipeline, const struct node *node);

/* It writes to standard output. */
bool weir_pl_sink_is_stdout(const struct node *node);

/* It ends in something outside: a sink, or a tee into a file. */
bool weir_pl_sink_writes(const struct node *node);

/* Two that write one file, and what `first` wrote would be lost. */
struct sinks_clash {
    const struct node *first, *then;
};

/* The one that comes first in the words; of NULLs where there is none. false: there is no memory
 * to look for it. The last of the nodes has no entry. */
bool weir_pl_sinks_find_clash(const struct node *nodes, struct sinks_clash *clash);

/* What stands under the name before the run. */
struct sink_before {
    enum { SINK_ABSENT, SINK_REGULAR, SINK_OTHER } kind;
    uint64_t inode; /* of a regular file */
};
struct sink_before weir_pl_sink_look(const struct node *node);

/* What did not happen to the sink, or happened in part, because the chain failed after `bytes`;
 * "" when there is nothing to say. */
void weir_pl_sink_outcome(const struct node *node, const struct sink_before *before, uint64_t bytes,
                          char *out, size_t size);

#endif
