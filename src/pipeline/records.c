/* What stages between bytes and records share: JSON, and records that nobody wants. */
#include "pipeline/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/place.h"

/* ---- to nothing ---- */

struct drain {
    weir_reader reader;
};

static weir_poll drain_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_stream *source = (weir_stream *)reader->stage.source;

    (void)min;
    do {
        weir_poll got = weir_poll_skip(source, cx, cx->demand_max);
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static size_t drain_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops drain_ops = {.size = sizeof drain_ops,
                                          .name = "nothing",
                                          .poll_fill = drain_poll_fill,
                                          .memory_max = drain_memory_max};

weir_reader *weir_pl_records_to_nothing(weir_stream *stream)
{
    return weir_reader_over_stream(stream, sizeof(struct drain), &drain_ops);
}

/* ---- json: the items of a document's list, or the document ---- */

static weir_record_view view_of(const void *item)
{
    return *(const weir_record_view *)item;
}

static size_t any_count(const weir_type *type, const void *item)
{
    (void)type;
    return weir_record_count(view_of(item));
}

static bool any_next(const weir_type *type, const void *item, weir_record_iter *iter,
                     weir_text *name, weir_value *value)
{
    (void)type;
    return weir_record_next(view_of(item), iter, name, value);
}

static bool any_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    return weir_record_find(view_of(item), name, value);
}

static bool any_text(const weir_type *type, const void *item, weir_record_form form, weir_text *out)
{
    (void)type;
    return weir_record_text(view_of(item), form, out);
}

static const weir_record_ops any_ops = {.size = sizeof any_ops,
                                        .count = any_count,
                                        .next = any_next,
                                        .find = any_find,
                                        .text = any_text};
const weir_type weir_pl_records_view_type = {.name = "weir_record_view",
                                             .size = sizeof(weir_record_view),
                                             .align = _Alignof(weir_record_view),
                                             .lent = true,
                                             .owned = &weir_type_owned_fields,
                                             .own = weir_fields_own,
                                             .record = &any_ops};

struct document {
    weir_stream stream;
    bool there, list;
    weir_json json; /* lent by the source, which is not asked again before the end */
    weir_record_view root;
    weir_record_iter at;
    const char *item;  /* the text of the list behind so many items; NULL: none was looked for */
    size_t item_i;     /* and the number of the one that stands there, from 1 */
    weir_line refused; /* until the next poll; data NULL: nothing */
};

/* Behind a string that begins here. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Where an item of a list ends: at a comma of its list, or at its end. The text was read before. */
static const char *item_end(const char *at)
{
    for (size_t depth = 0;;) {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        bool closes = *at == ']' || *at == '}';
        if (!depth && (closes || *at == ','))
            return at;
        depth += *at == '[' || *at == '{';
        depth -= closes;
        at++;
    }
}

/* The text of the item that was given last, as it came; it is looked for behind the one before. */
static weir_line item_text(struct document *self)
{
    if (!self->item) {
        self->item = self->json.text.data + 1;
        self->item_i = 1;
    }
    for (; self->item_i < self->at.i; self->item_i++)
        self->item = item_end(self->item) + 1;
    const char *begin = self->item, *end = item_end(begin);
    while (strchr(" \t\r\n", *begin))
        begin++;
    while (strchr(" \t\r\n", end[-1]))
        end--;
    return (weir_line){begin, (size_t)(end - begin)};
}

static bool document_rejected(const weir_stream *stream, weir_line *out)
{
    *out = WEIR_CONTAINER(stream, struct document, stream)->refused;
    return out->data;
}

static bool begin_document(struct document *self, weir_cx *cx)
{
    weir_value value = weir_json_value(&self->json);

    self->there = true;
    self->list = value.kind == WEIR_VALUE_LIST;
    self->root = value.is.record;
    if (self->list || value.kind == WEIR_VALUE_RECORD)
        return true;
    weir_fail(cx, WEIR_E_CORRUPT, "the document is neither an object nor a list of them");
    return false;
}

static weir_poll next_item(struct document *self, weir_cx *cx, weir_record_view *out)
{
    weir_text name;
    weir_value value;

    if (!weir_record_next(self->root, &self->at, &name, &value))
        return (weir_poll){0, WEIR_END};
    if (value.kind == WEIR_VALUE_RECORD) {
        *out = value.is.record;
        return (weir_poll){1, WEIR_READY};
    }
    weir_poll got = weir_fail(cx, WEIR_E_CORRUPT, "item %zu of the list is no object", self->at.i);
    cx->error.fatal = false;
    cx->error.record = self->at.i;
    self->refused = item_text(self);
    return got;
}

static weir_poll document_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct document *self = WEIR_CONTAINER(stream, struct document, stream);

    (void)demand;
    self->refused = (weir_line){NULL, 0};
    if (!self->there) {
        weir_poll got = weir_poll_next(weir_source(stream), cx, &self->json, 1);
        if (!got.n)
            return got;
        if (!begin_document(self, cx))
            return (weir_poll){0, WEIR_ERROR};
    }
    if (self->list)
        return next_item(self, cx, out);
    *(weir_record_view *)out = self->root;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops document_ops = {.size = sizeof document_ops,
                                             .name = "from",
                                             .poll_next = document_poll_next,
                                             .rejected = document_rejected};

weir_stream *weir_pl_records_from_json(weir_reader *reader, size_t bytes_max)
{
    weir_stream *document =
        weir_json_doc(reader, bytes_max ? bytes_max : WEIR_JSON_DOC_MAX_DEFAULT);
    return weir_stream_new(document, sizeof(struct document), &document_ops,
                           &weir_pl_records_view_type);
}

weir_stream *weir_pl_records_from_ndjson(weir_reader *reader, size_t bytes_max)
{
    size_t values = bytes_max > WEIR_JSON_VALUES_MAX_DEFAULT / 13 ? 13 * bytes_max : 0;
    return weir_ndjson(reader,
                       &WEIR_JSON_OPTIONS(.line_bytes_max = bytes_max, .json_bytes_max = values));
}

/* ---- left out ---- */

void weir_pl_records_note_rejected(struct node *node, const weir_error *error)
{
    char place[sizeof error->place + 100];

    if (node->rejected++)
        return;
    weir_pl_room_free(node->first_rejected);
    weir_pl_place_text(NULL, error, place, sizeof place);
    size_t size = strlen(place) + strlen(error->message) + 1;
    node->first_rejected = weir_pl_room_zeroed(size, 1);
    if (node->first_rejected)
        snprintf(node->first_rejected, size, "%s%s", place, error->message);
}

/* ---- by the name of a format ---- */

bool weir_pl_records_is_format(const char *name)
{
    static const char *const names[] = {"csv", "tsv", "tab", "ndjson", "jsonl", "json"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

weir_stream *weir_pl_records_from(weir_reader *reader, const char *format)
{
    if (!strcmp(format, "csv"))
        return weir_csv(reader, &WEIR_CSV_OPTIONS(.number_doubled = true));
    if (!strcmp(format, "json"))
        return weir_pl_records_from_json(reader, 0);
    return format[0] == 't' ? weir_csv(reader, &WEIR_TSV_OPTIONS(.number_doubled = true))
                            : weir_pl_records_from_ndjson(reader, 0);
}
