/* Tables as text. */

#include "csv_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "doubles.h"

enum { DEMAND_MAX = 64, ITEM_BYTES = 64 };

void story_put(struct story *story, const char *bytes, size_t n)
{
    if (story->n + n + 1 > story->room) {
        story->room = 2 * (story->n + n + 64);
        story->text = realloc(story->text, story->room);
    }
    if (n)
        memcpy(story->text + story->n, bytes, n);
    story->n += n;
    story->text[story->n] = '\0';
}

void story_fini(struct story *story)
{
    free(story->text);
}

static void say(struct story *story, const char *text)
{
    story_put(story, text, strlen(text));
}

static void put_record(struct story *story, weir_record_view record)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_record_iter iter = {0};
    weir_text name, text;
    weir_value value;
    while (weir_record_next(record, &iter, &name, &value)) {
        if (iter.i > 1)
            say(story, "|");
        story_put(story, name.data, name.size);
        say(story, "=");
        if (weir_value_text(&value, scratch, &text))
            story_put(story, text.data, text.size);
    }
    say(story, ";");
}

static const char *code_name(weir_code code)
{
    static const char *const names[] = {[WEIR_E_MEMORY] = "MEMORY",
                                        [WEIR_E_ARGUMENT] = "ARGUMENT",
                                        [WEIR_E_LIMIT] = "LIMIT",
                                        [WEIR_E_CORRUPT] = "CORRUPT",
                                        [WEIR_E_TRUNCATED] = "TRUNCATED"};
    return code < sizeof names / sizeof *names && names[code] ? names[code] : "OTHER";
}

static void put_error(struct story *story, const weir_error *error)
{
    char text[200];
    int n = snprintf(text, sizeof text, "!%s%s", error->fatal ? "!" : "", code_name(error->code));
    if (error->line)
        n += snprintf(text + n, sizeof text - (size_t)n, "@%llu %llu:%llu",
                      (unsigned long long)error->byte, (unsigned long long)error->line,
                      (unsigned long long)error->column);
    if (error->record != WEIR_NOWHERE)
        snprintf(text + n, sizeof text - (size_t)n, " #%llu", (unsigned long long)error->record);
    say(story, text);
    story->error = *error;
}

void story_run(struct story *story, weir_stream *rows, size_t demand)
{
    static struct test_cx test;
    static _Alignas(64) unsigned char items[DEMAND_MAX * ITEM_BYTES];
    struct check check = {0};
    weir_poll got;
    rows = check_stream(rows, &check);
    const weir_type *type = rows->type;
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        got = weir_poll_next(rows, &test.cx, items, demand);
        for (uint32_t i = 0; i < got.n; i++)
            put_record(story, (weir_record_view){type, items + i * type->size});
        weir_type_drop_items(type, items, got.n);
        if (got.state == WEIR_ERROR)
            put_error(story, &test.cx.error);
        if (got.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("a table got stuck");
    } while (got.state != WEIR_END);
    say(story, "$");
    weir_drop(rows);
    test_cx_fini(&test);
    if (check.complaints)
        test_abort("%s", check.first);
}

void story_write(struct story *story, weir_reader *reader)
{
    static struct test_cx test;
    weir_poll got;
    story_put(story, "", 0);
    test_cx_init(&test);
    do {
        size_t n;
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, 1);
        const unsigned char *bytes = weir_peek(reader, &n);
        story_put(story, (const char *)bytes, n);
        weir_consume(reader, n);
        if (got.state == WEIR_ERROR)
            put_error(story, &test.cx.error);
        if (got.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("a table got stuck");
    } while (got.state != WEIR_END);
    if (story->error.code)
        say(story, "$");
    weir_drop(reader);
    test_cx_fini(&test);
}

struct split {
    weir_reader reader;
    const char *bytes;
    size_t n, at;
    bool second;
    unsigned char *own;
};

static weir_poll split_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct split *self = WEIR_CONTAINER(reader, struct split, reader);
    size_t from = (size_t)reader->offset, to = self->second ? self->n : self->at;
    unsigned char *block = malloc(to > from ? to - from : 1);
    (void)cx, (void)min;
    memcpy(block, self->bytes + from, to - from);
    free(self->own);
    self->own = reader->base = block;
    reader->begin = 0;
    reader->end = to - from;
    reader->stage.padded = false;
    weir_poll got = {0, self->second ? WEIR_END : WEIR_READY};
    self->second = true;
    return got;
}

static void split_fini(weir_reader *reader)
{
    free(WEIR_CONTAINER(reader, struct split, reader)->own);
}

weir_reader *split_reader(const char *bytes, size_t n, size_t at)
{
    static const weir_reader_ops ops = {
        .size = sizeof ops, .name = "split", .poll_fill = split_poll_fill, .fini = split_fini};
    weir_reader *reader = weir_reader_new(sizeof(struct split), &ops);
    struct split *self = WEIR_CONTAINER(reader, struct split, reader);
    self->bytes = bytes;
    self->n = n;
    self->at = at;
    return reader;
}
