/* The buffer of a reader over a descriptor: blocks that the driver reads into. One block when
 * reads are done while we wait; two when the driver works ahead: while one is used the other is
 * filled. */
#ifndef WEIR_IO_INTAKE_H
#define WEIR_IO_INTAKE_H

#include "io/system.h"
#include "weir/reader.h"

/* A block may outlive the reader: it goes when the driver is done with it. */
struct weir_block {
    struct weir_io io;
    size_t size;
    size_t head; /* where reads ahead begin; before it is room for what was left over */
    unsigned char data[];
};

struct weir_intake {
    weir_reader reader;
    const weir_sys *base_sys; /* closes, also when the runtime is gone */
    const char *name;
    int fd; /* -1: not opened yet */
    bool owned;
    bool regular;             /* reads say where; may be read ahead */
    bool poll_first;          /* the descriptor is non-blocking and had nothing */
    uint64_t size;            /* as fstat told it; 0: unknown */
    uint64_t position;        /* bytes that came in */
    struct weir_block *now;   /* holds the reader's bytes */
    struct weir_block *ahead; /* is being filled */
};

weir_poll weir_intake_fill(struct weir_intake *self, weir_cx *cx);
void weir_intake_fini(struct weir_intake *self);

static inline struct weir_intake *weir_intake_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct weir_intake, reader);
}

#endif
