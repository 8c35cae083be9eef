/* Expected against actual: exactly, or as far as the order of things is not the operators' own. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

enum { SHOWN_BYTES = 240 };

const char *compare_differ(char *text, const char *what, const json_t *wanted, const json_t *got)
{
    char *left = json_dumps(wanted, JSON_COMPACT | JSON_ENCODE_ANY);
    char *right = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t at = 0;
    while (left && right && left[at] && left[at] == right[at])
        at++;
    size_t from = at > SHOWN_BYTES / 2 ? at - SHOWN_BYTES / 2 : 0; /* show where they part */
    snprintf(text, DIFFERENCE_BYTES, "%s: expected %s%.*s, got %s%.*s", what, from ? "..." : "",
             SHOWN_BYTES, left ? left + from : "nothing", from ? "..." : "", SHOWN_BYTES,
             right ? right + from : "nothing");
    free(left);
    free(right);
    return text;
}

/* The same; takes the reference to `got`. */
static const char *differ(char *text, const char *what, const json_t *wanted, json_t *got)
{
    compare_differ(text, what, wanted, got);
    json_decref(got);
    return text;
}

static const char *expect(char *text, const char *what, const json_t *wanted, json_t *got)
{
    if (wanted ? json_equal(wanted, got) : !json_array_size(got)) {
        json_decref(got);
        return NULL;
    }
    return differ(text, what, wanted, got);
}

static const char *expect_number(char *text, const char *what, const json_t *wanted, uint64_t got)
{
    if ((uint64_t)json_integer_value(wanted) == got)
        return NULL;
    return differ(text, what, wanted, json_integer((json_int_t)got));
}

static json_t *polls_of(const struct run *run)
{
    json_t *made = json_array();
    for (size_t i = 0; i < run->sources_n; i++)
        json_array_append_new(made, json_integer((json_int_t)run->sources[i].polls));
    return made;
}

static json_t *taken_of(const struct run *run)
{
    json_t *made = json_array();
    for (size_t i = 0; i < run->sources_n; i++)
        json_array_append_new(made, json_integer((json_int_t)run->sources[i].taken));
    return made;
}

static json_t *calls_of(const struct run *run)
{
    json_t *made = json_array();
    for (size_t i = 0; i < run->entries_n; i++)
        json_array_append_new(made, json_integer((json_int_t)run->entries[i].calls));
    return made;
}

/* Every stream of weir is fused: nobody polls a source again that has ended. */
static const char *expect_polls(const struct run *run, char *text)
{
    const json_t *after_end = json_object_get(run->vector, "after_end");
    json_t *wanted = json_deep_copy(json_object_get(run->vector, "polls"));
    for (size_t i = 0; i < json_array_size(after_end); i++) {
        json_int_t extra = json_integer_value(json_array_get(after_end, i));
        json_t *polls = json_array_get(wanted, i);
        json_integer_set(polls, json_integer_value(polls) - extra);
    }
    const char *found = expect(text, "polls", wanted, polls_of(run));
    json_decref(wanted);
    return found;
}

static const char *expect_after(const struct outcome *outcome, char *text)
{
    const json_t *wanted = json_object_get(outcome->run->vector, "after");
    if (!wanted)
        return NULL;
    if (!outcome->after || !json_equal(wanted, outcome->after))
        return compare_differ(text, "after", wanted, outcome->after);
    if (!outcome->polls_after)
        return NULL;
    snprintf(text, DIFFERENCE_BYTES, "after: a source was polled after the end");
    return text;
}

const char *compare_exact(const struct outcome *outcome, char *text)
{
    const struct run *run = outcome->run;
    const json_t *vector = run->vector;
    const char *found =
        expect(text, "trace", json_object_get(vector, "trace"), json_incref(outcome->trace));
    if (!found)
        found = expect_polls(run, text);
    if (!found)
        found = expect(text, "taken", json_object_get(vector, "taken"), taken_of(run));
    if (!found)
        found = expect(text, "calls", json_object_get(vector, "calls"), calls_of(run));
    if (!found)
        found = expect_number(text, "made", json_object_get(vector, "made"), run->made);
    if (!found)
        found = expect_number(text, "ipolls", json_object_get(vector, "ipolls"), run->ipolls);
    if (!found)
        found = expect(text, "log", json_object_get(vector, "log"), json_incref(run->log));
    return found ? found : expect_after(outcome, text);
}

/* ---- the order set aside ---- */

/* How much of an outcome follows from the vector, whatever the sets and selects choose. */
struct freedom {
    bool order;  /* an operator chooses the order of the items */
    bool items;  /* ... and one behind it makes other items of another order */
    bool counts; /* how much is taken and called depends on the demand, or on the order */
    size_t loggers;
};

