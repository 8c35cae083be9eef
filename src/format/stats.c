/* stats: what the fields of all records are like. */

#include <math.h>

#include "core/mark_line.h"
#include "format/number.h"
#include "format/path.h"
#include "weir/fields.h"

enum { SLOTS = 2048, STATS_NAME_BYTES = 128, KEPT_BYTES = 64, SHOWN = 8 };

/* A value that is kept, cut. */
struct kept {
    char bytes[KEPT_BYTES];
    size_t size;
};

struct tally {
    char name[STATS_NAME_BYTES];
    size_t name_size;
    uint64_t last; /* the record it was seen in last */
    uint64_t count, numbers, distinct;
    long double mean, m2; /* of the numbers: a mean of many is not off in its last digits */
    double least, most;
    struct kept least_number, most_number; /* as they were written */
    struct kept least_text, most_text;
    uint64_t hashes[SLOTS]; /* 0: free */
};

struct stats {
    weir_stream stream;
    uint64_t records;
    struct tally *tallies[WEIR_STATS_FIELDS_MAX];
    size_t n;
    size_t next; /* to be given; 0 until the source has ended */
    bool ended;
    size_t guess; /* where the next field stood in the record before */
    weir_field fields[SHOWN];
    struct weir_mark_line marks; /* behind all */
};

static struct stats *stats_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct stats, stream);
}

/* ---- one value ---- */

static void stats_keep(struct kept *kept, weir_text text)
{
    kept->size = text.size < KEPT_BYTES ? text.size : KEPT_BYTES;
    if (kept->size)
        memcpy(kept->bytes, text.data, kept->size);
}

static int stats_compare(const struct kept *kept, weir_text text)
{
    size_t size = text.size < KEPT_BYTES ? text.size : KEPT_BYTES;
    size_t shorter = kept->size < size ? kept->size : size;
    int order = shorter ? memcmp(kept->bytes, text.data, shorter) : 0;
    return order ? order : (kept->size > size) - (kept->size < size);
}

/* FNV-1a, and its bits stirred. */
static uint64_t stats_hash_of(weir_text text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static void note_distinct(struct tally *tally, weir_text text)
{
    if (tally->distinct > WEIR_STATS_DISTINCT_MAX)
        return;
    uint64_t hash = stats_hash_of(text);
    size_t at = hash % SLOTS;
    while (tally->hashes[at] && tally->hashes[at] != hash)
        at = (at + 1) % SLOTS;
    tally->distinct += tally->hashes[at] == 0;
    tally->hashes[at] = hash;
}

/* As it is written; what is too long to be kept would be another number if it were cut. */
static void keep_number(struct kept *kept, double number, weir_text text)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_value real = {WEIR_VALUE_F64, {.f64 = number}};
    if (text.size > KEPT_BYTES)
        weir_value_text(&real, scratch, &text);
    stats_keep(kept, text);
}

/* Of two numbers that are one as doubles. */
static int compare_large(weir_text text, const struct kept *kept)
{
    weir_value a = {WEIR_VALUE_WORD, {.text = text}};
    weir_value b = {WEIR_VALUE_WORD, {.text = {kept->bytes, kept->size}}};
    return weir_value_compare(&a, &b);
}

/* Doubles do not tell the largest apart. */
static inline bool is_large(double number)
{
    return WEIR_UNLIKELY(fabs(number) >= 0x1p53);
}

static void note_number(struct tally *tally, double number, weir_text text)
{
    bool first = !tally->numbers++;
    long double from = number - tally->mean;
    tally->mean += from / tally->numbers;
    tally->m2 += from * (number - tally->mean);
    if (first || number < tally->least ||
        (number == tally->least && is_large(number) &&
         compare_large(text, &tally->least_number) < 0)) {
        tally->least = number;
        keep_number(&tally->least_number, number, text);
    }
    if (first || number > tally->most ||
        (number == tally->most && is_large(number) &&
         compare_large(text, &tally->most_number) > 0)) {
        tally->most = number;
        keep_number(&tally->most_number, number, text);
    }
}

static void note_text(struct tally *tally, weir_text text)
{
    bool first = !tally->count++;
    if (first || stats_compare(&tally->least_text, text) > 0)
        stats_keep(&tally->least_text, text);
    if (first || stats_compare(&tally->most_text, text) < 0)
        stats_keep(&tally->most_text, text);
    note_distinct(tally, text);
}

