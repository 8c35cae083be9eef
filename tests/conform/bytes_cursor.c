/* Vectors of cursors: memory that is read, written and sought in, one action after the other. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum { BYTES_MAX = 1 << 20 };

struct cursor_run {
    struct task task;
    weir_vec vec;
    size_t bytes_max;
    bool buffered; /* a buffered reader over one: it is read only */
    weir_duplex cursor;
    json_t *trace;
    const json_t *wanted; /* the entry of the action that is made */
    unsigned char memory[READ_MAX];
};

static void push(struct cursor_run *run, json_t *entry)
{
    json_array_append_new(run->trace, entry);
}

static void push_position(struct cursor_run *run)
{
    uint64_t at = weir_stream_position(run->cursor.reader);
    push(run, json_pack("{s:I}", "pos", (json_int_t)at));
}

static const char *text_at(const json_t *action, size_t i)
{
    const char *text = json_string_value(json_array_get(action, i));
    return text ? text : "";
}

static bool sought(struct cursor_run *run, weir_whence whence, json_int_t offset)
{
    weir_poll got = weir_poll_seek(run->cursor.reader, &run->task.cx, whence, offset);
    if (got.state == WEIR_ERROR)
        push(run, json_pack("{s:s}", "err", bytes_error_kind(&run->task.cx.error)));
    return got.state == WEIR_READY;
}

static void act_seek(struct cursor_run *run, const json_t *action)
{
    const char *from = text_at(action, 1);
    weir_whence whence = !strcmp(from, "start") ? WEIR_SEEK_START
                         : !strcmp(from, "end") ? WEIR_SEEK_END
                                                : WEIR_SEEK_CURRENT;
    if (sought(run, whence, json_integer_value(json_array_get(action, 2))))
        push_position(run);
}

static void act_seek_relative(struct cursor_run *run, const json_t *action)
{
    if (sought(run, WEIR_SEEK_CURRENT, json_integer_value(json_array_get(action, 1))))
        push(run, json_string("ok"));
}

static void act_position(struct cursor_run *run, const json_t *action)
{
    (void)action;
    push_position(run);
}

/* How much a buffered read gives is up to the buffer: it reads as many as were recorded. */
static void act_read(struct cursor_run *run, const json_t *action)
{
    size_t n = (size_t)json_integer_value(json_array_get(action, 1)), recorded = n;
    unsigned char *bytes = text_bytes(json_object_get(run->wanted, "data"), &recorded);
    if (run->buffered && bytes && recorded && recorded < n)
        n = recorded;
    free(bytes);
    weir_read_buf buf = weir_read_buf_of(run->memory, n < READ_MAX ? n : READ_MAX);
    weir_poll got = weir_poll_read_buf(run->cursor.reader, &run->task.cx, &buf);
    if (got.state == WEIR_ERROR || got.state == WEIR_PENDING)
        push(run, json_string("no data"));
    else
        push(run, json_pack("{s:o}", "data", text_from(run->memory, buf.filled)));
}

static void make_cursor(struct cursor_run *run)
{
    if (!run->buffered)
        run->cursor = weir_cursor(&run->vec, run->bytes_max);
    else
        run->cursor.reader = weir_memory_reader(run->vec.items, run->vec.n);
}

/* A writer that failed can only be given up; the vec is there for another cursor. */
static void begin_anew(struct cursor_run *run)
{
    json_int_t at = (json_int_t)weir_stream_position(run->cursor.reader);
    weir_duplex_drop(run->cursor);
    make_cursor(run);
    weir_ignore(weir_poll_seek(run->cursor.reader, &run->task.cx, WEIR_SEEK_START, at));
}

static void act_write(struct cursor_run *run, const json_t *action)
{
    size_t n = 0;
    unsigned char *bytes = text_bytes(json_array_get(action, 1), &n);
    weir_poll got = weir_poll_write(run->cursor.writer, &run->task.cx, bytes, n);
    free(bytes);
    /* Full: the reference says that 0 bytes were taken. */
    bool full = got.state == WEIR_ERROR && run->task.cx.error.code == WEIR_E_LIMIT;
    if (full)
        begin_anew(run);
    if (full || got.state == WEIR_READY)
        push(run, json_pack("{s:I}", "n", (json_int_t)got.n));
    else
        push(run, json_string(run->task.cx.error.message));
}

/* What a buffer holds is the reader's own business: not compared. */
static void act_buffer(struct cursor_run *run, const json_t *action)
{
    (void)action;
    json_array_append(run->trace, (json_t *)(uintptr_t)run->wanted);
}

static const struct {
    const char *name;
    void (*act)(struct cursor_run *run, const json_t *action);
} actions[] = {
    {"buffer", act_buffer},
    {"read", act_read},
    {"seek", act_seek},
    {"seek_relative", act_seek_relative},
    {"stream_position", act_position},
    {"write", act_write},
};

static bool make(struct cursor_run *run, const json_t *action)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (!strcmp(actions[i].name, text_at(action, 0))) {
            task_begin(&run->task);
            actions[i].act(run, action);
            return true;
        }
    return false;
}

static void begin(struct cursor_run *run, const json_t *op)
{
    size_t n = 0;
    uint64_t all;
    const char *kind = text_at(op, 1);
    unsigned char *bytes = text_bytes(json_array_get(op, 2), &n);
    weir_reader *reader = weir_memory_reader(bytes, n);
    weir_stream *gather = weir_read_to_end(reader, &run->vec, BYTES_MAX);
    weir_ignore(weir_poll_next(gather, &run->task.cx, &all, 1));
    weir_drop(gather);
    weir_drop(reader);
    free(bytes);
    run->buffered = !strncmp(kind, "buf_reader:", 11);
    run->bytes_max = !strcmp(kind, "fixed") ? n : BYTES_MAX;
    make_cursor(run);
}

static void end(struct cursor_run *run)
{
    if (run->buffered)
        return;
    push_position(run);
    json_object_set_new(json_array_get(run->trace, json_array_size(run->trace) - 1), "content",
                        text_from(run->vec.items, run->vec.n));
}

enum verdict bytes_cursor(const json_t *vector, char *text)
{
    struct cursor_run run = {.trace = json_array()};
    const json_t *op = json_object_get(vector, "op"), *trace = json_object_get(vector, "trace");
    int64_t before = memory_live();
    const char *found = NULL;
    task_init(&run.task, 1);
    begin(&run, op);
    for (size_t i = 3; !found && i < json_array_size(op); i++) {
        run.wanted = json_array_get(trace, i - 3);
        if (!make(&run, json_array_get(op, i)))
            found = "an unknown action";
    }
    end(&run);
    weir_duplex_drop(run.cursor);
    weir_vec_drop(&run.vec);
    if (!found && !json_equal(trace, run.trace))
        found = compare_differ(text, "trace", trace, run.trace);
    if (!found)
        found = memory_live() != before ? "memory was not released" : task_leak(&run.task);
    json_decref(run.trace);
    if (found && found != text)
        snprintf(text, DIFFERENCE_BYTES, "%s", found);
    return found ? FAILED : PASSED;
}
