/* Stages that take records and give records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/room.h"
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/sought.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"

static const struct span nothing = {0, 0};

/* ---- where ---- */

enum { WHERE_FIELD, WHERE_OP, WHERE_VALUE };

#define OPERATORS "eq|ne|lt|le|gt|ge|has|starts|ends|exists|missing"

static const struct {
    const char *word;
    weir_where_op op;
} operators[] = {
    {"eq", WEIR_WHERE_EQ},
    {"==", WEIR_WHERE_EQ},
    {"=", WEIR_WHERE_EQ},
    {"ne", WEIR_WHERE_NE},
    {"!=", WEIR_WHERE_NE},
    {"lt", WEIR_WHERE_LT},
    {"<", WEIR_WHERE_LT},
    {"le", WEIR_WHERE_LE},
    {"<=", WEIR_WHERE_LE},
    {"gt", WEIR_WHERE_GT},
    {">", WEIR_WHERE_GT},
    {"ge", WEIR_WHERE_GE},
    {">=", WEIR_WHERE_GE},
    {"has", WEIR_WHERE_CONTAINS},
    {"contains", WEIR_WHERE_CONTAINS},
    {"starts", WEIR_WHERE_STARTS},
    {"ends", WEIR_WHERE_ENDS},
    {"exists", WEIR_WHERE_EXISTS},
    {"missing", WEIR_WHERE_MISSING},
};
enum { OPERATORS_N = sizeof operators / sizeof *operators };

static bool refuse_operator(const struct words *words, const struct arg *op)
{
    struct suggestion near = {.word = op->text};
    char hint[128];

    for (size_t i = 0; i < OPERATORS_N; i++)
        weir_pl_suggest(&near, operators[i].word);
    snprintf(hint, sizeof hint, *near.best ? "did you mean '%s'?" : "one of " OPERATORS, near.best);
    weir_pl_note_set(words, (struct span){op->word, op->word + 1}, nothing, hint,
                     "'where' has no operator '%s'", op->text);
    return false;
}

static bool check_where(struct node *node, const struct words *words)
{
    struct arg *op = &node->args[WHERE_OP], *value = &node->args[WHERE_VALUE];
    size_t i = 0;

    while (i < OPERATORS_N && strcmp(operators[i].word, op->text) != 0)
        i++;
    if (i == OPERATORS_N)
        return refuse_operator(words, op);
    op->number = operators[i].op;
    bool alone = op->number >= WEIR_WHERE_EXISTS;
    if (alone && value->given) {
        weir_pl_note_set(words, (struct span){value->word, value->word + 1}, nothing,
                         "leave it out", "'%s' looks at no value", op->text);
        return false;
    }
    if (!alone && !value->given) {
        weir_pl_note_set(words, (struct span){op->word, op->word + 1}, nothing,
                         "usage: where FIELD OP VALUE", "'%s' needs a value to compare with",
                         op->text);
        return false;
    }
    return alone || weir_pl_sought_add(node, words, WHERE_FIELD, node->args[WHERE_FIELD].text);
}

static void build_where(struct flow *flow, struct node *node)
{
    const struct arg *args = node->args;
    const char *value = args[WHERE_VALUE].given ? args[WHERE_VALUE].text : "";

    flow->stream = weir_pl_sought_watch(flow->stream, node);
    flow->stream = weir_where(flow->stream, args[WHERE_FIELD].text,
                              (weir_where_op)args[WHERE_OP].number, weir_value_word(value));
}

const struct entry weir_pl_entry_where = {
    .name = "where",
    .usage = "where FIELD OP VALUE",
    .does = "keep the records whose field compares so with a value",
    .help = "OP is eq ne lt le gt ge, or a quoted sign '==' '!=' '<' '<=' '>' '>='; has, starts,\n"
            "ends: its text does; exists, missing: the field itself, without a VALUE.\n"
            "Two numbers are compared as numbers (1.0 eq 1, 9 lt 10): whole ones exactly, those\n"
            "with a point or an exponent as doubles; anything else byte by byte.\n"
            "A field that is missing fits ne and missing alone; what is null, or empty in CSV, is\n"
            "before and behind nothing.\n"
            "a.b is the field b in the record a, where no field is called a.b.",
    .example = "weir people.csv ! from csv ! where age gt 30 ! to csv ! -",
    .takes = FLOW_RECORDS,
    .gives = FLOW_RECORDS,
    .args =
        {[WHERE_FIELD] = {.name = "FIELD", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true},
         [WHERE_OP] = {.name = "OP",
                       .kind = ARG_VALUE,
                       .type = ARG_TEXT,
                       .choice = OPERATORS,
                       .required = true},
         [WHERE_VALUE] = {.name = "VALUE", .kind = ARG_VALUE, .type = ARG_TEXT}},
    .loose = true,
    .build = build_where,
    .check = check_where,
};

/* ---- pick ---- */

/* The names, and the bytes that they stand in. */
struct names {
    size_t n;
    const char *at[WEIR_PICK_MAX];
    char bytes[];
};

static bool refuse_names(const struct words *words, const struct arg *arg, const char *message,
                         const char *name)
{
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing, "pick name,age",
                     message, name);
    return false;
}

