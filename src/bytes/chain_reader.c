/* chain_reader: all of one reader, then all of another. Both lend their own buffers; bytes are
 * copied only where somebody asks for more at once than the first has left: the rest of it is put
 * in front of a block of the second, until that rest is used up. */

#include <string.h>

#include "bytes/raw.h"
#include "weir/ready.h"

enum chain_reader_part { FIRST, JOINT, SECOND };

struct chain_reader {
    weir_reader reader;
    weir_reader *first;
    weir_reader *second; /* a chain of its own */
    enum chain_reader_part part;
    bool fills; /* FIRST: the kernel cannot take from it, or not any more */
    bool asked; /* the reader below said where its bytes are, when this one stood at: */
    uint64_t asked_at;
    size_t lent;        /* FIRST, SECOND: bytes that stood there after the last fill */
    size_t rest;        /* JOINT: bytes of the first at its beginning, the others are second's */
    uint64_t seam;      /* JOINT, SECOND: the offset here where the second begins */
    uint64_t second_at; /* ... and the offset it had there itself */
};

static struct chain_reader *chain_reader_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct chain_reader, reader);
}

static size_t chain_reader_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void chain_reader_lend(struct chain_reader *self, weir_reader *from)
{
    self->reader.base = from->base;
    self->reader.begin = from->begin;
    self->reader.end = from->end;
    self->reader.stage.padded = from->stage.padded;
    self->lent = chain_reader_in_hand(from);
}

static void lend_second(struct chain_reader *self)
{
    weir_reader_release(&self->reader);
    self->part = SECOND;
    chain_reader_lend(self, self->second);
}

/* Tells the reader below what was consumed, or taken by the kernel, since it was asked last. */
static void chain_reader_sync(struct chain_reader *self)
{
    if (self->asked)
        weir_reader_took(self->part == FIRST ? self->first : self->second,
                         (size_t)(self->reader.offset - self->asked_at));
    self->asked = false;
    if (self->part != JOINT) {
        weir_reader *from = self->part == FIRST ? self->first : self->second;
        weir_consume(from, self->lent - chain_reader_in_hand(&self->reader));
        chain_reader_lend(self, from);
    } else if (self->reader.begin >= self->rest) {
        weir_consume(self->second, self->reader.begin - self->rest);
        lend_second(self);
    }
}

static weir_poll fill_from(struct chain_reader *self, weir_reader *from, weir_cx *cx, size_t min)
{
    weir_poll got = weir_poll_fill(from, cx, min);
    chain_reader_lend(self, from);
    return got;
}

static void give_joint_back(weir_reader *reader)
{
    weir_release(reader->base, (size_t)reader->room + WEIR_PADDING_BYTES);
}

/* The first's rest moves into a block of our own. */
static bool chain_reader_take_rest(struct chain_reader *self, size_t rest)
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
static bool chain_reader_join(struct chain_reader *self)
{
    size_t rest = chain_reader_in_hand(self->first);
    self->part = SECOND;
    self->seam = self->reader.offset + rest;
    self->second_at = self->second->offset;
    if (rest && !chain_reader_take_rest(self, rest))
        return false;
    weir_reader_release(self->first);
    return true;
}

/* Moves what is in hand to the front, where min bytes have room. */
static void chain_reader_make_room(struct chain_reader *self, size_t min)
{
    weir_reader *reader = &self->reader;
    if (reader->room - reader->begin >= min)
        return;
    memmove(reader->base, reader->base + reader->begin, chain_reader_in_hand(reader));
    reader->end -= reader->begin;
    self->rest -= reader->begin;
    reader->begin = 0;
}

/* second's bytes are copied behind the rest, but not consumed there before the rest is used up. */
static weir_poll fill_joint(struct chain_reader *self, weir_cx *cx, size_t min)
{
    weir_reader *reader = &self->reader;
    chain_reader_make_room(self, min);
    size_t wanted = min - (self->rest - reader->begin);
    weir_poll got = weir_poll_fill(self->second, cx, wanted);
    size_t copied = reader->end - self->rest;
    size_t more = chain_reader_in_hand(self->second) - copied;
    size_t room = reader->room - reader->end;
    more = more < room ? more : room;
    if (more)
        memcpy(reader->base + reader->end, self->second->base + self->second->begin + copied, more);
    reader->end += more;
    return got;
}

static weir_poll chain_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct chain_reader *self = chain_reader_of(reader);
    chain_reader_sync(self);
    if (self->part == FIRST) {
        weir_poll got = fill_from(self, self->first, cx, min);
        if (got.state != WEIR_END)
            return got;
        if (!chain_reader_join(self))
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes",
                             (size_t)reader->reserve + WEIR_BLOCK_BYTES);
    }
    if (self->part == JOINT)
        return fill_joint(self, cx, min);
    return fill_from(self, self->second, cx, min);
}

/* ---- what the kernel takes ---- */

static const weir_reader_ops chain_reader_ops;

static weir_poll chain_reader_ask(struct chain_reader *self, weir_reader *from, weir_cx *cx,
                                  bool dry, weir_raw *out)
{
    from->stage.dry = dry;
    weir_poll got = weir_reader_raw(from, cx, out);
    chain_reader_lend(self, from);
    self->asked = got.state == WEIR_READY && out->kind != WEIR_RAW_NONE;
    self->asked_at = self->reader.offset;
    return got;
}

/* A chain that ran dry may have another input. Others are over, or the kernel cannot. */
static bool has_more(const weir_reader *from, bool dry)
{
    return !dry || from->ops == &chain_reader_ops;
}

