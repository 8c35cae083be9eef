/* Sinks: files, standard output, nothing. */
#include "pipeline/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/allow.h"
#include "pipeline/note.h"
#include "pipeline/room.h"
#include "pipeline/stage_save.h"
#include "pipeline/stages.h"
#include "pipeline/text.h"

/* As it is now: nothing is opened for a plan. */
static const char *file_note(const struct node *node)
{
    struct stat about;
    bool there = node->path && stat(node->path, &about) == 0;

    if (node->args[SINK_APPEND].given)
        return "adds to the end";
    if (weir_pl_sink_descriptor(node))
        return "a descriptor, as it stands";
    if (there && (!S_ISREG(about.st_mode) || about.st_nlink > 1))
        return "written in place";
    return node->args[SINK_SYNC].given ? "takes its name when it is complete; not synced"
                                       : "takes its name when it is complete and synced";
}

static const char *stdout_note(const struct node *node)
{
    return node->first == node->end ? "standard output, since nothing was named"
                                    : "standard output";
}

/* ---- building ---- */

static void on_in_place(void *arg, const char *path, const char *why)
{
    struct node *node = arg;

    node->in_place = true;
    weir_pl_note_plain(node->chain->words, NULL, "%s is written in place: %s", path, why);
}

/* Without memory for its name nothing is said of it; of connections that are served nobody asks. */
static void on_partial(void *arg, const char *path, int number)
{
    struct node *node = arg;

    if (node->chain->served)
        return;
    weir_pl_room_free(node->kept_path);
    node->kept_path = weir_pl_room_text(path, strlen(path));
    node->kept_error = number;
    node->kept = !node->kept_path ? KEPT_NOTHING : number ? NOT_KEPT : KEPT;
}

/* unpack: what reads back what is written there; NULL: it is lines. */
static weir_writer *file_writer(struct node *node, const weir_codec *unpack)
{
    bool cuts = node->args[SINK_APPEND].given && node->chain->marked;
    weir_file_options options =
        WEIR_FILE_OPTIONS(.append = node->args[SINK_APPEND].given,
                          .not_durable = node->args[SINK_SYNC].given,
                          .keep_partial = node->args[SINK_PARTIAL].given, .cut_torn = cuts,
                          .cut_members = cuts ? unpack : NULL, .on_in_place = on_in_place,
                          .on_partial = on_partial, .arg = node);
    return weir_file_writer(node->path, &options);
}

weir_writer *weir_pl_sink_file_writer(struct node *node)
{
    return file_writer(node, NULL);
}

static weir_writer *packed_file_writer(struct node *node)
{
    return file_writer(node, node->before->entry->unpack);
}

bool weir_pl_sink_check_options(const struct node *node, const struct words *words)
{
    size_t word = node->args[SINK_PARTIAL].word;

    if (!node->args[SINK_APPEND].given || !node->args[SINK_PARTIAL].given)
        return true;
    weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0}, "leave it out",
                     "what is added with append is kept in any case");
    return false;
}

static bool check_file(struct node *node, const struct words *words)
{
    return weir_pl_sink_check_options(node, words);
}

static weir_writer *stdout_writer(struct node *node)
{
    (void)node;
    return weir_stdout_writer();
}

static weir_writer *null_writer(struct node *node)
{
    (void)node;
    return weir_null_writer();
}

bool weir_pl_sink_is_stdout(const struct node *node)
{
    return node->entry == &weir_pl_entry_stdout ||
           (node->entry == &weir_pl_entry_print &&
            node->chain->words->host->output == &weir_pl_entry_stdout);
}

/* To where '-' goes. */
static weir_writer *print_writer(struct node *node)
{
    return node->chain->words->host->output->sink(node);
}

static bool check_print(struct node *node, const struct words *words)
{
    if (words->host->output)
        return true;
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0},
                     ".output of weir_parse_options", "there is nothing that 'print' could write");
    return false;
}

const struct entry weir_pl_entry_file_sink = {
    .usage = "FILE [append] [partial=keep] [sync=no]",
    .reach = WEIR_ALLOW_WRITE,
    .takes = FLOW_BYTES | FLOW_ITEMS,
    .args = {SINK_ARG_SPECS},
    .check = check_file,
    .sink = packed_file_writer,
    .note = file_note,
};

const struct entry weir_pl_entry_stdout = {
    .usage = "-",
    .takes = FLOW_BYTES | FLOW_ITEMS,
    .sink = stdout_writer,
    .note = stdout_note,
};

static const char *print_note(const struct node *node)
{
    return node->before->gives == FLOW_RESULTS   ? "how each ended, and what it wrote"
           : node->before->gives == FLOW_RECORDS ? "a table, for people"
                                                 : "standard output";
}

