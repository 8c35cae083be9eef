/* Records out of bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "pipeline/room.h"
#include "pipeline/message.h"
#include "pipeline/pipeline.h"
#include "pipeline/records.h"
#include "pipeline/note.h"
#include "pipeline/stage_files.h"
#include "pipeline/stages.h"

static const struct span nothing = {0, 0};

/* ---- records that are left out where they cannot be read ---- */

struct skipping {
    weir_stream stream;
    struct node *node;
};

static weir_poll skipping_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct node *node = WEIR_CONTAINER(stream, struct skipping, stream)->node;
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);

    node->tried += got.n;
    if (got.state != WEIR_ERROR || cx->error.fatal)
        return got;
    node->tried++;
    weir_pl_records_note_rejected(node, &cx->error);
    return (weir_poll){got.n, WEIR_READY};
}

static const weir_stream_ops skipping_ops = {.size = sizeof skipping_ops,
                                             .name = "from",
                                             .poll_next = skipping_poll_next,
                                             .marks = WEIR_MARKS_PASS};

static weir_stream *skip_bad(weir_stream *source, struct node *node)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct skipping), &skipping_ops, source->type);

    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct skipping, stream)->node = node;
    return stream;
}

/* ---- from ---- */

enum {
    FROM_FORMAT,
    FROM_SEPARATOR,
    FROM_COMMENT,
    FROM_HEADER,
    FROM_STRICT,
    FROM_LAZY,
    FROM_ESCAPES,
    FROM_MAX,
    FROM_ON_ERROR,
    FROM_FIELDS
};

bool weir_pl_records_is_table(const char *format)
{
    return strcmp(format, "csv") == 0 || strcmp(format, "tsv") == 0;
}

bool weir_pl_records_character(const struct node *node, const struct words *words, size_t i,
                               char *out)
{
    const struct arg *arg = &node->args[i];

    if (!arg->given)
        return true;
    *out = strcmp(arg->text, "tab") == 0 ? '\t' : arg->text[0];
    if (*out && (*out == '\t' || !arg->text[1]))
        return true;
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing,
                     "one like ; or |, or tab", "a %s is one character, not '%s'",
                     node->entry->args[i].name, arg->text);
    return false;
}

static const char *why_not(char c, char other, bool escapes)
{
    return c == '\n' || c == '\r' ? "which ends a line"
           : c == '"' && !escapes ? "which stands around fields"
           : c == '\\' && escapes ? "which begins what is escaped"
           : c == other           ? "which is the separator"
                                  : NULL;
}

bool weir_pl_records_distinct(const struct node *node, const struct words *words, size_t i,
                              char other, bool escapes)
{
    const struct arg *arg = &node->args[i];
    char c = 0;

    if (!arg->given)
        return true;
    if (!weir_pl_records_character(node, words, i, &c))
        return false;
    const char *why = why_not(c, other, escapes);
    if (!why)
        return true;
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing,
                     "one like ; or |, or tab", "a %s can not be '%s', %s",
                     node->entry->args[i].name, arg->text, why);
    return false;
}

bool weir_pl_records_only_tables(const struct node *node, const struct words *words, size_t first,
                                 size_t last)
{
    const char *format = node->args[0].text;

    for (size_t i = first; i <= last && !weir_pl_records_is_table(format); i++) {
        const struct arg *arg = &node->args[i];
        if (!arg->given)
            continue;
        weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing, "leave it out",
                         "'%s' is of csv and tsv, %s has none", node->entry->args[i].name, format);
        return false;
    }
    return true;
}

struct names *weir_pl_records_names(const char *text)
{
    size_t size = strlen(text) + 1, n = 1;

    for (const char *at = text; *at; at++)
        n += *at == ',';
    struct names *names = weir_pl_room_zeroed(1, sizeof *names + n * sizeof *names->at + size);
    if (!names)
        return NULL;
    char *at = memcpy(names->at + n, text, size);
    for (char *end; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = 0;
        names->at[names->n++] = at;
    }
    return names;
}

bool weir_pl_records_fields(const struct node *node, const struct words *words, size_t i,
                            struct message **out)
{
    const struct arg *format = &node->args[0], *fields = &node->args[i];
    bool proto = strcmp(format->text, "proto") == 0;

