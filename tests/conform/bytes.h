/* What the byte vectors' files share. */
#ifndef CONFORM_BYTES_H
#define CONFORM_BYTES_H

#include <sys/uio.h>

#include "conform.h"
#include "weir/read.h"
#include "weir/writer.h"

enum { READERS_MAX = 8, READ_MAX = 4096 };

struct bytes_run {
    const json_t *vector;
    struct deferred deferred;
    struct task task;
    json_t *trace;
    json_t *written; /* what each writer got */
    json_t *wlog;    /* the calls of the writer */
    size_t demand;
    bool failed;                 /* an error was met: what was read before it may stand in hand */
    uint64_t given[READERS_MAX]; /* bytes that each reader gave */
    size_t capacity;             /* of a buffer that reads; 0: there is none */
    size_t at_most;              /* ... what it reads at most; 0: all */
    size_t beyond;               /* bytes that went to a second piece */

    /* The operation that is under way. */
    bool futures; /* as a future, not in its poll form */
    bool open;
    weir_reader *reader;
    weir_stream *future;
    weir_read_buf buf;
    weir_vec vec;
    struct iovec pieces[2];
    uint64_t from;
    size_t errors;
    unsigned char memory[2 * READ_MAX];
};

/* One step: READY again, END over, PENDING and ERROR as they are. */
typedef weir_state step_function(struct bytes_run *run, void *subject, size_t nth);

/* NULL: no operation that reads, or none that is known. */
step_function *bytes_reads(const char *op);
json_int_t bytes_operand(const struct bytes_run *run, size_t nth);
json_t *bytes_without_pendings(const json_t *trace);
void bytes_push(struct bytes_run *run, json_t *entry);
/* The error in the task's context; data: what it came behind, or NULL. */
void bytes_push_error(struct bytes_run *run, json_t *data);

bool step_is(const json_t *step, const char *word);
bool step_known(const json_t *step); /* of a reader */
bool step_fails(const json_t *step); /* an error of a known kind */

/* Reader 0, and over it what the chain says. */
weir_reader *bytes_reader(struct bytes_run *run);
bool bytes_adaptor(const char *name); /* it is known */
json_int_t bytes_argument(const json_t *entry);
weir_writer *bytes_writer(struct bytes_run *run);

/* Answers with a step that is an error. */
weir_poll bytes_fail(weir_cx *cx, const json_t *step);

/* A vector that writes, action by action. */
enum verdict bytes_writes(const json_t *vector, char *text);

/* A vector of a cursor. */
enum verdict bytes_cursor(const json_t *vector, char *text);

/* The kind of the error that stands in the task's context. */
const char *bytes_error_kind(const weir_error *error);

#endif