const struct entry weir_pl_entry_print = {
    .name = "print",
    .usage = "print",
    .does = "show items to people: of each command how it ended, and what it wrote",
    .help =
        "Lines, and those of batches, are shown as they are; what commands wrote stands behind\n"
        "two blanks, and nothing in it can steer a terminal. Records are a table, whose columns "
        "are\n"
        "the fields of the first hundred; what is wider than 40 columns is cut, and so is a\n"
        "row of 32 KiB: an ellipsis says so.",
    .example = "weir seq 3 ! exec 'echo number {}' ! print",
    .takes = FLOW_EACH,
    .sink = print_writer,
    .check = check_print,
    .note = print_note,
};

const struct entry weir_pl_entry_null = {
    .name = "null",
    .usage = "null",
    .does = "take everything, keep nothing",
    .example = "weir big.gz ! gunzip ! null",
    .takes = FLOW_BYTES | FLOW_EACH,
    .sink = null_writer,
};

/* ---- two sinks ---- */

enum { LINKS_MAX = 40, PATH_BYTES = 4096 };

/* A file, or where one would be made: a name in a directory. */
struct place {
    struct stat about;
    char name[PATH_BYTES]; /* "": about is of the file itself */
};

/* Puts what the link `path` leads to in its place. False: it is none, or leads too far. */
static bool follow_one(char *path)
{
    char link[PATH_BYTES];
    ssize_t n = readlink(path, link, sizeof link - 1);
    char *slash = strrchr(path, '/');

    if (n <= 0)
        return false;
    link[n] = 0;
    size_t at = link[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    if (at + (size_t)n >= PATH_BYTES)
        return false;
    memcpy(path + at, link, (size_t)n + 1);
    return true;
}

static bool copy_path(const char *named, char *path)
{
    size_t n = strlen(named);

    if (n < PATH_BYTES)
        memcpy(path, named, n + 1);
    return n < PATH_BYTES;
}

static bool place_of_nothing(const char *named, struct place *place)
{
    char path[PATH_BYTES];

    if (!copy_path(named, path))
        return false;
    for (int links = 0; links < LINKS_MAX && follow_one(path);)
        links++;
    char *slash = strrchr(path, '/');
    snprintf(place->name, sizeof place->name, "%s", slash ? slash + 1 : path);
    if (slash)
        slash[1] = 0;
    return stat(slash ? path : ".", &place->about) == 0;
}

static bool place_of(const struct node *node, struct place *place)
{
    place->name[0] = 0;
    if (weir_pl_sink_is_stdout(node))
        return fstat(STDOUT_FILENO, &place->about) == 0 && S_ISREG(place->about.st_mode);
    if (!node->path)
        return false;
    if (stat(node->path, &place->about) == 0)
        return S_ISREG(place->about.st_mode);
    return errno == ENOENT && place_of_nothing(node->path, place);
}

/* "/dev/fd/N" and what leads there; it is not followed further. */
static bool is_descriptor_name(const char *path)
{
    return !strncmp(path, "/dev/fd/", 8) || !strcmp(path, "/dev/stdin") ||
           !strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr") ||
           (!strncmp(path, "/proc/", 6) && strstr(path, "/fd/"));
}

const char *weir_pl_sink_descriptor(const struct node *node)
{
    char path[PATH_BYTES];

    if (weir_pl_sink_is_stdout(node))
        return "/dev/stdout";
    if (!node->path || !copy_path(node->path, path))
        return NULL;
    for (int links = 0; links < LINKS_MAX; links++) {
        if (is_descriptor_name(path))
            return node->path;
        if (!follow_one(path))
            break;
    }
    return NULL;
}

bool weir_pl_sink_check(const struct pipeline *pipeline, const struct node *node)
{
    struct stat about;

    if (node->entry == &weir_pl_entry_save)
        return weir_pl_save_check(pipeline, node);
    if (!node->path || !weir_pl_sink_descriptor(node) || stat(node->path, &about) == 0)
        return true;
    weir_pl_note_set(pipeline->words, (struct span){node->first, node->end}, (struct span){0, 0},
                     "one that was opened: N>FILE", "%s: no such descriptor is open", node->path);
    return false;
}

/* A descriptor that was opened to add goes on behind what others wrote. */
static bool adds(const struct node *node)
{
    int flags = node->path ? -1 : fcntl(STDOUT_FILENO, F_GETFL);

    return flags >= 0 ? flags & O_APPEND : node->args[SINK_APPEND].given;
}

static bool replaces(const struct node *node)
{
    return node->path && !weir_pl_sink_descriptor(node) && !node->args[SINK_APPEND].given;
}

bool weir_pl_sink_writes(const struct node *node)
{
    bool inside = node->entry == &weir_pl_entry_tee || node->entry == &weir_pl_entry_dead;
    return node->entry->gives == FLOW_NOTHING || (inside && node->path);
}

/* One that writes, and what two of them are compared by. */
struct written {
    const struct node *node;
    dev_t device;
    ino_t inode;
    char *name; /* as in a place; for weir_pl_room_free() */
    bool descriptor, replaces, adds;
};

/* false: there is no memory. What is no file, and clashes with nothing, is left out. */
static bool written_add(const struct node *node, struct written *all, size_t *n)
{
    struct place place;

    if (!weir_pl_sink_writes(node) || !place_of(node, &place))
        return true;
    struct written *one = &all[*n];
    *one = (struct written){.node = node,
                            .device = place.about.st_dev,
                            .inode = place.about.st_ino,
                            .name = weir_pl_room_text(place.name, strlen(place.name)),
                            .descriptor = weir_pl_sink_descriptor(node),
                            .replaces = replaces(node),
                            .adds = adds(node)};
    *n += one->name != NULL;
    return one->name;
}

static int by_file(const struct written *a, const struct written *b)
{
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Those of one file in the order of their words. */
static int by_file_and_place(const void *a, const void *b)
{
    const struct written *one = a, *other = b;
    int order = by_file(one, other);

    return order ? order : (one->node > other->node) - (one->node < other->node);
}

/* The first of one file that does each of these; NULL: none yet. */
struct written_before {
    const struct node *any, *named, *replacing;
};

/* What one wrote would be lost by what `now` writes. */
static const struct node *undone_by(const struct written_before *before, const struct written *now)
{
    if (!now->descriptor)
        return now->replaces ? before->any : NULL;
    return now->adds ? before->replacing : before->named;
}

static void written_note(struct written_before *before, const struct written *now)
{
    if (!before->any)
        before->any = now->node;
    if (!before->named && !now->descriptor)
        before->named = now->node;
    if (!before->replacing && now->replaces)
        before->replacing = now->node;
}

/* Of those that are sorted. */
static void find_clash(const struct written *all, size_t n, struct sinks_clash *clash)
{
    struct written_before before = {NULL, NULL, NULL};

    for (size_t i = 0; i < n; i++) {
        if (i && by_file(&all[i - 1], &all[i]))
            before = (struct written_before){NULL, NULL, NULL};
        const struct node *undone = undone_by(&before, &all[i]);
        if (undone && (!clash->then || all[i].node < clash->then))
            *clash = (struct sinks_clash){undone, all[i].node};
        written_note(&before, &all[i]);
    }
}

static size_t count_writers(const struct node *nodes)
{
    size_t n = 0;

    for (; nodes->entry; nodes++)
        n += weir_pl_sink_writes(nodes);
    return n;
}

bool weir_pl_sinks_find_clash(const struct node *nodes, struct sinks_clash *clash)
{
    size_t most = count_writers(nodes), n = 0;
    struct written *all = most > 1 ? weir_pl_room_zeroed(most, sizeof *all) : NULL;
    bool fine = all || most < 2;

    *clash = (struct sinks_clash){NULL, NULL};
    for (; all && fine && nodes->entry; nodes++)
        fine = written_add(nodes, all, &n);
    if (fine && n > 1) {
        qsort(all, n, sizeof *all, by_file_and_place);
        find_clash(all, n, clash);
    }
    while (n)
        weir_pl_room_free(all[--n].name);
    weir_pl_room_free(all);
    return fine;
}

/* ---- what became of it ---- */

struct sink_before weir_pl_sink_look(const struct node *node)
{
    struct stat about;

    if (!node->path || stat(node->path, &about))
        return (struct sink_before){.kind = SINK_ABSENT};
    if (!S_ISREG(about.st_mode))
        return (struct sink_before){.kind = SINK_OTHER};
    return (struct sink_before){.kind = SINK_REGULAR, .inode = about.st_ino};
}

/* What came of a file that does not get its name. */
static void put_kept(const struct node *node, char *out, size_t size)
{
    if (node->kept == KEPT)
        snprintf(out, size, "; what came is in %s", node->kept_path);
    else if (node->kept == NOT_KEPT)
        snprintf(out, size, "; what came could not be kept in %s: %s", node->kept_path,
                 weir_pl_text_reason(node->kept_error));
}

void weir_pl_sink_outcome(const struct node *node, const struct sink_before *before, uint64_t bytes,
                          char *out, size_t size)
{
    struct sink_before now = weir_pl_sink_look(node);
    unsigned long long n = node->entry->consume ? node->written : bytes;
    const char *s = n == 1 ? "" : "s";

    out[0] = 0;
    if (weir_pl_sink_is_stdout(node) && n)
        snprintf(out, size, "%llu byte%s went to standard output", n, s);
    if (node->address && n)
        snprintf(out, size, "%llu byte%s went to %s", n, s, node->address);
    if (node->entry == &weir_pl_entry_save)
        weir_pl_save_outcome(node, out, size);
    if (!node->path)
        return;
    bool in_place = node->in_place || before->kind == SINK_OTHER || weir_pl_sink_descriptor(node) ||
                    (node->args[SINK_APPEND].given && now.kind == SINK_REGULAR);
    if (in_place)
        snprintf(out, n ? size : 1, "%llu byte%s went to %s", n, s, node->path);
    if (in_place || now.kind != before->kind || now.inode != before->inode)
        return; /* or it has its name, and what failed came later */
    int at = snprintf(out, size, "%s was not %s", node->path,
                      now.kind == SINK_ABSENT ? "created" : "changed");
    if ((n || node->kept) && at > 0 && (size_t)at < size)
        put_kept(node, out + at, size - (size_t)at);
}
