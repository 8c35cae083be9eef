/* What stages of every kind have in common: how they begin, settle, are refused and dropped. */

#include "core/stage.h"

#include <string.h>

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>

void weir_misuse(const char *stage, const char *sentence)
{
    fprintf(stderr, "weir: misuse: %s %s\n", stage, sentence);
    abort();
}
#else
void weir_misuse(const char *stage, const char *sentence)
{
    (void)stage;
    (void)sentence;
    __builtin_trap();
}
#endif

void weir_stage_init(weir_stage *stage, weir_kind kind, const char *name, weir_arena *arena,
                     weir_stage *source, void (*fini)(weir_stage *stage))
{
    *stage = (weir_stage){
        .name = name, .fini = fini, .self = stage, .arena = arena, .source = source, .kind = kind};
}

static void trail_add(weir_error *error, const char *name)
{
    if (error->trail_n < WEIR_TRAIL_MAX)
        error->trail[error->trail_n++] = name;
}

weir_poll weir_stage_settle(weir_stage *stage, weir_cx *cx, weir_poll got)
{
    stage->n += got.n;
    switch (got.state) {
    case WEIR_READY:
        break;
    case WEIR_PENDING:
        stage->waits++;
        if (!cx->waiting)
            cx->waiting = stage;
        break;
    case WEIR_END:
        stage->done = true;
        break;
    case WEIR_ERROR:
        trail_add(&cx->error, stage->name);
        stage->done = cx->error.fatal;
        break;
    }
    return got;
}

static void fini_nothing(weir_stage *stage)
{
    (void)stage;
}

static void run_finis(weir_stage *stage)
{
    for (weir_stage *next; stage; stage = next) {
        next = stage->source;
        stage->fini(stage);
        stage->self = NULL;
    }
}

void weir_stage_drop(weir_stage *stage)
{
    if (!stage || !stage->arena) /* nothing, or what stands for no memory */
        return;
    weir_arena *arena = stage->arena;
    run_finis(stage);
    weir_arena_drop(arena);
}

bool weir_stage_failed(const weir_stage *stage)
{
    return !stage->arena || stage->fini == fini_nothing;
}

void weir_stage_refuse(weir_stage *stage, const weir_fault *fault)
{
    if (weir_stage_failed(stage))
        return;
    run_finis(stage);
    *weir_arena_fault(stage->arena) = *fault;
    weir_stage_init(stage, stage->kind, stage->name, stage->arena, NULL, fini_nothing);
}

/* The fault's own small format: its strings in order, one number. */
static void fault_text(const weir_fault *fault, char *out, size_t size)
{
    size_t n = 0;
    unsigned arg = 0;
    for (const char *at = fault->format; *at && n + 1 < size; at++) {
        if (at[0] == '%' && at[1] == 's') {
            const char *text = arg < WEIR_FAULT_ARGS ? fault->args[arg++] : NULL;
            n += weir_format(out + n, size - n, "%s", text);
            at += 1;
        } else if (at[0] == '%' && at[1] == 'z') {
            n += weir_format(out + n, size - n, "%zu", fault->number);
            at += 2;
        } else {
            out[n++] = *at;
        }
    }
    out[n < size ? n : size - 1] = '\0';
}

weir_poll weir_stage_report(const weir_stage *stage, weir_cx *cx)
{
    if (!stage->arena)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chain");
    const weir_fault *fault = weir_arena_fault(stage->arena);
    char text[WEIR_MESSAGE_BYTES];
    fault_text(fault, text, sizeof text);
    weir_fail(cx, fault->code, "%s", text);
    cx->error.cure = fault->cure;
    return (weir_poll){0, WEIR_ERROR};
}
