/* Futures and streams inside streams, and a source whose items do not outlive its next poll. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laws.h"

/* ---- inner ones: scripts from a pool ---- */

enum { INNER_MAX = 64 };
static struct script pool[INNER_MAX];
static bool used[INNER_MAX];
static weir_stream *made[INNER_MAX];
static const char *waits;

void inner_begin(enum mode mode, bool twice)
{
    static const char *const texts[2][MODES] = {{"P*", "P", "."}, {"P* P*", "P P", ". ."}};
    waits = texts[twice][mode];
    memset(used, 0, sizeof used);
}

unsigned inner_left(void)
{
    unsigned left = 0;
    for (unsigned i = 0; i < INNER_MAX; i++)
        left += used[i] && !pool[i].finis;
    return left;
}

size_t inner_bytes(void)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < INNER_MAX; i++)
        if (used[i] && !pool[i].finis)
            bytes += weir_arena_bytes(made[i]->stage.arena);
    return bytes;
}

static struct script *unused(void)
{
    for (unsigned i = 0; i < INNER_MAX; i++) {
        if (used[i] && !pool[i].finis)
            continue;
        pool[i] = (struct script){.type = &tracked_type};
        used[i] = true;
        return &pool[i];
    }
    test_abort("more than %d inner streams at once", INNER_MAX);
}

static weir_stream *inner(const char *text, bool one)
{
    struct script *script = unused();
    script->one = one;
    weir_stream *stream = script_stream(script, text);
    if (weir_stage_failed(&stream->stage))
        script->finis = 1;
    made[script - pool] = stream;
    return stream;
}

/* Every third is ready at once; that of 5 fails. */
weir_stream *inner_future(int64_t value)
{
    char text[64];
    snprintf(text, sizeof text, "%s %s%lld $", value % 3 ? waits : "", value == 5 ? "!" : "",
             (long long)value);
    return inner(text, true);
}

/* None for multiples of 4; else two with a wait between; that of 5 has an error between. */
weir_stream *inner_stream(int64_t value)
{
    char text[96] = "$";
    long long v = (long long)value;
    if (value % 4)
        snprintf(text, sizeof text, "%lld %s %s %lld %s $", 10 * v, waits, value == 5 ? "!5" : "",
                 10 * v + 1, value == 3 ? waits : "");
    return inner(text, false);
}

/* ---- lent lines: freed at the next poll, so that the sanitizer sees who looks back ---- */

enum { LINE_BYTES = 8, LENT_MAX = 64 };

struct lender {
    weir_stream stream;
    char *lent;
};

static weir_poll lender_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct lender *self = (struct lender *)stream;
    int64_t values[LENT_MAX];
    if (self->lent)
        memset(self->lent, '?', LENT_MAX * LINE_BYTES);
    free(self->lent);
    self->lent = NULL;
    weir_poll got =
        weir_poll_next(weir_source(stream), cx, values, demand < LENT_MAX ? demand : LENT_MAX);
    if (!got.n)
        return got;
    self->lent = malloc(LENT_MAX * LINE_BYTES);
    if (!self->lent)
        test_abort("no memory for lent lines");
    for (unsigned i = 0; i < got.n; i++) {
        char *at = self->lent + i * LINE_BYTES;
        int n = snprintf(at, LINE_BYTES, "%lld", (long long)values[i]);
        ((weir_line *)out)[i] = (weir_line){at, (size_t)n};
    }
    return got;
}

static void lender_fini(weir_stream *stream)
{
    free(((struct lender *)stream)->lent);
}

static weir_hint lender_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops lender_ops = {.size = sizeof lender_ops,
                                           .name = "lender",
                                           .poll_next = lender_poll_next,
                                           .fini = lender_fini,
                                           .size_hint = lender_size_hint,
                                           .marks = WEIR_MARKS_PASS};

weir_stream *lender_stream(struct script *script, const char *text)
{
    script->type = &weir_type_i64;
    return weir_stream_new(script_stream(script, text), sizeof(struct lender), &lender_ops,
                           &weir_type_line);
}

/* Two lines and an END with the last of them, behind which stands more; none for multiples of 4. */
weir_stream *inner_lines(int64_t value)
{
    char text[96] = "$";
    long long v = (long long)value;
    if (value % 4)
        snprintf(text, sizeof text, "%lld %s %lld 9", 10 * v, waits, 10 * v + 1);
    struct script *script = unused();
    weir_stream *stream = lender_stream(script, text);
    if (weir_stage_failed(&stream->stage))
        script->finis = 1;
    made[script - pool] = stream;
    return weir_take(stream, 2);
}
