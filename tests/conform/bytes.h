/* What the byte vectors' files share. */
#ifndef CONFORM_BYTES_H
#define CONFORM_BYTES_H

#include "conform.h"
#include "weir/writer.h"

enum { READERS_MAX = 8 };

struct bytes_run {
    const json_t *vector;
    struct deferred deferred;
    struct task task;
    json_t *trace;
    json_t *written; /* what each writer got */
    size_t demand;
    bool failed; /* an error was met: what was read before it may stand in hand */
};

bool step_is(const json_t *step, const char *word);
bool step_known(const json_t *step); /* of a reader */
bool step_fails(const json_t *step); /* an error of a known kind */

/* Reader 0, and reader 1 behind it where the chain says so. */
weir_reader *bytes_reader(struct bytes_run *run);
weir_writer *bytes_writer(struct bytes_run *run);

/* The kind of the error that stands in the task's context. */
const char *bytes_error_kind(const weir_error *error);

#endif
