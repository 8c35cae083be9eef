/* gzip on several threads: one member in blocks. The reader cuts its input into a ring of blocks,
 * and gives what they became in their order. Hands, functions on the threads of the pool, take one
 * block after the other from the ring: while there are any, none waits for the reader's turn. */

#include <stdatomic.h>
#include <string.h>

#include "codec/gzip.h"
#include "codec/gzip_block.h"
#include "core/stage.h"
#include "weir/blocking.h"

/* Blocks for a hand: where one takes long, the others go on with the next. */
enum { BLOCKS_OF_A_HAND = 2 };

enum { SPEND_BYTES = 32 << 10, GIVE_BYTES_MAX = WEIR_GZIP_HEAD_BYTES + WEIR_GZIP_PACKED_BYTES };

struct gzip_threads_slot {
    struct weir_gzip_block block;
    atomic_bool done; /* the hand that took it has no more to do with it */
    unsigned char in[WEIR_GZIP_BEFORE_BYTES + WEIR_GZIP_BLOCK_BYTES];
    unsigned char out[WEIR_GZIP_PACKED_BYTES];
};

/* The reader's and each hand's: whoever is the last releases it. Counts go on for ever; the block
 * of one is in the slot that it is modulo `slots`. */
struct ring {
    _Atomic unsigned refs;
    const weir_deflate_block *deflate;
    size_t hands, slots;
    atomic_size_t filled; /* blocks, by the reader */
    atomic_size_t taken;  /* ... by hands */
    size_t given;         /* ... by the reader, to its consumer */
    atomic_bool dropped;  /* the reader is: what was not taken will not be */
    weir_waker_cell reader;
    struct gzip_threads_slot **slot;
    void *deflater[]; /* one for each hand, then the slots; NULL until it is used first */
};

struct hand {
    struct ring *ring;
    size_t i;
};

struct gzip_threads {
    weir_reader reader;
    weir_reader *source;
    int level;
    uint32_t hands;
    bool flush_when_idle;
    bool headed;                    /* the head was given */
    bool last;                      /* the source is over */
    struct gzip_threads_slot *open; /* is being filled; NULL: none */
    struct ring *ring;              /* NULL before the first fill, as all below */
    weir_stream **hand;             /* of each that works, the future */
    struct weir_gzip_sum sum;
    weir_held_error held; /* of the source, behind blocks that were filled before */
};

static struct gzip_threads *threads_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct gzip_threads, reader);
}

/* ---- the ring ---- */

static size_t ring_bytes(size_t hands)
{
    return sizeof(struct ring) + hands * (1 + BLOCKS_OF_A_HAND) * sizeof(void *);
}

static struct ring *ring_new(int level, size_t hands)
{
    struct ring *ring = weir_allocate(ring_bytes(hands));
    if (!ring)
        return NULL;
    memset(ring, 0, ring_bytes(hands));
    atomic_init(&ring->refs, 1);
    ring->deflate = weir_gzip_block_deflate(level);
    ring->hands = hands;
    ring->slots = hands * BLOCKS_OF_A_HAND;
    ring->slot = (struct gzip_threads_slot **)(ring->deflater + hands);
    return ring;
}

static void ring_unref(struct ring *ring)
{
    if (atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < ring->hands; i++)
        if (ring->deflater[i])
            ring->deflate->stop(ring->deflater[i]);
    for (size_t i = 0; i < ring->slots; i++)
        weir_release(ring->slot[i], sizeof(struct gzip_threads_slot));
    weir_release(ring, ring_bytes(ring->hands));
}

static struct gzip_threads_slot *slot_at(const struct ring *ring, size_t count)
{
    return ring->slot[count % ring->slots];
}

static size_t filled_of(struct ring *ring)
{
    return atomic_load_explicit(&ring->filled,
                                memory_order_relaxed); /* the reader alone writes it */
}

static bool gzip_threads_is_done(struct ring *ring)
{
    return atomic_load_explicit(&slot_at(ring, ring->given)->done, memory_order_acquire);
}

/* ---- a hand ---- */

