/* Vectors that end in `forward` or `send_all`. A sink is a writer here: it takes an item as its
 * eight bytes, and follows the scripts of one sink, or of two behind a fanout. What maps on the way
 * to it are stages before it, as vectors/README.md has their order: the last adaptor comes first.
 */

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "weir/writer.h"

enum { ARMS_MAX = 2, SENT_MAX = 4096, ADAPTORS_MAX = 8, FIRST_SINK = -1, SOURCE = INT_MAX };

/* One list of steps and its own wake-up. */
struct steps {
    const json_t *list;
    size_t at;
    struct deferred deferred;
};

struct arm {
    struct steps ready, send, flush, close;
    int64_t sent[SENT_MAX];
    size_t sent_n;
    bool flushed; /* since the last one was sent */
    bool closed;
    int at; /* its place among the adaptors: those behind it see its errors */
};

struct sinks {
    struct run run;
    json_t *front; /* the vector without its last entry */
    bool keeps;    /* send_all */
    struct entry adaptors[ADAPTORS_MAX];
    size_t adaptors_n;
    struct arm arms[ARMS_MAX];
    size_t arms_n;
    int failed_at; /* the place of the adaptor or sink that failed; SOURCE: none did */
    json_t *trace;
    struct task task;
};

struct sink_writer {
    weir_writer writer;
    struct sinks *sinks;
};

/* ---- the sink ---- */

static weir_poll step_poll(struct sinks *sinks, struct steps *steps, int place, weir_cx *cx)
{
    if (steps->deferred.waiting)
        return deferred_wait(&steps->deferred, &sinks->run.deferred, cx);
    const json_t *step = json_array_get(steps->list, steps->at);
    steps->at += step != NULL;
    const char *word = json_string_value(step);
    if (word && !strcmp(word, "P"))
        return weir_wait_turn(cx);
    if (word && !strcmp(word, "D"))
        return deferred_wait(&steps->deferred, &sinks->run.deferred, cx);
    if (!json_is_object(step))
        return (weir_poll){0, WEIR_READY};
    weir_fail(cx, WEIR_E_USER, "the sink failed");
    cx->error.number = json_integer_value(json_object_get(step, "err"));
    sinks->failed_at = place;
    return (weir_poll){0, WEIR_ERROR};
}

static struct sinks *sinks_of(weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct sink_writer, writer)->sinks;
}

/* All are asked each time, as the reference's fanout does. */
static weir_poll all_ready(struct sinks *sinks, weir_cx *cx)
{
    weir_poll all = {0, WEIR_READY};
    for (size_t i = 0; i < sinks->arms_n && all.state != WEIR_ERROR; i++) {
        weir_poll got = step_poll(sinks, &sinks->arms[i].ready, sinks->arms[i].at, cx);
        if (got.state != WEIR_READY)
            all = got;
    }
    return all;
}

static weir_poll arm_send(struct sinks *sinks, struct arm *arm, int64_t x, weir_cx *cx)
{
    weir_poll got = step_poll(sinks, &arm->send, arm->at, cx);
    if (got.state != WEIR_READY)
        return got;
    if (arm->sent_n == SENT_MAX)
        return weir_fail(cx, WEIR_E_LIMIT, "more than %d items", SENT_MAX);
    arm->sent[arm->sent_n++] = x;
    arm->flushed = false;
    return got;
}

static weir_poll sink_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct sinks *sinks = sinks_of(writer);
    int64_t x;
    if (n < sizeof x)
        return weir_fail(cx, WEIR_E_ARGUMENT, "half an item");
    memcpy(&x, bytes, sizeof x);
    weir_poll got = all_ready(sinks, cx);
    for (size_t i = 0; i < sinks->arms_n && got.state == WEIR_READY; i++)
        got = arm_send(sinks, &sinks->arms[i], x, cx);
    if (got.state == WEIR_READY)
        got.n = sizeof x;
    return got;
}

