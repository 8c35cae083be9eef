/* The harness: polls the root of a chain as vectors/README.md says, and writes its trace. */

#include <string.h>

#include "conform.h"

enum { DEMAND_MAX = 256, AFTER_POLLS = 2 };

struct root {
    struct run *run;
    const struct entry *last;
    weir_stream *stream;
    weir_stream *front; /* what is polled before the stream itself; NULL: nothing more */
    size_t action;      /* of a peek_script, or on a set of futures */
    bool more;          /* of a set: this poll is an action, and its END is not the last */
    size_t polls;
    json_t *trace;
    struct task task;
    struct value items[DEMAND_MAX];
};

enum step { STEP_GAVE, STEP_PENDING, STEP_OVER };

/* ---- one poll ---- */

static void push(struct root *root, json_t *entry)
{
    json_array_append_new(root->trace, entry);
}

static void push_named(struct root *root, const char *name, json_t *entry)
{
    push(root, json_pack("{s:o}", name, entry));
}

static json_t *error_entry(const struct root *root)
{
    const weir_error *error = &root->task.cx.error;
    if (error->code == WEIR_E_USER)
        return json_pack("{s:I}", "err", (json_int_t)error->number);
    return json_pack("{s:s}", "error", error->message);
}

static enum step poll_stream(struct root *root, weir_stream *stream)
{
    weir_poll got = weir_poll_next(stream, &root->task.cx, root->items, root->run->demand);
    for (uint32_t i = 0; i < got.n; i++) {
        push(root, value_to_json(&root->items[i]));
        value_drop(&root->items[i]);
    }
    if (got.state == WEIR_PENDING)
        return STEP_PENDING;
    if (got.n)
        return STEP_GAVE;
    push(root, got.state == WEIR_END ? json_string("END") : error_entry(root));
    return STEP_OVER;
}

/* What a consumer's item is to a vector. */
static json_t *result_entry(const weir_type *type, void *item)
{
    if (type == &weir_type_u64)
        return json_integer((json_int_t) * (uint64_t *)item);
    if (type == &weir_type_bool)
        return json_boolean(*(bool *)item);
    if (type == &weir_type_unit)
        return json_string("ok");
    struct value value = type == &value_type ? *(struct value *)item : adapt_vec(item);
    json_t *made = value_to_json(&value);
    value_drop(&value);
    return made;
}

static enum step poll_future(struct root *root, weir_stream *future, const char *name)
{
    union {
        struct value value;
        weir_vec vec;
        uint64_t n;
    } item;
    weir_poll got = weir_poll_next(future, &root->task.cx, &item, 1);
    if (got.state == WEIR_PENDING)
        return STEP_PENDING;
    if (got.n)
        push_named(root, name, result_entry(future->type, &item));
    else
        push_named(root, name, got.state == WEIR_END ? json_string("END") : error_entry(root));
    return STEP_OVER;
}

static void drop_front(struct root *root)
{
    weir_drop(root->front);
    root->front = NULL;
}

static bool test_item(const void *in, void *arg)
{
    return function_test(arg, value_number(in));
}
static const weir_filter_fn test_item_fn = {.name = "next_if", .of = &value_type, .one = test_item};

/* What an action on a peekable gives. */
static weir_poll act(struct root *root, struct peek_action *action, void **item)
{
    weir_stream *stream = root->stream;
    *item = &root->items[0];
    if (action->what == PEEK_NEXT)
        return weir_poll_next(stream, &root->task.cx, *item, 1);
    if (action->what == PEEK_NEXT_IF)
        return weir_poll_next_if(stream, &root->task.cx, &test_item_fn, &action->fn, *item);
    weir_poll got = weir_poll_peek(stream, &root->task.cx, item);
    if (got.n && action->what == PEEK_MUT) {
        struct value *peeked = *item;
        struct value made = value_int(function_map(&action->fn, value_number(peeked)));
        value_drop(peeked);
        *peeked = made;
    }
    return got;
}

static enum step poll_action(struct root *root, const json_t *json)
{
    struct peek_action action = {0};
    void *item;
    peek_action_parse(json, &action);
    weir_poll got = act(root, &action, &item);
    if (got.state == WEIR_PENDING)
        return STEP_PENDING;
    root->action++;
    bool taken = action.what == PEEK_NEXT || action.what == PEEK_NEXT_IF;
    if (got.n)
        push_named(root, action.key, value_to_json(item));
    else if (got.state == WEIR_ERROR)
        push_named(root, action.key, error_entry(root));
    else
        push_named(root, action.key, json_string(action.what == PEEK_NEXT_IF ? "NONE" : "END"));
    if (got.n && taken)
        value_drop(item);
    return STEP_GAVE;
}

/* What is pushed to a set before its next poll; after the last action it is polled to its end. */
static void push_futures(struct root *root)
{
    const struct entry *last = root->last;
    root->more = false;
    for (const json_t *action; (action = json_array_get(last->json, root->action + 1));) {
        root->action++;
        root->more = json_is_string(action);
        if (root->more)
            return;
        bool front = !strcmp(json_string_value(json_array_get(action, 0)), "push_front");
        weir_stream *future =
            script_future(root->run, json_array_get(action, 2), json_array_get(action, 1));
        bool pushed =
            front ? weir_set_push_front(last->set, future) : weir_set_push(last->set, future);
        if (!pushed)
            weir_drop(future);
    }
}

