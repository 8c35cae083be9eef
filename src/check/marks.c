/* Marks between the items of an input: each is settled once, in order, and kept only when what was
 * made of the items before it is out. */

#include "check/run.h"

static struct check_mark *check_mark_of(weir_mark *mark)
{
    return WEIR_CONTAINER(mark, struct check_mark, mark);
}

/* With several inputs nothing is due: what came out may be made of another's items. */
static void check_mark_judge(struct input *input, const struct check_mark *mark)
{
    struct run *run = input->run;
    if (mark < input->marks_next)
        weir_check_complain(run, "keeps a mark before an older one");
    if (run->items < mark->needs)
        weir_check_complain(run,
                            "lets the mark behind item %llu out before what is made of it: %u came "
                            "out, and %u are due",
                            (unsigned long long)mark->mark.upto, run->items, mark->needs);
}

static void check_mark_settle(weir_mark *mark, bool kept)
{
    struct check_mark *self = check_mark_of(mark);
    struct input *input = self->input;
    self->lost = !kept;
    if (!kept)
        return;
    check_mark_judge(input, self);
    input->marks_next = self + 1;
}

void weir_check_see_cut(struct run *run, unsigned at, unsigned *least)
{
    unsigned before = run->inputs[0].end_items;
    unsigned behind = before < run->items ? run->items - before : 0;
    run->mark_needs[at] = run->items;
    *least = behind < *least ? behind : *least;
}

/* What comes at the end of no item, too, is made of none; a future's one item is made of all. */
void weir_check_find_needs(struct run *run, unsigned n, unsigned least)
{
    for (unsigned at = 1; at <= n && !run->is_future; at++)
        run->mark_needs[at] -= least < run->mark_needs[at] ? least : run->mark_needs[at];
    run->mark_needs[0] = 0;
}

/* Behind an error nothing is due: a stage may give up what it held. */
static unsigned check_mark_needs(const struct input *input)
{
    const struct schedule *how = &input->run->how;
    return how->fail_after && input->at > how->fail_after ? 0
                                                          : input->run->mark_needs[input->items];
}

weir_poll weir_check_give_mark(struct input *input, weir_cx *cx)
{
    struct check_mark *self = &input->marks[input->marks_n++];
    *self = (struct check_mark){.mark = {.settle = check_mark_settle,
                                         .source = input->stream,
                                         .upto = input->items,
                                         .refs = 1},
                                .input = input,
                                .needs = check_mark_needs(input)};
    return weir_mark_give(cx, &self->mark);
}

void weir_check_take_mark(struct run *run)
{
    weir_mark *mark = weir_mark_take(&run->cx);
    if (!mark)
        weir_check_complain(run, "answers MARK and gives none: see weir_mark_give()");
    else if (run->stream->ops->marks == WEIR_MARKS_SETTLE)
        weir_check_complain(run, "gives a mark, and its ops say that it settles them");
    if (mark)
        weir_mark_settle(mark, true);
}

/* Comes to its end, and was not dropped before; it may leave out items, and their marks, if which
 * come depends on what is late. */
static bool check_mark_ended(const struct run *run)
{
    return run->over && !run->stuck && !run->errors &&
           (run->inputs_n == 1 || run->contract->order != WEIR_CHECK_ANY_ITEMS);
}

static void check_mark_judge_gone(struct run *run, const struct check_mark *mark)
{
    unsigned long long upto = mark->mark.upto;
    if (mark->mark.refs > 1)
        weir_check_complain(run, "settles the mark behind item %llu more than once", upto);
    else if (mark->mark.refs)
        weir_check_complain(run, "settles the mark behind item %llu never", upto);
    else if (mark->lost && mark->input->end_items != UINT32_MAX && check_mark_ended(run))
        weir_check_complain(run, "loses the mark behind item %llu, and comes to its end", upto);
}

void weir_check_judge_marks(struct run *run)
{
    for (unsigned i = 0; i < run->inputs_n; i++)
        for (unsigned at = 0; at < run->inputs[i].marks_n; at++)
            check_mark_judge_gone(run, &run->inputs[i].marks[at]);
}
