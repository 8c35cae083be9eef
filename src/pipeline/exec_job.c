/* A job goes on when the runtime was told to stop: what has begun is finished. */
#include "pipeline/exec_job.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "pipeline/note.h"
#include "pipeline/text.h"

enum { OUTPUT_FIRST_BYTES = 4 << 10, CHILD_BYTES = 8 << 10, NOT_FOUND = 127 };

struct job {
    struct exec *exec;
    const char *refused; /* why it cannot be */
    bool skipped;
    bool drained;
    uint64_t seq;
    uint64_t key; /* of its lane */
    struct timespec started;
    uint64_t started_ns;
    size_t room; /* of the output; size is what is in it */
    struct result result;
    weir_child_parts parts;
};

/* ---- starting ---- */

static bool is_done(const struct exec *exec, char *const *argv)
{
    size_t size = weir_pl_command_text(argv, NULL, 0) + 1;
    char *text = exec->log.n ? weir_allocate(size) : NULL;

    if (!text)
        return false;
    weir_pl_command_text(argv, text, size);
    bool done = weir_pl_job_log_has(&exec->log, text);
    weir_release(text, size);
    return done;
}

static void begin(struct job *self, struct exec *exec, const struct item *item)
{
    size_t bytes = 0;
    char **argv = weir_pl_command_make(exec->command, item, &bytes, &self->refused);

    self->exec = exec;
    self->seq = item->seq;
    if (!argv)
        return;
    self->skipped = is_done(exec, argv);
    if (!self->skipped)
        self->parts = weir_exec((const char *const *)argv,
                                &WEIR_EXEC_OPTIONS(.in = WEIR_STDIO_NULL, .out = WEIR_STDIO_PIPE));
    weir_release(argv, bytes);
}

static void line_start(struct job *self, weir_line line, void *arg)
{
    struct exec *exec = arg;

    begin(self, exec, &(struct item){.lines = &line, .n = 1, .seq = ++exec->seq});
    if (exec->lanes)
        self->key = weir_pl_lanes_key(exec->lanes);
    if (self->skipped || self->refused)
        return;
    self->result.input = weir_owned_line_new(line.data, line.size);
    if (!self->result.input.data)
        self->refused = weir_pl_command_no_memory;
}

/* Its lines, one after the other. */
static weir_owned_line joined(const weir_owned_line *lines, size_t n)
{
    size_t size = n ? n - 1 : 0;
    for (size_t i = 0; i < n; i++)
        size += lines[i].size;
    weir_owned_line out = {.data = weir_allocate(size + 1), .size = size};
    char *at = out.data;
    for (size_t i = 0; at && i < n; i++) {
        memcpy(at, lines[i].data, lines[i].size);
        at += lines[i].size;
        *at++ = i + 1 < n ? '\n' : 0;
    }
    return out;
}

static void batch_start(struct job *self, weir_vec batch, void *arg)
{
    struct exec *exec = arg;

    /* An owned line may be read as a view of itself. */
    begin(self, exec, &(struct item){.lines = batch.items, .n = batch.n, .seq = ++exec->seq});
    if (!self->skipped && !self->refused) {
        self->result.input = joined(batch.items, batch.n);
        if (!self->result.input.data)
            self->refused = weir_pl_command_no_memory;
    }
    weir_vec_drop(&batch);
}

/* ---- running ---- */

static void say_command(const struct job *self, char *out, size_t size)
{
    weir_pl_exec_job_text(self->exec, &self->result, self->seq, out, size);
}

static weir_poll fail_limit(const struct job *self, weir_cx *cx)
{
    char text[80];

    say_command(self, text, sizeof text);
    weir_fail(cx, WEIR_E_LIMIT, "%s wrote more than %zu bytes", text, self->exec->output_max);
    cx->error.cure = "exec ... max=BYTES; or let it write to a file";
    return (weir_poll){0, WEIR_ERROR};
}

