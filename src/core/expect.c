/* What constructors check: that a source fits, and may be held as the stage will hold it. */

#include "core/stage.h"

static bool own_is_behind(const weir_type *given, const weir_type *wanted)
{
    return wanted->owned && weir_type_fits(given, wanted->owned);
}

static const char *how_to_fit(const weir_type *given, const weir_type *wanted)
{
    if (own_is_behind(given, wanted))
        return "let the function take the owned type, as weir_own() gives it";
    if (wanted == &weir_type_stream)
        return "put a weir_map() between them that makes a stream, or a future, of each";
    return "let it take that type, or put a weir_map() between them that makes the other one";
}

/* Which member of composites of one kind differs; -1: they are none, or of two kinds. */
static int differing_member(const weir_type *given, const weir_type *wanted)
{
    for (int i = 0; i < 2 && weir_type_same_kind(given, wanted); i++)
        if (given->of[i] && wanted->of[i] && !weir_type_fits(given->of[i], wanted->of[i]))
            return i;
    return -1;
}

weir_stream *weir_expect_type(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *wanted)
{
    static const char *const words[3] = {
        "%s '%s' takes '%s', but '%s' yields '%s'",
        "%s '%s' takes items whose first member is '%s', but '%s' yields those of '%s'",
        "%s '%s' takes items whose second member is '%s', but '%s' yields those of '%s'"};
    const weir_type *given = source->type;
    if (weir_stage_failed(&source->stage) || weir_type_fits(given, wanted))
        return source;
    const char *cure = how_to_fit(given, wanted);
    int member = differing_member(given, wanted);
    if (member >= 0) {
        given = given->of[member];
        wanted = wanted->of[member];
    }
    weir_fault fault = {WEIR_E_TYPE,
                        cure,
                        words[member + 1],
                        {stage, fn, wanted->name, weir_stage_name(&source->stage), given->name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_one_type(weir_stream *source, const char *stage, const weir_type *type)
{
    const weir_type *given = source->type;
    if (weir_stage_failed(&source->stage) || weir_type_fits(given, type) ||
        weir_type_twins(given, type))
        return weir_expect_alike(source, stage, "of one type", type);
    weir_fault fault = {WEIR_E_TYPE,
                        how_to_fit(given, type),
                        "%s takes inputs of one type, '%s', but '%s' yields '%s'",
                        {stage, type->name, weir_stage_name(&source->stage), given->name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_size(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *type, size_t size)
{
    if (weir_stage_failed(&source->stage) || !size || !type->size || type->size == size)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "a descriptor made with WEIR_TYPE() of the function's own type",
                        "%s '%s' has items of %zu bytes, which the descriptor '%s' is not for",
                        {stage, fn, type->name},
                        size,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_alike(weir_stream *source, const char *stage, const char *which,
                               const weir_type *type)
{
    const weir_type *given = source->type;
    if (!weir_type_twins(given, type))
        source = weir_expect_type(source, stage, which, type);
    if (weir_stage_failed(&source->stage) || weir_type_alike(given, type))
        return source;
    weir_fault fault = {
        WEIR_E_TYPE,
        "put weir_own() around the one that lends",
        "%s '%s' must own or lend as the others do: they yield '%s', but '%s' yields '%s'",
        {stage, which, type->name, weir_stage_name(&source->stage), given->name},
        0,
        stage};
    return weir_stream_fault(&source->stage, &fault);
}

static const char *core_expect_how_to_own(const weir_type *type)
{
    return type->own ? "put weir_own() between them" : WEIR_OWN_BEFORE;
}

weir_stream *weir_expect_owned(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        core_expect_how_to_own(source->type),
                        "%s holds items, but '%s' only lends its '%s'",
                        {stage, weir_stage_name(&source->stage), source->type->name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_result(weir_stream *source, const char *stage, const char *fn,
                                const weir_type *to)
{
    if (weir_stage_failed(&source->stage) || !to->lent)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "weir_own() around it, or what it gives owned by itself",
                        "%s '%s' gives a lent '%s', which would outlive its future",
                        {stage, fn, to->name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_kept(weir_stream *source, const char *stage, const char *fn,
                              const weir_type *state, bool detached)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent ||
        !weir_type_clings(state, detached))
        return source;
    weir_fault fault = {
        WEIR_E_TYPE,
        "put weir_own() between them, and let the function take the owned type; or "
        ".detached = true in its WEIR_x_FN, if it keeps no pointer into an item",
        "%s '%s' keeps a '%s' between items, but '%s' only lends its '%s'",
        {stage, fn, state->name, weir_stage_name(&source->stage), source->type->name},
        0,
        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_state(weir_stream *source, const char *stage, const char *fn,
                               const weir_type *state)
{
    return weir_expect_kept(source, stage, fn, state, false);
}

weir_stream *weir_expect_plain(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->drop)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "a map that makes something plain of them before it",
                        "%s copies items, but the '%s' that '%s' yields own something",
                        {stage, source->type->name, weir_stage_name(&source->stage)},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_back(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || weir_has_back(source))
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "weir_collect(), and what is made of the vec",
                        "%s: '%s' has no other end to read from",
                        {stage, weir_stage_name(&source->stage)},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_one(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || source->stage.one)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        "weir_nth(it, 0), weir_collect() or another consumer around it",
                        "%s takes futures, but '%s' may yield more than one item",
                        {stage, weir_stage_name(&source->stage)},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_unmarked(weir_stream *source, const char *stage, const char *why)
{
    if (weir_stage_failed(&source->stage) || !source->stage.marked)
        return source;
    weir_fault fault = {WEIR_E_ARGUMENT,
                        "weir_settle_here() before it, if what comes there counts as done",
                        "'%s' %s, so nothing that '%s' gives would be acknowledged",
                        {stage, why, weir_stage_name(&source->stage)},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_ending(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->stage.marked ||
        weir_size_hint(source).upper != WEIR_HINT_UNKNOWN)
        return source;
    return weir_expect_unmarked(source, stage, "holds all to an end that may never come");
}

weir_stream *weir_expect_limit(weir_stream *source, const char *stage, const char *limit_name,
                               size_t limit)
{
    if (weir_stage_failed(&source->stage) || limit)
        return source;
    weir_fault fault = {WEIR_E_ARGUMENT,
                        "a limit of at least 1",
                        "%s: the limit '%s' is 0",
                        {stage, limit_name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_expect_both(weir_stream *a, weir_stream *b)
{
    weir_stream *failed = weir_stage_failed(&a->stage)   ? a
                          : weir_stage_failed(&b->stage) ? b
                                                         : NULL;
    if (failed)
        weir_stream_drop(failed == a ? b : a);
    return failed;
}
