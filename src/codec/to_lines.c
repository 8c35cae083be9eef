/* to_lines, into_reader: each line of a stream as bytes, with a newline or as it stands. Short ones
 * are gathered in a block; one that is long, and goes without a newline, is lent from where it
 * stands. */

#include <string.h>

#include "weir/codec.h"

enum {
    TO_LINES_ITEMS = WEIR_DEMAND_MAX,
    TO_LINES_BLOCK_BYTES = 64 << 10,
    TO_LINES_LONG_BYTES = 16 << 10
};

struct to_lines {
    weir_reader reader;
    weir_stream *source;
    weir_line items[TO_LINES_ITEMS];
    uint32_t n;
    uint32_t at; /* items[at .. n) are still to be copied */
    size_t part; /* bytes of items[at] that are copied */
    uint32_t demand;
    bool ended;
    bool bare;            /* no newlines: into_reader */
    bool lent;            /* what is in hand is of items[at] */
    weir_held_error held; /* it came behind lines that were copied */
};

static struct to_lines *to_lines_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct to_lines, reader);
}

static void to_lines_item_done(struct to_lines *self)
{
    weir_type_drop_items(self->source->type, &self->items[self->at++], 1);
    self->part = 0;
}

static size_t to_lines_in_hand(const struct to_lines *self)
{
    return self->reader.end - self->reader.begin;
}

/* The next item is to be lent, once nothing else is in hand. */
static bool is_long(const struct to_lines *self)
{
    return self->bare && !self->part && self->items[self->at].size >= TO_LINES_LONG_BYTES;
}

static void to_lines_lend(struct to_lines *self)
{
    weir_reader *reader = &self->reader;
    const weir_line *line = &self->items[self->at];
    weir_reader_release(reader);
    reader->base = (unsigned char *)(uintptr_t)line->data; /* read only: it is not owned */
    reader->end = line->size;
    reader->stage.padded = false;
    self->lent = true;
}

static void to_lines_take_back(struct to_lines *self)
{
    self->lent = false;
    to_lines_item_done(self);
}

/* Room in a block of our own, behind what is in hand, which moves there if it was lent. */
static bool to_lines_make_room(struct to_lines *self, size_t room)
{
    if (!weir_reader_room(&self->reader, room))
        return false;
    if (self->lent)
        to_lines_take_back(self);
    return true;
}

/* Copies what fits of items[at] and its newline; false: there is no room left for it. */
static bool copy_part(struct to_lines *self, size_t *room)
{
    const weir_line *line = &self->items[self->at];
    unsigned char *to = self->reader.base + self->reader.end;
    size_t left = line->size - self->part;
    size_t n = left < *room ? left : *room;
    if (n)
        memcpy(to, line->data + self->part, n);
    self->part += n;
    bool whole = n == left && (self->bare || n < *room);
    if (whole && !self->bare)
        to[n++] = '\n';
    self->reader.end += n;
    *room -= n;
    if (whole)
        to_lines_item_done(self);
    return whole;
}

static weir_poll to_lines_take_more(struct to_lines *self, weir_cx *cx)
{
    size_t demand = weir_demand_next(cx, &self->demand);
    weir_poll got = weir_poll_next(self->source, cx, self->items,
                                   demand < TO_LINES_ITEMS ? demand : TO_LINES_ITEMS);
    self->n = got.n;
    self->at = 0;
    self->ended = got.state == WEIR_END;
    return got;
}

/* Copies and takes until the room is used, a long item comes behind min bytes, or the source has no
 * more to give at once. */
static weir_poll copy_block(struct to_lines *self, weir_cx *cx, size_t min, size_t room)
{
    for (;;) {
        while (self->at < self->n)
            if ((is_long(self) && to_lines_in_hand(self) >= min) || !copy_part(self, &room))
                return (weir_poll){0, WEIR_READY};
        if (self->ended)
            return (weir_poll){0, WEIR_END};
        weir_poll got = to_lines_take_more(self, cx);
        if (!got.n && got.state != WEIR_END)
            return got;
        if (!weir_spend(cx))
            return (weir_poll){0, WEIR_READY};
    }
}

static weir_poll to_lines_fill_block(struct to_lines *self, weir_cx *cx, size_t min)
{
    size_t missing = min - to_lines_in_hand(self);
    size_t room = missing > TO_LINES_BLOCK_BYTES ? missing : TO_LINES_BLOCK_BYTES;
    if (!to_lines_make_room(self, room))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes", room);
    weir_poll got = copy_block(self, cx, min, room);
    if (to_lines_in_hand(self) < min || got.state == WEIR_END)
        return got;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    return (weir_poll){0, WEIR_READY};
}

/* With nothing in hand. READY: there are items. While it waits it holds no block. */
static weir_poll to_lines_have_items(struct to_lines *self, weir_cx *cx)
{
    if (self->at < self->n)
        return (weir_poll){0, WEIR_READY};
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = to_lines_take_more(self, cx);
    if (got.state == WEIR_PENDING)
        weir_reader_release(&self->reader);
    return (weir_poll){0, got.n ? WEIR_READY : got.state};
}

static weir_poll to_lines_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct to_lines *self = to_lines_of(reader);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (to_lines_in_hand(self))
        return to_lines_fill_block(self, cx, min);
    if (self->lent) {
        weir_reader_release(reader);
        to_lines_take_back(self);
    }
    weir_poll got = to_lines_have_items(self, cx);
    if (got.state != WEIR_READY || self->at == self->n)
        return got;
    if (!is_long(self))
        return to_lines_fill_block(self, cx, min);
    to_lines_lend(self);
    return got;
}

static void to_lines_fini(weir_reader *reader)
{
    struct to_lines *self = to_lines_of(reader);
    weir_type_drop_items(self->source->type, self->items + self->at, self->n - self->at);
}

static size_t to_lines_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, TO_LINES_BLOCK_BYTES);
}

#define TO_LINES_OPS(called)                                                                       \
    {                                                                                              \
        .size = sizeof(weir_reader_ops), .name = called, .poll_fill = to_lines_poll_fill,          \
        .fini = to_lines_fini, .memory_max = to_lines_memory_max                                   \
    }
static const weir_reader_ops to_lines_ops = TO_LINES_OPS("to_lines");
static const weir_reader_ops into_reader_ops = TO_LINES_OPS("into_reader");

static weir_reader *to_lines_new(weir_stream *source, const weir_reader_ops *ops, bool bare)
{
    if (!weir_type_fits(source->type, &weir_type_owned_line))
        source = weir_expect_type(source, ops->name, "bytes", &weir_type_line);
    weir_reader *reader = weir_reader_over_stream(source, sizeof(struct to_lines), ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    to_lines_of(reader)->source = source;
    to_lines_of(reader)->bare = bare;
    if (weir_held_error_init(&to_lines_of(reader)->held, reader->stage.arena))
        return reader;
    return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for %s", ops->name,
                              NULL, 0);
}

weir_reader *weir_to_lines(weir_stream *source)
{
    return to_lines_new(source, &to_lines_ops, false);
}

weir_reader *weir_into_reader(weir_stream *source)
{
    return to_lines_new(source, &into_reader_ops, true);
}
