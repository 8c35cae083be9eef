/* uniq: of what stands behind its like the first. */
#include <stdio.h>
#include <string.h>

#include "pipeline/held_marks.h"
#include "pipeline/pipeline.h"
#include "pipeline/stages.h"

enum { UNIQ_COUNT };
enum { HEAD_BYTES = 32, ROUND_BYTES = 4096, TAKE_ITEMS = WEIR_DEMAND_MAX };

/* A line that is kept, with room for a number before it. */
struct kept_line {
    char *bytes;
    size_t size, room;
};

/* With count: the run of like items at hand. */
struct run {
    unsigned now; /* which of two copies is its first; the other one was lent */
    uint64_t count;
    void *in; /* lent: those from `at` on were not looked at yet */
    uint32_t at, n;
    bool ended;
    struct held_marks marks; /* behind it */
};

/* READY with n == 1: a run ended, and stands in *out. */
typedef weir_poll run_look(weir_stream *stream, weir_cx *cx, void *out);
/* The run is over, and put into *out. */
typedef void run_end(weir_stream *stream, void *out);

static weir_poll run_poll_next(struct run *run, weir_stream *stream, weir_cx *cx, void *out,
                               run_look *look, run_end *end)
{
    if (run->marks.due)
        return weir_pl_held_marks_give(&run->marks, cx);
    weir_poll got = look(stream, cx, out);
    if (got.n || got.state == WEIR_ERROR)
        return got;
    if (run->ended && !run->count)
        return (weir_poll){0, WEIR_END};
    if (run->ended) {
        end(stream, out);
        return WEIR_POLL_ONE;
    }
    got = weir_poll_next(weir_source(stream), cx, run->in, TAKE_ITEMS);
    run->at = 0;
    run->n = got.n;
    run->ended = got.state == WEIR_END;
    if (got.state == WEIR_MARK && run->count) {
        weir_pl_held_marks_keep(&run->marks, cx);
        return (weir_poll){0, WEIR_READY};
    }
    return (weir_poll){0, run->ended || got.n ? WEIR_READY : got.state};
}

static void run_over(struct run *run)
{
    run->now ^= 1;
    run->count = 0;
    run->marks.due = run->marks.first;
}

/* ---- of lines ---- */

struct uniq {
    weir_stream stream;
    size_t longest; /* line */
    bool any;
    struct kept_line lines[2];
    struct run run;
    weir_line in[TAKE_ITEMS];
};

static struct uniq *uniq_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct uniq, stream);
}

static size_t kept_room(size_t size)
{
    return (HEAD_BYTES + size + ROUND_BYTES - 1) / ROUND_BYTES * ROUND_BYTES;
}

static void kept_drop(struct kept_line *kept)
{
    if (kept->bytes)
        weir_release(kept->bytes, kept->room);
    *kept = (struct kept_line){0};
}

/* False. */
static bool no_memory(weir_cx *cx, const char *stage)
{
    weir_fail(cx, WEIR_E_MEMORY, "%s: no memory for a line", stage);
    return false;
}

/* What it held is over, so that the new room need not stand beside the old one. */
static bool keep_line(struct kept_line *kept, weir_cx *cx, weir_line line)
{
    if (!kept->bytes || HEAD_BYTES + line.size > kept->room) {
        size_t room = kept_room(line.size);
        kept_drop(kept);
        kept->bytes = weir_allocate(room);
        if (!kept->bytes)
            return no_memory(cx, "uniq");
        kept->room = room;
    }
    if (line.size)
        memcpy(kept->bytes + HEAD_BYTES, line.data, line.size);
    kept->size = line.size;
    return true;
}

static weir_line kept_view(const struct kept_line *kept)
{
    return (weir_line){kept->bytes + HEAD_BYTES, kept->size};
}

static bool is_equal(weir_line a, weir_line b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

/* The first of each run goes on as it stands; of a poll only the last line is copied. */
static weir_poll uniq_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct uniq *self = uniq_of(stream);
    struct kept_line *kept = &self->lines[0];
    weir_line *lines = out, before = {NULL, 0};
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    uint32_t n = 0;

    if (!got.n)
        return got;
    if (self->any)
        before = kept_view(kept);
    for (uint32_t i = 0; i < got.n; i++) {
        weir_line line = lines[i];
        if (!self->any || !is_equal(before, line))
            lines[n++] = line;
        before = line;
        self->any = true;
    }
    return keep_line(kept, cx, before) ? (weir_poll){n, got.state} : (weir_poll){0, WEIR_ERROR};
}

