#include "paths.h"

#include <string.h>

#include "unit.h"

enum { PASSES_MAX = 12, DEPTH_MAX = 600, LABELS_MAX = 32, STEPS_MAX = 1000000 };

/* Where `break` and `continue` of the statement around lead to, and a switch's cases begin. */
struct target {
    struct target *outer;
    bool loops;               /* `continue` is its own */
    struct path_state ends;   /* by break */
    struct path_state again;  /* by continue */
    struct path_state enters; /* a switch's: what it begins each case with */
    bool entered, has_default;
};

struct label {
    const struct symbol *symbol;
    struct path_state comes;
    uint32_t order; /* 0: not met yet: a goto to it jumps forwards */
};

struct walk {
    struct path *path;
    struct target *target;
    struct label labels[LABELS_MAX];
    size_t labels_n;
    unsigned depth, steps;
    bool lost; /* it cannot be followed */
};

static struct path_state run(struct walk *walk, const struct node *node, struct path_state state);

/* ---- states ---- */

static const struct path_state nowhere;

static struct path_state meet(const struct path_state *a, const struct path_state *b)
{
    struct path_state both = *a;
    if (!a->reached)
        return *b;
    for (size_t i = 0; b->reached && i < PATH_THINGS_MAX; i++)
        both.may[i] |= b->may[i];
    return both;
}

static bool same(const struct path_state *a, const struct path_state *b)
{
    return a->reached == b->reached && !memcmp(a->may, b->may, sizeof a->may);
}

/* ---- expressions ---- */

static void step(struct walk *walk, struct path_state *state, const struct node *node)
{
    if (state->reached)
        walk->path->step(walk->path, state, node);
    if (node->kind == NODE_CALL && node->symbol && node->symbol->noreturn)
        *state = nowhere;
}

static struct path_state run_children(struct walk *walk, const struct node *node,
                                      struct path_state state)
{
    for (const struct node *child = node->first; child; child = child->next)
        state = run(walk, child, state);
    return state;
}

/* What is known where the condition holds, and where it does not. */
static void run_condition(struct walk *walk, const struct node *node, struct path_state state,
                          struct path_state *yes, struct path_state *no)
{
    const struct node *left = node->first;
    struct path_state left_yes, left_no;

    if (node->kind == NODE_NOT && left) {
        run_condition(walk, left, state, no, yes);
    } else if ((node->kind == NODE_AND || node->kind == NODE_OR) && left && left->next) {
        bool both = node->kind == NODE_AND;
        run_condition(walk, left, state, &left_yes, &left_no);
        run_condition(walk, left->next, both ? left_yes : left_no, yes, no);
        if (both)
            *no = meet(no, &left_no);
        else
            *yes = meet(yes, &left_yes);
    } else {
        uint64_t number;
        *yes = *no = run(walk, node, state);
        if (walk->path->branch && yes->reached) {
            walk->path->branch(walk->path, yes, node, true);
            walk->path->branch(walk->path, no, node, false);
        }
        if (node->kind == NODE_NUMBER && node_number(node, &number)) /* while (1) */
            *(number ? no : yes) = nowhere;
    }
}

static struct path_state run_choice(struct walk *walk, const struct node *node,
                                    struct path_state state)
{
    struct path_state yes, no;
    const struct node *then = node->first ? node->first->next : NULL;

    if (!then)
        return state;
    run_condition(walk, node->first, state, &yes, &no);
    if (then->next) {
        yes = run(walk, then, yes);
        no = run(walk, then->next, no);
    } else {
        no = run(walk, then, no);
    }
    state = meet(&yes, &no);
    step(walk, &state, node);
    return state;
}

static struct path_state run_logic(struct walk *walk, const struct node *node,
                                   struct path_state state)
{
    struct path_state yes, no;
    run_condition(walk, node, state, &yes, &no);
    return meet(&yes, &no);
}

/* ---- statements ---- */

static void leave(struct walk *walk, struct path_state *state, const struct node *block)
{
    if (walk->path->leave && state->reached)
        walk->path->leave(walk->path, state, block);
}

static struct path_state run_if(struct walk *walk, const struct node *node, struct path_state state)
{
    struct path_state yes, no;
    const struct node *then = node->first ? node->first->next : NULL;

    if (!then)
        return state;
    run_condition(walk, node->first, state, &yes, &no);
    yes = run(walk, then, yes);
    if (then->next)
        no = run(walk, then->next, no);
    state = meet(&yes, &no);
    if (walk->path->join && yes.reached && no.reached)
        walk->path->join(walk->path, &state, node, &yes, &no);
    return state;
}

