/* Items as bytes: lines, and records in a format. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/items.h"
#include "pipeline/room.h"
#include "pipeline/records.h"
#include "pipeline/note.h"
#include "pipeline/sought.h"
#include "pipeline/stages.h"

enum { TO_FORMAT, TO_SEPARATOR, TO_HEADER, TO_COLUMNS, TO_ESCAPES, TO_FIELDS, TO_ON_ERROR };

static const struct span nothing = {0, 0};

struct table {
    weir_to_csv_options options;
    struct names *names;
    struct message *message;
};

static void drop_table(struct node *node)
{
    struct table *table = node->own;

    if (!table)
        return;
    weir_pl_room_free(table->names);
    weir_pl_message_drop(table->message);
    weir_pl_room_free(node->first_rejected);
}

static bool refuse_header(const struct words *words, const struct arg *header)
{
    weir_pl_note_set(words, (struct span){header->word, header->word + 1}, nothing,
                     "columns=a,b,c chooses the names", "this can only be header=no, not '%s'",
                     header->text);
    return false;
}

static bool take_fields(struct node *node, const struct words *words, struct message **message)
{
    if (!weir_pl_records_fields(node, words, TO_FIELDS, message))
        return false;
    for (size_t i = 0; *message && i < (*message)->fields_n; i++)
        if (!weir_pl_sought_add(node, words, TO_FIELDS, (*message)->field_at[i]))
            return false;
    return true;
}

/* Of the lines of `to lines` each can be written. */
static bool check_skip(const struct node *node, const struct words *words)
{
    const struct arg *skip = &node->args[TO_ON_ERROR];

    if (!skip->given || strcmp(node->args[TO_FORMAT].text, "lines") != 0)
        return true;
    weir_pl_note_set(words, (struct span){skip->word, skip->word + 1}, nothing, "leave it out",
                     "'on-error' is of records, and these are lines");
    return false;
}

/* The second of one name would be empty. */
static bool is_named_before(const struct names *names, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(names->at[j], names->at[i]) == 0)
            return true;
    return false;
}

static bool refuse_twice(const struct words *words, const struct arg *columns, const char *name)
{
    weir_pl_note_set(words, (struct span){columns->word, columns->word + 1}, nothing,
                     "each column once", "'%s' is named twice", name);
    return false;
}

static bool take_columns(struct node *node, const struct words *words, struct table *table)
{
    table->names = weir_pl_records_names(node->args[TO_COLUMNS].text);
    if (!table->names)
        return weir_pl_note_no_memory(words);
    table->options.header = table->names->at;
    table->options.header_n = table->names->n;
    for (size_t i = 0; i < table->names->n; i++) {
        if (is_named_before(table->names, i))
            return refuse_twice(words, &node->args[TO_COLUMNS], table->names->at[i]);
        if (!weir_pl_sought_add(node, words, TO_COLUMNS, table->names->at[i]))
            return false;
    }
    return true;
}

static bool check_to(struct node *node, const struct words *words)
{
    const struct arg *args = node->args;
    struct table *table = weir_pl_room_zeroed(1, sizeof *table);

    if (!table)
        return weir_pl_note_no_memory(words);
    node->own = table;
    table->options.size = sizeof table->options;
    if (strcmp(args[TO_FORMAT].text, "tsv") == 0)
        table->options.separator = '\t';
    if (args[TO_HEADER].given && strcmp(args[TO_HEADER].text, "no") != 0)
        return refuse_header(words, &args[TO_HEADER]);
    table->options.no_header = args[TO_HEADER].given;
    table->options.escapes = args[TO_ESCAPES].given;
    if (args[TO_COLUMNS].given && !take_columns(node, words, table))
        return false;
    return weir_pl_records_only_tables(node, words, TO_SEPARATOR, TO_ESCAPES) &&
           take_fields(node, words, &table->message) && check_skip(node, words) &&
           weir_pl_records_character(node, words, TO_SEPARATOR, &table->options.separator) &&
           weir_pl_records_distinct(node, words, TO_SEPARATOR, 0, table->options.escapes);
}

/* ---- records that are left out where they cannot be written ---- */

struct skipping {
    weir_reader reader;
    struct node *node;
    const weir_stage *records; /* what gives them */
};

static struct skipping *skipping_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct skipping, reader);
}

static weir_reader *source_of(const weir_reader *reader)
{
    return (weir_reader *)reader->stage.source;
}

/* It arose in what writes them; errors of others pass. */
bool weir_pl_to_failed(const weir_error *error)
{
    const char *stage = error->trail_n ? error->trail[0] : "";

    return !error->fatal && error->code != WEIR_E_MEMORY &&
           (!strncmp(stage, "to_", 3) || !strcmp(stage, "records") || !strcmp(stage, "keyed"));
}