/* The line with its number, as uniq -c has it. */
static void end_lines(weir_stream *stream, void *out)
{
    struct uniq *self = uniq_of(stream);
    struct kept_line *kept = &self->lines[self->run.now];
    char number[HEAD_BYTES];
    size_t n =
        (size_t)snprintf(number, sizeof number, "%7llu ", (unsigned long long)self->run.count);

    memcpy(kept->bytes + HEAD_BYTES - n, number, n);
    run_over(&self->run);
    *(weir_line *)out = (weir_line){kept->bytes + HEAD_BYTES - n, kept->size + n};
}

static weir_poll count_lines(weir_stream *stream, weir_cx *cx, void *out)
{
    struct uniq *self = uniq_of(stream);
    struct run *run = &self->run;

    while (run->at < run->n) {
        weir_line line = self->in[run->at++];
        bool same = run->count && is_equal(kept_view(&self->lines[run->now]), line);
        bool over = run->count && !same;
        if (over)
            end_lines(stream, out);
        if (!same && !keep_line(&self->lines[run->now], cx, line))
            return (weir_poll){0, WEIR_ERROR};
        run->count++;
        if (over)
            return WEIR_POLL_ONE;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll counted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return run_poll_next(&uniq_of(stream)->run, stream, cx, out, count_lines, end_lines);
}

static void uniq_fini(weir_stream *stream)
{
    weir_pl_held_marks_settle(&uniq_of(stream)->run.marks, false);
    kept_drop(&uniq_of(stream)->lines[0]);
    kept_drop(&uniq_of(stream)->lines[1]);
}

static size_t uniq_memory_max(const weir_stream *stream)
{
    return 2 * kept_room(uniq_of(stream)->longest);
}

static const weir_stream_ops uniq_ops = {.size = sizeof uniq_ops,
                                         .name = "uniq",
                                         .poll_next = uniq_poll_next,
                                         .fini = uniq_fini,
                                         .marks = WEIR_MARKS_PASS,
                                         .memory_max = uniq_memory_max};

static const weir_stream_ops counted_ops = {.size = sizeof counted_ops,
                                            .name = "uniq",
                                            .poll_next = counted_poll_next,
                                            .fini = uniq_fini,
                                            .marks = WEIR_MARKS_HOLD,
                                            .memory_max = uniq_memory_max};

/* ---- of records ---- */

#define RECORD_BYTES_MAX ((size_t)32 << 20)

/* What is given with count: the record, behind how many there were. */
struct counted {
    weir_record_view of;
    uint64_t n;
};

static const weir_text count_name = {"count", 5};

static size_t counted_count(const weir_type *type, const void *item)
{
    (void)type;
    return weir_record_count(((const struct counted *)item)->of) + 1;
}

static bool counted_next(const weir_type *type, const void *item, weir_record_iter *iter,
                         weir_text *name, weir_value *value)
{
    const struct counted *self = item;
    weir_record_iter behind = {iter->i - 1, iter->where};
    (void)type;

    if (!iter->i) {
        iter->i = 1;
        *name = count_name;
        *value = (weir_value){WEIR_VALUE_U64, {.u64 = self->n}};
        return true;
    }
    if (!weir_record_next(self->of, &behind, name, value))
        return false;
    *iter = (weir_record_iter){behind.i + 1, behind.where};
    return true;
}

static const weir_record_ops counted_record_ops = {
    .size = sizeof counted_record_ops, .count = counted_count, .next = counted_next};

static const weir_type counted_type =
    WEIR_TYPE_(struct counted, .lent = true, .owned = &weir_type_owned_fields,
               .own = weir_fields_own, .record = &counted_record_ops);

struct uniq_records {
    weir_stream stream;
    bool counts;
    bool any;
    weir_fields kept[2];
    struct run run;
    struct counted names; /* of no record */
};

static struct uniq_records *records_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct uniq_records, stream);
}

static bool is_same_record(weir_record_view a, weir_record_view b);