static void stats_note(struct tally *tally, const weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    if (weir_value_empty(value))
        return;
    if (!weir_value_text(value, scratch, &text) &&
        !weir_record_text(value->is.record, WEIR_FORM_JSON, &text))
        text = (weir_text){"", 0};
    note_text(tally, text);
    struct weir_value_number number = value->kind == WEIR_VALUE_TEXT
                                          ? weir_number_of_text(value->is.text)
                                          : weir_value_number(value);
    double real = weir_number_f64(&number);
    if (number.kind != WEIR_NUMBER_NONE && !isnan(real))
        note_number(tally, real, text);
}

/* ---- one record ---- */

static bool stats_is_of(const struct tally *tally, weir_text name)
{
    size_t size = name.size < STATS_NAME_BYTES ? name.size : STATS_NAME_BYTES;
    return tally->name_size == size && memcmp(tally->name, name.data, size) == 0;
}

static struct tally *make_tally(struct stats *self, weir_text name)
{
    struct tally *tally = weir_allocate(sizeof *tally);
    if (!tally)
        return NULL;
    memset(tally, 0, sizeof *tally);
    tally->name_size = name.size < STATS_NAME_BYTES ? name.size : STATS_NAME_BYTES;
    if (tally->name_size)
        memcpy(tally->name, name.data, tally->name_size);
    self->tallies[self->n++] = tally;
    return tally;
}

/* Records are mostly alike: it stands behind the one before. NULL: there is no room. */
static struct tally *tally_of(struct stats *self, weir_text name)
{
    for (size_t i = 0; i < self->n; i++) {
        size_t at = (self->guess + i) % self->n;
        if (stats_is_of(self->tallies[at], name)) {
            self->guess = at + 1;
            return self->tallies[at];
        }
    }
    self->guess = 0;
    return self->n < WEIR_STATS_FIELDS_MAX ? make_tally(self, name) : NULL;
}

static weir_poll stats_refuse(const struct stats *self, weir_cx *cx)
{
    if (self->n < WEIR_STATS_FIELDS_MAX)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes of a field",
                         sizeof(struct tally));
    weir_poll got =
        weir_fail(cx, WEIR_E_LIMIT, "the records have more than %d fields", WEIR_STATS_FIELDS_MAX);
    cx->error.cure = "pick those that matter";
    cx->error.record = self->records;
    return got;
}

