/* Fields that are looked for. The names of the first record are kept, as what may have been meant.
 */
#include "pipeline/sought.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/suggest.h"

enum { NAMES_BYTES = 2048, LISTED_MAX = 5, LISTED_BYTES = 120 };

struct name {
    const char *text;
    size_t arg;
    bool found;
    struct name *next;
};

struct sought {
    struct name *first, **last;
    bool done;               /* all were found, or none is asked for */
    bool known;              /* there was a record, or its names were known without */
    uint64_t n;              /* records that were looked at */
    char names[NAMES_BYTES]; /* one behind the other, each with its NUL */
    size_t names_n;
};

bool weir_pl_sought_add(struct node *node, const struct words *words, size_t i, const char *text)
{
    if (!node->sought) {
        node->sought = weir_pl_room_zeroed(1, sizeof *node->sought);
        if (!node->sought)
            return weir_pl_note_no_memory(words);
        node->sought->last = &node->sought->first;
    }
    struct name *name = weir_pl_room_zeroed(1, sizeof *name);
    if (!name)
        return weir_pl_note_no_memory(words);
    *name = (struct name){.text = text, .arg = i};
    *node->sought->last = name;
    node->sought->last = &name->next;
    return true;
}

void weir_pl_sought_drop(struct node *node)
{
    struct name *next;

    for (struct name *name = node->sought ? node->sought->first : NULL; name; name = next) {
        next = name->next;
        weir_pl_room_free(name);
    }
    weir_pl_room_free(node->sought);
    node->sought = NULL;
}

/* ---- looking ---- */

static bool find(weir_record_view record, weir_text text, weir_value *value)
{
    weir_name name = {text, 0};
    return weir_record_find(record, &name, value) && value->kind != WEIR_VALUE_NONE;
}

bool weir_pl_sought_find(weir_record_view record, const char *text, weir_value *value)
{
    if (find(record, (weir_text){text, strlen(text)}, value))
        return true;
    for (const char *dot; (dot = strchr(text, '.')); text = dot + 1) {
        if (!find(record, (weir_text){text, (size_t)(dot - text)}, value) ||
            value->kind != WEIR_VALUE_RECORD)
            return false;
        record = value->is.record;
        if (find(record, (weir_text){dot + 1, strlen(dot + 1)}, value))
            return true;
    }
    return false;
}

static void keep_names(struct sought *self, weir_record_view record)
{
    weir_text name;
    weir_value value;

    for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value);) {
        if (name.size + 1 > NAMES_BYTES - self->names_n)
            return;
        memcpy(self->names + self->names_n, name.data, name.size);
        self->names_n += name.size;
        self->names[self->names_n++] = 0;
    }
}

static void look(struct sought *self, weir_record_view record)
{
    weir_value value;

    self->done = true;
    for (struct name *name = self->first; name; name = name->next) {
        name->found = name->found || weir_pl_sought_find(record, name->text, &value);
        self->done &= name->found;
    }
    if (!self->known && !self->done)
        keep_names(self, record);
    self->known = true;
}

struct watch {
    weir_stream stream;
    struct sought *sought;
};

static weir_poll watch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sought *self = WEIR_CONTAINER(stream, struct watch, stream)->sought;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    weir_record_view names;

    for (uint32_t i = 0; i < got.n && !self->done; i++, self->n++)
        look(self, (weir_record_view){stream->type, (char *)out + i * stream->type->size});
    /* What all records lack may stand in their header all the same. */
    if (got.state == WEIR_END && !self->done && weir_record_names(weir_source(stream), &names))
        look(self, names);
    return got;
}

static weir_hint watch_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops watch_ops = {.size = sizeof watch_ops,
                                          .name = "fields",
                                          .poll_next = watch_poll_next,
                                          .size_hint = watch_size_hint,
                                          .marks = WEIR_MARKS_PASS};

/* Of the many connections that are served nobody is told. */
weir_stream *weir_pl_sought_watch(weir_stream *source, struct node *node)
{
    if (!node->sought || node->chain->served || weir_stage_failed(&source->stage))
        return source;
    weir_stream *stream = weir_stream_new(source, sizeof(struct watch), &watch_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct watch, stream)->sought = node->sought;
    return stream;
}

/* ---- telling ---- */

static const char *next_name(const struct sought *self, const char *name)
{
    const char *next = name ? name + strlen(name) + 1 : self->names;
    return next < self->names + self->names_n ? next : NULL;
}

/* The nearest, or the first few. */
static void put_hint(const struct sought *self, const char *text, char *out, size_t size)
{
    struct suggestion near = {.word = text};
    size_t n = 0, listed = 0;

    for (const char *name = NULL; (name = next_name(self, name));)
        weir_pl_suggest(&near, name);
    if (*near.best) {
        snprintf(out, size, "did you mean '%s'?", near.best);
        return;
    }
    out[0] = 0;
    for (const char *name = NULL; (name = next_name(self, name)) && n < LISTED_BYTES; listed++) {
        if (listed == LISTED_MAX || strlen(name) > LISTED_BYTES) {
            snprintf(out + n, size - n, ", ...");
            return;
        }
        n += (size_t)snprintf(out + n, size - n, "%s%s", listed ? ", " : "their fields: ", name);
    }
}

void weir_pl_sought_tell(const struct node *node, const struct words *words)
{
    const struct sought *self = node->sought;
    char hint[4 * LISTED_BYTES];

    if (!self || !self->known)
        return;
    for (const struct name *name = self->first; name; name = name->next) {
        const struct arg *arg = &node->args[name->arg];
        if (name->found)
            continue;
        put_hint(self, name->text, hint, sizeof hint);
        weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, (struct span){0, 0}, hint,
                         self->n > 1    ? "none of %2$llu records has a field '%1$s'"
                         : self->n == 1 ? "the record has no field '%s'"
                                        : "there is no field '%s'",
                         name->text, (unsigned long long)self->n);
    }
}
