/* Items as bytes: lines, and records in a format. */
#include <stdlib.h>
#include <string.h>

#include "items.h"
#include "memory.h"
#include "records.h"
#include "report.h"
#include "sought.h"
#include "stages.h"

enum { TO_FORMAT, TO_SEPARATOR, TO_HEADER, TO_COLUMNS, TO_FIELDS };

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
    free(table->names);
    message_drop(table->message);
}

static bool refuse_header(const struct words *words, const struct arg *header)
{
    report_usage(words, (struct span){header->word, header->word + 1}, nothing,
                 "columns=a,b,c chooses the names", "this can only be header=no, not '%s'",
                 header->text);
    return false;
}

static bool take_fields(struct node *node, const struct words *words, struct message **message)
{
    if (!records_fields(node, words, TO_FIELDS, message))
        return false;
    for (size_t i = 0; *message && i < (*message)->record.n; i++)
        sought_add(node, TO_FIELDS, (*message)->members[i].name);
    return true;
}

static bool check_to(struct node *node, const struct words *words)
{
    const struct arg *args = node->args;
    struct table *table = memory_zeroed(1, sizeof *table);

    node->own = table;
    table->options.size = sizeof table->options;
    if (strcmp(args[TO_FORMAT].text, "tsv") == 0)
        table->options.separator = '\t';
    if (args[TO_HEADER].given && strcmp(args[TO_HEADER].text, "no") != 0)
        return refuse_header(words, &args[TO_HEADER]);
    table->options.no_header = args[TO_HEADER].given;
    if (args[TO_COLUMNS].given) {
        table->names = records_names(args[TO_COLUMNS].text);
        table->options.header = table->names->at;
        table->options.header_n = table->names->n;
        for (size_t i = 0; i < table->names->n; i++)
            sought_add(node, TO_COLUMNS, table->names->at[i]);
    }
    return records_only_tables(node, words, TO_SEPARATOR, TO_COLUMNS) &&
           take_fields(node, words, &table->message) &&
           records_character(node, words, TO_SEPARATOR, &table->options.separator);
}

/* `to lines` takes all items but records, the formats take records alone. */
static bool plan_to(struct node *node, const struct words *words)
{
    const char *format = node->args[TO_FORMAT].text;
    bool lines = strcmp(format, "lines") == 0, records = node->before->gives == FLOW_RECORDS;
    struct span at = {node->first, node->end}, other = {node->before->first, node->before->end};

    if (lines != records)
        return true;
    report_usage(words, at, other,
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

    flow->stream = sought_watch(flow->stream, node);
    if (records_is_table(format))
        flow->reader = weir_to_csv(flow->stream, &table->options);
    else if (strcmp(format, "ndjson") == 0)
        flow->reader = weir_to_ndjson(flow->stream, NULL);
    else if (strcmp(format, "json") == 0)
        flow->reader = weir_to_json(flow->stream, NULL);
    else if (table->message)
        flow->reader = weir_to_proto(weir_records(flow->stream, &table->message->record),
                                     WEIR_PROTO_BYTES_MAX_DEFAULT);
    else
        flow->reader = items_to_bytes(flow->stream, node->before->gives);
    flow->stream = NULL;
}

const struct entry entry_to = {
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
        "columns=NAMES  a,b,c: these alone, in this order\n"
        "separator=C    ; or |, say, or tab\n"
        "header=no      without the line of names\n"
        "proto: protobuf messages, each behind its length. A field that is missing, or zero, is\n"
        "left out, as protobuf does; a value that is not of its type is an error.\n"
        "fields=NAME:NUMBER:TYPE,...  as in from: name:1,age:2:int64",
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
             [TO_FIELDS] = {.name = "fields", .kind = ARG_KEY, .type = ARG_TEXT}},
    .copies = true,
    .build = build_to,
    .check = check_to,
    .plan = plan_to,
    .drop = drop_table,
};
