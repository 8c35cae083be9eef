/* sort: entries are gathered in one block, an index of them is sorted, and what does not fit goes
 * to a run in a temporary file. At the end the runs are merged. */

#include <stdlib.h>

#include "core/mark_line.h"
#include "io/sort_runs.h"
#include "stream/taken.h"

enum {
    SORT_ITEMS_MAX = 64,   /* that are asked for at once */
    OUT_BYTES = 256 << 10, /* what is written at once */
    DIRECTORY_BYTES_MAX = 4096
};

enum sort_phase {
    GATHER,
    SPILL,  /* the index goes to a run */
    REDUCE, /* runs become one, in another file */
    GIVE,   /* from memory */
    GIVE_MERGED
};

struct sort {
    weir_stream stream;
    enum sort_phase phase;
    bool records, numeric, descending;
    struct weir_sort_by *keys;
    size_t keys_n;
    struct weir_taken taken;
    size_t spent;
    bool ended;            /* the source did */
    unsigned char *memory; /* entries from the front, their index from the back */
    size_t memory_bytes, entry_max;
    size_t used; /* of entries */
    struct weir_sort_place *places;
    size_t n, at;       /* entries, and the next one to go */
    uint64_t kept;      /* of all items: those that were gathered */
    size_t fields_most; /* of a record */
    weir_field *fields; /* of the one that is lent; as many `nested` behind them */
    size_t fields_bytes;
    struct weir_sort_run *next; /* whose entry was given last */
    struct weir_sort_runs runs;
    struct weir_mark_line marks; /* behind all */
};

static struct sort *sort_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sort, stream);
}

static const weir_poll sort_again = {0, WEIR_READY};

/* ---- gathering ---- */

static void sort_drop_spent(struct sort *self)
{
    const struct weir_taken *taken = &self->taken;
    weir_type_drop_items(taken->type, taken->items + self->spent * taken->type->size,
                         taken->first - self->spent);
    self->spent = taken->first;
}

static weir_line sort_line_of(const struct sort *self, const void *item)
{
    if (self->taken.type->lent)
        return *(const weir_line *)item;
    return weir_line_of(*(const weir_owned_line *)item);
}

static weir_poll refuse_size(const struct sort *self, weir_cx *cx)
{
    weir_poll got =
        weir_fail(cx, WEIR_E_LIMIT, "an item takes more than %zu bytes to sort", self->entry_max);
    cx->error.cure = "seventeen times the largest item as memory";
    return got;
}

/* Room for an entry and its place in the index. */
static struct weir_sort_room sort_room_of(const struct sort *self)
{
    size_t index = (self->n + 1) * sizeof *self->places;
    size_t all = self->memory_bytes - OUT_BYTES;
    size_t left = all > self->used + index ? all - self->used - index : 0;
    left = left > self->entry_max ? self->entry_max : left;
    return (struct weir_sort_room){self->memory + self->used, self->memory + self->used + left,
                                   false};
}

/* READY, n 1: it stands there. READY: it did not fit. */
static weir_poll sort_keep(struct sort *self, weir_cx *cx, const void *item)
{
    struct weir_sort_room room = sort_room_of(self);
    bool whole = (size_t)(room.end - room.at) == self->entry_max;
    size_t fields = 0, size;
    if (self->records)
        size = weir_sort_put_record(room, (weir_record_view){self->taken.type, item}, self->keys,
                                    self->keys_n, &fields);
    else
        size = weir_sort_put_line(room, sort_line_of(self, item), self->numeric);
    if (fields > WEIR_SORT_FIELDS_MAX)
        return weir_fail(cx, WEIR_E_LIMIT,
                         "a record of more than %d fields, or nested deeper than "
                         "%d",
                         WEIR_SORT_FIELDS_MAX, WEIR_RECORD_DEPTH_MAX);
    if (!size)
        return whole ? refuse_size(self, cx) : sort_again;
    struct weir_sort_entry entry = weir_sort_entry_at(self->memory + self->used);
    *--self->places =
        (struct weir_sort_place){weir_sort_prefix(entry.key, entry.key_size), self->used};
    self->used += size;
    self->n++;
    self->fields_most = fields > self->fields_most ? fields : self->fields_most;
    return (weir_poll){1, WEIR_READY};
}

