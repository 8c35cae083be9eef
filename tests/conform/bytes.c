/* Byte vectors, as far as weir has their operations: `lines`, `read` and `fill_consume` over
 * scripted readers, alone or one behind the other, and copies into scripted writers. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "weir/codec.h"

enum { LINES_MAX = 64, READ_MAX = 4096 };

/* ---- the harness ---- */

static void push(struct bytes_run *run, json_t *entry)
{
    json_array_append_new(run->trace, entry);
}

static void push_error(struct bytes_run *run)
{
    run->failed = true;
    push(run, json_pack("{s:s}", "err", bytes_error_kind(&run->task.cx.error)));
}

/* One step: READY again, END over, PENDING and ERROR as they are. */
typedef weir_state step_function(struct bytes_run *run, void *subject, size_t nth);

/* Polls step number 0, 1 ... until one says END, or an error that ends the vector. */
static void drive(struct bytes_run *run, step_function *step, void *subject, bool error_ends)
{
    size_t nth = 0;
    for (size_t polls = 0; polls < POLLS_MAX; polls++) {
        task_begin(&run->task);
        weir_state state = step(run, subject, nth);
        const char *pending = task_finish(&run->task, &run->deferred);
        if (state == WEIR_PENDING)
            push(run, json_string(pending));
        if (state == WEIR_ERROR)
            push_error(run);
        if (state == WEIR_END || (state == WEIR_ERROR && error_ends) ||
            (state == WEIR_PENDING && !run->task.woken))
            return;
        nth += state != WEIR_PENDING;
    }
}

static json_int_t operand(const struct bytes_run *run, size_t nth)
{
    return json_integer_value(json_array_get(json_object_get(run->vector, "op"), nth + 1));
}

static bool past_operands(const struct bytes_run *run, size_t nth)
{
    return nth + 1 >= json_array_size(json_object_get(run->vector, "op"));
}

static weir_state step_lines(struct bytes_run *run, void *subject, size_t nth)
{
    weir_line lines[LINES_MAX];
    (void)nth;
    weir_poll got = weir_poll_next(subject, &run->task.cx, lines, run->demand);
    for (uint32_t i = 0; i < got.n; i++)
        push(run, text_from(lines[i].data, lines[i].size));
    if (got.state == WEIR_END)
        push(run, json_string("END"));
    return got.state;
}

static weir_state step_read(struct bytes_run *run, void *subject, size_t nth)
{
    char buffer[READ_MAX];
    if (past_operands(run, nth))
        return WEIR_END;
    size_t n = (size_t)operand(run, nth);
    weir_poll got = weir_poll_read(subject, &run->task.cx, buffer, n < READ_MAX ? n : READ_MAX);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got.state;
    push(run, json_pack("{s:o}", "data", text_from(buffer, got.n)));
    return WEIR_READY;
}

static weir_state step_fill(struct bytes_run *run, void *subject, size_t nth)
{
    size_t n;
    if (past_operands(run, nth))
        return WEIR_END;
    weir_poll got = weir_poll_fill(subject, &run->task.cx, 1);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got.state;
    const unsigned char *bytes = weir_peek(subject, &n);
    push(run, json_pack("{s:o}", "data", text_from(bytes, n)));
    size_t wanted = (size_t)operand(run, nth);
    weir_consume(subject, wanted < n ? wanted : n);
    return WEIR_READY;
}

static weir_state step_copy(struct bytes_run *run, void *subject, size_t nth)
{
    uint64_t n;
    (void)nth;
    weir_poll got = weir_poll_next(subject, &run->task.cx, &n, 1);
    if (got.n)
        push(run, json_pack("{s:I}", "n", (json_int_t)n));
    return got.n ? WEIR_END : got.state;
}

/* ---- comparing ---- */

static json_t *without_pendings(const json_t *trace)
{
    json_t *made = json_array(), *entry;
    size_t i;
    json_array_foreach(trace, i, entry) if (!step_is(entry, "P")) json_array_append(made, entry);
    return made;
}

static const char *differs(char *text, const char *what, const json_t *wanted, const json_t *got)
{
    return json_equal(wanted, got) ? NULL : compare_differ(text, what, wanted, got);
}

/* A chain lends the first reader's bytes and settles with it later: `taken` is what it gave. */
static json_t *consumed_of(const struct bytes_run *run, uint64_t taken)
{
    json_t *made = json_array(), *wanted = json_object_get(run->vector, "consumed");
    size_t n = json_array_size(wanted);
    for (size_t i = 0; i < n; i++) {
        uint64_t most = (uint64_t)json_integer_value(json_array_get(wanted, i));
        uint64_t share = i + 1 < n && taken > most ? most : taken;
        json_array_append_new(made, json_integer((json_int_t)share));
        taken -= share;
    }
    return made;
}

