/* save: a file for each result, called what the last part of its input is called. Names come from
 * data: one component, in this directory, never over something that is there. */
#include "pipeline/allow.h"
#include "pipeline/stage_save.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/items.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { CLASHES_MAX = 10000, FILE_BYTES = 8 << 10 };

/* ---- names ---- */

/* The path of a URL: behind the host, before ? and #. Else all of it. */
static weir_line path_of(weir_line text)
{
    const char *end = text.data + text.size;
    const char *colon = text.size ? memchr(text.data, ':', text.size) : NULL;

    if (!colon || end - colon < 3 || memcmp(colon, "://", 3) != 0)
        return text;
    const char *host = colon + 3, *at = host;
    while (at < end && !strchr("/?#", *at))
        at++;
    const char *path = at;
    while (at < end && *at != '?' && *at != '#')
        at++;
    return (weir_line){path, (size_t)(at - path)};
}

const char *weir_pl_save_name(weir_line text, char out[SAVE_NAME_BYTES])
{
    weir_line path = path_of(text);
    const char *slash = path.size ? memrchr(path.data, '/', path.size) : NULL;
    const char *name = slash ? slash + 1 : path.data;
    size_t n = (size_t)(path.data + path.size - name);

    out[0] = 0;
    if (!n)
        return "it is empty";
    if (n > SAVE_NAME_MAX)
        return "it is longer than 240 bytes";
    if (name[0] == '.')
        return "it begins with '.'";
    if (name[0] == '-')
        return "it begins with '-'";
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 127)
            return "it holds a control character";
    memcpy(out, name, n);
    out[n] = 0;
    return NULL;
}

/* "a.txt", "a-2.txt", "a-3.txt" */
static void put_path(char *out, size_t size, const char *directory, const char *name, unsigned n)
{
    const char *dot = strrchr(name, '.');
    int stem = (int)(dot ? (size_t)(dot - name) : strlen(name));
    char number[16] = "";

    if (n > 1)
        snprintf(number, sizeof number, "-%u", n);
    snprintf(out, size, "%s/%.*s%s%s", directory, stem, name, number, name + stem);
}

/* ---- writing ---- */

struct save {
    weir_stream stream;
    struct node *node;
    char name[SAVE_NAME_BYTES];
    char *path;
    size_t path_bytes;
    struct result result;
    weir_writer *writer; /* NULL: no item is in hand */
    size_t at;           /* of what is to be written */
    unsigned tries;      /* names that were taken */
    uint64_t written;
    bool ended;
};

static struct save *save_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct save, stream);
}

static void open_next(struct save *self)
{
    const struct arg *args = self->node->args;

    weir_drop(self->writer);
    self->at = 0;
    put_path(self->path, self->path_bytes, args[SAVE_DIR].text, self->name, ++self->tries);
    self->writer = weir_file_writer(
        self->path, &WEIR_FILE_OPTIONS(.create_new = true, .not_durable = args[SAVE_SYNC].given));
}

static void let_go(struct save *self)
{
    weir_drop(self->writer);
    self->writer = NULL;
    weir_pl_result_drop(&self->result);
    self->result = (struct result){0};
}

/* READY: it was left out. */
static weir_poll refuse(struct save *self, weir_cx *cx, const char *why)
{
    struct node *node = self->node;
    weir_line input = weir_line_of(self->result.input);

    if (!node->args[SAVE_ON_ERROR].given) {
        weir_fail(cx, WEIR_E_USER, "no name for a file (%s): '%s'", why,
                  input.size ? input.data : "");
        cx->error.record = node->tried + 1;
        cx->error.cure = "save DIR on-error=skip leaves out what has no name";
        return (weir_poll){0, WEIR_ERROR};
    }
    node->rejected++;
    node->tried++;
    let_go(self);
    return (weir_poll){0, WEIR_READY};
}

