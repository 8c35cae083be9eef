/* spread: each item to all outputs of a hub. */

#include "stream/spread.h"

#include "weir/stream.h"

enum spread_kind {
    GONE, /* nothing to give: its last reader took it with him */
    SPREAD_ITEM,
    MARK,
    SPREAD_ERROR, /* it is in the hub */
    NO_COPY,      /* there was no memory for one */
    LOST          /* an error that another one took the room of */
};

struct weir_spread_place {
    weir_mark *mark;
    uint32_t left; /* branches that have to read it */
    uint8_t kind;
};

static struct weir_branch *branch_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_branch, output.stream);
}

static struct weir_spread *spread_of(const struct weir_branch *branch)
{
    return WEIR_CONTAINER(branch->output.hub, struct weir_spread, hub);
}

static struct weir_spread_place *spread_place_of(const struct weir_spread *spread, uint64_t number)
{
    return &spread->places[number & spread->mask];
}

static char *spread_item_of(const struct weir_spread *spread, uint64_t number)
{
    return spread->items + (size_t)(number & spread->mask) * spread->type->size;
}

/* ---- what is kept ---- */

/* The oldest goes, read or not. */
static void evict(struct weir_spread *spread)
{
    struct weir_spread_place *place = spread_place_of(spread, spread->kept);
    if (place->kind == SPREAD_ITEM)
        weir_type_drop_items(spread->type, spread_item_of(spread, spread->kept), 1);
    place->kind = GONE;
    spread->kept++;
    if (spread->unread < spread->kept)
        spread->unread = spread->kept;
}

/* Somebody read, came or left: what nobody needs any more goes. */
static void advance(struct weir_spread *spread)
{
    while (spread->unread < spread->next && !spread_place_of(spread, spread->unread)->left)
        spread->unread++;
    while (spread->kept < spread->unread && spread->next - spread->kept > spread->replay)
        evict(spread);
}

/* One reader less. */
static void spread_let_go(struct weir_spread *spread, uint64_t number)
{
    struct weir_spread_place *place = spread_place_of(spread, number);
    if (--place->left)
        return;
    if (place->kind == SPREAD_ERROR)
        spread->error_held = false;
    if (place->kind != SPREAD_ITEM)
        place->kind = GONE;
}

static void spread_fini(struct weir_hub *hub)
{
    struct weir_spread *spread = WEIR_CONTAINER(hub, struct weir_spread, hub);
    while (spread->kept < spread->next)
        evict(spread);
}

/* ---- what comes ---- */

static size_t others(const struct weir_spread *spread)
{
    return spread->hub.outputs_n - 1;
}

/* Nobody else will ever read what this one pulls. */
static bool is_alone(const struct weir_spread *spread)
{
    return !others(spread) && !spread->replay;
}

static struct weir_spread_place *spread_push(struct weir_spread *spread, enum spread_kind kind)
{
    if (spread->next - spread->kept == spread->capacity)
        evict(spread);
    struct weir_spread_place *place = spread_place_of(spread, spread->next++);
    *place = (struct weir_spread_place){.left = (uint32_t)others(spread), .kind = (uint8_t)kind};
    return place;
}

/* How many there is room for, one at least. */
static size_t free_places(const struct weir_spread *spread)
{
    size_t free = spread->capacity - (size_t)(spread->next - spread->unread);
    return free + !free;
}

/* More than there is room for came while nobody else was there: of these a branch that was made
 * meanwhile reads the last ones. */
static void push_items(struct weir_spread *spread, const char *items, size_t n)
{
    size_t room = free_places(spread);
    for (size_t i = n > room ? n - room : 0; i < n; i++) {
        struct weir_spread_place *place = spread_push(spread, SPREAD_ITEM);
        void *copy = spread_item_of(spread, spread->next - 1);
        if (!weir_item_clone(spread->type, copy, items + i * spread->type->size))
            place->kind = NO_COPY;
    }
}

/* There is room for one error. */
static void lose_error(struct weir_spread *spread)
{
    if (spread->error_held && spread->error_at >= spread->kept)
        spread_place_of(spread, spread->error_at)->kind = LOST;
    spread->error_held = false;
}

static void push_error(struct weir_spread *spread, const weir_cx *cx)
{
    spread_push(spread, others(spread) ? SPREAD_ERROR : GONE);
    spread->hub.error = cx->error;
    spread->error_at = spread->next - 1;
    spread->error_held = others(spread) > 0;
}

/* Marks are for those whose every item comes. */
static void push_mark(struct weir_spread *spread, weir_cx *cx)
{
    if (!others(spread) || spread->slow != WEIR_SLOW_WAIT)
        return;
    weir_mark_share(cx->mark, (uint32_t)others(spread));
    spread_push(spread, MARK)->mark = cx->mark;
}