static bool check_pick(struct node *node, const struct words *words)
{
    const struct arg *arg = &node->args[0];
    size_t size = strlen(arg->text) + 1;
    struct names *names = weir_pl_room_zeroed(1, sizeof *names + size);

    if (!names)
        return weir_pl_note_no_memory(words);
    node->own = names;
    memcpy(names->bytes, arg->text, size);
    for (char *end, *at = names->bytes; at; at = end) {
        end = strchr(at, ',');
        if (end)
            *end++ = 0;
        if (!*at)
            return refuse_names(words, arg, "a name is missing beside a comma of '%s'", arg->text);
        if (names->n == WEIR_PICK_MAX)
            return refuse_names(words, arg, "these are more names than 'pick' takes", NULL);
        for (size_t i = 0; i < names->n; i++)
            if (!strcmp(names->at[i], at))
                return refuse_names(words, arg, "'%s' is named twice", at);
        names->at[names->n++] = at;
        if (!weir_pl_sought_add(node, words, 0, at))
            return false;
    }
    return true;
}

static void build_pick(struct flow *flow, struct node *node)
{
    const struct names *names = node->own;
    flow->stream = weir_pick(weir_pl_sought_watch(flow->stream, node), names->at, names->n);
}

const struct entry weir_pl_entry_pick = {
    .name = "pick",
    .usage = "pick NAME,NAME...",
    .does = "keep these fields alone, in this order",
    .help = "A field that a record lacks is left out. a.b is the field b in the record a.",
    .example = "weir people.csv ! from csv ! pick name,age ! to ndjson ! -",
    .takes = FLOW_RECORDS,
    .gives = FLOW_RECORDS,
    .args = {{.name = "NAMES", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .loose = true,
    .build = build_pick,
    .check = check_pick,
};

/* ---- set, rename: one pair ---- */

struct pair {
    const char *second; /* behind the = */
    bool from;          /* := */
    char name[];
};

static bool check_pair(struct node *node, const struct words *words)
{
    const struct arg *arg = &node->args[0];
    const char *equals = strchr(arg->text, '=');
    char hint[160];

    if (!equals || equals == arg->text) {
        snprintf(hint, sizeof hint, "usage: %s", node->entry->usage);
        weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing, hint,
                         equals ? "no name stands before the = of '%s'" : "there is no = in '%s'",
                         arg->text);
        return false;
    }
    size_t n = (size_t)(equals - arg->text);
    struct pair *pair = weir_pl_room_zeroed(1, sizeof *pair + n + 1);
    if (!pair)
        return weir_pl_note_no_memory(words);
    memcpy(pair->name, arg->text, n);
    pair->second = equals + 1;
    if (node->entry == &weir_pl_entry_set && n > 1 && pair->name[n - 1] == ':') {
        pair->name[n - 1] = 0;
        pair->from = true;
    }
    node->own = pair;
    if (pair->from)
        return weir_pl_sought_add(node, words, 0, pair->second);
    return node->entry != &weir_pl_entry_rename || weir_pl_sought_add(node, words, 0, pair->name);
}

static bool check_rename(struct node *node, const struct words *words)
{
    const struct arg *arg = &node->args[0];

    if (!check_pair(node, words))
        return false;
    if (*((const struct pair *)node->own)->second)
        return true;
    weir_pl_note_set(words, (struct span){arg->word, arg->word + 1}, nothing,
                     "usage: rename OLD=NEW", "no name stands behind the = of '%s'", arg->text);
    return false;
}

static void build_set(struct flow *flow, struct node *node)
{
    const struct pair *pair = node->own;

    flow->stream = weir_pl_sought_watch(flow->stream, node);
    flow->stream = pair->from ? weir_put_from(flow->stream, pair->name, pair->second)
                              : weir_put(flow->stream, pair->name, weir_value_word(pair->second));
}

const struct entry weir_pl_entry_set = {
    .name = "set",
    .usage = "set NAME=VALUE",
    .does = "give each record a field of this value",
    .help = "NAME=VALUE    a number where it is one, else text\n"
            "NAME:=FIELD   the value of that field; a record that lacks it stays as it is\n"
            "A field of that name changes in its place; a new one stands behind the others.",
    .example = "weir people.csv ! from csv ! set country=DE ! to csv ! -",
    .takes = FLOW_RECORDS,
    .gives = FLOW_RECORDS,
    .args = {{.name = "NAME=VALUE", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .loose = true,
    .build = build_set,
    .check = check_pair,
};

static void build_rename(struct flow *flow, struct node *node)
{
    const struct pair *pair = node->own;
    flow->stream = weir_rename(weir_pl_sought_watch(flow->stream, node), pair->name, pair->second);
}

const struct entry weir_pl_entry_rename = {
    .name = "rename",
    .usage = "rename OLD=NEW",
    .does = "call a field of each record otherwise",
    .help = "It stays in its place; a field that was called NEW before is gone.",
    .example = "weir people.csv ! from csv ! rename name=who ! to ndjson ! -",
    .takes = FLOW_RECORDS,
    .gives = FLOW_RECORDS,
    .args = {{.name = "OLD=NEW", .kind = ARG_VALUE, .type = ARG_TEXT, .required = true}},
    .loose = true,
    .build = build_rename,
    .check = check_rename,
};