/* NULL: none is left. */
static struct gzip_threads_slot *gzip_threads_take(struct ring *ring)
{
    size_t at = atomic_load(&ring->taken);
    do {
        if (at == atomic_load(&ring->filled) || atomic_load(&ring->dropped))
            return NULL;
    } while (!atomic_compare_exchange_weak(&ring->taken, &at, at + 1));
    return slot_at(ring, at);
}

static bool gzip_threads_work(struct hand *hand, unsigned char *out, weir_error *error)
{
    struct ring *ring = hand->ring;
    (void)error;
    for (struct gzip_threads_slot *slot; (slot = gzip_threads_take(ring));) {
        weir_gzip_block_pack(ring->deflate, ring->deflater[hand->i], &slot->block);
        atomic_store_explicit(&slot->done, true, memory_order_release);
        weir_waker_cell_wake(&ring->reader);
    }
    *out = 0;
    return true;
}

static void hand_drop(const weir_type *type, void *item)
{
    (void)type;
    ring_unref(((struct hand *)item)->ring);
}

static const weir_type hand_type = WEIR_TYPE_OWNING(struct hand, hand_drop);
WEIR_BLOCKING_FN(work_fn, gzip_threads_work, struct hand, unsigned char, .state = &hand_type,
                 .of = &weir_type_unit, .name = "gzip")

/* ---- the hands, as the reader sees them ---- */

static weir_poll gzip_threads_no_memory(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to deflate");
}

/* READY: it works. */
static weir_poll begin_hand(struct gzip_threads *self, weir_cx *cx, size_t i)
{
    struct ring *ring = self->ring;
    if (!ring->deflater[i])
        ring->deflater[i] = ring->deflate->start(self->level);
    if (!ring->deflater[i])
        return gzip_threads_no_memory(cx);
    atomic_fetch_add_explicit(&ring->refs, 1, memory_order_relaxed);
    self->hand[i] = weir_spawn_blocking(&work_fn, &((struct hand){ring, i}));
    return (weir_poll){0, WEIR_READY};
}

/* Lets go of it where it is over. ERROR: there is no thread. */
static weir_poll look_at_hand(struct gzip_threads *self, weir_cx *cx, size_t i)
{
    unsigned char nothing;
    weir_poll got = weir_poll_next(self->hand[i], cx, &nothing, 1);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got;
    weir_drop(self->hand[i]);
    self->hand[i] = NULL;
    return got;
}

/* Each hand that works has the reader's waker; one that does not begins where there is a block for
 * it. READY: as many work as there is work for. */