/* A loop's parts; NULL or NODE_NONE where one is missing. */
struct parts {
    const struct node *condition, *step, *body;
    bool body_first;
};

/* One turn, from what it begins with: what the next one begins with; *ends: what is behind it. */
static struct path_state run_turn(struct walk *walk, const struct parts *parts,
                                  struct path_state state, struct path_state *ends)
{
    struct target target = {.outer = walk->target, .loops = true};
    struct path_state no = nowhere;

    if (parts->condition && !parts->body_first)
        run_condition(walk, parts->condition, state, &state, &no);
    walk->target = &target;
    state = run(walk, parts->body, state);
    walk->target = target.outer;
    state = meet(&state, &target.again);
    if (parts->condition && parts->body_first)
        run_condition(walk, parts->condition, state, &state, &no);
    if (parts->step)
        state = run(walk, parts->step, state);
    *ends = meet(&no, &target.ends);
    return state;
}

static struct path_state run_loop(struct walk *walk, const struct parts *parts,
                                  struct path_state state)
{
    bool reporting = walk->path->reporting;
    struct path_state ends = nowhere;

    walk->path->reporting = false;
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        struct path_state back = run_turn(walk, parts, state, &ends);
        back = meet(&state, &back);
        if (same(&back, &state))
            break;
        state = back;
    }
    walk->path->reporting = reporting;
    if (reporting)
        run_turn(walk, parts, state, &ends);
    return ends;
}

static struct path_state run_for(struct walk *walk, const struct node *node,
                                 struct path_state state)
{
    const struct node *condition = node_child(node, 1), *step = node_child(node, 2);
    struct parts parts = {.condition = condition->kind == NODE_NONE ? NULL : condition,
                          .step = step->kind == NODE_NONE ? NULL : step,
                          .body = node_child(node, 3)};
    state = run(walk, node->first, state);
    state = run_loop(walk, &parts, state);
    leave(walk, &state, node);
    return state;
}

static struct path_state run_switch(struct walk *walk, const struct node *node,
                                    struct path_state state)
{
    struct target target = {.outer = walk->target};

    state = run(walk, node->first, state);
    target.enters = state;
    walk->target = &target;
    state = run(walk, node->first->next, nowhere);
    walk->target = target.outer;
    state = meet(&state, &target.ends);
    return target.has_default ? state : meet(&state, &target.enters);
}

static struct path_state run_case(struct walk *walk, const struct node *node,
                                  struct path_state state)
{
    struct target *target = walk->target;
    while (target && target->loops)
        target = target->outer;
    if (target) {
        if (!walk->path->straight || !target->entered)
            state = meet(&state, &target->enters);
        target->entered = true;
        target->has_default |= node->kind == NODE_DEFAULT;
    }
    step(walk, &state, node);
    return run_children(walk, node, state);
}

/* All blocks around the jump that end by it: up to `last`, which does not. */
static void leave_up_to(struct walk *walk, struct path_state *state, const struct node *jump,
                        const struct node *last)
{
    for (const struct node *up = jump->parent; up && up != last; up = up->parent)
        if (up->kind == NODE_BLOCK || up->kind == NODE_FOR)
            leave(walk, state, up);
}

/* The statement that `break` ends, or `continue` goes on with. */
static const struct node *jumps_in(const struct node *jump)
{
    const struct node *up = jump->parent;
    while (up && up->kind != NODE_WHILE && up->kind != NODE_DO && up->kind != NODE_FOR &&
           (up->kind != NODE_SWITCH || jump->kind == NODE_CONTINUE))
        up = up->parent;
    return up;
}

static struct path_state run_jump(struct walk *walk, const struct node *node,
                                  struct path_state state)
{
    struct target *target = walk->target;
    bool again = node->kind == NODE_CONTINUE;

    leave_up_to(walk, &state, node, jumps_in(node));
    while (again && target && !target->loops)
        target = target->outer;
    if (target && again)
        target->again = meet(&target->again, &state);
    else if (target)
        target->ends = meet(&target->ends, &state);
    return nowhere;
}

/* ---- goto ---- */

static struct label *label_of(struct walk *walk, const struct symbol *symbol)
{
    for (size_t i = 0; i < walk->labels_n; i++)
        if (walk->labels[i].symbol == symbol)
            return &walk->labels[i];
    if (!symbol || walk->labels_n == LABELS_MAX) {
        walk->lost = true;
        return NULL;
    }
    walk->labels[walk->labels_n].symbol = symbol;
    return &walk->labels[walk->labels_n++];
}