    if (proto && fields->given)
        return (*out = weir_pl_message_new(node, words, i)) != NULL;
    if (!proto && !fields->given)
        return true;
    const struct arg *at = proto ? format : fields;
    weir_pl_note_set(words, (struct span){at->word, at->word + 1}, nothing,
                     proto ? "fields=name:1,age:2:int64, as the .proto file numbers them"
                           : "leave it out",
                     proto ? "a message of %s says no names" : "'fields' is of proto, %s has none",
                     proto ? "protobuf" : format->text);
    return false;
}

/* What the words of csv and tsv come to, and those of proto. */
struct table {
    weir_csv_options options;
    struct names *names;
    struct message *message;
};

static void drop_table(struct node *node)
{
    struct table *table = node->own;

    if (table) {
        weir_pl_room_free(table->names);
        weir_pl_message_drop(table->message);
    }
    weir_pl_room_free(node->first_rejected);
}

/* Before anything is opened: this build may lack the library. */
static bool is_built(const struct node *node, const struct words *words)
{
#ifdef WEIR_HAVE_YYJSON
    (void)node, (void)words;
    return true;
#else
    const struct arg *format = &node->args[FROM_FORMAT];
    bool json = strstr(format->text, "json") != NULL;
    if (json)
        weir_pl_note_set(words, (struct span){format->word, format->word + 1}, nothing,
                         "a build with yyjson: -Djson=enabled", "this build reads no JSON");
    return !json;
#endif
}

static bool check_from(struct node *node, const struct words *words)
{
    const struct arg *args = node->args;
    const struct arg *header = &args[FROM_HEADER];
    struct table *table = weir_pl_room_zeroed(1, sizeof *table);

    if (!table)
        return weir_pl_note_no_memory(words);
    node->own = table;
    table->options.size = sizeof table->options;
    if (strcmp(args[FROM_FORMAT].text, "tsv") == 0)
        table->options.separator = '\t';
    weir_csv_options *options = &table->options;
    options->strict = args[FROM_STRICT].given;
    options->lazy_quotes = args[FROM_LAZY].given;
    options->escapes = args[FROM_ESCAPES].given;
    options->number_doubled = true;
    if (header->given && strcmp(header->text, "no") == 0) {
        options->no_header = true;
    } else if (header->given) {
        table->names = weir_pl_records_names(header->text);
        if (!table->names)
            return weir_pl_note_no_memory(words);
        options->header = table->names->at;
        options->header_n = table->names->n;
    }
    return weir_pl_records_only_tables(node, words, FROM_SEPARATOR, FROM_ESCAPES) &&
           is_built(node, words) &&
           weir_pl_records_fields(node, words, FROM_FIELDS, &table->message) &&
           weir_pl_records_character(node, words, FROM_SEPARATOR, &options->separator) &&
           weir_pl_records_distinct(node, words, FROM_SEPARATOR, 0, options->escapes) &&
           weir_pl_records_character(node, words, FROM_COMMENT, &options->comment) &&
           weir_pl_records_distinct(node, words, FROM_COMMENT,
                                    options->separator ? options->separator : ',',
                                    options->escapes);
}

static bool refuse_headers(const struct node *node, const struct words *words)
{
    const struct chain *chain = node->chain;

    weir_pl_note_set(words, (struct span){chain->nodes[1].first, chain->nodes[1].end},
                     (struct span){node->first, node->end},
                     chain->merged
                         ? "without 'merge': one after the other, each with its header"
                         : "'from' right behind the files, or header=NAMES if they have no header",
                     "the header of the second file would be a record");
    return false;
}

/* Right behind several files it reads each by itself. Elsewhere they are one run of bytes, with the
 * headers of all but the first in the middle. */
static bool plan_from(struct node *node, const struct words *words)
{
    struct chain *chain = node->chain;
    bool table = weir_pl_records_is_table(node->args[FROM_FORMAT].text);

    if (chain->sources < 2)
        return true;
    chain->apart = !chain->merged && node == &chain->nodes[chain->sources];
    return chain->apart || !table || node->args[FROM_HEADER].given || refuse_headers(node, words);
}

/* Of one of them. */
static weir_stream *records_up_to(weir_reader *reader, const struct node *node, size_t max)
{
    const char *format = node->args[FROM_FORMAT].text;
    const struct table *table = node->own;

    if (weir_pl_records_is_table(format)) {
        weir_csv_options options = table->options;
        options.record_bytes_max = max;
        return weir_csv(reader, &options);
    }
    if (table->message)
        return weir_proto_records(reader, &table->message->record,
                                  max ? max : WEIR_PROTO_BYTES_MAX_DEFAULT);
    return strcmp(format, "ndjson") == 0 ? weir_pl_records_from_ndjson(reader, max)
                                         : weir_pl_records_from_json(reader, max);
}