static void begin_gathering(struct sort *self)
{
    size_t places = (self->memory_bytes - OUT_BYTES) / sizeof *self->places;
    self->places = (struct weir_sort_place *)(void *)self->memory + places;
    self->used = self->n = self->at = 0;
    self->phase = GATHER;
}

static void sort_gathered(struct sort *self, enum sort_phase next)
{
    weir_sort_index(self->places, self->n, self->memory, self->descending);
    self->at = 0;
    self->phase = next;
}

/* What is taken goes into memory; a spill begins where one does not fit. */
static weir_poll keep_taken(struct sort *self, weir_cx *cx)
{
    while (self->taken.n) {
        weir_poll got = sort_keep(self, cx, weir_taken_next(&self->taken));
        if (got.state != WEIR_READY) {
            cx->error.record = self->kept + 1;
            return got;
        }
        if (!got.n) {
            sort_gathered(self, SPILL);
            return sort_again;
        }
        weir_taken_pass(&self->taken, 1);
        self->kept++;
    }
    sort_drop_spent(self);
    return sort_again;
}

static weir_poll sort_gather(struct sort *self, weir_cx *cx)
{
    do {
        weir_poll got = keep_taken(self, cx);
        if (got.state != WEIR_READY || self->phase != GATHER)
            return got;
        if (self->ended) {
            sort_gathered(self, self->runs.n ? SPILL : GIVE);
            return sort_again;
        }
        got = weir_taken_fill(&self->taken, weir_source(&self->stream), cx, SORT_ITEMS_MAX);
        self->spent = 0;
        self->ended = got.state == WEIR_END && got.n == self->taken.n;
        if (got.state == WEIR_MARK) {
            weir_mark_line_keep(&self->marks, cx);
            return sort_again;
        }
        if (!got.n && got.state == WEIR_PENDING)
            return weir_mark_line_wait(&self->marks, cx, "sort");
        if (!got.n && got.state != WEIR_END && got.state != WEIR_READY)
            return got;
    } while (weir_spend(cx));
    return sort_again;
}

/* ---- runs ---- */

static unsigned char *sort_out_of(const struct sort *self)
{
    return self->memory + self->memory_bytes - OUT_BYTES;
}

/* What is next, now that a run was written. */
static void after_run(struct sort *self)
{
    bool many = self->runs.n == WEIR_SORT_RUNS_MAX ||
                (self->ended && !self->taken.n && self->runs.n > WEIR_SORT_FAN_IN);
    if (many)
        self->phase = REDUCE;
    else if (self->ended && !self->taken.n)
        self->phase = GIVE_MERGED;
    else
        begin_gathering(self);
}

static weir_poll spill(struct sort *self, weir_cx *cx)
{
    weir_poll got = sort_again;
    if (!self->runs.writes)
        got = weir_sort_begin(&self->runs, cx, sort_out_of(self), OUT_BYTES);
    for (size_t step = 0; got.state == WEIR_READY && self->at < self->n;) {
        const unsigned char *entry = self->memory + self->places[self->at++].at;
        got = weir_sort_write(&self->runs, cx, entry);
        step += weir_sort_entry_size(entry);
        if (step > WEIR_SORT_STEP_BYTES)
            return got;
    }
    if (got.state == WEIR_READY)
        got = weir_sort_end(&self->runs, cx);
    if (got.state == WEIR_READY)
        after_run(self);
    return got;
}

static weir_poll begin_reducing(struct sort *self, weir_cx *cx)
{
    weir_poll got = weir_sort_begin(&self->runs, cx, sort_out_of(self), OUT_BYTES);
    if (got.state != WEIR_READY)
        return got;
    return weir_sort_merge(&self->runs, cx, self->memory, self->memory_bytes - OUT_BYTES, false);
}

static weir_poll reduce(struct sort *self, weir_cx *cx)
{
    struct weir_sort_run *run;
    weir_poll got = sort_again;
    if (!self->runs.writes)
        got = begin_reducing(self, cx);
    for (size_t step = 0; got.state == WEIR_READY && (run = weir_sort_first(&self->runs));) {
        const unsigned char *entry = run->base + run->begin;
        step += weir_sort_entry_size(entry);
        got = weir_sort_write(&self->runs, cx, entry);
        if (got.state == WEIR_READY)
            got = weir_sort_advance(&self->runs, cx, run);
        if (step > WEIR_SORT_STEP_BYTES)
            return got;
    }
    if (got.state == WEIR_READY)
        got = weir_sort_end(&self->runs, cx);
    if (got.state == WEIR_READY)
        after_run(self);
    return got;
}

