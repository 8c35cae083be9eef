/* letters: a source that others fill, and whose marks tell them when the broker has it all. */
#include "pipeline/letters.h"

#include <string.h>

#include "pipeline/broker.h"

#define ERROR_HEADER "Weir-Error"
enum { ERROR_BYTES = 512 };

struct letters {
    weir_stream stream;
    weir_owned_message rows[LETTERS_MAX];
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
        weir_owned_message_drop(&self->rows[i]);
    self->n = self->at = 0;
    self->bytes = 0;
}

static uint32_t give(struct letters *self, weir_message *out, size_t demand)
{
    uint32_t n = 0;

    for (; n < demand && self->at < self->n; self->at++)
        out[n++] = self->rows[self->at].message;
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
    size_t headers = LETTER_HEADERS_BYTES_MAX + ERROR_BYTES +
                     (1 + LETTER_HEADERS_MAX) * (sizeof(weir_header) + 2);
    return LETTERS_BYTES_MAX + BROKER_MESSAGE_BYTES + headers + weir_mark_home_bytes(LETTERS_MAX);
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
static void error_text(const weir_error *error, char out[ERROR_BYTES])
{
    weir_format(out, ERROR_BYTES, "%s%s%s", error->place, error->place[0] ? ": " : "",
                error->message);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = ' ';
}

/* Those that it came with, but for what another dead said of it. How many there are with them. */
static uint32_t add_headers(const weir_message *from, weir_header *headers, uint32_t n)
{
    size_t bytes = 0;

    for (uint32_t i = 0; from && i < from->n_headers && n <= LETTER_HEADERS_MAX; i++) {
        const weir_header *header = &from->headers[i];
        bytes += strlen(header->name) + strlen(header->value);
        if (bytes > LETTER_HEADERS_BYTES_MAX)
            break;
        if (strcmp(header->name, ERROR_HEADER) != 0)
            headers[n++] = *header;
    }
    return n;
}

bool weir_pl_letters_put(struct letters *self, weir_line value, const weir_message *message,
                         const weir_error *error)
{
    char text[ERROR_BYTES];
    weir_header headers[1 + LETTER_HEADERS_MAX] = {{ERROR_HEADER, text}};
    weir_message letter = {.value = value, .partition = -1, .offset = -1, .headers = headers};

    error_text(error, text);
    letter.n_headers = add_headers(message, headers, 1);
    if (!weir_owned_message_new(&self->rows[self->n], &letter))
        return false;
    self->bytes += self->rows[self->n].block_size;
    self->n++;
    self->put++;
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