static weir_stream *make_records(weir_reader *reader, const struct node *node)
{
    return records_up_to(reader, node, (size_t)node->args[FROM_MAX].number);
}

/* A message is no longer than that. */
static weir_stream *records_of_value(weir_reader *value, struct node *node)
{
    const struct arg *max = &node->args[FROM_MAX];
    return records_up_to(value, node, max->given ? (size_t)max->number : BROKER_MESSAGE_BYTES);
}

static void build_from(struct flow *flow, struct node *node)
{
    struct chain *chain = node->chain;

    if (node->before->gives == FLOW_MESSAGES)
        flow->stream = weir_pl_each_build(flow->stream, records_of_value, node);
    else
        flow->stream = chain->apart ? weir_pl_files_build(chain, make_records, node)
                                    : make_records(flow->reader, node);
    flow->reader = NULL;
    if (node->args[FROM_ON_ERROR].given)
        flow->stream = skip_bad(flow->stream, node);
}

static const char *from_note(const struct node *node)
{
    if (node->before->gives == FLOW_MESSAGES)
        return "each message by itself";
    return strcmp(node->args[FROM_FORMAT].text, "json") ? "views into the buffer before it"
                                                        : "the whole document at once";
}

const struct entry weir_pl_entry_from = {
    .name = "from",
    .usage = "from FORMAT",
    .does = "make records of bytes in this format",
    .help =
        "FORMAT is csv, tsv, ndjson, json or proto.\n"
        "csv and tsv: the first line names the fields; all fields are text, and numbers where they "
        "are.\n"
        "separator=C    ; or |, say, or tab\n"
        "header=NAMES   a,b,c: the first line is a record too; header=no: they are 0, 1, 2\n"
        "comment=C      lines that begin with it are left out\n"
        "strict         each record has as many fields as the header\n"
        "lazy-quotes    a quote inside of a field is a character like others\n"
        "escapes        no quotes: \\t \\n \\r and \\\\ in a field are a tab, a newline, a CR, a "
        "\\\n"
        "A name that the header has twice is called name_2 where it comes again.\n"
        "Of several files each has a header of its own; fields are known by their names, so that\n"
        "columns may stand in another order. Any format: weir a.csv b.csv ! from csv ! ...\n"
        "ndjson: a JSON object a line. json: one document, whose list's items are the records.\n"
        "proto: protobuf messages, each behind its length. What a message lacks is zero or empty.\n"
        "fields=NAME:NUMBER:TYPE,...  what they hold, as the .proto file has it: "
        "name:1,age:2:int64;\n"
        "               a TYPE is one of protobuf's, string where none is said; home.city:4.2 is "
        "the\n"
        "               field 2 of the message 4, with as many numbers as names\n"
        "max=BYTES      the longest record (of json: the document)\n"
        "on-error=skip  leave out records that are damaged: exit code 3",
    .example = "weir people.csv ! from csv ! where age gt 30 ! to ndjson ! -",
    .takes = FLOW_BYTES | FLOW_MESSAGES,
    .gives = FLOW_RECORDS,
    .args = {[FROM_FORMAT] = {.name = "FORMAT",
                              .kind = ARG_VALUE,
                              .type = ARG_CHOICE,
                              .required = true,
                              .choice = "csv|tsv|ndjson|json|proto"},
             [FROM_SEPARATOR] = {.name = "separator", .kind = ARG_KEY, .type = ARG_TEXT},
             [FROM_COMMENT] = {.name = "comment", .kind = ARG_KEY, .type = ARG_TEXT},
             [FROM_HEADER] = {.name = "header", .kind = ARG_KEY, .type = ARG_TEXT},
             [FROM_STRICT] = {.name = "strict", .kind = ARG_WORD, .type = ARG_TEXT},
             [FROM_LAZY] = {.name = "lazy-quotes", .kind = ARG_WORD, .type = ARG_TEXT},
             [FROM_ESCAPES] = {.name = "escapes", .kind = ARG_WORD, .type = ARG_TEXT},
             [FROM_MAX] =
                 {.name = "max", .kind = ARG_KEY, .type = ARG_BYTES, .min = 1, .max = WEIR_MIN_MAX},
             [FROM_ON_ERROR] =
                 {.name = "on-error", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "skip"},
             [FROM_FIELDS] = {.name = "fields", .kind = ARG_KEY, .type = ARG_TEXT}},
    .build = build_from,
    .check = check_from,
    .plan = plan_from,
    .drop = drop_table,
    .note = from_note,
};