/* ---- giving ---- */

static bool make_fields(struct sort *self)
{
    if (self->fields || !self->records)
        return true;
    size_t n = self->fields_most + 1;
    self->fields_bytes = n * (sizeof(weir_field) + sizeof(weir_fields));
    self->fields = weir_allocate(self->fields_bytes);
    return self->fields != NULL;
}

static void sort_give(const struct sort *self, const struct weir_sort_entry *entry, void *out)
{
    if (self->records) {
        weir_fields *nested = (weir_fields *)(void *)(self->fields + self->fields_most + 1);
        *(weir_fields *)out = weir_sort_get_record(entry, self->fields, nested);
        return;
    }
    *(weir_line *)out = self->numeric ? (weir_line){(const char *)entry->item, entry->item_size}
                                      : (weir_line){(const char *)entry->key, entry->key_size};
}

/* What was told to stop gave less than there is, and so does this. Marks stand behind all. */
static weir_poll sort_end(struct sort *self, weir_cx *cx, uint32_t n)
{
    if (self->marks.first)
        return n ? (weir_poll){n, WEIR_READY} : weir_mark_line_give(&self->marks, cx);
    cx->cut |= weir_source(&self->stream)->stage.cut;
    return (weir_poll){n, WEIR_END};
}

static weir_poll give_gathered(struct sort *self, weir_cx *cx, char *out, size_t demand)
{
    uint32_t n = 0;
    for (; n < demand && self->at < self->n; n++) {
        struct weir_sort_entry entry =
            weir_sort_entry_at(self->memory + self->places[self->at++].at);
        sort_give(self, &entry, out + n * self->stream.type->size);
    }
    return self->at == self->n ? sort_end(self, cx, n) : (weir_poll){n, WEIR_READY};
}

/* Windows stand still while they lend: what has to be read first waits for the next poll. */
static weir_poll give_merged(struct sort *self, weir_cx *cx, char *out, size_t demand)
{
    weir_poll got = sort_again;
    if (!self->runs.merging)
        got = weir_sort_merge(&self->runs, cx, self->memory, self->memory_bytes, true);
    if (got.state == WEIR_READY && self->next)
        got = weir_sort_advance(&self->runs, cx, self->next);
    if (got.state != WEIR_READY)
        return got;
    for (uint32_t n = 0;;) {
        self->next = weir_sort_first(&self->runs);
        if (!self->next)
            return sort_end(self, cx, n);
        sort_give(self, &self->next->first, out + n++ * self->stream.type->size);
        if (n == demand || !weir_sort_has_next(self->next))
            return (weir_poll){n, WEIR_READY};
        weir_sort_advance(&self->runs, cx, self->next);
    }
}

static weir_poll sort_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sort *self = sort_of(stream);
    if (!self->memory) {
        self->memory = weir_allocate(self->memory_bytes);
        if (!self->memory)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes to sort in",
                             self->memory_bytes);
        begin_gathering(self);
    }
    switch (self->phase) {
    case GATHER:
        return sort_gather(self, cx);
    case SPILL:
        return spill(self, cx);
    case REDUCE:
        return reduce(self, cx);
    default:
        break;
    }
    if (!make_fields(self))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for the fields of a record");
    demand = self->records ? 1 : demand;
    return self->phase == GIVE ? give_gathered(self, cx, out, demand)
                               : give_merged(self, cx, out, demand);
}

static void sort_fini(weir_stream *stream)
{
    struct sort *self = sort_of(stream);
    weir_mark_line_drop(&self->marks);
    if (!self->taken.items)
        return; /* it was never built */
    sort_drop_spent(self);
    weir_taken_drop(&self->taken);
    if (self->runs.sys)
        weir_sort_close(&self->runs);
    if (self->memory)
        weir_release(self->memory, self->memory_bytes);
    if (self->fields)
        weir_release(self->fields, self->fields_bytes);
}

static weir_hint sort_size_hint(const weir_stream *stream)
{
    const struct sort *self = sort_of(stream);
    if (self->memory)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    return weir_size_hint(weir_source(stream));
}

static size_t sort_memory_max(const weir_stream *stream)
{
    const struct sort *self = sort_of(stream);
    size_t fields = (size_t)WEIR_SORT_FIELDS_MAX * (sizeof(weir_field) + sizeof(weir_fields));
    return self->memory_bytes + (self->records ? fields : 0);
}

