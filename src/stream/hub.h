/* What stages with several outputs are made of: a hub that has the source, and outputs that
 * hold the hub. It stands in the source's arena and goes with the last who holds it.
 *
 * Whoever polls an output pulls. What waits is woken together: each output has a seat for its
 * waker, and the source is polled with a waker of the hub's, which wakes them all, from any thread.
 * So an output that was woken and is not polled holds nobody back, unless it is full. All else
 * belongs to one thread at a time: outputs are polled and dropped where the others are. */
#ifndef WEIR_STREAM_HUB_H
#define WEIR_STREAM_HUB_H

#include "core/poll.h"
#include "stream/member.h"
#include "stream/seats.h"

struct weir_hub_waker;
struct weir_output;

struct weir_hub {
    weir_stream *source;                /* NULL: it was given up before its end */
    weir_arena *arena;                  /* the source's */
    void (*fini)(struct weir_hub *hub); /* drops what it holds; may be NULL */
    struct weir_hub_waker *waker;
    struct weir_output *first; /* outputs, as they were made */
    struct weir_output *last;
    size_t outputs_n;
    size_t pulling_n; /* of these, those that ask the source */
    size_t waiting_n; /* ... and those that wait */
    size_t holders;   /* outputs and handles */
    bool polling;     /* the source is being polled */
    bool eager;       /* the first output that is dropped ends the others */
    bool over;        /* nothing more comes from the source */
    bool fatal;       /* ... because of the error */
    bool cut;         /* ... or because it was told to end */
    weir_error error; /* for those who were not told yet */
};

struct weir_output {
    weir_stream stream;
    struct weir_hub *hub; /* NULL: it is not an output yet, or could not be made */
    struct weir_output *next;
    struct weir_output *previous;
    struct weir_seat *seat;
    bool follows; /* it takes what comes, and asks for nothing */
    bool waits;   /* its waker is in its seat */
};

static inline struct weir_output *weir_output_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_output, stream);
}

/* A hub of `size` zeroed bytes (struct weir_hub first) over *source, held by the caller. NULL:
 * *source is the failed stream. */
void *weir_hub_new(weir_stream **source WEIR_TAKES, size_t size, const char *name);

/* No memory for the rest of it: the failed stream. */
weir_stream *weir_hub_refuse(struct weir_hub *hub, const char *format, const char *name, size_t n);

/* One holder less; the last takes the hub and its source with it. */
void weir_hub_leave(struct weir_hub *hub);

/* Wakes all who wait. */
void weir_hub_wake(struct weir_hub *hub);

/* The source was not polled since it said that it can go on. */
bool weir_hub_was_woken(const struct weir_hub *hub);

/* An output of `size` zeroed bytes (struct weir_output first) in an arena of its own. If it cannot
 * be made: the failed stream. */
weir_stream *weir_output_new(struct weir_hub *hub, size_t size, const weir_stream_ops *ops,
                             const weir_type *type);

/* The last line of its fini: wakes the others. */
void weir_output_leave(struct weir_output *output);

/* Polls the source for this output. Its end, or a fatal error, is the hub's from then on. */
weir_poll weir_output_pull(struct weir_output *output, weir_cx *cx, void *out, size_t demand);

/* Nothing more comes: END, or the fatal error. */
weir_poll weir_output_end(const struct weir_output *output, weir_cx *cx);

/* PENDING, until somebody wakes the hub. */
weir_poll weir_output_wait(struct weir_output *output, weir_cx *cx, weir_wait_for what);

/* In the ops of every output: nobody reads it any more, so that it holds nobody back. Its fini is
 * called now, and then finds no hub. */
void weir_output_over(weir_stream *stream);

/* In the ops of every output. The source and what the hub holds count with the first output alone,
 * and not twice. */
weir_stage *weir_output_input(const weir_stream *stream, size_t i);
size_t weir_output_memory_max(const weir_stream *stream);

/* Of what is left in the source. */
weir_hint weir_hub_hint(const struct weir_hub *hub);

/* A second item like the first. False: no memory. */
static inline bool weir_item_clone(const weir_type *type, void *out, const void *in)
{
    if (WEIR_UNLIKELY(type->clone != NULL))
        return type->clone(type, out, in);
    weir_item_move(out, in, type->size);
    return true;
}

/* Refuses items of which no second one can be made. */
weir_stream *weir_expect_clone(weir_stream *source WEIR_TAKES, const char *stage);

/* Another stream that reports what this failed one does. */
weir_stream *weir_refused_like(const weir_stream *failed);

/* All n outputs report what the failed source does. */
void weir_outputs_refuse(weir_stream **outputs, size_t n, weir_stream *failed WEIR_TAKES);

/* True: all were made. Else each is a failed stream now. */
bool weir_outputs_are_whole(weir_stream **outputs, size_t n);

#endif