static bool is_same_value(const weir_value *a, const weir_value *b)
{
    char scratch[2][WEIR_VALUE_TEXT_BYTES];
    weir_text texts[2];

    if (a->kind != b->kind)
        return false;
    if (a->kind == WEIR_VALUE_RECORD || a->kind == WEIR_VALUE_LIST)
        return is_same_record(a->is.record, b->is.record);
    return !weir_value_text(a, scratch[0], &texts[0]) ||
           !weir_value_text(b, scratch[1], &texts[1]) || is_equal(texts[0], texts[1]);
}

/* The same names with the same values, in one order. */
static bool is_same_record(weir_record_view a, weir_record_view b)
{
    weir_record_iter at[2] = {{0}, {0}};
    weir_text names[2];
    weir_value values[2];

    while (weir_record_next(a, &at[0], &names[0], &values[0]))
        if (!weir_record_next(b, &at[1], &names[1], &values[1]) || !is_equal(names[0], names[1]) ||
            !is_same_value(&values[0], &values[1]))
            return false;
    return !weir_record_next(b, &at[1], &names[1], &values[1]);
}

/* '{' of all but JSON; its text is all that a plain value of that has. */
static char first_of(weir_record_view record, weir_text *text)
{
    return weir_record_text(record, WEIR_FORM_JSON, text) && text->size ? text->data[0] : '{';
}

static bool is_same_item(weir_record_view a, weir_record_view b)
{
    weir_text texts[2];
    char first = first_of(a, &texts[0]);

    if (first != first_of(b, &texts[1]))
        return false;
    return first == '{' || first == '[' ? is_same_record(a, b) : is_equal(texts[0], texts[1]);
}

static weir_record_view kept_record(const struct uniq_records *self)
{
    return (weir_record_view){&weir_type_fields, &self->kept[self->run.now]};
}

/* A record of this name would have two fields of it, and what has no names has room for none. */
static bool takes_count(const struct uniq_records *self, weir_cx *cx, weir_record_view record)
{
    weir_name name = {count_name, 0};
    weir_value value;
    weir_text text;

    if (!self->counts)
        return true;
    if (first_of(record, &text) != '{') {
        weir_fail(cx, WEIR_E_CORRUPT, "'count' can not be put here: the value is no object");
        cx->error.cure = "'to ndjson ! lines ! uniq count', which counts any";
        return false;
    }
    if (!weir_record_find(record, &name, &value))
        return true;
    weir_fail(cx, WEIR_E_ARGUMENT, "a record has a field 'count' already");
    cx->error.cure = "'rename count=OTHER' before it";
    return false;
}

/* In the place of the one at hand. */
static bool keep_record(struct uniq_records *self, weir_cx *cx, weir_record_view record)
{
    size_t bytes = weir_fields_bytes(record);
    weir_fields copy;

    if (!takes_count(self, cx, record))
        return false;
    if (bytes > RECORD_BYTES_MAX) {
        weir_fail(cx, WEIR_E_LIMIT, "uniq: a record of more than %zu bytes, or nested too deep",
                  RECORD_BYTES_MAX);
        cx->error.cure = "fewer fields: 'pick' before it";
        return false;
    }
    if (!weir_fields_own(record.type, &copy, record.item))
        return no_memory(cx, "uniq");
    weir_fields_drop(&self->kept[self->run.now]);
    self->kept[self->run.now] = copy;
    return true;
}

/* Of a poll only the last that is kept is copied. */
static weir_poll firsts_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct uniq_records *self = records_of(stream);
    const weir_type *type = stream->type;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    weir_record_view before = kept_record(self);
    char *to = out;

    for (char *at = out, *end = at + got.n * type->size; at < end; at += type->size) {
        if (self->any && is_same_item(before, (weir_record_view){type, at})) {
            weir_type_drop_items(type, at, 1);
            continue;
        }
        if (to != at)
            memcpy(to, at, type->size);
        before = (weir_record_view){type, to};
        to += type->size;
        self->any = true;
    }
    got.n = (uint32_t)((size_t)(to - (char *)out) / type->size);
    if (got.n && !keep_record(self, cx, before)) {
        weir_type_drop_items(type, out, got.n);
        return (weir_poll){0, WEIR_ERROR};
    }
    return got;
}

static void end_records(weir_stream *stream, void *out)
{
    struct uniq_records *self = records_of(stream);

    *(struct counted *)out = (struct counted){kept_record(self), self->run.count};
    run_over(&self->run);
}

