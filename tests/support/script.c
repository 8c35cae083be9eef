/* The scripted source, the PENDING-once wrapper, and the list of what waits. */

#include <stdlib.h>
#include <string.h>

#include "script.h"

static struct script *waiting_first; /* has waited longest */

static void list_remove(struct script *script)
{
    for (struct script **at = &waiting_first; *at; at = &(*at)->next) {
        if (*at != script)
            continue;
        *at = script->next;
        break;
    }
    script->next = NULL;
    script->listed = false;
}

static void list_add(struct script *script)
{
    if (script->listed)
        list_remove(script);
    struct script **at = &waiting_first;
    while (*at)
        at = &(*at)->next;
    *at = script;
    script->listed = true;
}

bool script_wake(struct script *script)
{
    if (!script->listed)
        return false;
    list_remove(script);
    script->at++; /* the PENDING is over */
    weir_waker_slot_wake(&script->slot);
    return true;
}

unsigned doubles_wake_one(void)
{
    return waiting_first ? script_wake(waiting_first) : 0;
}

unsigned doubles_wake_all(void)
{
    unsigned n = 0;
    while (waiting_first)
        n += script_wake(waiting_first);
    return n;
}

void script_leave(struct script *script)
{
    if (script->listed)
        list_remove(script);
    weir_waker_slot_clear(&script->slot);
    weir_timer_stop(&script->timer);
    script->finis++;
}

/* ---- text ---- */

static const char *parse_number(const char *text, int64_t *value)
{
    char *end;
    *value = strtoll(text, &end, 10);
    if (end == text)
        test_abort("script: a number is missing at '%s'", text);
    return end;
}

static const char *parse_bytes(struct script *script, size_t *used, const char *text,
                               struct step *step)
{
    step->kind = STEP_BYTES;
    step->bytes = script->bytes + *used;
    for (; *text != '"'; text++) {
        if (!*text || *used == SCRIPT_BYTES_MAX)
            test_abort("script: '\"' is missing");
        char c = *text;
        if (c == '\\') {
            static const char from[] = "nrt0\"\\";
            static const char to[] = "\n\r\t\0\"\\";
            const char *found = strchr(from, *++text);
            if (!*text || !found)
                test_abort("script: unknown escape at '%s'", text);
            c = to[found - from];
        }
        script->bytes[(*used)++] = c;
        step->bytes_n++;
    }
    return text + 1;
}

static const char *parse_pending(const char *text, struct step *step)
{
    step->kind = *text == '*'   ? STEP_PENDING_WOKEN
                 : *text == '~' ? STEP_PENDING_EVER
                                : STEP_PENDING;
    return step->kind == STEP_PENDING ? text : text + 1;
}

static const char *parse_step(struct script *script, size_t *used, const char *text,
                              struct step *step)
{
    *step = (struct step){.kind = STEP_ITEM};
    switch (*text) {
    case 'P':
        return parse_pending(text + 1, step);
    case '$':
        step->kind = STEP_END;
        return text + 1;
    case '#':
        step->kind = STEP_ABORT;
        return text + 1;
    case '.':
        step->kind = STEP_AGAIN;
        return text + 1;
    case '|':
        step->kind = STEP_MARK;
        return text + 1;
    case '@':
        step->kind = STEP_AT;
        return parse_number(text + 1, &step->value);
    case '"':
        return parse_bytes(script, used, text + 1, step);
    case '!':
        step->kind = text[1] == '!' ? STEP_FATAL : STEP_ERROR;
        return parse_number(text + (text[1] == '!' ? 2 : 1), &step->value);
    default:
        return parse_number(text, &step->value);
    }
}

void script_parse(struct script *script, const char *text)
{
    size_t used = 0;
    script->n = 0;
    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        if (script->n == SCRIPT_STEPS_MAX)
            test_abort("script: more than %zu steps", script->n);
        text = parse_step(script, &used, text, &script->steps[script->n++]);
    }
    script_begin(script);
}

void script_begin(struct script *script)
{
    script->at = script->part = script->demand_max = 0;
    script->polls = script->given = script->finis = 0;
    script->marks_given = script->marks_kept = script->marks_lost = 0;
    script->timer = (weir_timer){0};
}

/* ---- marks ---- */

static void script_settle(weir_mark *mark, bool kept)
{
    struct script_mark *self = WEIR_CONTAINER(mark, struct script_mark, mark);
    if (self->settled)
        test_abort("script: a mark is settled twice");
    self->settled = true;
    self->script->marks_kept += kept;
    self->script->marks_lost += !kept;
}

static weir_poll script_mark(struct script *script, weir_cx *cx)
{
    if (script->marks_given == SCRIPT_MARKS_MAX)
        test_abort("script: more than %u marks", script->marks_given);
    struct script_mark *mark = &script->marks[script->marks_given++];
    *mark = (struct script_mark){{.settle = script_settle, .refs = 1}, script, false};
    return weir_mark_give(cx, &mark->mark);
}

static bool gives_marks(const struct script *script)
{
    for (size_t i = 0; i < script->n; i++)
        if (script->steps[i].kind == STEP_MARK)
            return true;
    return false;
}

static weir_poll script_wait(struct script *script, weir_cx *cx, uint64_t until_ns)
{
    if (script->timer.due_ns != until_ns)
        weir_timer_set(&script->timer, until_ns);
    weir_poll got = weir_timer_poll(cx, &script->timer);
    if (got.state == WEIR_PENDING)
        return got;
    script->at++;
    return (weir_poll){0, WEIR_READY};
}

