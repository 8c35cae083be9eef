/* Scripted writers, and the vectors that write to one, or to what stands over it, action by action.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "weir/write.h"

enum { PIECES_MAX = 16 };

/* One list of steps and its own wake-up. */
struct script_list {
    const json_t *steps;
    size_t at;
    struct deferred deferred;
};

struct script_writer {
    weir_writer writer;
    struct bytes_run *run;
    struct script_list writes;
    struct script_list flushes;
    struct script_list closes;
    unsigned char *bytes;
    size_t n;
};

static struct script_writer *script_of(weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct script_writer, writer);
}

/* READY: *step is the next one, NULL when they are used up. */
static weir_poll list_poll(struct script_list *list, struct bytes_run *run, weir_cx *cx,
                           const json_t **step)
{
    if (list->deferred.waiting)
        return deferred_wait(&list->deferred, &run->deferred, cx);
    *step = json_array_get(list->steps, list->at);
    list->at += *step != NULL;
    if (step_is(*step, "P"))
        return weir_wait_turn(cx);
    if (step_is(*step, "D"))
        return deferred_wait(&list->deferred, &run->deferred, cx);
    if (json_object_get(*step, "err"))
        return bytes_fail(cx, *step);
    return (weir_poll){0, WEIR_READY};
}

/* A call as the reference logs it: 0.w5:3, 0.flush:P. */
static void note(struct bytes_run *run, weir_cx *cx, const char *call, weir_poll got, bool counts)
{
    char text[64];
    const char *kind = got.state == WEIR_PENDING ? "P"
                       : got.state == WEIR_ERROR ? bytes_error_kind(&cx->error)
                                                 : "ok";
    if (counts && got.state == WEIR_READY)
        snprintf(text, sizeof text, "0.%s:%u", call, got.n);
    else
        snprintf(text, sizeof text, "0.%s:%s", call, kind);
    json_array_append_new(run->wlog, json_string(text));
}

static bool keep(struct script_writer *self, const void *bytes, size_t n)
{
    unsigned char *longer = realloc(self->bytes, self->n + n + 1);
    if (!longer)
        return false;
    if (n)
        memcpy(longer + self->n, bytes, n);
    self->bytes = longer;
    self->n += n;
    return true;
}

static weir_poll take(struct script_writer *self, weir_cx *cx, const struct iovec *pieces, size_t n)
{
    const json_t *step;
    weir_poll got = list_poll(&self->writes, self->run, cx, &step);
    size_t left = step ? (size_t)json_integer_value(step) : SIZE_MAX;
    for (size_t i = 0; got.state == WEIR_READY && i < n; i++) {
        size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        if (!keep(self, pieces[i].iov_base, part))
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", part);
        got.n += (uint32_t)part;
        left -= part;
    }
    return got;
}

static weir_poll script_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, n};
    char call[32];
    weir_poll got = take(script_of(writer), cx, &piece, 1);
    snprintf(call, sizeof call, "w%zu", n);
    note(script_of(writer)->run, cx, call, got, true);
    return got;
}

static weir_poll script_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                               size_t n)
{
    char call[32];
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += pieces[i].iov_len;
    weir_poll got = take(script_of(writer), cx, pieces, n);
    snprintf(call, sizeof call, "wv%zu", all);
    note(script_of(writer)->run, cx, call, got, true);
    return got;
}

static weir_poll script_flush(weir_writer *writer, weir_cx *cx)
{
    struct script_writer *self = script_of(writer);
    const json_t *step;
    weir_poll got = list_poll(&self->flushes, self->run, cx, &step);
    note(self->run, cx, "flush", got, false);
    return got;
}

static weir_poll script_close(weir_writer *writer, weir_cx *cx)
{
    struct script_writer *self = script_of(writer);
    const json_t *step;
    weir_poll got = list_poll(&self->closes, self->run, cx, &step);
    note(self->run, cx, "close", got, false);
    return got;
}

static void script_writer_fini(weir_writer *writer)
{
    struct script_writer *self = script_of(writer);
    deferred_fini(&self->writes.deferred);
    deferred_fini(&self->flushes.deferred);
    deferred_fini(&self->closes.deferred);
    json_array_append_new(self->run->written, text_from(self->bytes, self->n));
    free(self->bytes);
}

/* The one of a copy has no close of its own: closing it flushes it, which is how the reference ends
 * a copy. */
static const weir_writer_ops copy_ops = {.size = sizeof copy_ops,
                                         .name = "script",
                                         .poll_write = script_write,
                                         .poll_flush = script_flush,
                                         .fini = script_writer_fini};
