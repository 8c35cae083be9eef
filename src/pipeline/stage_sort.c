/* Stages that look at everything before they give something: sort, stats. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/pipeline.h"
#include "pipeline/records.h"
#include "pipeline/note.h"
#include "pipeline/sought.h"
#include "pipeline/stages.h"

enum { SORT_FIELDS, SORT_NUMERIC, SORT_DESCENDING, SORT_MEM, SORT_TMP };

static const struct span nothing = {0, 0};

static bool refuse(const struct words *words, const struct arg *arg, const char *hint,
                   const char *message)
{
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing, hint, message,
                     arg->text);
    return false;
}

/* "-age": the largest first. */
static bool is_descending(const char *name)
{
    return name[0] == '-';
}

static const char *field_of(const char *name)
{
    return name + is_descending(name);
}

static bool check_sort(struct node *node, const struct words *words)
{
    const struct arg *fields = &node->args[SORT_FIELDS];

    if (!fields->given)
        return true;
    struct names *names = weir_pl_records_names(fields->text);
    if (!names)
        return weir_pl_note_no_memory(words);
    node->own = names;
    for (size_t i = 0; i < names->n; i++) {
        if (!*field_of(names->at[i]))
            return refuse(words, fields, "sort name,-age", "a name is missing in '%s'");
        if (is_descending(names->at[i]) && node->args[SORT_DESCENDING].given)
            return refuse(words, fields, "a - before each that is, without 'descending'",
                          "'%s' says itself which are descending");
        if (!weir_pl_sought_add(node, words, SORT_FIELDS, field_of(names->at[i])))
            return false;
    }
    return names->n <= WEIR_SORT_KEYS_MAX ||
           refuse(words, fields, "16 at most", "these are too many fields");
}

/* Of lines there are no fields, of records there must be some. */
static bool plan_sort(struct node *node, const struct words *words)
{
    const struct arg *fields = &node->args[SORT_FIELDS], *numeric = &node->args[SORT_NUMERIC];
    bool records = node->before->gives == FLOW_RECORDS;

    if (!records && fields->given && is_descending(fields->text))
        return refuse(words, fields, "sort numeric descending", "sort has no option '%s'");
    if (!records && fields->given)
        return refuse(words, fields, "'from csv' or 'from ndjson' makes records of lines",
                      "lines have no field '%s'");
    if (records && numeric->given)
        return refuse(words, numeric, "leave it out",
                      "fields that are numbers are compared as numbers in any case");
    if (!records || fields->given)
        return true;
    weir_pl_note_set(words, (struct span){node->first, node->first + 1}, nothing, "sort name,age",
                     "records are sorted by a field");
    return false;
}

static void build_sort(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    const struct names *names = node->own;
    weir_sort_key keys[WEIR_SORT_KEYS_MAX] = {{.numeric = args[SORT_NUMERIC].given}};
    size_t n = names ? names->n : 1;

    for (size_t i = 0; i < n; i++) {
        keys[i].field = names ? field_of(names->at[i]) : NULL;
        keys[i].descending = args[SORT_DESCENDING].given || (names && is_descending(names->at[i]));
    }
    flow->stream = weir_pl_sought_watch(flow->stream, node);
    flow->stream =
        weir_sort(flow->stream, &WEIR_SORT_OPTIONS(.keys = keys, .keys_n = n,
                                                   .memory_bytes = (size_t)args[SORT_MEM].number,
                                                   .directory = args[SORT_TMP].text));
}

static const char *sort_note(const struct node *node)
{
    (void)node;
    return "what is more goes to nameless files; gives nothing before the end";
}

const struct entry weir_pl_entry_sort = {
    .name = "sort",
    .reach = WEIR_ALLOW_WRITE,
    .usage = "sort [FIELD,FIELD...]",
    .does = "put lines, or records by fields, in order; equal ones stay as they came",
    .help = "name,-age: by name, and of one name the largest age first.\n"
            "Lines are compared byte by byte, as by LC_ALL=C sort -s. Of fields, those that are\n"
            "missing come first, then null and empty ones, numbers, and text byte by byte.\n"
            "numeric     of lines: by the number they begin with\n"
            "descending  the largest first, of all fields\n"
            "mem=BYTES   64M without it, 1M at least: what is more is written, sorted, to files\n"
            "tmp=DIR     without names in this directory, or $TMPDIR, or /tmp\n"
            "A line or record takes at most a seventeenth of that.",
    .example = "weir merge a.log b.log ! lines ! sort mem=64M ! uniq ! merged.log",
    .takes = FLOW_LINES | FLOW_RECORDS,
    .gives = FLOW_LINES | FLOW_RECORDS,
    .flow = "items -> the same",
    .args = {[SORT_FIELDS] = {.name = "FIELDS", .kind = ARG_VALUE, .type = ARG_TEXT},
             [SORT_NUMERIC] = {.name = "numeric", .kind = ARG_WORD, .type = ARG_TEXT},
             [SORT_DESCENDING] = {.name = "descending", .kind = ARG_WORD, .type = ARG_TEXT},
             [SORT_MEM] = {.name = "mem",
                           .kind = ARG_KEY,
                           .type = ARG_BYTES,
                           .min = WEIR_SORT_MEMORY_MIN,
                           .max = (uint64_t)1 << 40},
             [SORT_TMP] = {.name = "tmp", .kind = ARG_KEY, .type = ARG_TEXT}},
    .copies = true,
    .loose = true,
    .build = build_sort,
    .check = check_sort,
    .plan = plan_sort,
    .gives_of = weir_pl_catalogue_same,
    .note = sort_note,
};

static void build_stats(struct flow *flow, struct node *node)
{
    (void)node;
    flow->stream = weir_stats(flow->stream);
}

const struct entry weir_pl_entry_stats = {
    .name = "stats",
    .usage = "stats",
    .does = "say of each field how often it is there, and what its values are like",
    .help = "A record a field: field, count, missing (null and empty too), min, max, mean and "
            "deviation of\n"
            "those values that are numbers, distinct (up to 1000). min and max are compared as\n"
            "numbers where all values are, else byte by byte. 256 fields at most.",
    .example = "weir people.csv ! from csv ! stats ! print",
    .takes = FLOW_RECORDS,
    .gives = FLOW_RECORDS,
    .copies = true,
    .build = build_stats,
};
