/* The buffer of a reader over a descriptor. A file of ours is read by the driver: into one block
 * when reads are done while we wait, into two when it works ahead: while one is used the other is
 * filled. Everything else is waited for first and read then, so that nothing is taken from a
 * descriptor for somebody who goes away, and a reader that waits holds no block. */
#ifndef WEIR_IO_INTAKE_H
#define WEIR_IO_INTAKE_H

#include "io/ready.h"
#include "weir/reader.h"

/* A block may outlive the reader: it goes when the driver is done with it. */
struct weir_intake_block {
    struct weir_io io;
    size_t size;
    size_t head; /* where reads ahead begin; before it is room for what was left over */
    unsigned char data[];
};

typedef enum weir_intake_kind {
    WEIR_INTAKE_UNKNOWN,
    WEIR_INTAKE_FILE,   /* ours: reads say where; may be read ahead */
    WEIR_INTAKE_SHARED, /* a file whose position others share: read where it stands */
    WEIR_INTAKE_STREAM  /* a pipe, a socket, a terminal: it may have nothing now */
} weir_intake_kind;

struct weir_intake {
    weir_reader reader;
    const weir_sys *base_sys; /* closes, also when the runtime is gone */
    const char *name;
    int fd; /* -1: not opened yet */
    bool owned;
    bool drains;  /* what a child writes: not cut where cx->draining */
    bool refused; /* the kernel cannot read it without waiting: ask first */
    bool pipe;    /* or a FIFO */
    bool grown;
    uint64_t asked_at; /* where it stood when it was asked last */
    weir_intake_kind kind;
    struct weir_ready more;          /* of a stream; of a file: until memory came back */
    struct weir_ready gone;          /* of a stream: its other side */
    bool over;                       /* a call that does not wait saw the end */
    int64_t failed;                  /* ... or an error, which the next fill tells */
    uint64_t size;                   /* as fstat told it; 0: unknown */
    struct weir_intake_block *now;   /* holds the reader's bytes */
    struct weir_intake_block *ahead; /* is being filled */
};

/* Sets the kind; 0, or a negative errno. */
int weir_intake_look(struct weir_intake *self, const weir_sys *sys);

weir_poll weir_intake_fill(struct weir_intake *self, weir_cx *cx);
/* As the ops of a reader, of what is not ours. */
weir_poll weir_intake_ready(struct weir_intake *self, weir_cx *cx);
weir_poll weir_intake_hup(struct weir_intake *self, weir_cx *cx);
int64_t weir_intake_try(struct weir_intake *self, void *out, size_t n);
size_t weir_intake_readable(const struct weir_intake *self);
/* As poll_raw. */
weir_poll weir_intake_raw(struct weir_intake *self, weir_cx *cx, weir_raw *out);
/* The next fill reads there; nothing is in hand. */
void weir_intake_go_to(struct weir_intake *self, uint64_t at);
void weir_intake_fini(struct weir_intake *self);
size_t weir_intake_memory_max(const weir_reader *reader);

static inline struct weir_intake *weir_intake_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct weir_intake, reader);
}

/* Bytes that came in, or were taken without. */
static inline uint64_t weir_intake_position(const struct weir_intake *self)
{
    return self->reader.offset + (self->reader.end - self->reader.begin);
}

#endif