/* What one branch pulled is its own already; the others get it from the ring. */
static weir_poll spread_out(struct weir_spread *spread, struct weir_branch *branch, weir_cx *cx,
                            const void *out, weir_poll got)
{
    if (got.state == WEIR_PENDING)
        return got;
    if (!is_alone(spread)) {
        push_items(spread, out, got.n);
        if (got.state == WEIR_MARK)
            push_mark(spread, cx);
        if (got.state == WEIR_ERROR)
            lose_error(spread);
        if (got.state == WEIR_ERROR && !cx->error.fatal)
            push_error(spread, cx);
        advance(spread);
    }
    branch->at = spread->next;
    return got;
}

/* Who pulls has to wait, if this waits for the slowest. */
static bool spread_is_full(const struct weir_spread *spread)
{
    return spread->error_held || spread->next - spread->unread == spread->capacity;
}

/* How many may be pulled. Of what waits for nobody, no more than makes others lose something
 * needlessly. */
static size_t room(const struct weir_spread *spread, size_t demand)
{
    size_t free = free_places(spread);
    if (is_alone(spread))
        return demand;
    if (spread->slow == WEIR_SLOW_WAIT && spread_is_full(spread))
        return 0;
    return demand < free ? demand : free;
}

static weir_poll branch_pull(struct weir_branch *branch, weir_cx *cx, void *out, size_t demand)
{
    struct weir_spread *spread = spread_of(branch);
    if (spread->hub.over)
        return weir_output_end(&branch->output, cx);
    if (branch->output.follows)
        return weir_output_wait(&branch->output, cx, WEIR_WAIT_ITEM);
    demand = room(spread, demand);
    if (!demand)
        return weir_output_wait(&branch->output, cx, WEIR_WAIT_ROOM);
    weir_poll got = weir_output_pull(&branch->output, cx, out, demand);
    return spread_out(spread, branch, cx, out, got);
}

/* ---- what is read ---- */

/* Its last reader takes it, the others get copies. False: no memory for one. */
static bool take_item(struct weir_spread *spread, uint64_t number, void *out)
{
    struct weir_spread_place *place = spread_place_of(spread, number);
    if (place->left > 1 || spread->replay) {
        if (!weir_item_clone(spread->type, out, spread_item_of(spread, number)))
            return false;
    } else {
        weir_item_move(out, spread_item_of(spread, number), spread->type->size);
        place->kind = GONE;
    }
    place->left--;
    return true;
}

static weir_poll spread_no_copy(weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of an item");
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll tell_lost(const struct weir_branch *branch, weir_cx *cx, uint64_t lost)
{
    const struct weir_spread *spread = spread_of(branch);
    weir_fail(cx, WEIR_E_LIMIT, "%llu items were lost: this output of '%s' is more than %zu behind",
              (unsigned long long)lost, weir_stage_name(&branch->output.stream.stage),
              spread->capacity);
    cx->error.number = (int64_t)lost;
    cx->error.fatal = spread->slow == WEIR_SLOW_KICK;
    return (weir_poll){0, WEIR_ERROR};
}

/* Each branch has lines of its own to keep it in. */
static weir_poll spread_give_mark(weir_cx *cx, weir_mark *mark)
{
    weir_mark *own = weir_mark_own(mark);
    return own ? weir_mark_give(cx, own) : (weir_poll){0, WEIR_READY};
}

/* What is no item, or one of which there is no copy. */
static weir_poll spread_give_other(struct weir_branch *branch, weir_cx *cx)
{
    struct weir_spread *spread = spread_of(branch);
    const struct weir_spread_place place = *spread_place_of(spread, branch->at);
    weir_poll got = {0, WEIR_READY};
    if (place.kind == MARK) {
        got = spread_give_mark(cx, place.mark);
    } else if (place.kind == SPREAD_ERROR) {
        cx->error = spread->hub.error;
        got.state = WEIR_ERROR;
    } else if (place.kind == LOST) {
        got = tell_lost(branch, cx, 1);
    } else if (place.kind != GONE) {
        got = spread_no_copy(cx);
    }
    spread_let_go(spread, branch->at++);
    return got;
}

static weir_poll branch_read(struct weir_branch *branch, weir_cx *cx, char *out, size_t demand)
{
    struct weir_spread *spread = spread_of(branch);
    bool full = spread_is_full(spread);
    uint32_t n = 0;
    for (; n < demand && branch->at < spread->next; n++, branch->at++)
        if (spread_place_of(spread, branch->at)->kind != SPREAD_ITEM ||
            !take_item(spread, branch->at, out + n * spread->type->size))
            break;
    weir_poll got = {n, WEIR_READY};
    if (!n)
        got = spread_give_other(branch, cx);
    advance(spread);
    if (full && !spread_is_full(spread))
        weir_hub_wake(&spread->hub);
    return got;
}

static void branch_leave(struct weir_branch *branch)
{
    struct weir_spread *spread = spread_of(branch);
    uint64_t at = branch->at > spread->kept ? branch->at : spread->kept;
    for (; at < spread->next; at++) {
        struct weir_spread_place *place = spread_place_of(spread, at);
        if (place->kind == MARK)
            weir_mark_settle(place->mark, false);
        spread_let_go(spread, at);
    }
    advance(spread);
    weir_output_leave(&branch->output);
}

/* Places that it has to read were overwritten. */
WEIR_COLD static weir_poll branch_lag(struct weir_branch *branch, weir_cx *cx)
{
    struct weir_spread *spread = spread_of(branch);
    weir_poll got = tell_lost(branch, cx, spread->kept - branch->at);
    branch->at = spread->kept;
    if (cx->error.fatal)
        branch_leave(branch);
    return got;
}

weir_poll weir_branch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_branch *branch = branch_of(stream);
    const struct weir_spread *spread = spread_of(branch);
    if (WEIR_UNLIKELY(branch->at < spread->kept))
        return branch_lag(branch, cx);
    if (branch->at < spread->next)
        return branch_read(branch, cx, out, demand);
    return branch_pull(branch, cx, out, demand);
}

