/* chain_reader: all of one reader, then all of another. Both lend their own buffers; bytes are
 * copied only where somebody asks for more at once than the first has left: the rest of it is put
 * in front of a block of the second, until that rest is used up. */

#include <string.h>

#include "weir/reader.h"

enum part { FIRST, JOINT, SECOND };

struct chain_reader {
    weir_reader reader;
    weir_reader *first;
    weir_reader *second; /* a chain of its own */
    enum part part;
    size_t lent;        /* FIRST, SECOND: bytes that stood there after the last fill */
    size_t rest;        /* JOINT: bytes of the first at its beginning, the others are second's */
    uint64_t seam;      /* JOINT, SECOND: the offset here where the second begins */
    uint64_t second_at; /* ... and the offset it had there itself */
};

static struct chain_reader *chain_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct chain_reader, reader);
}

static size_t in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void lend(struct chain_reader *self, weir_reader *from)
{
    self->reader.base = from->base;
    self->reader.begin = from->begin;
    self->reader.end = from->end;
    self->reader.stage.padded = from->stage.padded;
    self->lent = in_hand(from);
}

static void lend_second(struct chain_reader *self)
{
    weir_reader_release(&self->reader);
    self->part = SECOND;
    lend(self, self->second);
}

/* Tells the reader below what was consumed since the last fill. */
static void sync(struct chain_reader *self)
{
    if (self->part != JOINT) {
        weir_reader *from = self->part == FIRST ? self->first : self->second;
        weir_consume(from, self->lent - in_hand(&self->reader));
        lend(self, from);
    } else if (self->reader.begin >= self->rest) {
        weir_consume(self->second, self->reader.begin - self->rest);
        lend_second(self);
    }
}

static weir_poll fill_from(struct chain_reader *self, weir_reader *from, weir_cx *cx, size_t min)
{
    weir_poll got = weir_poll_fill(from, cx, min);
    lend(self, from);
    return got;
}

static void give_joint_back(weir_reader *reader)
{
    weir_release(reader->base, (size_t)reader->room + WEIR_PADDING_BYTES);
}

/* The first's rest moves into a block of our own. */
static bool take_rest(struct chain_reader *self, size_t rest)
{
    weir_reader *reader = &self->reader;
    size_t room = (size_t)reader->reserve + WEIR_BLOCK_BYTES;
    unsigned char *joint = weir_allocate(room + WEIR_PADDING_BYTES);
    if (!joint)
        return false;
    memcpy(joint, self->first->base + self->first->begin, rest);
    weir_consume(self->first, rest);
    self->rest = rest;
    self->part = JOINT;
    reader->base = joint;
    reader->begin = 0;
    reader->end = rest;
    reader->room = (uint32_t)room;
    reader->give_back = give_joint_back;
    reader->stage.padded = true;
    return true;
}

/* The first is over with too little in hand. */
static bool join(struct chain_reader *self)
{
    size_t rest = in_hand(self->first);
    self->part = SECOND;
    self->seam = self->reader.offset + rest;
    self->second_at = self->second->offset;
    if (rest && !take_rest(self, rest))
        return false;
    weir_reader_release(self->first);
    return true;
}

/* Moves what is in hand to the front, where min bytes have room. */
static void make_room(struct chain_reader *self, size_t min)
{
    weir_reader *reader = &self->reader;
    if (reader->room - reader->begin >= min)
        return;
    memmove(reader->base, reader->base + reader->begin, in_hand(reader));
    reader->end -= reader->begin;
    self->rest -= reader->begin;
    reader->begin = 0;
}

/* second's bytes are copied behind the rest, but not consumed there before the rest is used up. */
static weir_poll fill_joint(struct chain_reader *self, weir_cx *cx, size_t min)
{
    weir_reader *reader = &self->reader;
    make_room(self, min);
    size_t wanted = min - (self->rest - reader->begin);
    weir_poll got = weir_poll_fill(self->second, cx, wanted);
    size_t copied = reader->end - self->rest;
    size_t more = in_hand(self->second) - copied;
    size_t room = reader->room - reader->end;
    more = more < room ? more : room;
    if (more)
        memcpy(reader->base + reader->end, self->second->base + self->second->begin + copied, more);
    reader->end += more;
    return got;
}

