/* Lines on several workers: they are gathered in blocks, each of which one worker goes through, and
 * what is left of it is lent line by line. */
#include "pipeline/stage_par.h"

#include <string.h>

#include "pipeline/stages.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* searching lines is no loop to vectorise */
#endif

enum { BLOCK_BYTES = 64 << 10, BLOCK_LINES = 4096, TAKE_LINES = WEIR_DEMAND_MAX };

/* Lines one behind the other, in one allocation; ends[i] is where line i ends. */
struct block {
    char *bytes;
    size_t room, size;
    uint32_t n;
    uint32_t *ends;
};

static void block_drop(struct block *block)
{
    if (block->bytes)
        weir_release(block->bytes, block->room);
    if (block->ends)
        weir_release(block->ends, BLOCK_LINES * sizeof *block->ends);
    *block = (struct block){0};
}

static void drop_block(const weir_type *type, void *item)
{
    (void)type;
    block_drop(item);
}

static const weir_type block_type = WEIR_TYPE_OWNING(struct block, drop_block);

/* False: no memory. */
static bool block_add(struct block *block, weir_line line)
{
    size_t need = block->size + line.size;

    if (!block->ends)
        block->ends = weir_allocate(BLOCK_LINES * sizeof *block->ends);
    if (!block->bytes || need > block->room) {
        size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        char *bytes = weir_resize(block->bytes, block->room, room);
        if (!bytes)
            return false;
        block->bytes = bytes;
        block->room = room;
    }
    if (!block->ends)
        return false;
    if (line.size)
        memcpy(block->bytes + block->size, line.data, line.size);
    block->size = need;
    block->ends[block->n++] = (uint32_t)need;
    return true;
}

static weir_line block_line(const struct block *block, uint32_t i)
{
    uint32_t begin = i ? block->ends[i - 1] : 0;
    return (weir_line){block->bytes + begin, block->ends[i] - begin};
}

/* ---- lines into blocks ---- */

struct gather {
    weir_stream stream;
    weir_line lines[TAKE_LINES]; /* lent: those from `at` on are still to be copied */
    uint32_t at, n;
    struct block block;
    bool ended;
    weir_held_error held;
    weir_mark *mark; /* behind the block that was given */
};

static struct gather *gather_of(weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct gather, stream);
}

static bool is_full(const struct block *block)
{
    return block->size >= BLOCK_BYTES || block->n == BLOCK_LINES;
}

/* READY: there are lines to copy. */
static weir_poll take_some(struct gather *self, weir_cx *cx)
{
    if (self->at < self->n)
        return (weir_poll){0, WEIR_READY};
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, self->lines, TAKE_LINES);
    self->ended = got.state == WEIR_END;
    self->at = 0;
    self->n = got.n;
    return got.n ? (weir_poll){0, WEIR_READY} : got;
}

static weir_poll give_mark(struct gather *self, weir_cx *cx)
{
    weir_mark *mark = self->mark;

    self->mark = NULL;
    return weir_mark_give(cx, mark);
}

/* What there is goes when the source waits: a block is full, or all that is known. */
static weir_poll gather_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct gather *self = gather_of(stream);
    struct block *block = &self->block;
    weir_poll got = {0, WEIR_READY};

    (void)demand;
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (self->mark)
        return give_mark(self, cx);
    while (!is_full(block) && (got = take_some(self, cx)).state == WEIR_READY) {
        while (!is_full(block) && self->at < self->n)
            if (!block_add(block, self->lines[self->at++]))
                return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of lines");
        if (!weir_spend(cx))
            break;
    }
    if (!block->n)
        return got;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    if (got.state == WEIR_MARK)
        self->mark = weir_mark_take(cx);
    *(struct block *)out = *block;
    *block = (struct block){0};
    return WEIR_POLL_ONE;
}

static void gather_fini(weir_stream *stream)
{
    struct gather *self = gather_of(stream);

    block_drop(&self->block);
    if (self->mark)
        weir_mark_settle(self->mark, false);
}

static size_t no_memory(const weir_stream *stream)
{
    (void)stream;
    return 0; /* the stage that lends the lines counts for all of them */
}

static const weir_stream_ops gather_ops = {.size = sizeof gather_ops,
                                           .name = "gather",
                                           .poll_next = gather_poll_next,
                                           .fini = gather_fini,
                                           .marks = WEIR_MARKS_HOLD,
                                           .memory_max = no_memory};

