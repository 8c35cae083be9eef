/* What weir answers otherwise on purpose. Each line here has its reason in deviations.md. */

#include <stdio.h>
#include <string.h>

#include "conform.h"

static bool has_step(const json_t *lists, const char *word)
{
    json_t *list, *step;
    size_t i, j;
    json_array_foreach(lists, i, list)
        json_array_foreach(list, j, step) if (json_is_string(step) &&
                                              !strcmp(json_string_value(step), word)) return true;
    return false;
}

bool reader_stalls(const json_t *vector)
{
    const json_t *readers = json_object_get(vector, "readers");
    return has_step(readers, "P") || has_step(readers, "D");
}

/* END is latched: what a reader gives behind it is not seen. */
static bool ends_twice(const json_t *vector)
{
    return has_step(json_object_get(vector, "readers"), "EOF");
}

/* A copy flushes when its reader stalls, so a flush that fails does so earlier. */
static bool flush_fails_early(const json_t *vector)
{
    const char *op = json_string_value(json_array_get(json_object_get(vector, "op"), 0));
    const json_t *writer = json_array_get(json_object_get(vector, "writers"), 0);
    json_t *step, *flushes = json_object_get(writer, "flush");
    size_t i;
    if (!op || strncmp(op, "copy", 4) || !reader_stalls(vector))
        return false;
    json_array_foreach(flushes, i, step) if (json_is_object(step)) return true;
    return false;
}

bool flush_of_nothing_fails(const json_t *vector)
{
    json_t *line;
    size_t i;
    bool sent[8] = {false};
    json_array_foreach(json_object_get(vector, "sink_log"), i, line)
    {
        const char *text = json_string_value(line);
        const char *call = text ? strchr(text, '.') : NULL;
        if (!call || call == text || text[0] < '0' || text[0] > '7')
            continue;
        bool *unflushed = &sent[text[0] - '0'];
        if (!strncmp(call, ".send:", 6))
            *unflushed = true;
        if (!strncmp(call, ".flush:err", 10) && !*unflushed)
            return true;
        if (!strcmp(call, ".flush:ok"))
            *unflushed = false;
    }
    return false;
}

/* There is no Sink: a sink is a writer, and what maps on the way to it is a stage before it. */
static bool is_sink_alone(const json_t *vector)
{
    const json_t *first = json_array_get(json_object_get(vector, "chain"), 0);
    const char *name = json_string_value(json_array_get(first, 0));
    return name && !strcmp(name, "sink_script");
}

static bool over_lines(const json_t *vector)
{
    const json_t *first = json_array_get(json_object_get(vector, "chain"), 0);
    const char *name = json_string_value(json_array_get(first, 0));
    return name && !strcmp(name, "line_writer");
}

/* The writer below is not flushed for each line, so that a flush that fails fails nothing. */
static bool flush_of_a_line_fails(const json_t *vector)
{
    const json_t *writer = json_array_get(json_object_get(vector, "writers"), 0);
    json_t *step;
    size_t i;
    json_array_foreach(json_object_get(writer, "flush"), i,
                       step) if (json_is_object(step)) return over_lines(vector);
    return false;
}

/* Of a write that is cut short nothing of a finished line is held: the caller offers it again. */
static bool write_of_a_line_is_short(const json_t *vector)
{
    json_t *line;
    size_t i;
    if (!over_lines(vector))
        return false;
    json_array_foreach(json_object_get(vector, "wlog"), i, line)
    {
        unsigned writer, offered, took;
        if (sscanf(json_string_value(line), "%u.w%u:%u", &writer, &offered, &took) == 3 &&
            took < offered)
            return true;
    }
    return false;
}

/* A piece that is alone, and has a line. */
static bool is_one_piece_of_lines(const json_t *action)
{
    const char *name = json_string_value(json_array_get(action, 0)), *text = "";
    size_t n = 0;
    for (size_t i = 1; i < json_array_size(action); i++) {
        const char *piece = json_string_value(json_array_get(action, i));
        n += piece && *piece;
        text = piece && *piece ? piece : text;
    }
    return name && !strcmp(name, "write_vectored") && n == 1 && strchr(text, '\n');
}

/* Several pieces of which one alone is not empty are a plain write. */
static bool one_piece_to_lines(const json_t *vector)
{
    const json_t *writer = json_array_get(json_object_get(vector, "writers"), 0);
    json_t *action;
    size_t i;
    if (!over_lines(vector) || !json_is_true(json_object_get(writer, "vectored")))
        return false;
    json_array_foreach(json_object_get(vector, "op"), i,
                       action) if (is_one_piece_of_lines(action)) return true;
    return false;
}

static const struct {
    bool (*matches)(const json_t *vector);
    const char *why;
} deviations[] = {
    {ends_twice, "the end of a reader is latched"},
    {flush_fails_early, "a copy flushes when its reader stalls"},
    {is_sink_alone, "there is no Sink"},
    {flush_of_a_line_fails, "a line writer does not flush what is below"},
    {write_of_a_line_is_short, "no part of a finished line is held"},
    {one_piece_to_lines, "one piece is a plain write"},
};

const char *deviation_of(const json_t *vector)
{
    for (size_t i = 0; i < sizeof deviations / sizeof deviations[0]; i++)
        if (deviations[i].matches(vector))
            return deviations[i].why;
    return NULL;
}
