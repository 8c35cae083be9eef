/* The runner of the stages' tables. */

#include "stages.h"

static const char *run(const struct stage_case *row, stage_build *build, size_t demand,
                       bool early_end, struct script scripts[2])
{
    weir_stream *sources[2] = {NULL, NULL};
    for (int i = 0; i < 2 && row->in[i]; i++) {
        scripts[i] = (struct script){.type = &tracked_type, .early_end = early_end};
        sources[i] = script_stream(&scripts[i], row->in[i]);
    }
    weir_stream *stream = build(sources[0], sources[1]);
    const char *got =
        row->alone || demand == 1 ? trace(stream, demand) : trace_items(stream, demand);
    for (int i = 0; i < 2 && row->in[i]; i++)
        assert_int_equal(scripts[i].finis, 1);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    return got;
}

static void without_pending(char *out, const char *text)
{
    char *to = out;
    for (const char *at = text; *at; at++) {
        if (*at == 'P' && (at == text || at[-1] == ' ')) {
            at += at[1] == ' ';
            continue;
        }
        *to++ = *at;
    }
    *to = '\0';
}

static void check_row(const struct stage_case *row, stage_build *build)
{
    struct script scripts[2];
    static const size_t demands[] = {2, 3, 7, 64};
    char items[256];
    assert_string_equal(run(row, build, 1, false, scripts), row->out);
    for (int i = 0; i < 2 && row->in[i]; i++) {
        assert_int_equal(scripts[i].polls, row->polls[i]);
        assert_int_equal(scripts[i].given, row->given[i]);
    }
    if (row->alone)
        return;
    assert_true(strlen(row->out) < sizeof items);
    without_pending(items, row->out);
    for (size_t i = 0; i < sizeof demands / sizeof *demands; i++) {
        assert_string_equal(run(row, build, demands[i], false, scripts), items);
        assert_string_equal(run(row, build, demands[i], true, scripts), items);
    }
}

void check_rows(const struct stage_case *rows, size_t n, stage_build *build)
{
    for (size_t i = 0; i < n; i++)
        check_row(&rows[i], build);
}

weir_stream *source(const char *text)
{
    static struct script scripts[8];
    static unsigned turn;
    struct script *script = &scripts[turn++ % 8];
    *script = (struct script){.type = &tracked_type, .hinted = true};
    return script_stream(script, text);
}

void check_hint(const weir_stream *stream, size_t lower, size_t upper)
{
    weir_hint hint = weir_size_hint(stream);
    assert_int_equal(hint.lower, lower);
    assert_int_equal(hint.upper, upper);
}
