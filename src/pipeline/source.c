/* Sources: files and standard input. */
#include "pipeline/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pipeline/address.h"
#include "pipeline/allow.h"
#include "pipeline/note.h"
#include "pipeline/sink.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"
#include "pipeline/text.h"

static const char *file_note(const struct node *node)
{
    (void)node;
    return "blocks of 256 KiB";
}

static const char *stdin_note(const struct node *node)
{
    (void)node;
    return "standard input";
}

static void build_file(struct flow *flow, struct node *node)
{
    flow->reader = weir_file_reader(node->path);
}

static void build_stdin(struct flow *flow, struct node *node)
{
    (void)node;
    flow->reader = weir_stdin_reader();
}

const struct entry weir_pl_entry_file_source = {
    .usage = "FILE",
    .reach = WEIR_ALLOW_READ,
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_file,
    .note = file_note,
};

const struct entry weir_pl_entry_stdin = {
    .usage = "-",
    .gives = FLOW_BYTES,
    .copies = true,
    .build = build_stdin,
    .note = stdin_note,
};

/* In halves: a poll goes down as deep as the readers are nested. */
static weir_reader *join(struct node *nodes, size_t n)
{
    if (n == 1) {
        struct flow flow = {NULL, NULL};
        nodes->entry->build(&flow, nodes);
        nodes->source = &flow.reader->stage;
        return flow.reader;
    }
    weir_reader *first = join(nodes, n / 2);
    return weir_chain_reader(first, join(nodes + n / 2, n - n / 2));
}

void weir_pl_sources_build(struct chain *chain, struct flow *flow)
{
    struct node *first = chain->nodes;

    /* A broker's come one by one where they reach the sink so. */
    if (first->gives == FLOW_BYTES && !(chain->each && first->entry->broker)) {
        flow->reader = join(first, chain->sources);
        return;
    }
    first->entry->build(flow, first); /* items come from one source */
    first->source = &flow->stream->stage;
}

/* As another chain calls what a tee gives. */
static bool is_label(const char *path)
{
    size_t n = strlen(path);
    return n > 1 && n < 100 && path[n - 1] == '.' && !strpbrk(path, "/:") &&
           strchr(path, '.') == path + n - 1;
}

/* Where nothing better is known. */
static void usual_hint(const struct node *node, int number, char *hint, size_t size)
{
    bool missing = number == ENOENT || number == ENOTDIR;

    if (number == EISDIR && node->path)
        snprintf(hint, size, "'%s%s*' are the files in it", node->path,
                 node->path[strlen(node->path) - 1] == '/' ? "" : "/");
    else if (number == EISDIR)
        snprintf(hint, size, "the files in it by their names, DIR/* in its place");
    else if (missing || number == EACCES)
        snprintf(hint, size, "look %s",
                 missing ? "whether the path is right" : "at the permissions of the file");
}

static bool refuse(const struct pipeline *pipeline, const struct node *node, int number)
{
    struct suggestion near = {.word = ""};
    bool missing = number == ENOENT || number == ENOTDIR;
    const char *unstick = missing ? weir_pl_word_unstick(node->path) : NULL;
    char hint[300] = "";

    if (missing)
        weir_pl_suggest_file(&near, node->path);
    if (missing && is_label(node->path))
        snprintf(hint, sizeof hint, "no 'tee %.*s' stands before it", (int)strlen(node->path) - 1,
                 node->path);
    else if (near.best[0])
        snprintf(hint, sizeof hint, "did you mean '%s'?", near.best);
    else if (unstick)
        snprintf(hint, sizeof hint, "%s", unstick);
    else if (missing && strpbrk(node->path, "*?"))
        snprintf(hint, sizeof hint, "no name fits it, or quotes keep the shell from looking");
    else if (!missing || !weir_pl_address_hint(node->path, hint, sizeof hint))
        usual_hint(node, number, hint, sizeof hint);
    weir_pl_note_set(pipeline->words, (struct span){node->first, node->end}, (struct span){0, 0},
                     hint, "%s: cannot %s: %s", node->path ? node->path : "standard input",
                     number == EISDIR ? "read" : "open", weir_pl_text_reason(number));
    return false;
}

bool weir_pl_source_first_exist(const struct pipeline *pipeline)
{
    const struct chain *chain = &pipeline->chains[0];
    struct stat about;

    for (size_t i = 0; i < chain->sources; i++) {
        const struct node *node = &chain->nodes[i];
        if (node->path && stat(node->path, &about) && (errno == ENOENT || errno == ENOTDIR))
            return refuse(pipeline, node, errno);
    }
    return true;
}

/* The chains that run at once with this one, itself among them: the first, and how many. */
static const struct chain *together(const struct pipeline *pipeline, const struct chain *chain,
                                    size_t *n)
{
    while (chain->beside)
        chain--;
    *n = weir_pl_together(pipeline, (size_t)(chain - pipeline->chains));
    return chain;
}