static enum step poll_set(struct root *root)
{
    enum step step = poll_stream(root, root->stream);
    return step == STEP_OVER && root->more ? STEP_GAVE : step;
}

static enum step root_poll(struct root *root)
{
    enum step step;
    switch (root->last->op->root) {
    case ROOT_FUTURE:
        return poll_future(root, root->stream, "result");
    case ROOT_NEXT:
        return poll_future(root, root->front, "result");
    case ROOT_INTO_FUTURE:
        if (!root->front)
            break;
        step = poll_future(root, root->front, "head");
        if (step == STEP_OVER)
            drop_front(root);
        return step == STEP_OVER ? STEP_GAVE : step;
    case ROOT_BY_REF_TAKE:
        if (!root->front)
            break;
        step = poll_stream(root, root->front);
        if (step == STEP_OVER)
            drop_front(root);
        return step == STEP_OVER ? STEP_GAVE : step;
    case ROOT_PEEK_SCRIPT:
        if (root->action + 1 < json_array_size(root->last->json))
            return poll_action(root, json_array_get(root->last->json, root->action + 1));
        break;
    case ROOT_SET:
        return poll_set(root);
    case ROOT_STREAM:
        break;
    }
    return poll_stream(root, root->stream);
}

/* ---- a whole run ---- */

static void root_init(struct root *root, struct run *run, size_t demand)
{
    root->run = run;
    run->demand = demand;
    root->trace = json_array();
    task_init(&root->task, demand);
    root->last = &run->entries[run->entries_n - 1];
    if (root->last->op->root == ROOT_SET)
        run->demand = 1; /* what is given before the next push depends on it */
    root->stream = catalog_build(run);
    enum root_kind kind = root->last->op->root;
    if (kind == ROOT_NEXT || kind == ROOT_INTO_FUTURE)
        root->front = weir_next(root->stream);
    if (kind == ROOT_BY_REF_TAKE)
        root->front = weir_take(weir_by_ref(root->stream), (uint64_t)root->last->numbers[0]);
}

/* Before this poll. */
static void abort_what_is_due(struct root *root)
{
    for (size_t i = 0; i < root->run->entries_n; i++) {
        const struct entry *entry = &root->run->entries[i];
        if (entry->handle && (uint64_t)entry->numbers[0] == root->polls)
            weir_abort(entry->handle);
    }
    root->polls++;
}

static void drop_handles(struct run *run)
{
    for (size_t i = 0; i < run->entries_n; i++) {
        weir_abort_handle_unref(run->entries[i].handle);
        run->entries[i].handle = NULL;
    }
}

static enum step root_step(struct root *root)
{
    if (root->last->op->root == ROOT_SET)
        push_futures(root);
    task_begin(&root->task);
    abort_what_is_due(root);
    enum step step = root_poll(root);
    const char *pending = task_finish(&root->task, &root->run->deferred);
    if (step != STEP_PENDING)
        return step;
    push(root, json_string(pending));
    return root->task.woken ? STEP_PENDING : STEP_OVER;
}

static uint64_t polls_of_all(const struct run *run)
{
    uint64_t n = 0;
    for (size_t i = 0; i < run->sources_n; i++)
        n += run->sources[i].polls;
    return n;
}

static void root_after(struct root *root, struct outcome *outcome)
{
    uint64_t before = polls_of_all(root->run);
    json_t *trace = root->trace;
    root->trace = outcome->after = json_array();
    for (int i = 0; i < AFTER_POLLS; i++)
        if (root_poll(root) == STEP_PENDING)
            push(root, json_string("P"));
    root->trace = trace;
    outcome->polls_after = polls_of_all(root->run) - before;
}

static const char *leak_of(const struct root *root, int64_t blocks_before)
{
    if (value_live)
        return value_live > 0 ? "values were lost" : "values were dropped twice";
    if (root->run->live)
        return "sources or futures were not dropped";
    if (task_leak(&root->task))
        return task_leak(&root->task);
    return memory_live() != blocks_before ? "memory was not released" : NULL;
}

size_t root_run(struct run *run, struct harness harness, struct outcome *outcome)
{
    static struct root root;
    int64_t blocks_before = memory_live();
    size_t polls = 0;
    enum step step = STEP_GAVE;

    memset(&root, 0, sizeof root);
    run->log = json_array();
    root_init(&root, run, harness.demand);
    while (step != STEP_OVER && polls < POLLS_MAX && polls < harness.drop_after) {
        step = root_step(&root);
        polls++;
    }
    *outcome = (struct outcome){.run = run, .trace = root.trace};
    if (step == STEP_OVER && json_object_get(run->vector, "after"))
        root_after(&root, outcome);
    weir_drop(root.front);
    weir_drop(root.stream);
    drop_handles(run);
    outcome->leak = leak_of(&root, blocks_before);
    value_live = 0; /* the next run begins afresh */
    return polls;
}

void outcome_release(struct outcome *outcome)
{
    json_decref(outcome->trace);
    json_decref(outcome->after);
    json_decref(outcome->run->log);
    *outcome = (struct outcome){0};
}