/* ---- blocks into lines ---- */

struct lend {
    weir_stream stream;
    size_t limit;
    size_t longest; /* line */
    struct block block;
    uint32_t at;
    bool ended;
};

static struct lend *lend_of(weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct lend, stream);
}

static weir_poll lend_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct lend *self = lend_of(stream);
    weir_line *lines = out;
    uint32_t n = 0;

    if (self->at == self->block.n) {
        block_drop(&self->block);
        if (self->ended)
            return (weir_poll){0, WEIR_END};
        weir_poll got = weir_poll_next(weir_source(stream), cx, &self->block, 1);
        self->at = 0;
        self->ended = got.state == WEIR_END;
        if (!got.n)
            return got;
    }
    for (; n < demand && self->at < self->block.n; n++)
        lines[n] = block_line(&self->block, self->at++);
    return (weir_poll){n, WEIR_READY};
}

static void lend_fini(weir_stream *stream)
{
    block_drop(&lend_of(stream)->block);
}

/* Those under way, one that is gathered and one that is lent; each may end in a longest line. */
static size_t lend_memory_max(const weir_stream *stream)
{
    const struct lend *self = WEIR_CONTAINER(stream, struct lend, stream);
    size_t lines = BLOCK_BYTES + self->longest, bytes;

    if (__builtin_mul_overflow(self->limit + 3, lines + BLOCK_LINES * sizeof(uint32_t), &bytes))
        return SIZE_MAX;
    return bytes;
}

static const weir_stream_ops lend_ops = {.size = sizeof lend_ops,
                                         .name = "par",
                                         .poll_next = lend_poll_next,
                                         .fini = lend_fini,
                                         .marks = WEIR_MARKS_HOLD,
                                         .memory_max = lend_memory_max};

/* ---- filtering ---- */

struct keeping {
    bool (*keep)(weir_line line, const struct node *node);
    const struct node *node;
};

/* On a worker: the lines that are kept move to the front. */
static struct block keep_some(struct block block, void *arg)
{
    const struct keeping *keeping = arg;
    uint32_t begin = 0, n = 0;
    size_t size = 0;

    for (uint32_t i = 0; i < block.n; i++) {
        weir_line line = {block.bytes + begin, block.ends[i] - begin};
        begin = block.ends[i];
        if (!keeping->keep(line, keeping->node))
            continue;
        memmove(block.bytes + size, line.data, line.size);
        size += line.size;
        block.ends[n++] = (uint32_t)size;
    }
    block.n = n;
    block.size = size;
    return block;
}
WEIR_MAP_FN(keep_fn, keep_some, struct block, struct block, .from = &block_type, .to = &block_type)

static struct keeping *keeping_new(weir_stream *source)
{
    weir_arena *arena = source->stage.arena;
    return arena ? weir_arena_take(arena, sizeof(struct keeping), _Alignof(struct keeping)) : NULL;
}

weir_stream *weir_pl_par_filter_lines(weir_stream *source,
                                      bool (*keep)(weir_line, const struct node *),
                                      const struct node *node, size_t limit, bool keep_order)
{
    static const weir_par_options each = {.size = sizeof each, .batch_max = 1};
    weir_stream *blocks = weir_stream_new(source, sizeof(struct gather), &gather_ops, &block_type);
    struct keeping *keeping = keeping_new(blocks);

    if (weir_stage_failed(&blocks->stage))
        return blocks;
    if (!keeping || !weir_held_error_init(&gather_of(blocks)->held, blocks->stage.arena))
        return weir_stream_refuse(&blocks->stage, WEIR_E_MEMORY, NULL, "no memory for par", NULL,
                                  NULL, 0);
    *keeping = (struct keeping){keep, node};
    blocks = keep_order ? weir_par_map(blocks, &keep_fn, keeping, limit, &each)
                        : weir_par_map_unordered(blocks, &keep_fn, keeping, limit, &each);
    weir_stream *stream = weir_stream_new(blocks, sizeof(struct lend), &lend_ops, &weir_type_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    lend_of(stream)->limit = limit;
    lend_of(stream)->longest = weir_pl_lines_longest(node);
    return stream;
}
