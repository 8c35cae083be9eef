/* Byte vectors: what reads over scripted readers and what stands over them (bytes_read.c), copies
 * into scripted writers, what writes (bytes_write.c), and cursors (bytes_cursor.c). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "weir/codec.h"

/* ---- the harness ---- */

void bytes_push(struct bytes_run *run, json_t *entry)
{
    json_array_append_new(run->trace, entry);
}

void bytes_push_error(struct bytes_run *run, json_t *data)
{
    json_t *entry = json_pack("{s:s}", "err", bytes_error_kind(&run->task.cx.error));
    if (data)
        json_object_set_new(entry, "data", data);
    run->failed = true;
    bytes_push(run, entry);
}

/* Polls step number 0, 1 ... until one says END, or an error that ends the vector. */
static void drive(struct bytes_run *run, step_function *step, void *subject, bool error_ends)
{
    size_t nth = 0;
    for (size_t polls = 0; polls < POLLS_MAX; polls++) {
        task_begin(&run->task);
        weir_state state = step(run, subject, nth);
        const char *pending = task_finish(&run->task, &run->deferred);
        if (state == WEIR_PENDING)
            bytes_push(run, json_string(pending));
        if (state == WEIR_ERROR)
            bytes_push_error(run, NULL);
        if (state == WEIR_END || (state == WEIR_ERROR && error_ends) ||
            (state == WEIR_PENDING && !run->task.woken))
            return;
        nth += state != WEIR_PENDING;
    }
}

static weir_state step_copy(struct bytes_run *run, void *subject, size_t nth)
{
    uint64_t n;
    (void)nth;
    weir_poll got = weir_poll_next(subject, &run->task.cx, &n, 1);
    if (got.n)
        bytes_push(run, json_pack("{s:I}", "n", (json_int_t)n));
    return got.n ? WEIR_END : got.state;
}

/* ---- comparing ---- */

json_t *bytes_without_pendings(const json_t *trace)
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
    json_t *wanted = exact ? json_deep_copy(trace) : bytes_without_pendings(trace);
    json_t *got = exact ? json_incref(run->trace) : bytes_without_pendings(run->trace);
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

/* A future that was not over, and what was read into a vec. */
static void let_go(struct bytes_run *run, weir_stream *stream, weir_reader *reader)
{
    if (run->future)
        weir_drop(run->future);
    weir_vec_drop(&run->vec);
    if (stream)
        weir_drop(stream);
    else
        weir_drop(reader);
}

static bool is_ahead(const json_t *vector)
{
    json_t *entry;
    size_t i;
    json_array_foreach(json_object_get(vector, "chain"), i, entry)
    {
        const json_t *name = json_array_get(entry, 0);
        if (step_is(name, "buf_reader") || step_is(name, "into_async_read"))
            return true;
    }
    return false;
}

static const char *run_once(const json_t *vector, const char *op, size_t demand, char *text)
{
    struct bytes_run run = {.vector = vector,
                            .trace = json_array(),
                            .written = json_array(),
                            .wlog = json_array(),
                            .demand = demand,
                            .futures = demand % 2 == 0};
    int64_t before = memory_live();
    deferred_list_init(&run.deferred);
    task_init(&run.task, demand);
    weir_reader *reader = bytes_reader(&run);
    weir_stream *stream = NULL;
    if (!strcmp(op, "lines"))
        drive(&run, bytes_reads(op), stream = weir_lines(reader, WEIR_LINE_MAX_DEFAULT), true);
    else if (!strncmp(op, "copy", 4))
        drive(&run, step_copy, stream = weir_copy(reader, bytes_writer(&run)), true);
    else
        drive(&run, bytes_reads(op), reader, false);
    json_t *consumed =
        consumed_of(&run, is_ahead(vector) ? run.given[0] : reader->offset - run.beyond);
    let_go(&run, stream, reader);
    const char *found = compare(&run, consumed, text);
    if (!found)
        found = leak(&run, before, text);
    json_decref(consumed);
    json_decref(run.trace);
    json_decref(run.written);
    json_decref(run.wlog);
    return found;
}

/* ---- what can be run ---- */

static const char *missing_op(const char *op)
{
    return bytes_reads(op) || !strcmp(op, "copy") || !strcmp(op, "copy_buf") ? NULL : op;
}

static const char *missing_adaptor(const json_t *vector)
{
    json_t *entry, *chain = json_object_get(vector, "chain");
    size_t i, readers = json_array_size(json_object_get(vector, "readers"));
    json_array_foreach(chain, i, entry)
    {
        const char *name = json_string_value(json_array_get(entry, 0));
        if (!name || !bytes_adaptor(name))
            return name ? name : "?";
        if (!strcmp(name, "chain") && (readers != 2 || bytes_argument(entry) != 1))
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
    const char *what = missing_op(op);
    if (!what)
        what = missing_adaptor(vector);
    if (!what)
        what = missing_steps(vector);
    return what ? what : missing_writer(vector);
}

enum verdict bytes_vector(const json_t *vector, const struct options *options, char *text)
{
    static const size_t demands[] = {1, 2, 7, 64};
    const char *op = json_string_value(json_array_get(json_object_get(vector, "op"), 0));
    (void)options;
    if (op && !strcmp(op, "cursor"))
        return bytes_cursor(vector, text);
    if (op && !strcmp(op, "write_script"))
        return bytes_writes(vector, text);
    const char *what = missing(vector, op ? op : "?");
    if (what) {
        snprintf(text, DIFFERENCE_BYTES, "bytes: %.50s", what);
        return SKIPPED;
    }
    const char *found = NULL;
    for (size_t i = 0; !found && i < sizeof demands / sizeof demands[0]; i++)
        found = run_once(vector, op, demands[i], text);
    return found ? FAILED : PASSED;
}