void weir_branch_fini(weir_stream *stream)
{
    if (branch_of(stream)->output.hub)
        branch_leave(branch_of(stream));
}

/* What it has not read. */
void weir_branch_holding(const weir_stream *stream, weir_holding *out)
{
    const struct weir_branch *branch = branch_of(stream);
    if (!branch->output.hub)
        return;
    const struct weir_spread *spread = spread_of(branch);
    uint64_t n = branch->at < spread->next ? spread->next - branch->at : 0;
    out->max = spread->capacity;
    out->n = n < out->max ? (size_t)n : out->max;
}

/* Of what may be lost, or not be copied, nothing is sure. */
weir_hint weir_branch_size_hint(const weir_stream *stream)
{
    const struct weir_branch *branch = branch_of(stream);
    if (!branch->output.hub)
        return (weir_hint){0, 0};
    const struct weir_spread *spread = spread_of(branch);
    weir_hint hint = weir_hub_hint(&spread->hub);
    size_t items = 0;
    for (uint64_t at = branch->at; at < spread->next; at++)
        items += at >= spread->kept && spread_place_of(spread, at)->kind == SPREAD_ITEM;
    bool first = spread->hub.pulling_n == 1 && !branch->output.follows; /* it gets no copies */
    bool sure = first || (spread->slow == WEIR_SLOW_WAIT && !spread->type->clone);
    hint.lower = !sure ? 0 : hint.lower > SIZE_MAX - items ? SIZE_MAX : hint.lower + items;
    hint.upper = hint.upper > SIZE_MAX - items ? WEIR_HINT_UNKNOWN : hint.upper + items;
    return hint;
}

/* ---- making ---- */

/* False: no memory. */
static bool spread_init(struct weir_spread *spread, weir_arena *arena)
{
    size_t places = 1, bytes, items;
    while (places < spread->capacity && places <= SIZE_MAX / 4)
        places *= 2;
    if (places < spread->capacity ||
        __builtin_mul_overflow(places, sizeof(struct weir_spread_place), &bytes) ||
        __builtin_mul_overflow(places, spread->type->size, &items))
        return false;
    spread->mask = places - 1;
    spread->items = weir_arena_take(arena, items, spread->type->align);
    spread->places = weir_arena_take(arena, bytes, _Alignof(struct weir_spread_place));
    return spread->items && spread->places;
}

struct weir_spread *weir_spread_new(weir_stream **source, size_t capacity, weir_slow slow,
                                    size_t replay, const char *name)
{
    *source = weir_expect_owned(*source, name);
    *source = weir_expect_clone(*source, name);
    *source = weir_expect_limit(*source, name, "capacity", capacity);
    struct weir_spread *spread = weir_hub_new(source, sizeof *spread, name);
    if (!spread)
        return NULL;
    spread->type = (*source)->type;
    spread->slow = slow;
    spread->capacity = capacity;
    spread->replay = replay;
    spread->hub.fini = spread_fini;
    if (spread_init(spread, spread->hub.arena))
        return spread;
    *source = weir_hub_refuse(&spread->hub, "no memory for %s of %zu items", name, capacity);
    return NULL;
}

weir_stream *weir_branch_new(struct weir_spread *spread, const weir_stream_ops *ops)
{
    weir_stream *stream =
        weir_output_new(&spread->hub, sizeof(struct weir_branch), ops, spread->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_branch *branch = branch_of(stream);
    uint64_t replayed = spread->next - spread->kept;
    branch->at = spread->next - (replayed < spread->replay ? replayed : spread->replay);
    for (uint64_t at = branch->at; at < spread->next; at++) {
        struct weir_spread_place *place = spread_place_of(spread, at);
        place->left++;
        if (place->kind == MARK)
            weir_mark_share(place->mark, 1);
    }
    if (spread->unread > branch->at)
        spread->unread = branch->at;
    return stream;
}
