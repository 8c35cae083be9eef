/* letters: a source that others fill, and whose marks tell them when the broker has it all. */
#include "pipeline/letters.h"

#include <string.h>

#include "pipeline/broker.h"

enum { HEADER_BYTES = 512 };

struct letter {
    weir_owned_line value;
    char error[HEADER_BYTES];
    weir_header header;
};

struct letters {
    weir_stream stream;
    struct letter rows[LETTERS_MAX];
    unsigned n, at; /* [at, n) are still to be given; those before it stand until the next poll */
    size_t bytes;   /* of all */
    uint64_t put, told; /* letters; ... that the last mark came behind */
    uint64_t stored;    /* ... and the last that came home */
    bool lost, ended;
    weir_mark_home *home;
    weir_waker_slot filled;
};

static struct letters *letters_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct letters, stream);
}

/* ---- the source ---- */

static void let_go(struct letters *self)
{
    for (unsigned i = 0; i < self->n; i++)
        weir_owned_line_drop(&self->rows[i].value);
    self->n = self->at = 0;
    self->bytes = 0;
}

static uint32_t give(struct letters *self, weir_message *out, size_t demand)
{
    uint32_t n = 0;

    for (; n < demand && self->at < self->n; self->at++) {
        struct letter *row = &self->rows[self->at];
        out[n++] = (weir_message){.value = weir_line_of(row->value),
                                  .partition = -1,
                                  .offset = -1,
                                  .headers = &row->header,
                                  .n_headers = 1};
    }
    return n;
}

static weir_poll letters_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct letters *self = letters_of(stream);

    if (self->at < self->n)
        return (weir_poll){give(self, out, demand), WEIR_READY};
    let_go(self);
    if (self->told < self->put) {
        self->told = self->put;
        return weir_mark_home_give(self->home, cx, stream, self->told);
    }
    return self->ended ? (weir_poll){0, WEIR_END} : weir_wait(cx, &self->filled, WEIR_WAIT_PEER);
}

static void letters_fini(weir_stream *stream)
{
    struct letters *self = letters_of(stream);

    let_go(self);
    weir_waker_slot_clear(&self->filled);
    weir_mark_home_leave(self->home);
}

static size_t letters_memory_max(const weir_stream *stream)
{
    (void)stream;
    return LETTERS_BYTES_MAX + BROKER_MESSAGE_BYTES + weir_mark_home_bytes(LETTERS_MAX);
}

static const weir_stream_ops letters_ops = {.size = sizeof letters_ops,
                                            .name = "rejected",
                                            .poll_next = letters_poll_next,
                                            .fini = letters_fini,
                                            .memory_max = letters_memory_max};

weir_stream *weir_pl_letters_build(struct node *to, struct letters **out)
{
    weir_stream *stream = weir_source_new(sizeof(struct letters), &letters_ops, &weir_type_message);

    if (weir_stage_failed(&stream->stage))
        return stream;
    *out = letters_of(stream);
    (*out)->home = weir_mark_home_new();
    stream->stage.marked = true;
    if (!(*out)->home)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for marks", NULL,
                                  NULL, 0);
    return (*to->entry->broker->calls)->into(stream, to);
}

/* ---- those who fill it ---- */

bool weir_pl_letters_have_room(const struct letters *self)
{
    return self->n < LETTERS_MAX && self->bytes < LETTERS_BYTES_MAX;
}

/* A header is one line. */
static void put_error(struct letter *row, const weir_error *error)
{
    weir_format(row->error, sizeof row->error, "%s%s%s", error->place, error->place[0] ? ": " : "",
                error->message);
    for (char *at = row->error; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = ' ';
    row->header = (weir_header){"Weir-Error", row->error};
}

bool weir_pl_letters_put(struct letters *self, weir_line value, const weir_error *error)
{
    struct letter *row = &self->rows[self->n];

    row->value = weir_owned_line_new(value.data, value.size);
    if (!row->value.data)
        return false;
    put_error(row, error);
    self->n++;
    self->put++;
    self->bytes += value.size;
    weir_waker_slot_wake(&self->filled);
    return true;
}

weir_poll weir_pl_letters_settle(struct letters *self, weir_cx *cx)
{
    bool kept;

    while (weir_mark_home_take(self->home, cx, &self->stored, &kept))
        self->lost |= !kept;
    if (self->lost)
        return weir_fail(cx, WEIR_E_CLOSED, "what was rejected could not be stored");
    return (weir_poll){0, self->stored == self->put ? WEIR_READY : WEIR_PENDING};
}

void weir_pl_letters_end(struct letters *self)
{
    self->ended = true;
    weir_waker_slot_wake(&self->filled);
}
