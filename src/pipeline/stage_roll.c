/* save DIR roll=SIZE,TIME: lines into files, one after the other, for a source without end. A file
 * has its name once it is complete and synced, and so what is acknowledged is in one. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/arguments.h"
#include "pipeline/broker.h"
#include "pipeline/build.h"
#include "pipeline/held_marks.h"
#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/stage_save.h"
#include "pipeline/stages.h"

enum { ITEMS = 64, HELD_BYTES = 64 << 10, MARKS_MAX = 512 };

struct rolls {
    uint64_t size, age_ns; /* when a file is full, or old */
};

struct roll {
    weir_stream stream;
    struct node *node;
    weir_line items[ITEMS];
    uint32_t n, at; /* items[at .. n) are still to be written */
    size_t part;    /* bytes of items[at] that are */
    char *path;
    size_t path_bytes;
    weir_writer *writer; /* of the file in hand, before it what compresses; else of the next */
    weir_writer *file;
    uint64_t bytes;    /* of the file in hand, before they are compressed */
    uint64_t until_ns; /* then it is old */
    uint64_t written;
    weir_timer timer;
    struct held_marks marks;
    unsigned marks_n;
    bool in_hand, closing, ended;
};

static struct roll *roll_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct roll, stream);
}

static const struct rolls *rolls_of(const struct roll *self)
{
    return self->node->own;
}

/* ---- files ---- */

/* "orders-20260131-235959-4711-1.ndjson.gz": of no other file of this machine. */
static void put_path(struct roll *self)
{
    static atomic_uint files;
    const struct arg *args = self->node->args;
    const char *name = args[SAVE_NAME].given ? args[SAVE_NAME].text : "part";
    int stem = (int)strcspn(name, ".");
    time_t now = (time_t)(weir_sys_posix.unix_ns(&weir_sys_posix) / 1000000000);
    struct tm utc;
    char when[32];

    strftime(when, sizeof when, "%Y%m%d-%H%M%S", gmtime_r(&now, &utc));
    snprintf(self->path, self->path_bytes, "%s/%.*s-%s-%ld-%u%s", args[SAVE_DIR].text, stem, name,
             when, (long)getpid(), atomic_fetch_add(&files, 1) + 1, name + stem);
}

/* The one before is dropped when it is followed: its stages are looked at until then. */
static void make_writer(struct roll *self)
{
    weir_drop(self->writer);
    put_path(self);
    self->file = weir_file_writer(
        self->path,
        &WEIR_FILE_OPTIONS(.create_new = true, .not_durable = self->node->args[SAVE_SYNC].given));
    self->writer = weir_buf_writer(weir_pl_chain_pack(self->node->chain, self->file), HELD_BYTES);
}

static void begin_file(struct roll *self, const weir_cx *cx)
{
    if (self->node->tried)
        make_writer(self);
    self->in_hand = true;
    self->bytes = 0;
    self->until_ns = weir_after_ns(cx->now_ns, rolls_of(self)->age_ns);
    weir_timer_set(&self->timer, self->until_ns);
}

static uint64_t size_of(const struct roll *self)
{
    bool packed = weir_pl_chain_end(self->node->chain) != self->node;
    return packed ? weir_stage_n(&self->file->stage) : self->bytes;
}

/* Half of what may be open: the source goes on while the file is synced. */
static bool is_due(const struct roll *self, const weir_cx *cx)
{
    const struct rolls *rolls = rolls_of(self);
    return self->in_hand &&
           (size_of(self) >= rolls->size || cx->now_ns >= self->until_ns ||
            self->marks_n >= MARKS_MAX || weir_pl_broker_is_half_open(self->node->chain));
}

/* ---- marks ---- */

static void settle_all(struct roll *self, bool kept)
{
    weir_pl_held_marks_settle(&self->marks, kept);
    self->marks_n = 0;
}