static weir_poll count_records(weir_stream *stream, weir_cx *cx, void *out)
{
    struct uniq_records *self = records_of(stream);
    struct run *run = &self->run;
    const weir_type *type = weir_source(stream)->type;

    while (run->at < run->n) {
        char *item = (char *)run->in + run->at * type->size;
        weir_record_view record = {type, item};
        bool same = run->count && is_same_item(kept_record(self), record);
        bool over = run->count && !same;
        if (over)
            end_records(stream, out);
        if (!same && !keep_record(self, cx, record))
            return (weir_poll){0, WEIR_ERROR};
        run->count++;
        run->at++;
        weir_type_drop_items(type, item, 1);
        if (over)
            return WEIR_POLL_ONE;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll counts_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return run_poll_next(&records_of(stream)->run, stream, cx, out, count_records, end_records);
}

static void records_fini(weir_stream *stream)
{
    struct uniq_records *self = records_of(stream);
    struct run *run = &self->run;
    const weir_type *type = weir_source(stream)->type;

    weir_pl_held_marks_settle(&run->marks, false);
    weir_fields_drop(&self->kept[0]);
    weir_fields_drop(&self->kept[1]);
    if (run->at < run->n)
        weir_type_drop_items(type, (char *)run->in + run->at * type->size, run->n - run->at);
}

static size_t records_memory_max(const weir_stream *stream)
{
    (void)stream;
    return 2 * RECORD_BYTES_MAX;
}

static bool counts_names(const weir_stream *stream, weir_record_view *out)
{
    struct uniq_records *self = records_of(stream);

    *out = (weir_record_view){&counted_type, &self->names};
    return weir_record_names(weir_source(stream), &self->names.of);
}

static const weir_stream_ops firsts_ops = {.size = sizeof firsts_ops,
                                           .name = "uniq",
                                           .poll_next = firsts_poll_next,
                                           .fini = records_fini,
                                           .marks = WEIR_MARKS_PASS,
                                           .memory_max = records_memory_max};

static const weir_stream_ops counts_ops = {.size = sizeof counts_ops,
                                           .name = "uniq",
                                           .poll_next = counts_poll_next,
                                           .fini = records_fini,
                                           .marks = WEIR_MARKS_HOLD,
                                           .memory_max = records_memory_max,
                                           .names = counts_names};

static weir_stream *uniq_records_new(weir_stream *source, bool counts)
{
    const weir_type *type = source->type;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct uniq_records), counts ? &counts_ops : &firsts_ops,
                        counts ? &counted_type : type);

    if (weir_stage_failed(&stream->stage))
        return stream;
    struct uniq_records *self = records_of(stream);
    self->counts = counts;
    self->run.in = weir_arena_take(stream->stage.arena, TAKE_ITEMS * type->size, type->align);
    return self->run.in ? stream
                        : weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                             "no memory for uniq", NULL, NULL, 0);
}

/* ---- the stage ---- */

static void build_uniq(struct flow *flow, struct node *node)
{
    bool counts = node->args[UNIQ_COUNT].given;
    const weir_stream_ops *ops = counts ? &counted_ops : &uniq_ops;

    if (node->before->gives == FLOW_RECORDS) {
        flow->stream = uniq_records_new(flow->stream, counts);
        return;
    }
    flow->stream = weir_stream_new(flow->stream, sizeof(struct uniq), ops, &weir_type_line);
    if (weir_stage_failed(&flow->stream->stage))
        return;
    struct uniq *self = uniq_of(flow->stream);
    self->longest = weir_pl_lines_longest(node);
    self->run.in = self->in;
}

const struct entry weir_pl_entry_uniq = {
    .name = "uniq",
    .usage = "uniq [count]",
    .does = "of equal lines or records behind each other keep the first",
    .help = "Of all equal lines, wherever they stand: sort first.\n"
            "Records are equal that have the same fields with the same values, in one order.\n"
            "count  each with how many there were: before the line, as uniq -c, or as the first\n"
            "       field of the record, count",
    .example = "weir app.log ! lines ! uniq count",
    .takes = FLOW_LINES | FLOW_RECORDS,
    .gives = FLOW_LINES | FLOW_RECORDS,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {[UNIQ_COUNT] = {.name = "count", .kind = ARG_WORD, .type = ARG_TEXT}},
    .build = build_uniq,
};