/* False: no memory. */
static bool keep(struct job *self, const unsigned char *bytes, size_t n)
{
    weir_owned_line *output = &self->result.output;
    size_t need = output->size + n + 1, room = self->room;

    if (need > room) {
        size_t most = self->exec->output_max + 1;
        room = room ? 2 * room : OUTPUT_FIRST_BYTES;
        room = room < need ? need : room;
        room = room > most ? most : room;
        char *data = weir_resize(output->data, self->room, room);
        if (!data)
            return false;
        output->data = data;
        self->room = room;
    }
    memcpy(output->data + output->size, bytes, n);
    output->size += n;
    return true;
}

/* As an owned line has it: its block is its size and a NUL. */
static bool trim(struct job *self)
{
    weir_owned_line *output = &self->result.output;
    char *data = weir_resize(output->data, self->room, output->size + 1);

    if (!data)
        return false;
    data[output->size] = 0;
    output->data = data;
    self->room = output->size + 1;
    return true;
}

static weir_poll fail_memory(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for what a command writes");
}

/* END: it has closed its output. */
static weir_poll drain(struct job *self, weir_cx *cx)
{
    weir_reader *out = self->parts.out;

    for (;;) {
        weir_poll got = weir_poll_fill(out, cx, 1);
        size_t n = 0;
        const unsigned char *bytes = weir_peek(out, &n);
        if (n > self->exec->output_max - self->result.output.size)
            return fail_limit(self, cx);
        if (n && !keep(self, bytes, n))
            return fail_memory(cx);
        weir_consume(out, n);
        if (got.state != WEIR_READY)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static weir_poll log_it(struct job *self, weir_cx *cx)
{
    const struct exec *exec = self->exec;
    size_t size = 5 * (size_t)COMMAND_BYTES_MAX;
    char *text = exec->logs ? weir_allocate(size) : NULL;

    if (!exec->logs)
        return (weir_poll){0, WEIR_READY};
    if (!text)
        return fail_memory(cx);
    say_command(self, text, size);
    struct job_row row = {.seq = self->seq,
                          .start =
                              (double)self->started.tv_sec + (double)self->started.tv_nsec / 1e9,
                          .seconds = (double)self->result.ns / 1e9,
                          .result = &self->result,
                          .command = text};
    int error = weir_pl_job_log_write(&exec->log, &row);
    weir_release(text, size);
    return error ? weir_pl_exec_fail_log(exec, cx, error, "write") : (weir_poll){0, WEIR_READY};
}

static weir_poll finish(struct job *self, weir_cx *cx, struct result *out)
{
    self->result.ns = weir_clock_now_ns(cx) - self->started_ns;
    if (!trim(self))
        return fail_memory(cx);
    weir_poll got = log_it(self, cx);
    if (got.state != WEIR_READY)
        return got;
    *out = self->result;
    self->result = (struct result){0};
    self->room = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_poll run(struct job *self, weir_cx *cx, struct result *out)
{
    weir_exit_status status = {0};
    weir_poll got = {0, WEIR_END};

    if (!self->drained)
        got = drain(self, cx);
    bool missing = got.state == WEIR_ERROR && cx->error.code == WEIR_E_SYSTEM && !self->exec->stops;
    if (missing) {
        self->result.code = NOT_FOUND;
        return finish(self, cx, out);
    }
    if (got.state != WEIR_END)
        return got;
    self->drained = true;
    got = weir_poll_next(self->parts.status, cx, &status, 1);
    if (!got.n)
        return got; /* END: it did not begin */
    self->result.code = status.code;
    self->result.signo = status.signo;
    return finish(self, cx, out);
}

static weir_poll job_poll(struct job *self, weir_cx *cx, struct result *out)
{
    bool outer = cx->draining;

    if (self->skipped)
        return (weir_poll){0, WEIR_END};
    if (self->refused) {
        bool lacks = self->refused == weir_pl_command_no_memory;
        weir_fail(cx, lacks ? WEIR_E_MEMORY : WEIR_E_ARGUMENT, "%s", self->refused);
        if (self->refused == weir_pl_command_too_long)
            cx->error.cure = "'to lines' in front of it: then it reads them";
        cx->error.record = self->seq;
        return (weir_poll){0, WEIR_ERROR};
    }
    if (!weir_clock_is_there(cx, "exec"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->started_ns) {
        self->started_ns = weir_clock_now_ns(cx);
        clock_gettime(CLOCK_REALTIME, &self->started);
    }
    cx->draining = true;
    weir_poll got = run(self, cx, out);
    cx->draining = outer;
    return got;
}

static void job_drop(void *state)
{
    struct job *self = state;

    if (self->exec->lanes)
        weir_pl_lanes_release(self->exec->lanes, self->key);
    weir_child_parts_drop(self->parts);
    weir_owned_line_drop(&self->result.input);
    if (self->result.output.data)
        weir_release(self->result.output.data, self->room);
}

WEIR_ASYNC_FN(line_fn, line_start, job_poll, struct job, weir_line, struct result,
              .from = &weir_type_line, .to = &weir_pl_result_type, .drop = job_drop,
              .detached = true)
WEIR_ASYNC_FN(batch_fn, batch_start, job_poll, struct job, weir_vec, struct result,
              .from = &weir_type_vec, .to = &weir_pl_result_type, .drop = job_drop)

const weir_async_fn *weir_pl_exec_job_fn(unsigned type)
{
    return type == FLOW_BATCHES ? &batch_fn : &line_fn;
}

/* ---- what is said of them ---- */

/* While the output grows, its old block stands beside the new one. The item, its command here and
 * at the child, and what its pipe gave. */
size_t weir_pl_exec_job_bytes(const struct exec *exec)
{
    return exec->output_max + exec->output_max / 2 + 3 * (size_t)COMMAND_BYTES_MAX + CHILD_BYTES +
           WEIR_BLOCK_BYTES + (exec->logs ? 5 * (size_t)COMMAND_BYTES_MAX : 0);
}

weir_poll weir_pl_exec_fail_log(const struct exec *exec, weir_cx *cx, int error, const char *verb)
{
    if (error == -E2BIG)
        weir_fail(cx, WEIR_E_LIMIT, "'%s' has more than %d commands that are done", exec->log_path,
                  JOB_LOG_DONE_MAX);
    else
        weir_fail(cx, WEIR_E_SYSTEM, "cannot %s '%s': %s", verb, exec->log_path,
                  weir_pl_text_reason(-error));
    cx->error.number = error == -E2BIG ? 0 : -error;
    return (weir_poll){0, WEIR_ERROR};
}

/* The lines that were joined. */
static size_t split(const weir_owned_line *text, weir_line *out, size_t room)
{
    const char *at = text->data, *end = at + text->size;
    size_t n = 0;

    for (bool more = true; more && n < room; n++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        out[n] = (weir_line){at, (size_t)((newline ? newline : end) - at)};
        more = newline;
        at = newline ? newline + 1 : end;
    }
    return n;
}

void weir_pl_exec_job_text(const struct exec *exec, const struct result *result, uint64_t seq,
                           char *out, size_t size)
{
    size_t room = 1, bytes;
    const char *why;

    for (size_t i = 0; exec->batches && i < result->input.size; i++)
        room += result->input.data[i] == '\n';
    weir_line *lines = weir_allocate(room * sizeof *lines);
    weir_line whole = weir_line_of(result->input);
    struct item item = {.lines = lines, .n = lines ? 1 : 0, .seq = seq};
    if (lines && exec->batches)
        item.n = split(&result->input, lines, room);
    else if (lines)
        lines[0] = whole;
    char **argv = lines ? weir_pl_command_make(exec->command, &item, &bytes, &why) : NULL;
    out[0] = 0;
    if (argv) {
        weir_pl_command_text(argv, out, size);
        weir_release(argv, bytes);
    }
    if (lines)
        weir_release(lines, room * sizeof *lines);
}