static weir_poll fail(struct roll *self, weir_cx *cx)
{
    settle_all(self, false);
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll close_file(struct roll *self, weir_cx *cx)
{
    weir_poll got = weir_poll_close(self->writer, cx);

    if (got.state == WEIR_ERROR)
        return fail(self, cx);
    if (got.state != WEIR_END)
        return got;
    self->in_hand = self->closing = false;
    self->node->tried++;
    weir_timer_stop(&self->timer);
    settle_all(self, true);
    return (weir_poll){0, WEIR_READY};
}

/* ---- lines ---- */

static weir_poll write_line(struct roll *self, weir_cx *cx)
{
    const weir_line *line = &self->items[self->at];

    if (!self->in_hand)
        begin_file(self, cx);
    weir_poll got =
        weir_poll_write(self->writer, cx, line->data + self->part, line->size - self->part);
    if (got.state != WEIR_READY)
        return got.state == WEIR_ERROR ? fail(self, cx) : got;
    self->part += got.n;
    self->bytes += got.n;
    self->written += got.n;
    if (self->part == line->size) {
        self->part = 0;
        self->at++;
        self->closing = is_due(self, cx);
    }
    return (weir_poll){0, WEIR_READY};
}

/* With no file in hand all that came before it is in one that is complete. */
static void keep_mark(struct roll *self, weir_cx *cx)
{
    weir_pl_held_marks_keep(&self->marks, cx);
    self->marks_n++;
    if (self->in_hand)
        self->closing = is_due(self, cx);
    else
        settle_all(self, true);
}

/* A source that was told to end waits for what is open, and so for this file. */
static bool waits_for_us(struct roll *self, weir_cx *cx)
{
    return self->in_hand && (cx->stopping || (cx->rt && weir_rt_stopping(cx->rt)) ||
                             weir_timer_poll(cx, &self->timer).state != WEIR_PENDING);
}

static weir_poll take_more(struct roll *self, weir_cx *cx)
{
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, self->items, ITEMS);

    self->n = got.n;
    self->at = 0;
    self->ended = got.state == WEIR_END;
    if (got.state == WEIR_ERROR)
        return fail(self, cx);
    if (got.state == WEIR_MARK)
        keep_mark(self, cx);
    if (got.state != WEIR_PENDING)
        return (weir_poll){0, WEIR_READY};
    self->closing = waits_for_us(self, cx);
    return self->closing ? (weir_poll){0, WEIR_READY} : got;
}

static weir_poll step(struct roll *self, weir_cx *cx)
{
    if (self->closing)
        return close_file(self, cx);
    while (self->at < self->n && !self->items[self->at].size)
        self->at++;
    if (self->at < self->n)
        return write_line(self, cx);
    if (!self->ended)
        return take_more(self, cx);
    self->closing = self->in_hand;
    return (weir_poll){0, self->closing ? WEIR_READY : WEIR_END};
}

static weir_poll roll_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct roll *self = roll_of(stream);

    (void)demand;
    if (!weir_clock_is_there(cx, "save"))
        return (weir_poll){0, WEIR_ERROR};
    for (;;) {
        weir_poll got = step(self, cx);
        if (got.state == WEIR_END) {
            settle_all(self, true);
            *(uint64_t *)out = self->written;
            return (weir_poll){1, WEIR_END};
        }
        if (got.state != WEIR_READY)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static void roll_fini(weir_stream *stream)
{
    struct roll *self = roll_of(stream);

    settle_all(self, false);
    weir_timer_stop(&self->timer);
    weir_writer_give_up(self->writer);
}

static size_t roll_memory_max(const weir_stream *stream)
{
    return weir_memory_max(roll_of(stream)->writer);
}

static const weir_stream_ops roll_ops = {.size = sizeof roll_ops,
                                         .name = "save",
                                         .poll_next = roll_poll_next,
                                         .fini = roll_fini,
                                         .marks = WEIR_MARKS_SETTLE,
                                         .memory_max = roll_memory_max};

weir_stream *weir_pl_roll_build(struct flow *flow, struct node *node)
{
    weir_stream *lines =
        weir_pl_save_expect_synced(weir_pl_chain_lines(node->chain, flow->stream), node);
    weir_stream *stream = weir_stream_new(lines, sizeof(struct roll), &roll_ops, &weir_type_u64);

    if (weir_stage_failed(&stream->stage))
        return stream;
    struct roll *self = roll_of(stream);
    node->tried = node->rejected = 0;
    self->node = node;
    self->path_bytes = strlen(node->args[SAVE_DIR].text) + SAVE_NAME_BYTES + 64;
    self->path = weir_arena_take(stream->stage.arena, self->path_bytes, 1);
    if (!self->path)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for a path", NULL,
                                  NULL, 0);
    make_writer(self);
    stream->stage.one = true;
    return stream;
}