static weir_poll chain_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct chain_reader *self = chain_of(reader);
    sync(self);
    if (self->part == FIRST) {
        weir_poll got = fill_from(self, self->first, cx, min);
        if (got.state != WEIR_END)
            return got;
        if (!join(self))
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes",
                             (size_t)reader->reserve + WEIR_BLOCK_BYTES);
    }
    if (self->part == JOINT)
        return fill_joint(self, cx, min);
    return fill_from(self, self->second, cx, min);
}

static void chain_fini(weir_reader *reader)
{
    sync(chain_of(reader)); /* one that is set back must know what was used */
    weir_drop(chain_of(reader)->second);
}

/* What a reader has behind the bytes that were lent from it. */
static weir_hint behind(const weir_reader *from)
{
    weir_hint hint = weir_reader_size_hint(from);
    hint.lower -= in_hand(from);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper -= in_hand(from);
    return hint;
}

static weir_hint chain_size_hint(const weir_reader *reader)
{
    const struct chain_reader *self = chain_of(reader);
    if (self->part == SECOND)
        return behind(self->second);
    weir_hint second = weir_reader_size_hint(self->second);
    weir_hint hint = {0, 0};
    size_t copied = 0;
    if (self->part == FIRST)
        hint = behind(self->first);
    else
        copied = reader->end - self->rest;
    second.lower -= copied;
    if (second.upper != WEIR_HINT_UNKNOWN)
        second.upper -= copied;
    if (__builtin_add_overflow(hint.lower, second.lower, &hint.lower))
        hint.lower = SIZE_MAX;
    if (__builtin_add_overflow(hint.upper, second.upper, &hint.upper))
        hint.upper = WEIR_HINT_UNKNOWN;
    return hint;
}

static bool chain_reserve(weir_reader *reader, size_t bytes)
{
    struct chain_reader *self = chain_of(reader);
    return self->part != JOINT && weir_reader_reserve(self->first, bytes) &&
           weir_reader_reserve(self->second, bytes);
}

static const char *chain_place(const weir_reader *reader, uint64_t *byte)
{
    const struct chain_reader *self = chain_of(reader);
    bool first = self->part == FIRST || (byte && *byte < self->seam);
    const weir_reader *from = first ? self->first : self->second;
    if (!from->ops->place)
        return NULL;
    if (byte && !first)
        *byte = *byte - self->seam + self->second_at;
    return from->ops->place(from, byte);
}

static weir_stage *chain_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &chain_of(reader)->second->stage;
}

static size_t chain_memory_max(const weir_reader *reader)
{
    return (size_t)reader->reserve + WEIR_BLOCK_BYTES + WEIR_PADDING_BYTES;
}

static const weir_reader_ops chain_ops = {.size = sizeof chain_ops,
                                          .name = "chain",
                                          .poll_fill = chain_poll_fill,
                                          .fini = chain_fini,
                                          .size_hint = chain_size_hint,
                                          .reserve = chain_reserve,
                                          .place = chain_place,
                                          .input = chain_input,
                                          .memory_max = chain_memory_max};

/* One of the inputs failed: drops the other, returns that one. */
static weir_reader *failed_of(weir_reader *first, weir_reader *second)
{
    if (weir_stage_failed(&first->stage)) {
        weir_drop(second);
        return first;
    }
    if (!weir_stage_failed(&second->stage))
        return NULL;
    weir_drop(first);
    return second;
}

weir_reader *weir_chain_reader(weir_reader *first, weir_reader *second)
{
    weir_reader *failed = failed_of(first, second);
    if (failed)
        return failed;
    weir_reader *reader = weir_reader_over(first, sizeof(struct chain_reader), &chain_ops);
    if (weir_stage_failed(&reader->stage)) {
        weir_drop(second);
        return reader;
    }
    struct chain_reader *self = chain_of(reader);
    self->first = first;
    self->second = second;
    reader->offset = first->offset;
    reader->reserve = first->reserve < second->reserve ? first->reserve : second->reserve;
    reader->stage.in_turn = reader->stage.emptied = first->stage.emptied && second->stage.emptied;
    lend(self, first);
    return weir_reader_with(reader, &second->stage);
}