/* It writes into the file as it stands, and not into one that takes its name later. */
static bool writes_into(const struct node *node, const struct stat *about)
{
    const char *written = weir_pl_sink_writes(node) ? weir_pl_sink_descriptor(node) : NULL;
    struct stat out;

    if (!written && weir_pl_sink_writes(node) &&
        (node->args[SINK_APPEND].given || about->st_nlink > 1))
        written = node->path;
    return written && stat(written, &out) == 0 && weir_pl_same_file(&out, about);
}

/* A dead would put what was rejected in the place of what was read. */
static bool replaces_source(const struct node *node, const struct stat *about)
{
    struct stat out;

    return node->entry == &weir_pl_entry_dead && node->path && !stat(node->path, &out) &&
           weir_pl_same_file(&out, about);
}

/* A file that is read and added to at once would never end. Nothing comes back from one that is
 * empty, unless something is read `before` it. */
static bool would_come_back(const struct node *source, const struct stat *about, bool before)
{
    off_t from = source->path ? 0 : lseek(STDIN_FILENO, 0, SEEK_CUR);

    return S_ISREG(about->st_mode) && (before || from < about->st_size);
}

/* Who writes the file that is read. NULL: nobody. */
static const struct node *output_that_is(const struct pipeline *pipeline, const struct chain *chain,
                                         const struct node *source, const struct stat *about,
                                         bool before)
{
    bool back = would_come_back(source, about, before);
    size_t n;

    for (const struct chain *at = together(pipeline, chain, &n); n--; at++)
        for (const struct node *node = at->nodes + at->sources; node <= weir_pl_chain_sink(at);
             node++)
            if (replaces_source(node, about) || (back && writes_into(node, about)))
                return node;
    return NULL;
}

/* By trying: only the system knows what ids and capabilities allow. */
static int try_to_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* Standard input may be read in part already. What is made while it is read (/proc, /sys) says a
 * size that it has not, and its file system has no blocks. */
static uint64_t bytes_to_come(const struct node *node, const struct stat *about)
{
    struct statvfs system;
    int bad = node->path ? statvfs(node->path, &system) : fstatvfs(STDIN_FILENO, &system);
    off_t from = node->path ? 0 : lseek(STDIN_FILENO, 0, SEEK_CUR);

    if (!S_ISREG(about->st_mode) || bad || !system.f_blocks || from < 0)
        return UINT64_MAX;
    return from < about->st_size ? (uint64_t)(about->st_size - from) : 0;
}

static int refuse_output(const struct pipeline *pipeline, const struct node *node,
                         const struct node *sink)
{
    weir_pl_note_set(pipeline->words, (struct span){node->first, node->end},
                     (struct span){sink->first, sink->end}, "write to another file",
                     "this input is the output too");
    return 1;
}

/* The system may lack what another attempt finds. All else is said of the name. */
static bool is_scarce(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOMEM || number == EIO;
}

static int refuse_unread(const struct pipeline *pipeline, const struct chain *chain,
                         const struct node *node, int number)
{
    refuse(pipeline, node, number);
    return chain == pipeline->chains && !is_scarce(number) ? 2 : 1;
}

/* Of one that is a file, or standard input. before: something is read before it. */
static int check(const struct pipeline *pipeline, const struct chain *chain,
                 const struct node *node, bool before, uint64_t *bytes)
{
    struct stat about;
    int bad = node->path ? stat(node->path, &about) : fstat(STDIN_FILENO, &about);

    if (bad)
        return refuse_unread(pipeline, chain, node, errno);
    if (S_ISDIR(about.st_mode))
        return refuse_unread(pipeline, chain, node, EISDIR);
    bad = node->path && S_ISREG(about.st_mode) ? try_to_open(node->path) : 0;
    if (bad)
        return refuse_unread(pipeline, chain, node, bad);
    const struct node *output = output_that_is(pipeline, chain, node, &about, before);
    if (output)
        return refuse_output(pipeline, node, output);
    if (node->entry == &weir_pl_entry_file_source || node->entry == &weir_pl_entry_stdin)
        *bytes = bytes_to_come(node, &about);
    return 0;
}

int weir_pl_source_check(const struct pipeline *pipeline, const struct chain *chain,
                         uint64_t *bytes)
{
    *bytes = 0;
    for (size_t i = 0; i < chain->sources; i++) {
        const struct node *node = &chain->nodes[i];
        const struct entry *entry = node->entry;
        uint64_t rest = entry == &weir_pl_entry_label ? 0
                        : entry->total                ? entry->total(node)
                                                      : UINT64_MAX;
        bool looks = node->path || entry == &weir_pl_entry_stdin;
        int status = looks ? check(pipeline, chain, node, *bytes > 0, &rest) : 0;
        if (status)
            return status;
        *bytes = rest == UINT64_MAX || *bytes == UINT64_MAX ? UINT64_MAX : *bytes + rest;
    }
    return 0;
}