static weir_poll look_at_hands(struct gzip_threads *self, weir_cx *cx)
{
    struct ring *ring = self->ring;
    size_t new_blocks = filled_of(ring) - atomic_load(&ring->taken);
    for (size_t i = 0; i < ring->hands; i++) {
        weir_poll got = {0, WEIR_READY};
        if (self->hand[i])
            got = look_at_hand(self, cx, i);
        if (got.state != WEIR_ERROR && !self->hand[i] && new_blocks) {
            new_blocks--;
            got = begin_hand(self, cx, i);
            if (got.state != WEIR_ERROR)
                got = look_at_hand(self, cx, i);
        }
        if (got.state == WEIR_ERROR)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

/* ---- in ---- */

/* The end of what came before it, which stands in the slot before: that is not filled anew as long
 * as this one is not done. */
static void copy_before(const struct ring *ring, struct gzip_threads_slot *slot, size_t count)
{
    if (!count)
        return;
    const struct weir_gzip_block *last = &slot_at(ring, count - 1)->block;
    size_t n = last->before + last->n;
    n = n < WEIR_GZIP_BEFORE_BYTES ? n : WEIR_GZIP_BEFORE_BYTES;
    memcpy(slot->in + WEIR_GZIP_BEFORE_BYTES - n, last->in + last->n - n, n);
    slot->block.before = n;
}

static bool open_slot(struct gzip_threads *self)
{
    struct ring *ring = self->ring;
    size_t count = filled_of(ring);
    struct gzip_threads_slot **at = &ring->slot[count % ring->slots];
    if (!*at)
        *at = weir_allocate(sizeof **at);
    if (!*at)
        return false;
    self->open = *at;
    atomic_init(&self->open->done, false);
    self->open->block = (struct weir_gzip_block){.in = self->open->in + WEIR_GZIP_BEFORE_BYTES,
                                                 .out = self->open->out,
                                                 .out_n = sizeof self->open->out};
    copy_before(ring, self->open, count);
    return true;
}

/* The open block has all that it will have. */
static weir_poll close_slot(struct gzip_threads *self, weir_cx *cx)
{
    if (!self->open)
        return (weir_poll){0, WEIR_READY};
    self->open = NULL;
    atomic_store(&self->ring->filled, filled_of(self->ring) + 1);
    return look_at_hands(self, cx);
}

static weir_poll gzip_threads_take_in(struct gzip_threads *self, weir_cx *cx)
{
    if (!self->open && !open_slot(self))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes",
                         sizeof(struct gzip_threads_slot));
    struct weir_gzip_block *block = &self->open->block;
    size_t n, room = WEIR_GZIP_BLOCK_BYTES - block->n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    n = n < room ? n : room;
    memcpy(self->open->in + WEIR_GZIP_BEFORE_BYTES + block->n, bytes, n);
    block->n += n;
    weir_consume(self->source, n);
    weir_spend_many(cx, n / SPEND_BYTES);
    return n == room ? close_slot(self, cx) : (weir_poll){0, WEIR_READY};
}

/* What the source answered when it had no bytes. */
static weir_poll take_answer(struct gzip_threads *self, weir_cx *cx, weir_poll got)
{
    bool idle = got.state == WEIR_PENDING && cx->wait_for != WEIR_WAIT_TURN;
    self->last = got.state == WEIR_END;
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    if (!self->last && !(idle && self->flush_when_idle))
        return got.state == WEIR_ERROR ? (weir_poll){0, WEIR_READY} : got;
    weir_poll closed = close_slot(self, cx);
    return closed.state == WEIR_READY && !self->last ? got : closed;
}

static bool wants_more(const struct gzip_threads *self)
{
    size_t held = filled_of(self->ring) - self->ring->given;
    return !self->last && !self->held.held && held < self->ring->slots;
}

/* READY: no more is wanted for now. PENDING: the source waits, or the turn is over. */
static weir_poll gzip_threads_pull(struct gzip_threads *self, weir_cx *cx)
{
    weir_poll got = look_at_hands(self, cx);
    for (bool begun = false; got.state == WEIR_READY && wants_more(self); begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        got = weir_poll_fill(self->source, cx, 1);
        got = got.state == WEIR_READY ? gzip_threads_take_in(self, cx) : take_answer(self, cx, got);
    }
    return got;
}

/* ---- out ---- */

/* Room for n bytes, and for the head where it is still to be given; NULL: no memory. */
static unsigned char *gzip_threads_room_for(struct gzip_threads *self, size_t n)
{
    size_t head = self->headed ? 0 : WEIR_GZIP_HEAD_BYTES;
    unsigned char *room = weir_reader_room(&self->reader, head + n);
    if (!room)
        return NULL;
    if (head)
        weir_gzip_head(room, self->level);
    self->headed = true;
    self->reader.end += head + n;
    return room + head;
}

static weir_poll fail_room(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", n);
}

static weir_poll gzip_threads_give(struct gzip_threads *self, weir_cx *cx)
{
    const struct weir_gzip_block *block = &slot_at(self->ring, self->ring->given)->block;
    if (!block->made)
        return weir_fail(cx, WEIR_E_CORRUPT, "the deflater can not go on");
    unsigned char *room = gzip_threads_room_for(self, block->made);
    if (!room)
        return fail_room(cx, block->made);
    memcpy(room, block->out, block->made);
    weir_gzip_sum_add(&self->sum, block);
    self->ring->given++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll gzip_threads_end(struct gzip_threads *self, weir_cx *cx)
{
    unsigned char *room = gzip_threads_room_for(self, WEIR_GZIP_END_BYTES);
    if (!room)
        return fail_room(cx, WEIR_GZIP_END_BYTES);
    weir_gzip_end(room, &self->sum);
    return (weir_poll){0, WEIR_END};
}

/* The next block is being compressed: its hand wakes the reader. */
static weir_poll wait_for_block(struct gzip_threads *self, weir_cx *cx)
{
    struct ring *ring = self->ring;
    if (gzip_threads_is_done(ring))
        return gzip_threads_give(self, cx);
    weir_poll wait = weir_wait_cell(cx, &ring->reader, WEIR_WAIT_PEER);
    return gzip_threads_is_done(ring) ? gzip_threads_give(self, cx) : wait;
}

static weir_poll gzip_threads_answer(struct gzip_threads *self, weir_cx *cx)
{
    weir_poll got = gzip_threads_pull(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    if (self->ring->given != filled_of(self->ring))
        return wait_for_block(self, cx);
    if (got.state == WEIR_PENDING)
        return got;
    return self->held.held ? weir_held_error_give(&self->held, cx) : gzip_threads_end(self, cx);
}

static bool gzip_threads_begin(struct gzip_threads *self)
{
    self->ring = ring_new(self->level, self->hands);
    return self->ring != NULL;
}

static weir_poll threads_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct gzip_threads *self = threads_of(reader);
    (void)min;
    if (!self->ring && !gzip_threads_begin(self))
        return gzip_threads_no_memory(cx);
    weir_poll got = gzip_threads_answer(self, cx);
    if (got.state == WEIR_PENDING && reader->begin == reader->end)
        weir_reader_release(reader);
    return got;
}

/* ---- beginning and end ---- */

static void threads_fini(weir_reader *reader)
{
    struct gzip_threads *self = threads_of(reader);
    if (!self->ring)
        return;
    atomic_store(&self->ring->dropped, true);
    for (size_t i = 0; i < self->hands; i++)
        if (self->hand[i])
            weir_drop(self->hand[i]);
    weir_waker_cell_clear(&self->ring->reader);
    ring_unref(self->ring);
}

/* Besides what is allocated here, each hand has its future: an arena and a job. */
enum { FUTURE_BYTES = 2 << 10 };

static size_t threads_memory_max(const weir_reader *reader)
{
    const struct gzip_threads *self = WEIR_CONTAINER(reader, struct gzip_threads, reader);
    size_t hand = weir_gzip_block_deflate(self->level)->memory_max + FUTURE_BYTES +
                  BLOCKS_OF_A_HAND * sizeof(struct gzip_threads_slot);
    return ring_bytes(self->hands) + self->hands * hand +
           weir_reader_room_max(reader, GIVE_BYTES_MAX);
}

static const weir_reader_ops threads_ops = {.size = sizeof threads_ops,
                                            .name = "gzip",
                                            .poll_fill = threads_poll_fill,
                                            .fini = threads_fini,
                                            .memory_max = threads_memory_max};

static weir_reader *gzip_threads_on_threads(weir_reader *source, const weir_gzip_options *all)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct gzip_threads), &threads_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    struct gzip_threads *self = threads_of(reader);
    self->source = source;
    self->level = weir_gzip_zlib_level(all->level);
    self->hands = all->threads;
    self->flush_when_idle = all->flush_when_idle;
    if (all->threads > WEIR_GZIP_THREADS_MAX)
        return weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "fewer threads",
                                  "gzip: at most %zu threads work for one input", NULL, NULL,
                                  WEIR_GZIP_THREADS_MAX);
    self->hand = weir_arena_take(reader->stage.arena, self->hands * sizeof *self->hand,
                                 _Alignof(weir_stream *));
    if (!self->hand || !weir_held_error_init(&self->held, reader->stage.arena))
        return weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "gzip",
                                  NULL, 0);
    return weir_gzip_expect_level(reader, all->level);
}

weir_reader *weir_gzip_with(weir_reader *source, const weir_gzip_options *options)
{
    weir_gzip_options all = weir_gzip_options_all(options);
    return all.threads ? gzip_threads_on_threads(source, &all) : weir_gzip_alone(source, &all);
}
