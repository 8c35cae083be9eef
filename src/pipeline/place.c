/* Where an error was, in words. */
#include "pipeline/place.h"

#include <stdio.h>

#include "pipeline/stages.h"

/* "people.csv:48211:17 (record 48210, byte 3991207): ", which editors know how to go to. */
static void put_line(const weir_error *error, char *out, size_t size)
{
    unsigned long long line = error->line, column = error->column, record = error->record;
    size_t n = (size_t)snprintf(out, size, "%s:%llu", error->place, line);
    if (n < size && column)
        n += (size_t)snprintf(out + n, size - n, ":%llu", column);
    const char *before = " (";
    if (n < size && record != WEIR_NOWHERE) {
        n += (size_t)snprintf(out + n, size - n, "%srecord %llu", before, record);
        before = ", ";
    }
    if (n < size && weir_error_has_byte(error)) {
        n += (size_t)snprintf(out + n, size - n, "%sbyte %llu", before,
                              (unsigned long long)error->byte);
        before = ", ";
    }
    if (n < size)
        snprintf(out + n, size - n, "%s: ", *before == ',' ? ")" : "");
}

bool weir_pl_place_asks_peer(const struct node *node)
{
    const struct entry *entry = node ? node->entry : NULL;
    return entry && (entry == &weir_pl_entry_http_source || entry == &weir_pl_entry_https_source ||
                     entry->broker || (entry == &weir_pl_entry_dead && !node->path));
}

bool weir_pl_place_is_answer(const struct node *node, const weir_error *error)
{
    return weir_pl_place_asks_peer(node) && error->code == WEIR_E_USER && error->number >= 300;
}

void weir_pl_place_text(const struct node *node, const weir_error *error, char *out, size_t size)
{
    unsigned long long byte = error->byte, record = error->record;
    const char *name = node ? node->entry->name : NULL;
    size_t n = name ? (size_t)snprintf(out, size, "%s: ", name) : 0;

    out[n] = 0;
    if (!error->place[0] && record == WEIR_NOWHERE)
        return;
    if (!error->place[0]) {
        snprintf(out + n, size - n, "record %llu: ", record);
        return;
    }
    bool of_broker = node && node->entry->broker; /* messages have no place in bytes */
    bool at_byte =
        weir_error_has_byte(error) && !of_broker && !weir_pl_place_is_answer(node, error);
    if (error->line)
        put_line(error, out + n, size - n);
    else if (record != WEIR_NOWHERE && at_byte)
        snprintf(out + n, size - n, "record %llu (byte %llu of %s): ", record, byte, error->place);
    else if (at_byte)
        snprintf(out + n, size - n, "byte %llu of %s: ", byte, error->place);
    else if (record != WEIR_NOWHERE)
        snprintf(out + n, size - n, "record %llu of %s: ", record, error->place);
    else
        snprintf(out + n, size - n, "%s: ", error->place);
}