static bool sort_names(const weir_stream *stream, weir_record_view *out)
{
    return weir_record_names(weir_source(stream), out);
}

static const weir_stream_ops sort_ops = {.size = sizeof sort_ops,
                                         .name = "sort",
                                         .poll_next = sort_poll_next,
                                         .fini = sort_fini,
                                         .size_hint = sort_size_hint,
                                         .memory_max = sort_memory_max,
                                         .marks = WEIR_MARKS_HOLD,
                                         .names = sort_names};

/* ---- building ---- */

static bool sort_is_line(const weir_type *type)
{
    return weir_type_fits(type, &weir_type_line) || weir_type_fits(type, &weir_type_owned_line);
}

static weir_stream *sort_refuse(weir_stream *stream, const char *cure, const char *text)
{
    return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, cure, "sort: %s", text, NULL, 0);
}

/* NULL: they fit what comes. */
static weir_stream *refuse_keys(weir_stream *stream, const weir_sort_options *options, bool lines)
{
    if (lines && options->keys_n > 1)
        return sort_refuse(stream, "one key", "a line has one key");
    if (!lines && !options->keys_n)
        return sort_refuse(stream, "a key for each field that counts", "records need a field");
    if (options->keys_n > WEIR_SORT_KEYS_MAX)
        return sort_refuse(stream, "16 at most", "there are too many keys");
    if (options->memory_bytes && options->memory_bytes < WEIR_SORT_MEMORY_MIN)
        return sort_refuse(stream, "1 MiB or more", "that is too little memory");
    for (size_t i = 0; i < options->keys_n; i++)
        if (lines != !options->keys[i].field)
            return sort_refuse(stream, lines ? "records have some" : "name one",
                               lines ? "lines have no fields" : "a key of records is a field");
    return NULL;
}

static bool keep_keys(struct sort *self, const weir_sort_options *options)
{
    weir_arena *arena = self->stream.stage.arena;
    self->numeric = !self->records && options->keys_n && options->keys->numeric;
    self->descending = !self->records && options->keys_n && options->keys->descending;
    self->runs.descending = self->descending;
    if (!self->records)
        return true;
    self->keys_n = options->keys_n;
    self->keys =
        weir_arena_take(arena, self->keys_n * sizeof *self->keys, _Alignof(struct weir_sort_by));
    for (size_t i = 0; self->keys && i < self->keys_n; i++) {
        self->keys[i].descending = options->keys[i].descending;
        if (!weir_path_init(&self->keys[i].path, arena, options->keys[i].field))
            return false;
    }
    return self->keys != NULL;
}

static bool keep_directory(struct sort *self, const char *directory)
{
    const char *chosen = directory ? directory : getenv("TMPDIR");
    self->runs.directory =
        weir_arena_text(self->stream.stage.arena, chosen && *chosen ? chosen : "/tmp");
    return self->runs.directory != NULL;
}

enum { SORT_FIRST_OPTIONS_BYTES = offsetof(weir_sort_options, directory) + sizeof(char *) };

weir_stream *weir_sort(weir_stream *source, const weir_sort_options *given)
{
    weir_sort_options options;
    weir_options_take(&options, sizeof options, given, SORT_FIRST_OPTIONS_BYTES);
    bool lines = !weir_stage_failed(&source->stage) && sort_is_line(source->type);
    if (!lines)
        source = weir_expect_record(source, "sort");
    source = weir_expect_ending(source, "sort");
    const weir_type *type = lines ? &weir_type_line : &weir_type_fields;
    weir_stream *stream = weir_stream_new(source, sizeof(struct sort), &sort_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_stream *refused = refuse_keys(stream, &options, lines);
    if (refused)
        return refused;
    struct sort *self = sort_of(stream);
    self->records = !lines;
    self->memory_bytes = options.memory_bytes ? options.memory_bytes : WEIR_SORT_MEMORY_DEFAULT;
    self->memory_bytes &= ~(size_t)63;
    self->entry_max = (self->memory_bytes - OUT_BYTES) / (WEIR_SORT_FAN_IN + 1);
    if (weir_taken_init(&self->taken, stream->stage.arena, source->type, SORT_ITEMS_MAX) &&
        keep_keys(self, &options) && keep_directory(self, options.directory))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for sort", NULL, NULL,
                              0);
}
