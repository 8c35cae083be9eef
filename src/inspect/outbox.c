/* Lines one after the other, in a place of a fixed size. */

#include "inspect/outbox.h"

#include <string.h>

weir_json_out weir_outbox_line(struct weir_outbox *box)
{
    size_t room = sizeof box->text - box->n;
    return (weir_json_out){box->text + box->n,
                           room < WEIR_INSPECT_LINE_BYTES ? room : WEIR_INSPECT_LINE_BYTES, 0};
}

bool weir_outbox_add(struct weir_outbox *box, const weir_json_out *line)
{
    if (line->n > line->size)
        return false;
    box->n += line->n;
    return true;
}

static size_t line_at(const struct weir_outbox *box, size_t at)
{
    const unsigned char *end = memchr(box->text + at, '\n', box->n - at);
    return (size_t)(end - (box->text + at)) + 1;
}

static bool is_rows(const unsigned char *line, size_t n)
{
    static const char rows[] = "{\"t\":\"rows\"";
    return n >= sizeof rows && !memcmp(line, rows, sizeof rows - 1);
}

static void outbox_cut(struct weir_outbox *box, size_t at, size_t n)
{
    box->n -= n;
    memmove(box->text + at, box->text + at + n, box->n - at);
}

bool weir_outbox_make_room(struct weir_outbox *box)
{
    bool some = false;
    for (size_t at = 0; at < box->n && !weir_outbox_has_room(box);) {
        size_t n = line_at(box, at);
        bool goes = is_rows(box->text + at, n);
        if (goes)
            outbox_cut(box, at, n);
        at += goes ? 0 : n;
        some |= goes;
    }
    return some;
}

size_t weir_outbox_take(struct weir_outbox *box, char *out, size_t n)
{
    size_t taken = 0;
    while (taken < box->n) {
        size_t line = line_at(box, taken);
        if (line > n - taken)
            break;
        taken += line;
    }
    memcpy(out, box->text, taken);
    outbox_cut(box, 0, taken);
    return taken;
}
