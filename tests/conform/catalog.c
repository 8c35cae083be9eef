/* From a vector's entries to weir's stages: names and arguments are looked up first, so that what
 * is unknown is skipped and never run. */

#include <stdio.h>
#include <string.h>

#include "conform.h"

/* At this demand error items become ERRORs by a map that fails, else by weir_errors(). */
enum { DEMAND_BY_MAP = 7 };

static const struct operator* find(const char *name)
{
    static const struct operator* const tables[] = {operators_one, operators_many, operators_pair,
                                                    operators_begin, operators_end};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct operator* op = tables[i]; op->name; op++)
            if (!strcmp(op->name, name))
                return op;
    return NULL;
}

static bool parse_number(struct entry *entry, const json_t *json, int64_t least)
{
    if (!json_is_integer(json) || json_integer_value(json) < least ||
        entry->numbers_n == NUMBERS_MAX)
        return false;
    entry->numbers[entry->numbers_n++] = json_integer_value(json);
    return true;
}

static bool parse_timing(struct entry *entry, const json_t *json, bool is_try)
{
    if (!json)
        return true;
    return json_is_string(json) && timing_parse(json_string_value(json), &entry->timing) &&
           (is_try || !entry->timing.is_try);
}

static bool parse_function(struct entry *entry, const json_t *json, char letter)
{
    static const char letters[] = "mpocdi"; /* in the order of enum function_kind */
    enum function_kind kind = (enum function_kind)(strchr(letters, letter) - letters);
    return json_is_string(json) && function_parse(kind, json_string_value(json), &entry->fn);
}

static bool parse_argument(struct entry *entry, const json_t *json, char letter)
{
    switch (letter) {
    case 'n':
    case 's':
        return parse_number(entry, json, 0);
    case 'a':
        return parse_number(entry, json, INT64_MIN);
    case 'l':
        if (!json_is_null(json))
            return parse_number(entry, json, 1);
        entry->numbers[entry->numbers_n++] = -1;
        return true;
    case 't':
    case 'u':
        return parse_timing(entry, json, letter == 'u');
    default:
        return parse_function(entry, json, letter);
    }
}

static bool parse_arguments(struct entry *entry)
{
    const json_t *json = entry->json;
    size_t at = 1;
    for (const char *letter = entry->op->arguments; *letter; letter++) {
        if (*letter == '!')
            return true;
        if (*letter == '*') {
            for (; at < json_array_size(json); at++)
                if (!parse_number(entry, json_array_get(json, at), INT64_MIN))
                    return false;
            return true;
        }
        if (!parse_argument(entry, json_array_get(json, at++), *letter))
            return false;
    }
    return at >= json_array_size(json);
}

static bool parse_actions(const struct entry *entry)
{
    struct peek_action action;
    for (size_t i = 1; i < json_array_size(entry->json); i++)
        if (!peek_action_parse(json_array_get(entry->json, i), &action))
            return false;
    return true;
}

static const char *prepare_entry(struct run *run, const json_t *json, bool first, char *reason)
{
    const char *name = json_string_value(json_array_get(json, 0));
    struct entry *entry = &run->entries[run->entries_n];
    snprintf(reason, REASON_BYTES, "%.60s", name ? name : "?");
    bool over = run->entries_n && entry[-1].op->flags & OP_CONSUMER;
    if (!name || run->entries_n == ENTRIES_MAX || over)
        return reason;
    *entry = (struct entry){.op = find(name), .run = run, .json = json};
    if (!entry->op || (entry->op->flags & OP_SOURCE && !first))
        return reason;
    if (!parse_arguments(entry) || (entry->op->root == ROOT_PEEK_SCRIPT && !parse_actions(entry))) {
        snprintf(reason, REASON_BYTES, "%.40s (argument)", name);
        return reason;
    }
    run->entries_n++;
    return NULL;
}

static bool steps_are_known(const json_t *steps)
{
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        const char *text = json_string_value(step);
        bool known = text ? !strcmp(text, "P") || !strcmp(text, "D")
                          : json_is_integer(step) || json_is_integer(json_object_get(step, "err"));
        if (!known)
            return false;
    }
    return json_is_array(steps);
}

static bool prepare_sources(struct run *run, const json_t *sources)
{
    run->sources_n = json_array_size(sources);
    if (run->sources_n > SOURCES_MAX)
        return false;
    for (size_t i = 0; i < run->sources_n; i++)
        if (!steps_are_known(json_array_get(sources, i)))
            return false;
    return true;
}

const char *catalog_prepare(struct run *run, const json_t *vector, char *reason)
{
    memset(run, 0, sizeof *run);
    run->vector = vector;
    deferred_list_init(&run->deferred);
    if (!prepare_sources(run, json_object_get(vector, "sources")))
        return strcpy(reason, "unknown steps");
    size_t i;
    json_t *json, *chain = json_object_get(vector, "chain");
    json_array_foreach(chain, i, json) if (prepare_entry(run, json, i == 0, reason)) return reason;
    return run->entries_n ? NULL : strcpy(reason, "no chain");
}

static weir_stream *build_entry(struct entry *entry, weir_stream *stream)
{
    const struct operator* op = entry->op;
    bool by_map = entry->run->demand == DEMAND_BY_MAP;
    if (op->flags & OP_TRY)
        stream = by_map ? adapt_errors_by_map(stream) : adapt_errors(stream);
    stream = op->build(entry, stream);
    if ((op->flags & (OP_TRY | OP_CONSUMER)) == OP_TRY)
        stream = adapt_results(stream);
    return stream;
}

weir_stream *catalog_build(struct run *run)
{
    bool constructed = run->entries[0].op->flags & OP_SOURCE;
    weir_stream *stream = constructed ? NULL : script_source(run, 0);
    for (size_t i = 0; i < run->entries_n; i++)
        stream = build_entry(&run->entries[i], stream);
    return stream;
}