/* The innermost statement that both the jump and its label stand in. */
static const struct node *around_both(const struct node *jump, const struct node *body)
{
    const struct node *label = body, *up = jump;
    while (label && (label->kind != NODE_LABEL || label->symbol != jump->symbol))
        label = node_after(label, body);
    while (label && up && !node_within(label, up))
        up = up->parent;
    return label ? up : jump->parent;
}

static void run_goto(struct walk *walk, const struct node *node, struct path_state state)
{
    struct label *label = label_of(walk, node->symbol);
    if (!label)
        return;
    walk->lost |= label->order && label->order < node->order;
    leave_up_to(walk, &state, node, around_both(node, walk->path->function->body));
    label->comes = meet(&label->comes, &state);
}

static struct path_state run_label(struct walk *walk, const struct node *node,
                                   struct path_state state)
{
    struct label *label = label_of(walk, node->symbol);
    if (!label)
        return state;
    label->order = node->order;
    state = meet(&state, &label->comes);
    return run_children(walk, node, state);
}

/* ---- all of them ---- */

static struct path_state run_plain(struct walk *walk, const struct node *node,
                                   struct path_state state)
{
    state = run_children(walk, node, state);
    step(walk, &state, node);
    return state;
}

/* The value first; a variable that is set is not looked at. */
static struct path_state run_assign(struct walk *walk, const struct node *node,
                                    struct path_state state)
{
    const struct node *to = node->first;
    if (!to || !to->next)
        return state;
    state = run(walk, to->next, state);
    if (to->kind != NODE_REF || strcmp(node->op, "=") != 0)
        state = run(walk, to, state);
    step(walk, &state, node);
    return state;
}

static struct path_state run_block(struct walk *walk, const struct node *node,
                                   struct path_state state)
{
    state = run_children(walk, node, state);
    leave(walk, &state, node);
    return state;
}

static struct path_state run_kind(struct walk *walk, const struct node *node,
                                  struct path_state state)
{
    switch (node->kind) {
    case NODE_NONE:
    case NODE_QUIET:
        return state;
    case NODE_ASSIGN:
        return run_assign(walk, node, state);
    case NODE_AND:
    case NODE_OR:
        return run_logic(walk, node, state);
    case NODE_CHOICE:
        return run_choice(walk, node, state);
    case NODE_BLOCK:
        return run_block(walk, node, state);
    case NODE_IF:
        return run_if(walk, node, state);
    case NODE_WHILE: {
        struct parts parts = {.condition = node->first, .body = node->first->next};
        return run_loop(walk, &parts, state);
    }
    case NODE_DO: {
        struct parts parts = {node->first->next, NULL, node->first, true};
        return run_loop(walk, &parts, state);
    }
    case NODE_FOR:
        return run_for(walk, node, state);
    case NODE_SWITCH:
        return run_switch(walk, node, state);
    case NODE_CASE:
    case NODE_DEFAULT:
        return run_case(walk, node, state);
    case NODE_BREAK:
    case NODE_CONTINUE:
        return run_jump(walk, node, state);
    case NODE_GOTO:
        run_goto(walk, node, state);
        return nowhere;
    case NODE_LABEL:
        return run_label(walk, node, state);
    case NODE_RETURN:
        run_plain(walk, node, state);
        return nowhere;
    default:
        return run_plain(walk, node, state);
    }
}

static struct path_state run(struct walk *walk, const struct node *node, struct path_state state)
{
    if (walk->lost || !node)
        return state;
    if (++walk->steps > STEPS_MAX || walk->depth > DEPTH_MAX) {
        walk->lost = true;
        return state;
    }
    walk->depth++;
    state = run_kind(walk, node, state);
    walk->depth--;
    return state;
}

bool path_walk(struct path *path, const struct path_state *begin)
{
    /* Once without a word, to see whether it can be followed at all. */
    for (int pass = 0; pass < 2; pass++) {
        struct walk walk = {.path = path};
        struct path_state state = *begin;
        state.reached = true;
        path->reporting = pass == 1;
        run(&walk, path->function->body, state);
        if (walk.lost) {
            unit_silent(path->unit, walk.steps > STEPS_MAX ? SILENT_LARGE : SILENT_GOTO);
            return false;
        }
    }
    return true;
}

int path_known(const struct path *path, const struct symbol *symbol)
{
    for (size_t i = 0; i < path->things_n; i++)
        if (path->things[i] == symbol)
            return (int)i;
    return -1;
}

int path_thing(struct path *path, const struct symbol *symbol)
{
    int known = path_known(path, symbol);
    if (known >= 0 || path->things_n == PATH_THINGS_MAX)
        return known;
    path->things[path->things_n] = symbol;
    return (int)path->things_n++;
}
