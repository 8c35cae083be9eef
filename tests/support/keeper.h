/* A sink of a broker's messages that keeps the marks it gets until the test settles them. */
#ifndef WEIR_TESTS_KEEPER_H
#define WEIR_TESTS_KEEPER_H

#include "weir/message.h"
#include "weir/stream.h"

/* Strips the marks of a stream and keeps them. */
struct keeper {
    weir_mark *marks[4096];
    unsigned n, settled;
    uint64_t upto; /* what the last one said */
};
weir_stream *keeper_over(weir_stream *source, struct keeper *keeper);
void keeper_settle(struct keeper *keeper, bool kept); /* all that there are */

/* The number that a message begins with. */
unsigned number_of(const weir_message *message);

#endif