static const weir_writer_ops plain_ops = {.size = sizeof plain_ops,
                                          .name = "script",
                                          .poll_write = script_write,
                                          .poll_flush = script_flush,
                                          .poll_close = script_close,
                                          .fini = script_writer_fini};
static const weir_writer_ops vectored_ops = {.size = sizeof vectored_ops,
                                             .name = "script",
                                             .poll_write = script_write,
                                             .poll_flush = script_flush,
                                             .poll_close = script_close,
                                             .fini = script_writer_fini,
                                             .poll_writev = script_writev};

static weir_writer *script_writer(struct bytes_run *run, const json_t *script,
                                  const weir_writer_ops *ops)
{
    weir_writer *writer = weir_writer_new(sizeof(struct script_writer), ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    struct script_writer *self = script_of(writer);
    self->run = run;
    self->writes.steps = json_object_get(script, "write");
    self->flushes.steps = json_object_get(script, "flush");
    self->closes.steps = json_object_get(script, "close");
    return writer;
}

weir_writer *bytes_writer(struct bytes_run *run)
{
    const json_t *script = json_array_get(json_object_get(run->vector, "writers"), 0);
    return script_writer(run, script, &copy_ops);
}

/* ---- actions ---- */

struct write_run {
    struct bytes_run bytes;
    weir_writer *script; /* below all */
    weir_writer *writer; /* what is written to */
    const json_t *action;
    struct iovec pieces[PIECES_MAX];
    size_t pieces_n;
    size_t written;
};

static const char *name_of(const json_t *action)
{
    const char *name = json_string_value(json_array_get(action, 0));
    return name ? name : "?";
}

/* The future of an action; a unit is a byte. */
static weir_stream *future_of(struct write_run *run)
{
    const char *name = name_of(run->action);
    const struct iovec *first = run->pieces;
    if (!strcmp(name, "write"))
        return weir_write(run->writer, first->iov_base, first->iov_len);
    if (!strcmp(name, "write_vectored"))
        return weir_writev(run->writer, run->pieces, run->pieces_n);
    if (!strcmp(name, "write_all"))
        return weir_write_all(run->writer, first->iov_base, first->iov_len, NULL);
    return !strcmp(name, "flush") ? weir_flush(run->writer) : weir_close(run->writer);
}

static weir_poll poll_action(struct write_run *run)
{
    weir_cx *cx = &run->bytes.task.cx;
    const char *name = name_of(run->action);
    const struct iovec *first = run->pieces;
    if (!strcmp(name, "write"))
        return weir_poll_write(run->writer, cx, first->iov_base, first->iov_len);
    if (!strcmp(name, "write_vectored"))
        return weir_poll_writev(run->writer, cx, run->pieces, run->pieces_n);
    if (!strcmp(name, "write_all"))
        return weir_poll_write_all(run->writer, cx, first->iov_base, first->iov_len, &run->written);
    return !strcmp(name, "flush") ? weir_poll_flush(run->writer, cx)
                                  : weir_poll_close(run->writer, cx);
}

/* READY with n, as the poll form says it. */
static weir_poll poll_future(struct write_run *run)
{
    union {
        uint64_t n;
        unsigned char unit;
    } out = {0};
    if (!run->bytes.future)
        run->bytes.future = future_of(run);
    weir_poll got = weir_poll_next(run->bytes.future, &run->bytes.task.cx, &out, 1);
    if (got.state == WEIR_PENDING)
        return got;
    weir_drop(run->bytes.future);
    run->bytes.future = NULL;
    if (!got.n)
        return got;
    bool counts = !strncmp(name_of(run->action), "write", 5);
    return (weir_poll){counts ? (uint32_t)out.n : 0, WEIR_READY};
}

/* ---- a write of nothing, which asks nobody here ---- */

static bool is_empty(const struct write_run *run)
{
    const char *name = name_of(run->action);
    bool writes = !strcmp(name, "write") || !strcmp(name, "write_vectored");
    for (size_t i = 0; writes && i < run->pieces_n; i++)
        if (run->pieces[i].iov_len)
            return false;
    return writes && run->script == run->writer;
}

/* The reference asked for it, and was answered by these steps of the script. */
static void pass_over(struct write_run *run)
{
    struct script_list *list = &script_of(run->script)->writes;
    for (const json_t *step; (step = json_array_get(list->steps, list->at)); list->at++) {
        bool waits = step_is(step, "P") || step_is(step, "D");
        json_array_append_new(run->bytes.wlog, json_string(waits ? "0.w0:P" : "0.w0:0"));
        if (!waits) {
            list->at++;
            break;
        }
        bytes_push(&run->bytes, json_string("P"));
    }
}

static bool next_is_an_error(struct write_run *run)
{
    const struct script_list *list = &script_of(run->script)->writes;
    size_t at = list->at;
    while (step_is(json_array_get(list->steps, at), "P") ||
           step_is(json_array_get(list->steps, at), "D"))
        at++;
    return step_fails(json_array_get(list->steps, at));
}

/* ---- running ---- */

static void push_done(struct write_run *run, weir_poll got)
{
    const char *name = name_of(run->action);
    if (!strcmp(name, "write") || !strcmp(name, "write_vectored"))
        bytes_push(&run->bytes, json_pack("{s:I}", "n", (json_int_t)got.n));
    else
        bytes_push(&run->bytes, json_string("ok"));
}

/* What was recorded of the action that is made: the entry behind as many as there are now, besides
 * Pendings. */
static json_t *recorded(const struct write_run *run)
{
    json_t *made = bytes_without_pendings(run->bytes.trace);
    json_t *all = bytes_without_pendings(json_object_get(run->bytes.vector, "trace"));
    json_t *entry = json_incref(json_array_get(all, json_array_size(made)));
    json_decref(made);
    json_decref(all);
    return entry;
}

/* A writer that takes nothing is an error here; to the reference, of one write, it is a 0. */
static void push_failed(struct write_run *run)
{
    json_t *entry = recorded(run), *n = json_object_get(entry, "n");
    bool zero = json_is_integer(n) && !json_integer_value(n);
    if (zero && !strcmp(bytes_error_kind(&run->bytes.task.cx.error), "WriteZero")) {
        run->bytes.failed = true;
        push_done(run, (weir_poll){0, WEIR_READY});
    } else {
        bytes_push_error(&run->bytes, NULL);
    }
    json_decref(entry);
}

/* How much is held is compared, what it is by what comes out. */
static void push_buffer(struct write_run *run)
{
    size_t n = 0, held = weir_unsent(run->writer);
    json_t *entry = recorded(run);
    unsigned char *bytes = text_bytes(json_object_get(entry, "buffer"), &n);
    if (bytes && n == held)
        bytes_push(&run->bytes, json_incref(entry));
    else
        bytes_push(&run->bytes, json_pack("{s:I}", "buffer", (json_int_t)held));
    free(bytes);
    json_decref(entry);
}

/* False: it failed, or nobody will wake it. */
static bool run_action(struct write_run *run)
{
    struct bytes_run *bytes = &run->bytes;
    for (size_t polls = 0; polls < POLLS_MAX; polls++) {
        task_begin(&bytes->task);
        weir_poll got = bytes->futures ? poll_future(run) : poll_action(run);
        const char *pending = task_finish(&bytes->task, &bytes->deferred);
        if (got.state == WEIR_ERROR) {
            push_failed(run);
            return false;
        }
        if (got.state != WEIR_PENDING) {
            push_done(run, got);
            return true;
        }
        bytes_push(bytes, json_string(pending));
        if (!bytes->task.woken)
            return false;
    }
    return false;
}

static bool take_action(struct write_run *run, const json_t *action)
{
    run->action = action;
    run->pieces_n = 0;
    run->written = 0;
    for (size_t i = 1; i < json_array_size(action) && run->pieces_n < PIECES_MAX; i++) {
        struct iovec *piece = &run->pieces[run->pieces_n++];
        piece->iov_base = text_bytes(json_array_get(action, i), &piece->iov_len);
        if (!piece->iov_base)
            return false;
    }
    return true;
}

static void free_action(struct write_run *run)
{
    for (size_t i = 0; i < run->pieces_n; i++)
        free(run->pieces[i].iov_base);
}

static bool act(struct write_run *run, const json_t *action)
{
    bool goes_on = take_action(run, action);
    if (goes_on && !strcmp(name_of(action), "buffer")) {
        push_buffer(run);
    } else if (goes_on && is_empty(run) && next_is_an_error(run)) {
        run->bytes.failed = true; /* that would have come of nothing */
        goes_on = false;
    } else if (goes_on) {
        if (is_empty(run))
            pass_over(run);
        goes_on = run_action(run);
    }
    free_action(run);
    return goes_on;
}

static weir_writer *adapted(weir_writer *writer, const json_t *vector)
{
    const json_t *entry = json_array_get(json_object_get(vector, "chain"), 0);
    size_t capacity = (size_t)bytes_argument(entry);
    if (step_is(json_array_get(entry, 0), "buf_writer"))
        return weir_buf_writer(writer, capacity);
    if (step_is(json_array_get(entry, 0), "line_writer"))
        return weir_line_writer(writer, capacity);
    return writer;
}

/* ---- comparing ---- */

static bool over_lines(const json_t *vector)
{
    const json_t *entry = json_array_get(json_object_get(vector, "chain"), 0);
    return step_is(json_array_get(entry, 0), "line_writer");
}

/* A call of one piece is a plain one, and one of nothing is none. The writer below a line writer is
 * not flushed for each line. */
static json_t *calls_of(const json_t *log, bool lines)
{
    json_t *made = json_array(), *entry;
    size_t i;
    json_array_foreach(log, i, entry)
    {
        char text[64];
        const char *call = json_string_value(entry);
        snprintf(text, sizeof text, "0.w%s", strncmp(call, "0.wv", 4) ? call + 3 : call + 4);
        bool writes = !strncmp(call, "0.w", 3);
        bool nothing = writes && !strncmp(text, "0.w0:", 5);
        bool flush = lines && !strncmp(call, "0.flush:", 8);
        if (!nothing && !flush)
            json_array_append_new(made, json_string(writes ? text : call));
    }
    return made;
}

/* Behind an error a writer can only be given up: what was recorded up to there. */
static json_t *cut_to(const json_t *list, const json_t *other)
{
    json_t *made = json_array();
    for (size_t i = 0; i < json_array_size(other) && i < json_array_size(list); i++)
        json_array_append(made, json_array_get(list, i));
    return made;
}

static bool begins_with(const json_t *whole, const json_t *begin)
{
    size_t n = 0, m = 0;
    unsigned char *a = text_bytes(whole, &n), *b = text_bytes(begin, &m);
    bool yes = a && b && m <= n && !memcmp(a, b, m);
    free(a);
    free(b);
    return yes;
}

static const char *compare_lists(const struct bytes_run *run, const char *key, json_t *all,
                                 json_t *got, char *text)
{
    json_t *wanted = run->failed ? cut_to(all, got) : json_incref(all);
    const char *found = json_equal(wanted, got) ? NULL : compare_differ(text, key, wanted, got);
    json_decref(wanted);
    json_decref(all);
    json_decref(got);
    return found;
}

static const char *compare(const struct bytes_run *run, char *text)
{
    bool lines = over_lines(run->vector);
    json_t *trace = json_object_get(run->vector, "trace");
    const json_t *wanted = json_array_get(json_object_get(run->vector, "written"), 0);
    const json_t *got = json_array_get(run->written, 0);
    const char *found =
        lines ? compare_lists(run, "trace", bytes_without_pendings(trace),
                              bytes_without_pendings(run->trace), text)
              : compare_lists(run, "trace", json_incref(trace), json_incref(run->trace), text);
    bool same = run->failed ? begins_with(wanted, got) : json_equal(wanted, got);
    if (!found && !same)
        found = compare_differ(text, "written", wanted, got);
    if (!found)
        found = compare_lists(run, "wlog", calls_of(json_object_get(run->vector, "wlog"), lines),
                              calls_of(run->wlog, lines), text);
    return found;
}

static const char *run_writes(const json_t *vector, bool futures, char *text)
{
    const json_t *script = json_array_get(json_object_get(vector, "writers"), 0);
    bool vectored = json_is_true(json_object_get(script, "vectored"));
    struct write_run run = {.bytes = {.vector = vector,
                                      .trace = json_array(),
                                      .written = json_array(),
                                      .wlog = json_array(),
                                      .futures = futures}};
    int64_t before = memory_live();
    deferred_list_init(&run.bytes.deferred);
    task_init(&run.bytes.task, 1);
    run.script = script_writer(&run.bytes, script, vectored ? &vectored_ops : &plain_ops);
    run.writer = adapted(run.script, vector);
    const json_t *op = json_object_get(vector, "op");
    for (size_t i = 1; i < json_array_size(op) && act(&run, json_array_get(op, i)); i++)
        ;
    if (run.bytes.future)
        weir_drop(run.bytes.future);
    weir_drop(run.writer);
    const char *found = compare(&run.bytes, text);
    if (!found && (task_leak(&run.bytes.task) || memory_live() != before))
        found = strcpy(text, "dropped: something was kept");
    json_decref(run.bytes.trace);
    json_decref(run.bytes.written);
    json_decref(run.bytes.wlog);
    return found;
}

enum verdict bytes_writes(const json_t *vector, char *text)
{
    bool failed = run_writes(vector, false, text) || run_writes(vector, true, text);
    return failed ? FAILED : PASSED;
}