static weir_poll skipping_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct skipping *self = skipping_of(reader);
    weir_reader *source = source_of(reader);

    for (;;) {
        weir_reader_lend(reader, source);
        weir_poll got = weir_poll_fill(source, cx, min);
        weir_reader_lend(reader, source);
        self->node->tried = weir_stage_n(self->records);
        if (got.state != WEIR_ERROR || !weir_pl_to_failed(&cx->error))
            return got;
        weir_pl_records_note_rejected(self->node, &cx->error);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static bool skipping_reserve(weir_reader *reader, size_t bytes)
{
    return weir_reader_reserve(source_of(reader), bytes);
}

static size_t skipping_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops skipping_ops = {.size = sizeof skipping_ops,
                                             .name = "to",
                                             .poll_fill = skipping_poll_fill,
                                             .reserve = skipping_reserve,
                                             .memory_max = skipping_memory_max};

static weir_reader *skip_unwritten(weir_reader *source, struct node *node,
                                   const weir_stage *records)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct skipping), &skipping_ops);

    if (weir_stage_failed(&reader->stage))
        return reader;
    reader->offset = source->offset;
    reader->reserve = source->reserve;
    skipping_of(reader)->node = node;
    skipping_of(reader)->records = records;
    return reader;
}

/* ---- item by item: where acknowledgements go along, or each is a message ---- */

struct skipping_each {
    weir_stream stream;
    struct node *node;
    const weir_stage *records;
};

static weir_poll skipping_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct skipping_each *self = WEIR_CONTAINER(stream, struct skipping_each, stream);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);

    self->node->tried = weir_stage_n(self->records);
    if (got.state != WEIR_ERROR || !weir_pl_to_failed(&cx->error))
        return got;
    weir_pl_records_note_rejected(self->node, &cx->error);
    return (weir_poll){0, WEIR_READY};
}

static const weir_stream_ops skipping_each_ops = {.size = sizeof skipping_each_ops,
                                                  .name = "to",
                                                  .poll_next = skipping_each_poll_next,
                                                  .marks = WEIR_MARKS_PASS};

static weir_stream *skip_unwritten_each(weir_stream *lines, struct node *node,
                                        const weir_stage *records)
{
    weir_stream *stream =
        weir_stream_new(lines, sizeof(struct skipping_each), &skipping_each_ops, lines->type);

    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct skipping_each, stream)->node = node;
    WEIR_CONTAINER(stream, struct skipping_each, stream)->records = records;
    return stream;
}

static weir_line without_newline(weir_line line, void *arg)
{
    (void)arg;
    line.size -= line.size && line.data[line.size - 1] == '\n';
    return line;
}
WEIR_MAP_FN(without_newline_fn, without_newline, weir_line, weir_line, .from = &weir_type_line,
            .to = &weir_type_line)

static bool is_each(const struct node *node)
{
    return node->chain->each || node->gives == FLOW_LINES;
}

/* Each with its newline; or without, where it is a message. */
static void build_each(struct flow *flow, struct node *node)
{
    const char *format = node->args[TO_FORMAT].text;
    const struct table *table = node->own;
    const weir_stage *source = &flow->stream->stage;
    bool bare = node->gives == FLOW_LINES;
    const struct broker *broker = bare ? node[1].entry->broker : NULL;
    const char *key = broker ? weir_pl_broker_field(&node[1], broker->key_arg) : NULL;
    const char *partition = broker ? weir_pl_broker_field(&node[1], broker->partition_arg) : NULL;

    if (strcmp(format, "lines") == 0) {
        if (node->before->gives != FLOW_LINES)
            flow->stream = weir_pl_items_to_lines(flow->stream, node->before->gives);
        if (!bare)
            flow->stream = weir_to_lines_each(flow->stream, weir_pl_lines_longest(node));
        return;
    }
    flow->stream = weir_pl_sought_watch(flow->stream, node);
    if (broker)
        flow->stream = weir_pl_sought_watch(flow->stream, &node[1]);
    weir_stream *keys = key || partition ? weir_pl_keys_build(flow->stream, key, partition) : NULL;
    flow->stream = keys ? keys : flow->stream;
    flow->stream = weir_pl_records_is_table(format)
                       ? weir_to_csv_each(flow->stream, &table->options)
                       : weir_to_ndjson_each(flow->stream, NULL);
    if (keys)
        flow->stream = weir_pl_keyed_build(flow->stream, keys);
    else if (bare)
        flow->stream = weir_map(flow->stream, &without_newline_fn, NULL);
    if (node->args[TO_ON_ERROR].given)
        flow->stream = skip_unwritten_each(flow->stream, node, source);
}

