/* pick: some fields of each record, by name. */

#include "format/path.h"
#include "format/remake.h"
#include "weir/fields.h"

/* Records at once, and fields of all of them: what is made of one poll stands in the arena. */
enum { PICK_ITEMS_MAX = 32, PICK_FIELDS_MAX = 1024 };

struct pick {
    struct weir_remake remake;
    struct weir_path *paths;
    size_t n;
    weir_field *fields; /* n for each record of a poll */
    size_t used;
    weir_field *named; /* n more, for those of no record */
    weir_fields names;
};

static struct pick *pick_of(struct weir_remake *remake)
{
    return WEIR_CONTAINER(remake, struct pick, remake);
}

static void pick_begin(struct weir_remake *remake)
{
    pick_of(remake)->used = 0;
}

static bool pick_one(struct weir_remake *remake, void *out, weir_record_view in, weir_error *error)
{
    struct pick *self = pick_of(remake);
    weir_text text;
    if (weir_record_no_object(in, &text)) {
        weir_error_set(error, WEIR_E_CORRUPT, "no field can be picked: the value is no object");
        return false;
    }
    weir_field *fields = self->fields + self->used++ * self->n;
    size_t n = 0;
    for (size_t i = 0; i < self->n; i++)
        if (weir_path_find(&self->paths[i], in, &fields[n].value))
            fields[n++].name = self->paths[i].whole.text;
    *(weir_fields *)out = (weir_fields){.fields = fields, .n = n};
    return true;
}

static void pick_fini(weir_stream *stream)
{
    weir_remake_drop(WEIR_CONTAINER(stream, struct weir_remake, stream));
}

/* Those that the source has, where that is known; else all of them. */
static bool pick_names(const weir_stream *stream, weir_record_view *out)
{
    struct pick *self = WEIR_CONTAINER(stream, struct pick, remake.stream);
    weir_record_view source;
    bool known = weir_record_names(weir_source(stream), &source);
    weir_value value = {.kind = WEIR_VALUE_NULL};
    size_t n = 0;
    for (size_t i = 0; i < self->n; i++)
        if (!known || weir_path_find(&self->paths[i], source, &value))
            self->named[n++] = (weir_field){self->paths[i].whole.text, value};
    self->names = (weir_fields){.fields = self->named, .n = n};
    *out = (weir_record_view){&weir_type_fields, &self->names};
    return true;
}

static const weir_stream_ops pick_ops = {.size = sizeof pick_ops,
                                         .name = "pick",
                                         .poll_next = weir_remake_poll_next,
                                         .fini = pick_fini,
                                         .size_hint = weir_remake_size_hint,
                                         .marks = WEIR_MARKS_PASS,
                                         .names = pick_names,
                                         .rejected = weir_remake_rejected};

/* The first name that came before; NULL: none. */
static const char *find_twice(const struct pick *self)
{
    for (size_t i = 1; i < self->n; i++)
        for (size_t j = 0; j < i; j++)
            if (weir_text_same(self->paths[i].whole.text, self->paths[j].whole.text))
                return self->paths[i].whole.text.data;
    return NULL;
}

static bool keep_names(struct pick *self, const char *const *names, size_t n, size_t records)
{
    weir_arena *arena = self->remake.stream.stage.arena;
    self->n = n;
    self->paths = weir_arena_take(arena, n * sizeof *self->paths, _Alignof(struct weir_path));
    self->fields = weir_arena_take(arena, records * n * sizeof *self->fields, _Alignof(weir_field));
    self->named = weir_arena_take(arena, n * sizeof *self->named, _Alignof(weir_field));
    bool fits = self->paths && self->fields && self->named;
    for (size_t i = 0; fits && i < n; i++)
        fits = weir_path_init(&self->paths[i], arena, names[i]);
    return fits;
}

weir_stream *weir_pick(weir_stream *source, const char *const *names, size_t n)
{
    source = weir_expect_limit(source, "pick", "n", n);
    size_t records = n && n < PICK_FIELDS_MAX / PICK_ITEMS_MAX ? PICK_ITEMS_MAX
                     : n > PICK_FIELDS_MAX                     ? 1
                                                               : PICK_FIELDS_MAX / (n + !n);
    weir_stream *stream = weir_remake_new(source, sizeof(struct pick), &pick_ops, &weir_type_fields,
                                          pick_one, records);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (n > WEIR_PICK_MAX)
        return weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, "at most 1024",
                                  "pick: %s%s%zu names", "", "", n);
    struct pick *self = WEIR_CONTAINER(stream, struct pick, remake.stream);
    self->remake.begin = pick_begin;
    if (!keep_names(self, names, n, records))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for pick", NULL,
                                  NULL, 0);
    const char *twice = find_twice(self);
    if (twice)
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "name each field once",
                                  "pick: '%s' is named twice", twice, NULL, 0);
    return stream;
}
