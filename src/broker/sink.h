/* What the sinks of all brokers have in common: items that were taken and are not out yet, marks
 * that wait until what came before them is stored, and the end. What they differ in is a step. */
#ifndef WEIR_BROKER_SINK_H
#define WEIR_BROKER_SINK_H

#include "weir/implement.h"
#include "weir/message.h"

enum { WEIR_BROKER_ITEMS = 64, WEIR_BROKER_HELD_MAX = 64 };

/* A mark, and how much is to be stored before it. */
struct weir_broker_held {
    weir_mark *mark;
    uint64_t upto;
};

struct weir_broker_sink {
    weir_stream stream;
    /* READY: again. END: all is stored. */
    weir_poll (*step)(struct weir_broker_sink *self, weir_cx *cx);
    void *items;    /* WEIR_BROKER_ITEMS of them */
    bool messages;  /* they are; else lines */
    uint32_t n, at; /* taken, and how many of these are out */
    uint32_t demand;
    uint64_t count; /* out, of all */
    struct weir_broker_held held[WEIR_BROKER_HELD_MAX];
    uint32_t held_n;
    weir_held_error error; /* of the source, behind what came before it */
    bool closing;          /* nothing comes any more */
};

/* What lines lack: they do not say where they go. `says` has room for the name of their type. */
struct weir_broker_place {
    const char *said; /* NULL: nobody says */
    const char *says, *cure;
};

/* A sink of `size` bytes, which begins with the above, over lines or messages, lent or owned; a
 * failed one instead, where it cannot be made. */
weir_stream *weir_broker_sink_new(weir_stream *items WEIR_TAKES, size_t size,
                                  const weir_stream_ops *ops,
                                  const struct weir_broker_place *place);

/* What is not out is dropped, marks that are held are lost. */
void weir_broker_sink_fini(struct weir_broker_sink *self);
size_t weir_broker_sink_memory_max(const struct weir_broker_sink *self);

/* As poll_next of a sink: steps, until there is nothing to do; then how many are out. */
weir_poll weir_broker_sink_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

/* The item as a message; NULL: it is a line. Both begin with their bytes. */
const weir_message *weir_broker_message(const struct weir_broker_sink *self, const void *item);

/* The first that is not out, and those behind it; NULL: all before are the last. */
void *weir_broker_nth(const struct weir_broker_sink *self, uint32_t n);
static inline void *weir_broker_first(const struct weir_broker_sink *self)
{
    return weir_broker_nth(self, 0);
}

/* The first is out. */
void weir_broker_out(struct weir_broker_sink *self);

/* Takes more, when all is out and a mark would have room. READY: something came, or the end. */
weir_poll weir_broker_take(struct weir_broker_sink *self, weir_cx *cx);

/* Marks behind which nothing is missing: the first `safe` items are stored. */
void weir_broker_settle(struct weir_broker_sink *self, uint64_t safe);

static inline bool weir_broker_has_room(const struct weir_broker_sink *self)
{
    return self->held_n < WEIR_BROKER_HELD_MAX;
}

/* Nothing more is taken. */
static inline bool weir_broker_ends(const struct weir_broker_sink *self)
{
    return self->closing || self->error.held;
}

/* When all is stored: END, or the error of the source. */
weir_poll weir_broker_end(struct weir_broker_sink *self, weir_cx *cx);

#endif