bool weir_pl_to_has_no_header(const struct node *node)
{
    return node->args[TO_HEADER].given;
}

/* A line is a message of a broker. */
static unsigned to_gives(const struct node *node, unsigned taken)
{
    (void)taken;
    return node[1].entry && node[1].entry->broker ? FLOW_LINES : FLOW_BYTES;
}

/* `to lines` takes all items but records, the formats take records alone. */
static bool plan_to(struct node *node, const struct words *words)
{
    const char *format = node->args[TO_FORMAT].text;
    bool lines = strcmp(format, "lines") == 0, records = node->before->gives == FLOW_RECORDS;
    struct span at = {node->first, node->end}, other = {node->before->first, node->before->end};

    if (lines != records)
        return true;
    weir_pl_note_set(words, at, other,
                     lines ? "'to ndjson' makes a line of each" : "'to lines' makes bytes of lines",
                     lines ? "'to lines' takes lines, and these are records"
                           : "'to %s' takes records, and these are lines",
                     format);
    return false;
}

static void build_to(struct flow *flow, struct node *node)
{
    const char *format = node->args[TO_FORMAT].text;
    const struct table *table = node->own;
    const weir_stage *source = &flow->stream->stage;

    if (is_each(node)) {
        build_each(flow, node);
        return;
    }
    flow->stream = weir_pl_sought_watch(flow->stream, node);
    if (weir_pl_records_is_table(format))
        flow->reader = weir_to_csv(flow->stream, &table->options);
    else if (strcmp(format, "ndjson") == 0)
        flow->reader = weir_to_ndjson(flow->stream, NULL);
    else if (strcmp(format, "json") == 0)
        flow->reader = weir_to_json(flow->stream, NULL);
    else if (table->message)
        flow->reader = weir_to_proto(weir_records(flow->stream, &table->message->record),
                                     WEIR_PROTO_BYTES_MAX_DEFAULT);
    else
        flow->reader = weir_pl_items_to_bytes(flow->stream, node->before->gives);
    flow->stream = NULL;
    if (node->args[TO_ON_ERROR].given)
        flow->reader = skip_unwritten(flow->reader, node, source);
}

const struct entry weir_pl_entry_to = {
    .name = "to",
    .usage = "to FORMAT [columns=NAMES]",
    .does = "make bytes of items: lines, or records in this format",
    .example = "weir people.csv ! from csv ! to ndjson ! gzip ! people.ndjson.gz",
    .help =
        "FORMAT is lines, csv, tsv, ndjson, json or proto.\n"
        "lines: each line and a newline; a batch is its lines; of what a command came to, what "
        "it\n"
        "wrote, as it is. ndjson: a JSON object a line. json: a list of them.\n"
        "csv and tsv: a line of the first record's names, then a line each. A field that is\n"
        "missing is empty; one of another name is an error, unless the columns were chosen.\n"
        "Where no record comes the names alone stand there, if they are known.\n"
        "columns=NAMES  a,b,c: these alone, in this order; a.b is the field b in the record a\n"
        "separator=C    ; or |, say, or tab\n"
        "header=no      without the line of names\n"
        "escapes        no quotes: a tab, a newline, a CR and a \\ in a field are \\t \\n \\r "
        "\\\\\n"
        "proto: protobuf messages, each behind its length. A field that is missing, or zero, is\n"
        "left out, as protobuf does; a value that is not of its type is an error.\n"
        "fields=NAME:NUMBER:TYPE,...  as in from: name:1,age:2:int64\n"
        "on-error=skip  leave out records that cannot be written so: exit code 3",
    .takes = FLOW_EACH,
    .gives = FLOW_BYTES,
    .args = {[TO_FORMAT] = {.name = "FORMAT",
                            .kind = ARG_VALUE,
                            .type = ARG_CHOICE,
                            .required = true,
                            .choice = "lines|csv|tsv|ndjson|json|proto"},
             [TO_SEPARATOR] = {.name = "separator", .kind = ARG_KEY, .type = ARG_TEXT},
             [TO_HEADER] = {.name = "header", .kind = ARG_KEY, .type = ARG_TEXT},
             [TO_COLUMNS] = {.name = "columns", .kind = ARG_KEY, .type = ARG_TEXT},
             [TO_ESCAPES] = {.name = "escapes", .kind = ARG_WORD, .type = ARG_TEXT},
             [TO_FIELDS] = {.name = "fields", .kind = ARG_KEY, .type = ARG_TEXT},
             [TO_ON_ERROR] =
                 {.name = "on-error", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "skip"}},
    .copies = true,
    .build = build_to,
    .check = check_to,
    .plan = plan_to,
    .gives_of = to_gives,
    .drop = drop_table,
};