/* ---- what may stand before it ---- */

static bool complain(const struct words *words, size_t word, const char *hint, const char *message,
                     const char *what)
{
    weir_pl_note_set(words, (struct span){word, word + 1}, (struct span){0, 0}, hint, message,
                     what);
    return false;
}

/* "64M,60s" */
static bool take_rolls(struct node *node, const struct words *words)
{
    const struct arg *roll = &node->args[SAVE_ROLL];
    struct rolls *rolls = weir_pl_room_zeroed(1, sizeof *rolls);
    char text[64];

    if (!rolls)
        return weir_pl_note_no_memory(words);
    node->own = rolls;
    snprintf(text, sizeof text, "%s", roll->text);
    char *age = strchr(text, ',');
    if (age)
        *age++ = 0;
    if (age && weir_pl_arguments_number(text, true, &rolls->size) && rolls->size &&
        weir_pl_arguments_time(age, &rolls->age_ns) && rolls->age_ns)
        return true;
    return complain(words, roll->word, "roll=64M,60s: so large, or so old",
                    "'%s' is not a size and a time", roll->text);
}

static bool check_name(const struct node *node, const struct words *words)
{
    const struct arg *name = &node->args[SAVE_NAME];
    char out[SAVE_NAME_BYTES];
    weir_line line = {name->text, name->given ? strlen(name->text) : 0};

    if (!name->given)
        return true;
    const char *why = strchr(name->text, '/') ? "it holds a '/'" : weir_pl_save_name(line, out);
    char message[160];
    snprintf(message, sizeof message, "no name for files (%s): '%%s'", why);
    return !why || complain(words, name->word, "name=orders.ndjson", message, name->text);
}

bool weir_pl_roll_check(struct node *node, const struct words *words)
{
    return take_rolls(node, words) && check_name(node, words);
}

/* What gives lines one by one: items, and what makes lines of records. */
static bool gives_lines(const struct node *node)
{
    const char *format = node->entry == &weir_pl_entry_to ? node->args[0].text : "json";
    bool rows = strcmp(format, "json") != 0 && strcmp(format, "proto") != 0;
    return node->gives & FLOW_ITEMS || rows || node->entry->broker;
}

static bool has_header(const struct node *node)
{
    const char *format = node->entry == &weir_pl_entry_to ? node->args[0].text : "";
    return (!strcmp(format, "csv") || !strcmp(format, "tsv")) && !weir_pl_to_has_no_header(node);
}

bool weir_pl_roll_plan(const struct node *node, const struct words *words)
{
    const struct node *last = node->before;

    for (; last->entry->pack; last = last->before)
        if (last->entry == &weir_pl_entry_gzip && last->entry->threads(last))
            return complain(words, last->first, "leave threads= out, or zstd, which has them",
                            "'%s' on threads ends nothing before its end", "gzip");
    if (!gives_lines(last))
        return complain(words, last->first, "lines, or 'to ndjson', before it",
                        "files roll between lines, and '%s' gives bytes",
                        words->at[last->first].text);
    return !has_header(last) || complain(words, last->first, "header=no",
                                         "the names of '%s' would stand in the first file alone",
                                         words->at[last->first].text);
}