static struct freedom freedom_of(const struct run *run)
{
    struct freedom free = {0};
    bool ahead = false;
    for (size_t i = 0; i < run->entries_n; i++) {
        const struct operator* op = run->entries[i].op;
        free.order |= (op->flags & OP_ORDER) != 0;
        ahead |= (op->flags & (OP_AHEAD | OP_ORDER)) != 0;
        free.items |= (free.order || op->flags & OP_SET) && op->flags & OP_STRICT;
        free.counts |= op->flags & OP_STOPS || (ahead && op->flags & OP_STRICT);
        free.loggers += strstr(op->name, "inspect") || strstr(op->name, "for_each");
    }
    free.counts |= free.items;
    return free;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The same entries, sorted by their text. */
static json_t *sorted(const json_t *list)
{
    size_t n = json_array_size(list);
    char **texts = calloc(n + 1, sizeof *texts);
    json_t *made = json_array();
    for (size_t i = 0; texts && i < n; i++)
        texts[i] = json_dumps(json_array_get(list, i), JSON_COMPACT | JSON_ENCODE_ANY);
    if (texts)
        qsort(texts, n, sizeof *texts, by_text);
    for (size_t i = 0; texts && i < n; i++) {
        json_array_append_new(made, json_string(texts[i]));
        free(texts[i]);
    }
    free(texts);
    return made;
}

/* What a trace gave, without its Pendings; of a result that is an array, its parts. */
static json_t *items_of(const json_t *trace)
{
    json_t *made = json_array(), *entry;
    size_t i;
    json_array_foreach(trace, i, entry)
    {
        const char *text = json_string_value(entry);
        json_t *result = json_object_get(entry, "result");
        if (text && !strcmp(text, "P"))
            continue;
        if (json_is_array(result))
            json_array_extend(made, result);
        else
            json_array_append(made, entry);
    }
    return made;
}

/* Compares lists as they stand, or as sets; takes the reference to `got`. */
static const char *expect_list(char *text, const char *what, const json_t *wanted, json_t *got,
                               bool any_order)
{
    if (!any_order)
        return expect(text, what, wanted, got);
    json_t *left = sorted(wanted);
    const char *found = expect(text, what, left, sorted(got));
    json_decref(left);
    json_decref(got);
    return found;
}

static const char *kind_of_end(const json_t *trace)
{
    const json_t *last = json_array_get(trace, json_array_size(trace) - 1);
    return json_is_string(last) ? json_string_value(last) : "a result";
}

static const char *expect_end(const struct outcome *outcome, char *text)
{
    const char *wanted = kind_of_end(json_object_get(outcome->run->vector, "trace"));
    const char *got = kind_of_end(outcome->trace);
    if (!strcmp(wanted, got))
        return NULL;
    snprintf(text, DIFFERENCE_BYTES, "end: expected %s, got %s", wanted, got);
    return text;
}

static const char *expect_log(const struct outcome *outcome, struct freedom free, char *text)
{
    const json_t *wanted = json_object_get(outcome->run->vector, "log");
    bool any_order = free.order || free.loggers > 1;
    return expect_list(text, "log", wanted, json_incref(outcome->run->log), any_order);
}

/* True when all items of a source stand in the list, in their order. */
static bool in_order(const json_t *source, const json_t *list)
{
    size_t i, at = 0, n = json_array_size(list);
    json_t *item;
    json_array_foreach(source, i, item)
    {
        if (json_is_string(item))
            continue;
        while (at < n && !json_equal(json_array_get(list, at), item))
            at++;
        if (at++ >= n)
            return false;
    }
    return true;
}

/* A select alone: whatever the order of the inputs, each keeps its own. */
static const char *expect_own_order(const struct run *run, const json_t *items, char *text)
{
    const json_t *sources = json_object_get(run->vector, "sources");
    if (run->entries_n != 1 || !strchr("s*", run->entries[0].op->arguments[0]))
        return NULL;
    for (size_t i = 0; i < run->sources_n; i++)
        if (!in_order(json_array_get(sources, i), items))
            return compare_differ(text, "an input's order", json_array_get(sources, i), items);
    return NULL;
}

const char *compare_items(const struct outcome *outcome, char *text)
{
    const struct run *run = outcome->run;
    struct freedom free = freedom_of(run);
    const char *found = expect_end(outcome, text);
    if (found || free.items)
        return found;
    json_t *wanted = items_of(json_object_get(run->vector, "trace"));
    json_t *got = items_of(outcome->trace);
    found = expect_list(text, "items", wanted, json_incref(got), free.order);
    if (!found && free.order)
        found = expect_own_order(run, got, text);
    json_decref(wanted);
    json_decref(got);
    if (found || free.counts)
        return found;
    found = expect(text, "taken", json_object_get(run->vector, "taken"), taken_of(run));
    if (!found)
        found = expect(text, "calls", json_object_get(run->vector, "calls"), calls_of(run));
    return found ? found : expect_log(outcome, free, text);
}
