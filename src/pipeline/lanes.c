/* Lines that wait until no other one of their key is under way. */
#include "pipeline/lanes.h"

#include <string.h>

#include "pipeline/sought.h"

enum { WAITING_MAX = 64 };

struct lanes {
    size_t word;
    const char *field; /* of records; NULL: they are lines */
    uint64_t coming;   /* key of the record whose line comes next */
    uint64_t given;    /* ... of the line that was given last */
    uint64_t *busy;    /* keys */
    size_t busy_n;
    size_t limit;
    weir_waker_slot waiter; /* who waits for one of them */
};

/* ---- keys ---- */

struct lanes *weir_pl_lanes_new(weir_arena *arena, size_t limit, size_t word, const char *field)
{
    struct lanes *lanes =
        arena ? weir_arena_take(arena, sizeof *lanes, _Alignof(struct lanes)) : NULL;

    if (!lanes)
        return NULL;
    lanes->word = word;
    lanes->field = field;
    lanes->limit = limit;
    lanes->busy = weir_arena_take(arena, limit * sizeof *lanes->busy, _Alignof(uint64_t));
    return lanes->busy ? lanes : NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Empty where the line has fewer. */
static weir_line word_of(weir_line line, size_t number)
{
    size_t at = 0, begin = 0;

    for (; number; number--) {
        while (at < line.size && is_blank(line.data[at]))
            at++;
        for (begin = at; at < line.size && !is_blank(line.data[at]);)
            at++;
    }
    return (weir_line){line.data + begin, at - begin};
}

/* FNV-1a. */
static uint64_t sum_of(weir_line word)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < word.size; i++)
        sum = (sum ^ (unsigned char)word.data[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t key_of(const struct lanes *lanes, weir_line line)
{
    if (lanes->field)
        return lanes->coming;
    return sum_of(lanes->word ? word_of(line, lanes->word) : line);
}

/* Records without the field are of one key, as lines without the word. */
void weir_pl_lanes_look(struct lanes *lanes, weir_record_view record)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text = {NULL, 0};
    weir_value value;

    if (weir_pl_sought_find(record, lanes->field, &value))
        (void)weir_value_text(&value, scratch, &text);
    lanes->coming = sum_of(text);
}

uint64_t weir_pl_lanes_key(const struct lanes *lanes)
{
    return lanes->given;
}

static bool is_busy(const struct lanes *lanes, uint64_t key)
{
    for (size_t i = 0; i < lanes->busy_n; i++)
        if (lanes->busy[i] == key)
            return true;
    return false;
}

void weir_pl_lanes_release(struct lanes *lanes, uint64_t key)
{
    for (size_t i = 0; i < lanes->busy_n; i++)
        if (lanes->busy[i] == key) {
            lanes->busy[i] = lanes->busy[--lanes->busy_n];
            break;
        }
    weir_waker_slot_wake(&lanes->waiter);
}

/* ---- the stage ---- */

struct waiting {
    weir_owned_line line;
    uint64_t key;
};

struct gate {
    weir_stream stream;
    struct lanes *lanes;
    struct waiting waiting[WAITING_MAX]; /* in the order in which they came */
    size_t n;
    weir_owned_line lent; /* until the next poll */
    size_t longest;
    bool ended;
    weir_held_error error; /* behind those that wait */
    weir_mark *mark;       /* so is this */
};

static struct gate *gate_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct gate, stream);
}

/* One before it has the same key. */
static bool is_behind(const struct gate *self, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (self->waiting[k].key == self->waiting[i].key)
            return true;
    return false;
}

/* WAITING_MAX: none may go. */
static size_t next_free(const struct gate *self)
{
    if (self->lanes->busy_n == self->lanes->limit)
        return WAITING_MAX;
    for (size_t i = 0; i < self->n; i++)
        if (!is_busy(self->lanes, self->waiting[i].key) && !is_behind(self, i))
            return i;
    return WAITING_MAX;
}