/* READY with n == 0: it was none, and the next may be asked for. */
static weir_poll take_one(struct save *self, weir_cx *cx)
{
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &self->result, 1);
    self->ended = got.state == WEIR_END;
    if (got.state == WEIR_MARK) { /* each file before it is complete and synced */
        weir_mark_settle(weir_mark_take(cx), true);
        return (weir_poll){0, WEIR_READY};
    }
    if (!got.n)
        return got;
    if (!weir_pl_result_is_good(&self->result)) { /* whoever made it counts it */
        let_go(self);
        return (weir_poll){0, WEIR_READY};
    }
    const char *why = weir_pl_save_name(weir_line_of(self->result.input), self->name);
    if (why)
        return refuse(self, cx, why);
    self->tries = 0;
    open_next(self);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll put(struct save *self, weir_cx *cx)
{
    const weir_owned_line *bytes = &self->result.output;

    while (self->at < bytes->size) {
        weir_poll got =
            weir_poll_write(self->writer, cx, bytes->data + self->at, bytes->size - self->at);
        if (got.state != WEIR_READY)
            return got;
        self->at += got.n;
    }
    return weir_poll_close(self->writer, cx);
}

static bool is_taken(const weir_cx *cx)
{
    return cx->error.code == WEIR_E_SYSTEM && cx->error.number == EEXIST;
}

/* READY: it stands under a name. */
static weir_poll put_one(struct save *self, weir_cx *cx)
{
    weir_poll got = put(self, cx);

    while (got.state == WEIR_ERROR && is_taken(cx) && self->tries < CLASHES_MAX) {
        open_next(self);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
        got = put(self, cx);
    }
    if (got.state != WEIR_END)
        return got;
    self->written += self->result.output.size;
    self->node->tried++;
    let_go(self);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll save_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct save *self = save_of(stream);

    (void)demand;
    for (;;) {
        weir_poll got = self->writer ? put_one(self, cx) : take_one(self, cx);
        if (got.state == WEIR_END) {
            *(uint64_t *)out = self->written;
            return (weir_poll){1, WEIR_END};
        }
        if (got.state != WEIR_READY)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static void save_fini(weir_stream *stream)
{
    let_go(save_of(stream));
}

/* Whoever makes results counts one that was given. */
static size_t save_memory_max(const weir_stream *stream)
{
    (void)stream;
    return FILE_BYTES;
}

static const weir_stream_ops save_ops = {.size = sizeof save_ops,
                                         .name = "save",
                                         .poll_next = save_poll_next,
                                         .fini = save_fini,
                                         .marks = WEIR_MARKS_SETTLE,
                                         .memory_max = save_memory_max};

weir_stream *weir_pl_save_expect_synced(weir_stream *source, const struct node *node)
{
    if (weir_stage_failed(&source->stage) || !source->stage.marked || !node->args[SAVE_SYNC].given)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT, "leave sync=no out",
                              "'save' does not wait for the disk, so nothing that '%s' gives would "
                              "be acknowledged",
                              weir_stage_name(&source->stage), NULL, 0);
}

static weir_stream *save_build(struct flow *flow, struct node *node)
{
    if (node->args[SAVE_ROLL].given)
        return weir_pl_roll_build(flow, node);
    weir_stream *stream = weir_stream_new(weir_pl_save_expect_synced(flow->stream, node),
                                          sizeof(struct save), &save_ops, &weir_type_u64);
    size_t bytes = strlen(node->args[SAVE_DIR].text) + SAVE_NAME_BYTES + 16;

    if (weir_stage_failed(&stream->stage))
        return stream;
    struct save *self = save_of(stream);
    node->tried = node->rejected = 0;
    self->node = node;
    self->path_bytes = bytes;
    self->path = weir_arena_take(stream->stage.arena, bytes, 1);
    if (!self->path)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                                  NULL, 0);
    stream->stage.one = true;
    return stream;
}

/* ---- what the catalogue says of it ---- */

bool weir_pl_save_check(const struct pipeline *pipeline, const struct node *node)
{
    struct stat about;
    const char *path = node->args[SAVE_DIR].text;
    size_t word = node->args[SAVE_DIR].word;
    char hint[300];

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    snprintf(hint, sizeof hint, "mkdir %.200s", path);
    weir_pl_note_set(pipeline->words, (struct span){word, word + 1}, (struct span){0, 0}, hint,
                     "'save' writes into a directory, and there is none called '%s'", path);
    return false;
}

