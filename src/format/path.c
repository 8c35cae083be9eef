/* Fields by name, also those of records in records. */

#include "format/path.h"

weir_text weir_path_copy(weir_arena *arena, weir_text text)
{
    char *copy = weir_arena_take(arena, text.size + 1, 1);
    if (copy && text.size)
        memcpy(copy, text.data, text.size);
    return (weir_text){copy, text.size};
}

static size_t count_parts(weir_text name)
{
    size_t n = 1;
    for (size_t i = 0; i < name.size; i++)
        n += name.data[i] == '.';
    return n;
}

static void path_part(const struct weir_path *path)
{
    const char *at = path->whole.text.data, *end = at + path->whole.text.size;
    for (size_t i = 0; i < path->n; i++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        const char *stop = dot ? dot : end;
        path->parts[i].text = (weir_text){at, (size_t)(stop - at)};
        at = stop + 1;
    }
}

bool weir_path_init(struct weir_path *path, weir_arena *arena, const char *name)
{
    path->whole.text = weir_path_copy(arena, (weir_text){name, strlen(name)});
    if (!path->whole.text.data)
        return false;
    size_t n = count_parts(path->whole.text);
    if (n == 1 || n > WEIR_RECORD_DEPTH_MAX)
        return true; /* nothing is nested so deep */
    path->parts = weir_arena_take(arena, n * sizeof *path->parts, _Alignof(weir_name));
    if (!path->parts)
        return false;
    path->n = n;
    path_part(path);
    return true;
}

static bool path_is_there(weir_record_view record, weir_name *name, weir_value *value)
{
    return weir_record_find(record, name, value) && value->kind != WEIR_VALUE_NONE;
}

bool weir_path_find(struct weir_path *path, weir_record_view record, weir_value *value)
{
    if (path_is_there(record, &path->whole, value))
        return true;
    for (size_t i = 0; i < path->n; i++) {
        if (!path_is_there(record, &path->parts[i], value))
            return false;
        if (i + 1 == path->n)
            return true;
        if (value->kind != WEIR_VALUE_RECORD)
            return false;
        record = value->is.record;
    }
    return false;
}

bool weir_path_find_text(weir_text name, weir_record_view record, weir_value *value)
{
    for (;;) {
        weir_name rest = {name, 0};
        if (path_is_there(record, &rest, value))
            return true;
        const char *dot = name.size ? memchr(name.data, '.', name.size) : NULL;
        weir_name head = {{name.data, dot ? (size_t)(dot - name.data) : 0}, 0};
        if (!dot || !path_is_there(record, &head, value) || value->kind != WEIR_VALUE_RECORD)
            return false;
        record = value->is.record;
        name = (weir_text){dot + 1, name.size - head.text.size - 1};
    }
}