/* Where Pendings fall is compared at demand 1 only, and not where a flush adds its own. */
static const char *compare(const struct bytes_run *run, const json_t *consumed, char *text)
{
    const json_t *trace = json_object_get(run->vector, "trace");
    bool flushes = json_object_get(run->vector, "writers") && reader_stalls(run->vector);
    bool exact = run->demand == 1 && !flushes;
    json_t *wanted = exact ? json_deep_copy(trace) : without_pendings(trace);
    json_t *got = exact ? json_incref(run->trace) : without_pendings(run->trace);
    const char *found = differs(text, "trace", wanted, got);
    json_decref(wanted);
    json_decref(got);
    if (!found && json_object_get(run->vector, "written"))
        found = differs(text, "written", json_object_get(run->vector, "written"), run->written);
    if (!found && !run->failed)
        found = differs(text, "consumed", json_object_get(run->vector, "consumed"), consumed);
    return found;
}

static const char *leak(const struct bytes_run *run, int64_t before, char *text)
{
    const char *what = task_leak(&run->task);
    if (!what && memory_live() != before)
        what = "memory was not released";
    if (what)
        snprintf(text, DIFFERENCE_BYTES, "dropped: %s", what);
    return what ? text : NULL;
}

static const char *run_once(const json_t *vector, const char *op, size_t demand, char *text)
{
    struct bytes_run run = {
        .vector = vector, .trace = json_array(), .written = json_array(), .demand = demand};
    int64_t before = memory_live();
    deferred_list_init(&run.deferred);
    task_init(&run.task, demand);
    weir_reader *reader = bytes_reader(&run);
    weir_stream *stream = NULL;
    if (!strcmp(op, "lines"))
        drive(&run, step_lines, stream = weir_lines(reader, WEIR_LINE_MAX_DEFAULT), true);
    else if (!strncmp(op, "copy", 4))
        drive(&run, step_copy, stream = weir_copy(reader, bytes_writer(&run)), true);
    else
        drive(&run, !strcmp(op, "read") ? step_read : step_fill, reader, false);
    json_t *consumed = consumed_of(&run, reader->offset);
    if (stream)
        weir_drop(stream);
    else
        weir_drop(reader);
    const char *found = compare(&run, consumed, text);
    if (!found)
        found = leak(&run, before, text);
    json_decref(consumed);
    json_decref(run.trace);
    json_decref(run.written);
    return found;
}

/* ---- what can be run ---- */

static const char *missing_op(const char *op)
{
    static const char *const ops[] = {"lines", "read", "fill_consume", "copy", "copy_buf"};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (!strcmp(ops[i], op))
            return NULL;
    return op;
}

/* Only how a copy's bytes are cut follows from the size of its buffer, and that is not compared. */
static const char *missing_adaptor(const json_t *vector, bool copies)
{
    json_t *entry, *chain = json_object_get(vector, "chain");
    size_t i, readers = json_array_size(json_object_get(vector, "readers"));
    json_array_foreach(chain, i, entry)
    {
        const char *name = json_string_value(json_array_get(entry, 0));
        if (name && copies && !strcmp(name, "buf_reader"))
            continue;
        if (!name || strcmp(name, "chain"))
            return name ? name : "?";
        if (i > 0 || readers != 2 || json_integer_value(json_array_get(entry, 1)) != 1)
            return "chain (argument)";
    }
    return readers && readers <= READERS_MAX ? NULL : "readers";
}

static const char *missing_steps(const json_t *vector)
{
    json_t *steps, *step, *readers = json_object_get(vector, "readers");
    size_t i, j;
    json_array_foreach(readers, i, steps)
        json_array_foreach(steps, j, step) if (!step_known(step)) return "unknown steps";
    return NULL;
}

static const char *missing_writer(const json_t *vector)
{
    json_t *step, *writers = json_object_get(vector, "writers");
    json_t *flushes = json_object_get(json_array_get(writers, 0), "flush");
    json_t *writes = json_object_get(json_array_get(writers, 0), "write");
    size_t i;
    if (json_array_size(writers) > 1)
        return "writers";
    json_array_foreach(writes, i, step) if (!json_is_integer(step) && !json_is_string(step) &&
                                            !step_fails(step)) return "unknown steps";
    json_array_foreach(flushes, i,
                       step) if (!json_is_string(step) && !step_fails(step)) return "unknown steps";
    return NULL;
}

static const char *missing(const json_t *vector, const char *op)
{
    bool copies = !strncmp(op, "copy", 4);
    const char *what = missing_op(op);
    if (!what)
        what = missing_adaptor(vector, copies);
    if (!what)
        what = missing_steps(vector);
    return what ? what : missing_writer(vector);
}

enum verdict bytes_vector(const json_t *vector, const struct options *options, char *text)
{
    static const size_t demands[] = {1, 2, 7, LINES_MAX};
    const char *op = json_string_value(json_array_get(json_object_get(vector, "op"), 0));
    const char *what = missing(vector, op ? op : "?");
    (void)options;
    if (what) {
        snprintf(text, DIFFERENCE_BYTES, "bytes: %.50s", what);
        return SKIPPED;
    }
    const char *found = NULL;
    for (size_t i = 0; !found && i < sizeof demands / sizeof demands[0]; i++)
        found = run_once(vector, op, demands[i], text);
    return found ? FAILED : PASSED;
}