static weir_poll give(struct gate *self, size_t i, weir_line *out)
{
    struct lanes *lanes = self->lanes;
    struct waiting *one = &self->waiting[i];

    lanes->busy[lanes->busy_n++] = lanes->given = one->key;
    self->lent = one->line;
    *out = weir_line_of(self->lent);
    memmove(one, one + 1, (--self->n - i) * sizeof *one);
    return WEIR_POLL_ONE;
}

static weir_poll hold(struct gate *self, weir_cx *cx, weir_line line)
{
    struct waiting *one = &self->waiting[self->n];

    one->line = weir_owned_line_new(line.data, line.size);
    if (!one->line.data)
        return weir_fail(cx, WEIR_E_MEMORY, "par: no memory for a line of %zu bytes", line.size);
    one->key = key_of(self->lanes, line);
    self->n++;
    return (weir_poll){0, WEIR_READY};
}

/* READY: one more waits, or there will be no more. */
static weir_poll take(struct gate *self, weir_cx *cx)
{
    weir_line line;
    weir_poll got = weir_poll_next(weir_source(&self->stream), cx, &line, 1);

    self->ended = got.state == WEIR_END;
    if (got.n)
        return hold(self, cx, line);
    if (got.state == WEIR_ERROR && self->n) {
        weir_held_error_keep(&self->error, cx);
        return (weir_poll){0, WEIR_READY};
    }
    if (got.state == WEIR_MARK && self->n) {
        self->mark = weir_mark_take(cx);
        return (weir_poll){0, WEIR_READY};
    }
    return self->ended ? (weir_poll){0, WEIR_READY} : got;
}

static bool takes_more(const struct gate *self)
{
    return self->n < WAITING_MAX && !self->ended && !self->error.held && !self->mark;
}

/* Those that waited are gone. */
static weir_poll give_behind(struct gate *self, weir_cx *cx)
{
    weir_mark *mark = self->mark;

    self->mark = NULL;
    if (mark)
        return weir_mark_give(cx, mark);
    return self->error.held ? weir_held_error_give(&self->error, cx) : (weir_poll){0, WEIR_END};
}

static weir_poll gate_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct gate *self = gate_of(stream);

    (void)demand;
    weir_owned_line_drop(&self->lent);
    self->lent = (weir_owned_line){0};
    size_t i = next_free(self);
    if (i < WAITING_MAX)
        return give(self, i, out);
    if (takes_more(self)) {
        weir_poll got = take(self, cx);
        if (got.state == WEIR_PENDING && self->n)
            weir_waker_slot_store(&self->lanes->waiter, cx->waker);
        return got;
    }
    if (self->n)
        return weir_wait(cx, &self->lanes->waiter, WEIR_WAIT_ROOM);
    return give_behind(self, cx);
}

static void gate_fini(weir_stream *stream)
{
    struct gate *self = gate_of(stream);

    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_waker_slot_clear(&self->lanes->waiter);
    weir_owned_line_drop(&self->lent);
    for (size_t i = 0; i < self->n; i++)
        weir_owned_line_drop(&self->waiting[i].line);
}

static size_t gate_memory_max(const weir_stream *stream)
{
    return (WAITING_MAX + 1) * (gate_of(stream)->longest + 1);
}

static const weir_stream_ops gate_ops = {.size = sizeof gate_ops,
                                         .name = "par",
                                         .poll_next = gate_poll_next,
                                         .fini = gate_fini,
                                         .marks = WEIR_MARKS_HOLD,
                                         .memory_max = gate_memory_max};

weir_stream *weir_pl_lanes_stage(weir_stream *source, struct lanes *lanes, size_t longest)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct gate), &gate_ops, &weir_type_line);

    if (weir_stage_failed(&stream->stage))
        return stream;
    struct gate *self = gate_of(stream);
    self->lanes = lanes;
    self->longest = longest;
    if (weir_held_error_init(&self->error, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for par", NULL, NULL,
                              0);
}