static weir_poll stats_take(struct stats *self, weir_cx *cx, weir_record_view record)
{
    weir_text name;
    weir_value value;
    self->records++;
    self->guess = 0;
    for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value);) {
        struct tally *tally = tally_of(self, name);
        if (!tally)
            return stats_refuse(self, cx);
        if (tally->last != self->records) /* of several of one name: the first */
            stats_note(tally, &value);
        tally->last = self->records;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll stats_gather(struct stats *self, weir_cx *cx, void *item)
{
    weir_stream *source = weir_source(&self->stream);
    do {
        weir_poll got = poll_next(source, cx, item, 1);
        self->ended = got.state == WEIR_END;
        weir_poll taken = {0, WEIR_READY};
        if (got.n) {
            taken = stats_take(self, cx, (weir_record_view){source->type, item});
            weir_type_drop_items(source->type, item, got.n);
        }
        if (taken.state != WEIR_READY)
            return taken;
        if (got.state == WEIR_MARK) {
            weir_mark_line_keep(&self->marks, cx);
            return (weir_poll){0, WEIR_READY};
        }
        if (got.state == WEIR_PENDING)
            return weir_mark_line_wait(&self->marks, cx, "stats");
        if (got.state != WEIR_READY)
            return (weir_poll){0, self->ended ? WEIR_READY : got.state};
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

/* ---- what it came to ---- */

/* Newton's way, from above: no library of mathematics is needed for one root a field. */
static double root(double of)
{
    long double guess = of > 1 ? of : 1;
    if (!(of > 0) || isinf(of))
        return of;
    for (;;) {
        long double next = (guess + of / guess) / 2;
        if (!(next < guess))
            return (double)guess;
        guess = next;
    }
}

static double deviation_of(const struct tally *tally)
{
    return root((double)(tally->m2 / (tally->numbers - 1.0L)));
}

static void stats_show(struct stats *self, size_t *n, const char *name, weir_value value)
{
    self->fields[(*n)++] = (weir_field){{name, strlen(name)}, value};
}

static weir_value count_value(uint64_t count)
{
    return (weir_value){WEIR_VALUE_U64, {.u64 = count}};
}

/* null: it cannot be said. */
static weir_value real_value(long double number)
{
    double real = (double)number;
    return (weir_value){isfinite(real) ? WEIR_VALUE_F64 : WEIR_VALUE_NULL, {.f64 = real}};
}

static weir_value kept_value(const struct kept *kept, weir_value_kind kind)
{
    return (weir_value){kind, {.text = {kept->bytes, kept->size}}};
}

static weir_fields stats_give(struct stats *self, const struct tally *tally)
{
    bool all = tally->numbers && tally->numbers == tally->count;
    weir_value name = {WEIR_VALUE_TEXT, {.text = {tally->name, tally->name_size}}};
    size_t n = 0;
    stats_show(self, &n, "field", name);
    stats_show(self, &n, "count", count_value(tally->count));
    stats_show(self, &n, "missing", count_value(self->records - tally->count));
    const weir_value none = {WEIR_VALUE_NULL, {0}};
    weir_value_kind kind = all ? WEIR_VALUE_WORD : WEIR_VALUE_TEXT;
    const struct kept *least = all ? &tally->least_number : &tally->least_text;
    const struct kept *most = all ? &tally->most_number : &tally->most_text;
    stats_show(self, &n, "min", tally->count ? kept_value(least, kind) : none);
    stats_show(self, &n, "max", tally->count ? kept_value(most, kind) : none);
    stats_show(self, &n, "mean", tally->numbers ? real_value(tally->mean) : none);
    stats_show(self, &n, "deviation", tally->numbers > 1 ? real_value(deviation_of(tally)) : none);
    if (tally->distinct > WEIR_STATS_DISTINCT_MAX)
        stats_show(self, &n, "distinct", (weir_value){WEIR_VALUE_TEXT, {.text = {"1000+", 5}}});
    else
        stats_show(self, &n, "distinct", count_value(tally->distinct));
    return (weir_fields){.fields = self->fields, .n = n};
}

static weir_poll stats_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct stats *self = stats_of(stream);
    (void)demand;
    if (!self->ended) {
        weir_stream *source = weir_source(stream);
        size_t mark = weir_scratch_mark(cx), one = 1;
        void *item = weir_scratch_items(cx, source, source->type, &one);
        weir_poll got = item ? stats_gather(self, cx, item) : weir_scratch_fail(cx, source->type);
        weir_scratch_give(cx, mark);
        return got;
    }
    if (self->next == self->n && self->marks.first)
        return weir_mark_line_give(&self->marks, cx);
    if (self->next == self->n) {
        cx->cut |= weir_source(stream)->stage.cut;
        return (weir_poll){0, WEIR_END};
    }
    *(weir_fields *)out = stats_give(self, self->tallies[self->next++]);
    return (weir_poll){1, WEIR_READY};
}

static void stats_fini(weir_stream *stream)
{
    struct stats *self = stats_of(stream);
    weir_mark_line_drop(&self->marks);
    for (size_t i = 0; i < self->n; i++)
        weir_release(self->tallies[i], sizeof *self->tallies[i]);
}

static size_t stats_memory_max(const weir_stream *stream)
{
    (void)stream;
    return WEIR_STATS_FIELDS_MAX * sizeof(struct tally);
}

static bool stats_names(const weir_stream *stream, weir_record_view *out)
{
    static const weir_field fields[] = {
        {{"field", 5}, {0}}, {{"count", 5}, {0}}, {{"missing", 7}, {0}},   {{"min", 3}, {0}},
        {{"max", 3}, {0}},   {{"mean", 4}, {0}},  {{"deviation", 9}, {0}}, {{"distinct", 8}, {0}}};
    static const weir_fields names = {.fields = fields, .n = sizeof fields / sizeof *fields};
    (void)stream;
    *out = (weir_record_view){&weir_type_fields, &names};
    return true;
}

static const weir_stream_ops stats_ops = {.size = sizeof stats_ops,
                                          .name = "stats",
                                          .poll_next = stats_poll_next,
                                          .fini = stats_fini,
                                          .memory_max = stats_memory_max,
                                          .marks = WEIR_MARKS_HOLD,
                                          .names = stats_names};

weir_stream *weir_stats(weir_stream *source)
{
    source = weir_expect_ending(weir_expect_record(source, "stats"), "stats");
    const weir_type *type = source->type;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct stats), &stats_ops, &weir_type_fields);
    if (weir_stage_failed(&stream->stage))
        return stream;
    return weir_stream_scratch(stream, type);
}
