/* Batches out of a chain that stays the caller's, for who pays for each call. */

#include <string.h>

#include "task/root.h"
#include "task/waiter.h"
#include "task/worker.h"
#include "weir/bind.h"

/* Who pulls is another language's, and has no name here. */
static const weir_site pull_site;

/* *error holds what it came to, where there is no item. */
static weir_poll wait_for(weir_rt *rt, struct weir_question *request, weir_error *error)
{
    weir_worker *worker = weir_rt_worker(rt);
    weir_waiter *waiter = weir_rt_waiter(rt, request->stage, error);
    weir_poll got = {0, WEIR_ERROR};
    if (!waiter)
        return got;
    waiter->asks(waiter, request->stage, &pull_site);
    weir_worker *outer = weir_worker_enter(worker);
    weir_worker_look_for_stop(worker);
    do
        got = weir_question_poll(waiter, request);
    while (got.state == WEIR_PENDING && weir_waiter_wait(waiter));
    weir_worker_leave(worker, outer);
    waiter->asks(waiter, NULL, NULL);
    if (got.state == WEIR_PENDING)
        got = (weir_poll){0, WEIR_ERROR};
    weir_root_settle((weir_poll){0, got.state}, request->stage->cut, error, &worker->cx.error);
    return got;
}

static bool refuses(bool refused, const char *function, const char *what, weir_error *error)
{
    if (refused && error)
        weir_error_set(error, WEIR_E_ARGUMENT, "%s was given no %s", function, what);
    return refused;
}

static bool refuses_stream(const weir_stream *stream, const char *function, weir_error *error)
{
    struct weir_ask ask = {.name = function};
    return weir_root_refuses_pull(stream, &ask, error);
}

/* ---- items ---- */

static weir_poll poll_items(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_next((weir_stream *)self->stage, cx, self->out, self->size);
}

weir_state weir_pull(weir_rt *rt, weir_stream *stream, void *items, size_t room, size_t *n,
                     weir_error *error)
{
    *n = 0;
    room = room < UINT32_MAX ? room : UINT32_MAX;
    if (refuses(!room, "weir_pull", "room", error) || refuses_stream(stream, "weir_pull", error))
        return WEIR_ERROR;
    struct weir_question pull = {&stream->stage, poll_items, items, NULL, room};
    weir_poll got = wait_for(rt, &pull, error);
    *n = got.n;
    return got.n ? WEIR_READY : got.state;
}

/* ---- lines ---- */

struct pull_lines {
    struct weir_question pull;
    char *bytes;
    size_t used;
    uint32_t *ends;
    size_t n, max;
};

/* A line that would not always have fitted there: half of the block was free before it. */
static weir_poll pull_refuse_line(const struct pull_lines *self, weir_cx *cx, size_t size)
{
    weir_fail(cx, WEIR_E_LIMIT, "a line of %zu bytes, %zu are allowed", size, self->pull.size / 2);
    cx->error.fatal = false;
    cx->error.cure = "a block of twice the longest line";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll take_line(struct pull_lines *self, weir_cx *cx, weir_line line)
{
    if (line.size > self->pull.size / 2)
        return pull_refuse_line(self, cx, line.size);
    if (line.size)
        memcpy(self->bytes + self->used, line.data, line.size);
    self->used += line.size;
    self->ends[self->n++] = (uint32_t)self->used;
    return WEIR_POLL_ONE;
}

static weir_poll poll_line(struct pull_lines *self, weir_cx *cx)
{
    weir_stream *stream = (weir_stream *)self->pull.stage;
    weir_line line;
    weir_poll got = weir_poll_next(stream, cx, &line, 1);
    if (!got.n)
        return got;
    weir_poll taken = take_line(self, cx, line);
    weir_type_drop_items(stream->type, &line, 1);
    return taken.n && got.state == WEIR_END ? (weir_poll){0, WEIR_END} : taken;
}

/* As many as are there and fit. What waits then is asked again by the next call. */
static weir_poll poll_lines(struct weir_question *pull, weir_cx *cx)
{
    struct pull_lines *self = WEIR_CONTAINER(pull, struct pull_lines, pull);
    size_t half = pull->size / 2;
    weir_poll got;
    do
        got = poll_line(self, cx);
    while (got.n && self->n < self->max && self->used <= half && weir_spend(cx));
    bool waits = got.state == WEIR_PENDING && self->n;
    return (weir_poll){0, waits ? WEIR_READY : got.state};
}

static bool refuses_lines(const weir_stream *lines, weir_error *error)
{
    const weir_type *type = lines->type;
    if (weir_stage_failed(&lines->stage) || weir_type_fits(type, &weir_type_line) ||
        weir_type_fits(type, &weir_type_owned_line))
        return refuses_stream(lines, "weir_pull_lines", error);
    if (error)
        weir_error_set(error, WEIR_E_TYPE,
                       "weir_pull_lines takes 'weir_line', but '%s' yields '%s'",
                       weir_stage_name(&lines->stage), type->name);
    return true;
}

weir_state weir_pull_lines(weir_rt *rt, weir_stream *lines, void *bytes, size_t size,
                           uint32_t *ends, size_t *n, weir_error *error)
{
    struct pull_lines self = {.bytes = bytes, .ends = ends, .max = *n};
    *n = 0;
    if (refuses(size < 2 || !self.max, "weir_pull_lines", "room", error) ||
        refuses_lines(lines, error))
        return WEIR_ERROR;
    self.pull = (struct weir_question){&lines->stage, poll_lines, bytes, NULL,
                                       size < UINT32_MAX ? size : UINT32_MAX};
    weir_poll got = wait_for(rt, &self.pull, error);
    *n = self.n;
    return got.state;
}

/* ---- bytes ---- */

static weir_poll poll_bytes(struct weir_question *self, weir_cx *cx)
{
    return weir_poll_read((weir_reader *)self->stage, cx, self->out, self->size);
}

weir_state weir_pull_bytes(weir_rt *rt, weir_reader *reader, void *out, size_t size, size_t *n,
                           weir_error *error)
{
    *n = 0;
    if (refuses(!size, "weir_pull_bytes", "room", error))
        return WEIR_ERROR;
    struct weir_question pull = {&reader->stage, poll_bytes, out, NULL, size};
    weir_poll got = wait_for(rt, &pull, error);
    *n = got.n;
    return got.n ? WEIR_READY : got.state;
}
