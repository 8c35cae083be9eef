/* rename: one field under another name. What is given is a view of what came. */

#include "format/path.h"
#include "format/remake.h"
#include "weir/fields.h"

enum { RENAME_ITEMS_MAX = 32 }; /* at once */

/* What it gives. */
struct renamed_record {
    weir_record_view in;
    struct rename *stage;
    bool changes;  /* there is such a field */
    bool replaces; /* and some that had the name before, which are gone */
};

struct rename {
    struct weir_remake remake;
    weir_name from, to;
    struct renamed_record names; /* of no record */
};

static bool renamed_next(const weir_type *type, const void *item, weir_record_iter *iter,
                         weir_text *name, weir_value *value)
{
    (void)type;
    const struct renamed_record *self = item;
    while (weir_record_next(self->in, iter, name, value)) {
        if (!self->changes)
            return true;
        if (weir_text_same(*name, self->stage->to.text))
            continue;
        if (weir_text_same(*name, self->stage->from.text))
            *name = self->stage->to.text;
        return true;
    }
    return false;
}

/* What is gone may stand there more than once: only a walk says how many are left. */
static size_t renamed_count(const weir_type *type, const void *item)
{
    const struct renamed_record *self = item;
    weir_text name;
    weir_value value;
    if (!self->replaces)
        return weir_record_count(self->in);
    size_t n = 0;
    for (weir_record_iter iter = {0}; renamed_next(type, item, &iter, &name, &value);)
        n++;
    return n;
}

static bool renamed_find(const weir_type *type, const void *item, weir_name *name,
                         weir_value *value)
{
    (void)type;
    const struct renamed_record *self = item;
    if (self->changes && weir_text_same(name->text, self->stage->to.text))
        return weir_record_find(self->in, &self->stage->from, value);
    if (self->changes && weir_text_same(name->text, self->stage->from.text))
        return false;
    return weir_record_find(self->in, name, value);
}

static bool renamed_text(const weir_type *type, const void *item, weir_record_form form,
                         weir_text *out)
{
    (void)type;
    const struct renamed_record *self = item;
    return !self->changes && weir_record_text(self->in, form, out);
}

static const weir_record_ops rename_record_ops = {.size = sizeof rename_record_ops,
                                                  .count = renamed_count,
                                                  .next = renamed_next,
                                                  .find = renamed_find,
                                                  .text = renamed_text};

static const weir_type renamed_type =
    WEIR_TYPE_(struct renamed_record, .lent = true, .owned = &weir_type_owned_fields,
               .own = weir_fields_own, .record = &rename_record_ops);

static struct rename *rename_of(struct weir_remake *remake)
{
    return WEIR_CONTAINER(remake, struct rename, remake);
}

static bool rename_one(struct weir_remake *remake, void *out, weir_record_view in,
                       weir_error *error)
{
    (void)error;
    struct rename *self = rename_of(remake);
    weir_value value;
    bool changes = weir_record_find(in, &self->from, &value);
    *(struct renamed_record *)out =
        (struct renamed_record){.in = in,
                                .stage = self,
                                .changes = changes,
                                .replaces = changes && weir_record_find(in, &self->to, &value)};
    return true;
}

static void rename_fini(weir_stream *stream)
{
    weir_remake_drop(WEIR_CONTAINER(stream, struct weir_remake, stream));
}

static bool rename_names(const weir_stream *stream, weir_record_view *out)
{
    struct rename *self = WEIR_CONTAINER(stream, struct rename, remake.stream);
    weir_record_view in;
    if (!weir_record_names(weir_source(stream), &in))
        return false;
    *out = (weir_record_view){&renamed_type, &self->names};
    return rename_one(&self->remake, &self->names, in, NULL);
}

static const weir_stream_ops rename_ops = {.size = sizeof rename_ops,
                                           .name = "rename",
                                           .poll_next = weir_remake_poll_next,
                                           .fini = rename_fini,
                                           .size_hint = weir_remake_size_hint,
                                           .marks = WEIR_MARKS_PASS,
                                           .names = rename_names,
                                           .rejected = weir_remake_rejected};

weir_stream *weir_rename(weir_stream *source, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return weir_expect_record(source, "rename"); /* nothing changes */
    weir_stream *stream = weir_remake_new(source, sizeof(struct rename), &rename_ops, &renamed_type,
                                          rename_one, RENAME_ITEMS_MAX);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct rename *self = WEIR_CONTAINER(stream, struct rename, remake.stream);
    self->from.text = weir_path_copy(stream->stage.arena, (weir_text){from, strlen(from)});
    self->to.text = weir_path_copy(stream->stage.arena, (weir_text){to, strlen(to)});
    if (self->from.text.data && self->to.text.data)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for rename", NULL,
                              NULL, 0);
}