static weir_poll sink_flush(weir_writer *writer, weir_cx *cx)
{
    struct sinks *sinks = sinks_of(writer);
    for (size_t i = 0; i < sinks->arms_n; i++) {
        weir_poll got = step_poll(sinks, &sinks->arms[i].flush, sinks->arms[i].at, cx);
        if (got.state != WEIR_READY)
            return got;
        sinks->arms[i].flushed = true;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll sink_close(weir_writer *writer, weir_cx *cx)
{
    struct sinks *sinks = sinks_of(writer);
    for (size_t i = 0; i < sinks->arms_n; i++) {
        if (sinks->arms[i].closed)
            continue;
        weir_poll got = step_poll(sinks, &sinks->arms[i].close, sinks->arms[i].at, cx);
        if (got.state != WEIR_READY)
            return got;
        sinks->arms[i].closed = true;
    }
    return (weir_poll){0, WEIR_END};
}

static void sink_fini(weir_writer *writer)
{
    struct sinks *sinks = sinks_of(writer);
    for (size_t i = 0; i < sinks->arms_n; i++) {
        deferred_fini(&sinks->arms[i].ready.deferred);
        deferred_fini(&sinks->arms[i].send.deferred);
        deferred_fini(&sinks->arms[i].flush.deferred);
        deferred_fini(&sinks->arms[i].close.deferred);
    }
}

static weir_writer *sink_new(struct sinks *sinks)
{
    static const weir_writer_ops ops = {.size = sizeof ops,
                                        .name = "sink",
                                        .poll_write = sink_write,
                                        .poll_flush = sink_flush,
                                        .poll_close = sink_close,
                                        .fini = sink_fini};
    weir_writer *writer = weir_writer_new(sizeof(struct sink_writer), &ops);
    if (!weir_stage_failed(&writer->stage))
        WEIR_CONTAINER(writer, struct sink_writer, writer)->sinks = sinks;
    return writer;
}

/* ---- adaptors as stages ---- */

static struct sinks *sinks_of_entry(const struct entry *entry)
{
    return WEIR_CONTAINER(entry->run, struct sinks, run);
}

static weir_stream *one_with(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    value_drop(&value);
    if (timing_fails(&entry->timing, x))
        sinks_of_entry(entry)->failed_at = (int)entry->state;
    return future_new(entry, x, (struct judged){value_int(function_map(&entry->fn, x)), true},
                      &value_type);
}
static const weir_then_fn with_fn = {
    .name = "with", .from = &value_type, .to = &value_type, .one = one_with};

static weir_stream *one_repeats(const void *in, void *arg)
{
    struct value value = *(const struct value *)in;
    struct entry *entry = arg;
    int64_t x = value_number(&value);
    value_drop(&value);
    return script_inner(entry->run, function_inner(&entry->fn, x), false);
}
static const weir_then_fn repeats_fn = {
    .name = "repeats", .from = &value_type, .to = &value_type, .one = one_repeats};

static bool one_bytes(void *out, const void *in, void *arg, weir_error *error)
{
    struct value value = *(const struct value *)in;
    int64_t x = value_number(&value);
    (void)arg;
    value_drop(&value);
    weir_owned_line line = weir_owned_line_new((const char *)&x, sizeof x);
    if (!line.data)
        weir_error_set(error, WEIR_E_MEMORY, "no memory for an item");
    *(weir_owned_line *)out = line;
    return line.data;
}
static const weir_map_fn bytes_fn = {
    .name = "bytes", .from = &value_type, .to = &weir_type_owned_line, .try_one = one_bytes};

/* ---- from JSON ---- */

static const char *adaptor_name(const struct entry *entry)
{
    return json_string_value(json_array_get(entry->json, 0));
}

static bool prepare_with(struct entry *entry)
{
    const char *fn = json_string_value(json_array_get(entry->json, 1));
    const char *timing = json_string_value(json_array_get(entry->json, 2));
    return fn && function_parse(FUNCTION_MAP, fn, &entry->fn) &&
           (!timing || timing_parse(timing, &entry->timing));
}

static bool prepare_repeats(struct entry *entry)
{
    char text[32];
    json_t *times = json_array_get(entry->json, 1);
    snprintf(text, sizeof text, "repeat:%" PRId64, (int64_t)json_integer_value(times));
    return json_is_integer(times) && function_parse(FUNCTION_INNER, text, &entry->fn);
}

static bool prepare_map_err(struct entry *entry)
{
    const char *fn = json_string_value(json_array_get(entry->json, 1));
    return fn && function_parse(FUNCTION_MAP, fn, &entry->fn);
}

static bool arm_add(struct sinks *sinks, int place)
{
    if (sinks->arms_n == ARMS_MAX)
        return false;
    json_t *scripts = json_object_get(sinks->run.vector, "sinks");
    const json_t *script = json_array_get(scripts, sinks->arms_n);
    struct arm *arm = &sinks->arms[sinks->arms_n++];
    arm->ready.list = json_object_get(script, "ready");
    arm->send.list = json_object_get(script, "send");
    arm->flush.list = json_object_get(script, "flush");
    arm->close.list = json_object_get(script, "close");
    arm->at = place;
    return true;
}

static bool prepare_adaptor(struct sinks *sinks, struct entry *entry)
{
    const char *name = adaptor_name(entry);
    if (!name)
        return false;
    if (!strcmp(name, "with"))
        return prepare_with(entry);
    if (!strcmp(name, "with_flat_map"))
        return prepare_repeats(entry);
    if (!strcmp(name, "sink_map_err"))
        return prepare_map_err(entry);
    if (!strcmp(name, "fanout"))
        return arm_add(sinks, (int)entry->state);
    return !strcmp(name, "buffer"); /* both gather by themselves */
}

/* What comes before the last entry is a chain as any other. */
static bool prepare_front(struct sinks *sinks, const json_t *vector, char *reason)
{
    json_t *chain = json_copy(json_object_get(vector, "chain"));
    json_array_remove(chain, json_array_size(chain) - 1);
    sinks->front = json_copy((json_t *)vector);
    json_object_set_new(sinks->front, "chain", chain);
    const char *missing = catalog_prepare(&sinks->run, sinks->front, reason);
    return !missing || !json_array_size(chain);
}

static bool prepare(struct sinks *sinks, const json_t *vector, char *reason)
{
    const json_t *chain = json_object_get(vector, "chain");
    const json_t *last = json_array_get(chain, json_array_size(chain) - 1);
    const char *name = json_string_value(json_array_get(last, 0));
    memset(sinks, 0, sizeof *sinks);
    sinks->failed_at = SOURCE;
    if (!name || (strcmp(name, "forward") && strcmp(name, "send_all"))) {
        snprintf(reason, REASON_BYTES, "%.60s", name ? name : "?");
        return false;
    }
    sinks->keeps = !strcmp(name, "send_all");
    if (!prepare_front(sinks, vector, reason) || !arm_add(sinks, FIRST_SINK))
        return false;
    for (size_t i = 1; i < json_array_size(last); i++) {
        struct entry *entry = &sinks->adaptors[sinks->adaptors_n];
        *entry = (struct entry){.run = &sinks->run, .json = json_array_get(last, i)};
        entry->state = (int64_t)sinks->adaptors_n++;
        snprintf(reason, REASON_BYTES, "%.20s (adaptor)", name);
        if (i == ADAPTORS_MAX || !prepare_adaptor(sinks, entry))
            return false;
    }
    return true;
}

static weir_stream *build(struct sinks *sinks, weir_writer *writer)
{
    struct run *run = &sinks->run;
    weir_stream *stream = run->entries_n ? catalog_build(run) : script_source(run, 0);
    stream = adapt_errors(stream);
    for (size_t i = sinks->adaptors_n; i-- > 0;) {
        struct entry *entry = &sinks->adaptors[i];
        const char *name = adaptor_name(entry);
        if (!strcmp(name, "with"))
            stream = weir_then(stream, &with_fn, entry);
        else if (!strcmp(name, "with_flat_map"))
            stream = weir_flat_map(stream, &repeats_fn, entry);
    }
    stream = weir_map(stream, &bytes_fn, NULL);
    return sinks->keeps ? weir_send_all(stream, writer) : weir_forward(stream, writer);
}

/* ---- a run ---- */

/* As the adaptors above the place where it began see it. */
static int64_t mapped_error(const struct sinks *sinks, int64_t number)
{
    for (size_t i = 0; i < sinks->adaptors_n; i++)
        if ((int)i > sinks->failed_at && !strcmp(adaptor_name(&sinks->adaptors[i]), "sink_map_err"))
            number = function_map(&sinks->adaptors[i].fn, number);
    return number;
}

/* Polls it to its end; drop_after: or drops it after so many polls. Returns how many there were. */
static size_t drive(struct sinks *sinks, size_t demand, size_t drop_after)
{
    struct task *task = &sinks->task;
    size_t polls = 0;
    sinks->trace = json_array();
    sinks->run.demand = demand;
    sinks->run.log = json_array();
    task_init(task, demand);
    weir_writer *writer = sink_new(sinks);
    weir_stream *root = build(sinks, writer);
    for (bool over = false; !over && polls < POLLS_MAX && polls < drop_after; polls++) {
        uint64_t written;
        task_begin(task);
        weir_poll got = weir_poll_next(root, &task->cx, &written, 1);
        const char *pending = task_finish(task, &sinks->run.deferred);
        over = got.state != WEIR_PENDING || !task->woken;
        if (got.n)
            json_array_append_new(sinks->trace, json_pack("{s:s}", "result", "ok"));
        else if (got.state == WEIR_ERROR)
            json_array_append_new(
                sinks->trace, json_pack("{s:{s:I}}", "result", "err",
                                        (json_int_t)mapped_error(sinks, task->cx.error.number)));
        else if (over)
            json_array_append_new(sinks->trace, json_string(pending));
    }
    weir_drop(root);
    if (sinks->keeps)
        weir_drop(writer);
    return polls;
}

static void release(struct sinks *sinks)
{
    json_decref(sinks->trace);
    json_decref(sinks->run.log);
    json_decref(sinks->front);
}

/* ---- comparing ---- */

/* What the vector's log says that a sink took. */
static json_t *taken_of_log(const json_t *log, size_t sink)
{
    json_t *made = json_array(), *line;
    size_t i;
    json_array_foreach(log, i, line)
    {
        unsigned number;
        int64_t x;
        int end = 0;
        const char *text = json_string_value(line);
        if (sscanf(text, "%u.send:%" SCNd64 "%n", &number, &x, &end) == 2 && number == sink &&
            !text[end])
            json_array_append_new(made, json_integer(x));
    }
    return made;
}

static json_t *taken_by(const struct arm *arm)
{
    json_t *made = json_array();
    for (size_t i = 0; i < arm->sent_n; i++)
        json_array_append_new(made, json_integer(arm->sent[i]));
    return made;
}

/* Items before an error of the source are written and flushed here, however much of them the
 * reference had sent when it saw the error. */
static const char *compare_arm(const struct sinks *sinks, size_t i, bool ok, char *text)
{
    char what[32];
    json_t *wanted = taken_of_log(json_object_get(sinks->run.vector, "sink_log"), i);
    json_t *got = taken_by(&sinks->arms[i]);
    size_t n = json_array_size(wanted);
    while (!ok && json_array_size(got) > n)
        json_array_remove(got, json_array_size(got) - 1);
    snprintf(what, sizeof what, "sink %zu", i);
    const char *found = json_equal(wanted, got) ? NULL : compare_differ(text, what, wanted, got);
    json_decref(wanted);
    json_decref(got);
    return found;
}

static const char *compare_ends(const struct sinks *sinks, char *text)
{
    for (size_t i = 0; i < sinks->arms_n; i++) {
        const struct arm *arm = &sinks->arms[i];
        const char *wrong = arm->closed == sinks->keeps ? "closed" : NULL;
        if (sinks->keeps && !arm->flushed)
            wrong = "flushed";
        if (!wrong)
            continue;
        snprintf(text, DIFFERENCE_BYTES, "sink %zu: %s: %d", i, wrong, arm->closed);
        return text;
    }
    return NULL;
}

static const char *compare(const struct sinks *sinks, char *text)
{
    const json_t *trace = json_object_get(sinks->run.vector, "trace");
    json_t *wanted = json_array_get(trace, json_array_size(trace) - 1);
    json_t *got = json_array_get(sinks->trace, 0);
    bool other_end = flush_of_nothing_fails(sinks->run.vector);
    if (!other_end && !json_equal(wanted, got))
        return compare_differ(text, "result", wanted, got);
    const char *result = json_string_value(json_object_get(got, "result"));
    bool ok = result && !strcmp(result, "ok") && !other_end;
    for (size_t i = 0; i < sinks->arms_n; i++)
        if (compare_arm(sinks, i, ok, text))
            return text;
    return ok ? compare_ends(sinks, text) : NULL;
}

static const char *run_sinks(const json_t *vector, size_t demand, size_t drop_after, size_t *polls,
                             char *text)
{
    static struct sinks sinks;
    int64_t before = memory_live();
    prepare(&sinks, vector, text);
    *polls = drive(&sinks, demand, drop_after);
    const char *found = drop_after == DROP_NEVER ? compare(&sinks, text) : NULL;
    if (!found && (value_live || sinks.run.live || memory_live() != before)) {
        snprintf(text, DIFFERENCE_BYTES, "after %zu polls: something was not dropped", *polls);
        found = text;
    }
    value_live = 0; /* the next run begins afresh */
    release(&sinks);
    return found;
}

enum verdict sinks_vector(const json_t *vector, const struct options *options, char *text)
{
    static const size_t demands[] = {1, 7, 64};
    static struct sinks sinks;
    size_t polls = 0, some;
    bool known = prepare(&sinks, vector, text);
    release(&sinks);
    if (!known)
        return SKIPPED;
    for (size_t i = 0; i < sizeof demands / sizeof *demands; i++)
        if (run_sinks(vector, demands[i], DROP_NEVER, &polls, text))
            return FAILED;
    for (size_t k = 0; options->drops && k < polls; k++)
        if (run_sinks(vector, 7, k, &some, text))
            return FAILED;
    return PASSED;
}