void weir_pl_save_outcome(const struct node *node, char *out, size_t size)
{
    unsigned long long n = node->tried - node->rejected;

    if (n)
        snprintf(out, size, "%llu file%s in %s", n, n == 1 ? " is" : "s are",
                 node->args[SAVE_DIR].text);
}

static bool check_roll(struct node *node, const struct words *words)
{
    const struct arg *name = &node->args[SAVE_NAME], *skip = &node->args[SAVE_ON_ERROR];
    bool rolls = node->args[SAVE_ROLL].given;
    const struct arg *wrong = rolls ? skip : name;

    if (!wrong->given)
        return !rolls || weir_pl_roll_check(node, words);
    weir_pl_note_set(words, (struct span){wrong->word, wrong->word + 1}, (struct span){0, 0},
                     rolls ? "leave it out" : "roll=64M,60s, behind it",
                     rolls ? "'on-error' is of results, and these are lines"
                           : "'name' is of files that roll, and these have names of their own");
    return false;
}

/* Without roll= it is of results alone. */
static bool plan_save(struct node *node, const struct words *words)
{
    const struct node *before = node->before;

    if (node->args[SAVE_ROLL].given)
        return weir_pl_roll_plan(node, words);
    if (before->gives == FLOW_RESULTS)
        return true;
    weir_pl_note_set(words, (struct span){node->first, node->first + 1},
                     (struct span){before->first, before->first + 1},
                     before->gives == FLOW_LINES ? "put 'exec' between them, or say roll=64M,60s"
                                                 : "to write one file, name it: ./NAME",
                     "'save' takes results, '%s' gives %s", words->at[before->first].text,
                     weir_pl_flow_name(before->gives));
    return false;
}

static const char *save_note(const struct node *node)
{
    if (node->args[SAVE_ROLL].given)
        return node->args[SAVE_SYNC].given ? "file after file; not synced"
                                           : "file after file, each complete and synced";
    return node->args[SAVE_SYNC].given ? "a file a result; not synced"
                                       : "a file a result, complete and synced";
}

const struct entry weir_pl_entry_save = {
    .name = "save",
    .reach = WEIR_ALLOW_WRITE,
    .usage = "save DIR [roll=SIZE,TIME]",
    .does = "write each result into a file of its own, or lines into file after file",
    .help =
        "What http-get fetched and what commands wrote: the file is called what the last part of\n"
        "the URL or of the line is called. Nothing that is there is replaced: a.txt is a-2.txt\n"
        "then, and a-3.txt. A file is complete or not there. DIR must be there.\n"
        "A name that is empty or begins with '.' or '-' is an error; so is what holds control\n"
        "characters. What failed is not written.\n"
        "on-error=skip  leave out what has no such name: exit code 3\n"
        "sync=no        do not wait for the disk\n"
        "roll=64M,60s   of lines, or of bytes that 'to' made: a file is complete when it holds so\n"
        "               much, or is so old, and the next begins. Between them gzip, zstd, lz4, xz\n"
        "               and bzip2 may stand. Messages are acknowledged when the file that they "
        "are\n"
        "               in is complete: one is so too when half of those that may be open are in "
        "it\n"
        "name=NAME      orders.ndjson.gz: the time, the process and a number stand before its "
        "dot;\n"
        "               part without it",
    .example = "weir urls.txt ! lines ! par 16 http-get timeout=5s retries=3 ! dead bad.txt ! "
               "save out/",
    .takes = FLOW_BYTES | FLOW_ITEMS,
    .args = {[SAVE_DIR] = {.name = "DIR", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
             [SAVE_ON_ERROR] =
                 {.name = "on-error", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "skip"},
             [SAVE_SYNC] = {.name = "sync", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "no"},
             [SAVE_ROLL] = {.name = "roll", .kind = ARG_KEY, .type = ARG_TEXT},
             [SAVE_NAME] = {.name = "name", .kind = ARG_KEY, .type = ARG_TEXT}},
    .check = check_roll,
    .plan = plan_save,
    .consume = save_build,
    .note = save_note,
};