/* END: it is over. Only a fill tells that, or gives what the kernel cannot take. */
static weir_poll raw_of_first(struct chain_reader *self, weir_cx *cx, bool dry, weir_raw *out)
{
    if (!self->fills && has_more(self->first, dry)) {
        weir_poll got = chain_reader_ask(self, self->first, cx, dry, out);
        if (got.state != WEIR_READY || self->asked || chain_reader_in_hand(&self->reader))
            return got;
    }
    self->fills = true;
    return fill_from(self, self->first, cx, 1);
}

static weir_poll chain_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct chain_reader *self = chain_reader_of(reader);
    bool dry = reader->stage.dry;
    chain_reader_sync(self);
    if (self->part == FIRST) {
        weir_poll got = raw_of_first(self, cx, dry, out);
        if (got.state != WEIR_END)
            return got;
        chain_reader_join(self); /* of nothing in hand: it takes no memory */
        dry = false;
    }
    if (chain_reader_in_hand(reader) || !has_more(self->second, dry))
        return (weir_poll){0, WEIR_READY};
    return chain_reader_ask(self, self->second, cx, dry, out);
}

static weir_raw_kind chain_raw_kind(const weir_reader *reader)
{
    const struct chain_reader *self = chain_reader_of(reader);
    return weir_reader_raw_kind(self->part == FIRST ? self->first : self->second);
}

static void chain_reader_fini(weir_reader *reader)
{
    chain_reader_sync(chain_reader_of(reader)); /* one that is set back must know what was used */
    weir_drop(chain_reader_of(reader)->second);
}

static weir_hint chain_reader_less(weir_hint hint, size_t n)
{
    hint.lower -= n < hint.lower ? n : hint.lower;
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper -= n < hint.upper ? n : hint.upper;
    return hint;
}

/* What a reader has behind the bytes that were lent from it. */
static weir_hint chain_reader_behind(const weir_reader *from)
{
    return chain_reader_less(weir_reader_size_hint(from), chain_reader_in_hand(from));
}

/* What the kernel took is not known below before the next poll. */
static weir_hint chain_reader_size_hint(const weir_reader *reader)
{
    const struct chain_reader *self = chain_reader_of(reader);
    size_t taken = self->asked ? (size_t)(reader->offset - self->asked_at) : 0;
    if (self->part == SECOND)
        return chain_reader_less(chain_reader_behind(self->second), taken);
    weir_hint second = weir_reader_size_hint(self->second);
    weir_hint hint = {0, 0};
    if (self->part == FIRST)
        hint = chain_reader_less(chain_reader_behind(self->first), taken);
    else
        second = chain_reader_less(second, reader->end - self->rest);
    if (__builtin_add_overflow(hint.lower, second.lower, &hint.lower))
        hint.lower = SIZE_MAX;
    if (__builtin_add_overflow(hint.upper, second.upper, &hint.upper))
        hint.upper = WEIR_HINT_UNKNOWN;
    return hint;
}

static bool chain_reserve(weir_reader *reader, size_t bytes)
{
    struct chain_reader *self = chain_reader_of(reader);
    return self->part != JOINT && weir_reader_reserve(self->first, bytes) &&
           weir_reader_reserve(self->second, bytes);
}

static const char *chain_place(const weir_reader *reader, uint64_t *byte)
{
    const struct chain_reader *self = chain_reader_of(reader);
    bool first = self->part == FIRST || (byte && *byte < self->seam);
    const weir_reader *from = first ? self->first : self->second;
    if (!from->ops->place)
        return NULL;
    if (byte && !first)
        *byte = *byte - self->seam + self->second_at;
    return from->ops->place(from, byte);
}

static weir_stage *chain_reader_input(const weir_reader *reader, size_t i)
{
    return i ? NULL : &chain_reader_of(reader)->second->stage;
}

static size_t chain_memory_max(const weir_reader *reader)
{
    return (size_t)reader->reserve + WEIR_BLOCK_BYTES + WEIR_PADDING_BYTES;
}

/* Only the last of them says that nobody writes any more. */
static weir_poll chain_poll_hup(weir_reader *reader, weir_cx *cx)
{
    return weir_poll_hup(chain_reader_of(reader)->second, cx);
}

static const weir_reader_ops chain_reader_ops = {.size = sizeof chain_reader_ops,
                                                 .name = "chain",
                                                 .poll_fill = chain_poll_fill,
                                                 .fini = chain_reader_fini,
                                                 .size_hint = chain_reader_size_hint,
                                                 .reserve = chain_reserve,
                                                 .place = chain_place,
                                                 .input = chain_reader_input,
                                                 .memory_max = chain_memory_max,
                                                 .poll_raw = chain_poll_raw,
                                                 .raw_kind = chain_raw_kind,
                                                 .poll_hup = chain_poll_hup};

/* One of the inputs failed: drops the other, returns that one. */
static weir_reader *chain_reader_failed_of(weir_reader *first, weir_reader *second)
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
    weir_reader *failed = chain_reader_failed_of(first, second);
    if (failed)
        return failed;
    weir_reader *reader = weir_reader_over(first, sizeof(struct chain_reader), &chain_reader_ops);
    if (weir_stage_failed(&reader->stage)) {
        weir_drop(second);
        return reader;
    }
    struct chain_reader *self = chain_reader_of(reader);
    self->first = first;
    self->second = second;
    reader->offset = first->offset;
    reader->reserve = first->reserve < second->reserve ? first->reserve : second->reserve;
    reader->stage.in_turn = reader->stage.emptied = first->stage.emptied && second->stage.emptied;
    chain_reader_lend(self, first);
    return weir_reader_with(reader, &second->stage);
}