/* ---- what a step that is no item answers; the step after it is next ---- */

weir_poll script_answer(struct script *script, weir_cx *cx)
{
    static const struct step end = {.kind = STEP_END};
    const struct step *step = script->at < script->n ? &script->steps[script->at] : &end;
    switch (step->kind) {
    case STEP_PENDING:
        list_add(script);
        return weir_wait(cx, &script->slot, WEIR_WAIT_PEER);
    case STEP_PENDING_EVER:
        return weir_wait(cx, &script->slot, WEIR_WAIT_PEER);
    case STEP_PENDING_WOKEN:
        script->at++;
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &script->slot, WEIR_WAIT_PEER);
    case STEP_ERROR:
    case STEP_FATAL:
        script->at++;
        weir_fail(cx, WEIR_E_USER, "scripted error %lld", (long long)step->value);
        cx->error.number = step->value;
        cx->error.fatal = step->kind == STEP_FATAL;
        if (cx->error.fatal)
            script->at = script->n;
        return (weir_poll){0, WEIR_ERROR};
    case STEP_AGAIN:
        script->at++;
        return (weir_poll){0, WEIR_READY};
    case STEP_MARK:
        script->at++;
        return script_mark(script, cx);
    case STEP_AT:
        return script_wait(script, cx, (uint64_t)step->value);
    case STEP_ABORT:
        test_abort("script: polled where it must not be, at step %zu", script->at);
    default:
        script->at = script->n;
        return (weir_poll){0, WEIR_END};
    }
}

/* ---- the source ---- */

struct scripted {
    weir_stream stream;
    struct script *script;
};

static void script_make(struct script *script, void *out, int64_t value)
{
    const weir_type *type = script->type;
    if (script->make) {
        script->make(out, value, script->arg);
    } else if (type == &tracked_type) {
        struct tracked item = tracked_make(value);
        memcpy(out, &item, sizeof item);
    } else if (!type || type->size == sizeof value) {
        memcpy(out, &value, sizeof value);
    } else {
        test_abort("script: no way to make a '%s'", type->name);
    }
}

static weir_poll scripted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct script *script = ((struct scripted *)stream)->script;
    size_t n = 0;
    script->polls++;
    if (!demand)
        test_abort("script: a demand of 0");
    if (script->exact && demand > 1)
        test_abort("script: an exact source is asked for %zu", demand);
    if (demand > script->demand_max)
        script->demand_max = demand;
    if (script->listed)
        list_remove(script); /* still waiting: it says so again */
    if (script->at_most && demand > script->at_most)
        demand = script->at_most;
    while (n < demand && script->at < script->n && script->steps[script->at].kind == STEP_ITEM) {
        script_make(script, (char *)out + n * stream->type->size, script->steps[script->at].value);
        script->at++;
        n++;
    }
    script->given += (unsigned)n;
    if (!n)
        return script_answer(script, cx);
    bool over = script->at == script->n || script->steps[script->at].kind == STEP_END;
    return (weir_poll){(uint32_t)n, script->early_end && over ? WEIR_END : WEIR_READY};
}

static void scripted_fini(weir_stream *stream)
{
    script_leave(((struct scripted *)stream)->script);
}

static weir_hint scripted_size_hint(const weir_stream *stream)
{
    const struct script *script = ((const struct scripted *)stream)->script;
    if (!script->hinted)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    size_t n = 0;
    for (size_t i = script->at;
         i < script->n && script->steps[i].kind != STEP_END && script->steps[i].kind != STEP_FATAL;
         i++)
        n += script->steps[i].kind == STEP_ITEM;
    return (weir_hint){n, n};
}

static const weir_stream_ops scripted_ops = {.size = sizeof scripted_ops,
                                             .name = "script",
                                             .poll_next = scripted_poll_next,
                                             .fini = scripted_fini,
                                             .size_hint = scripted_size_hint};

weir_stream *script_stream(struct script *script, const char *text)
{
    if (text)
        script_parse(script, text);
    weir_stream *stream = weir_source_new(sizeof(struct scripted), &scripted_ops,
                                          script->type ? script->type : &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    ((struct scripted *)stream)->script = script;
    stream->stage.exact = script->exact;
    stream->stage.one = script->one;
    stream->stage.marked = gives_marks(script);
    return stream;
}

/* ---- PENDING before each answer ---- */

struct pending_once {
    weir_stream stream;
    weir_stream *source;
    bool let;
    weir_waker_slot slot;
};

static weir_poll pending_once_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct pending_once *self = (struct pending_once *)stream;
    self->let = !self->let;
    if (self->let) {
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    }
    weir_poll got = weir_poll_next(self->source, cx, out, demand);
    if (got.state == WEIR_PENDING)
        self->let = true; /* that was one */
    return got;
}

static void pending_once_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&((struct pending_once *)stream)->slot);
}

static weir_hint pending_once_size_hint(const weir_stream *stream)
{
    return weir_size_hint(((const struct pending_once *)stream)->source);
}

static const weir_stream_ops pending_once_ops = {.size = sizeof pending_once_ops,
                                                 .name = "pending_once",
                                                 .poll_next = pending_once_poll_next,
                                                 .fini = pending_once_fini,
                                                 .size_hint = pending_once_size_hint,
                                                 .marks = WEIR_MARKS_PASS};

weir_stream *pending_once(weir_stream *source)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct pending_once), &pending_once_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    ((struct pending_once *)stream)->source = source;
    stream->stage.one = source->stage.one;
    return stream;
}
