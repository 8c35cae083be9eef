/* The command's own stages over a source that gives marks: where each mark comes out, and which are
 * kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <weir.h>
#include <weir/implement.h>

#include "pipeline/items.h"
#include "pipeline/judge.h"
#include "pipeline/lanes.h"
#include "pipeline/pipeline.h"
#include "pipeline/sink.h"
#include "pipeline/stage_par.h"
#include "pipeline/stage_save.h"
#include "pipeline/stages.h"

enum { TEXT_BYTES = 256, MARKS = 8 };

/* ---- the source: words, and marks where | stands ---- */

struct words_source {
    weir_stream stream;
    const char *at;
    weir_line rejected;
};

static weir_mark marks[MARKS];
static unsigned given, kept, lost;

static void settle(weir_mark *mark, bool is_kept)
{
    (void)mark;
    kept += is_kept;
    lost += !is_kept;
}

static weir_line next_word(struct words_source *self)
{
    self->at += strspn(self->at, " ");
    size_t n = strcspn(self->at, " ");
    weir_line word = {self->at, n};
    self->at += n;
    return word;
}

static void make_item(const weir_type *type, weir_line word, void *out)
{
    if (type == &weir_type_line)
        *(weir_line *)out = word;
    else
        *(struct result *)out = (struct result){.input = weir_owned_line_new(word.data, word.size),
                                                .output = weir_owned_line_new(word.data, word.size),
                                                .code = word.data[0] == '-'};
}

/* A word that begins with ! is one that it rejects. */
static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct words_source *self = WEIR_SELF(struct words_source, stream);
    weir_line word = next_word(self);
    (void)demand;
    self->rejected = (weir_line){NULL, 0};
    if (!word.size)
        return (weir_poll){0, WEIR_END};
    if (word.data[0] == '|') {
        marks[given] = (weir_mark){.settle = settle, .source = stream, .refs = 1};
        return weir_mark_give(cx, &marks[given++]);
    }
    if (word.data[0] == '!') {
        self->rejected = (weir_line){word.data + 1, word.size - 1};
        weir_fail(cx, WEIR_E_USER, "rejected");
        cx->error.fatal = false;
        return (weir_poll){0, WEIR_ERROR};
    }
    make_item(stream->type, word, out);
    return (weir_poll){1, WEIR_READY};
}

static bool source_rejected(const weir_stream *stream, weir_line *out)
{
    *out = WEIR_SELF(struct words_source, stream)->rejected;
    return out->data;
}

static weir_stream *source_of(const weir_type *type, const char *text)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "words",
                                        .poll_next = source_poll_next,
                                        .rejected = source_rejected};
    weir_stream *stream = weir_source_new(sizeof(struct words_source), &ops, type);
    WEIR_SELF(struct words_source, stream)->at = text;
    stream->stage.marked = true;
    given = kept = lost = 0;
    return stream;
}

static weir_stream *lines(const char *text)
{
    return source_of(&weir_type_line, text);
}

/* ---- what comes out ---- */

struct shown {
    weir_stream stream;
    char *text;
    struct lanes *lanes;
};

static void show(struct shown *self, const void *item)
{
    const weir_type *type = weir_source(&self->stream)->type;
    const weir_line *one = item;
    size_t n = 1;
    if (type != &weir_type_line) {
        one = ((const weir_vec *)item)->items;
        n = ((const weir_vec *)item)->n;
    }
    for (size_t i = 0; i < n; i++)
        sprintf(self->text + strlen(self->text), "%.*s%s", (int)one[i].size, one[i].data,
                i + 1 < n ? "+" : " ");
    if (self->lanes)
        weir_pl_lanes_release(self->lanes, weir_pl_lanes_key(self->lanes));
}

static weir_poll shown_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct shown *self = WEIR_SELF(struct shown, stream);
    const weir_type *type = weir_source(stream)->type;
    union {
        weir_line line;
        weir_vec vec;
    } item;
    (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, &item, 1);
    if (got.n) {
        show(self, &item);
        weir_type_drop_items(type, &item, 1);
    }
    if (got.state == WEIR_MARK) {
        strcat(self->text, "| ");
        weir_mark_settle(weir_mark_take(cx), true);
    }
    *(unsigned char *)out = 0;
    if (got.state == WEIR_END)
        return (weir_poll){1, WEIR_END};
    return got.n || got.state == WEIR_MARK ? (weir_poll){0, WEIR_READY} : got;
}

static weir_stream *shown(weir_stream *source, char *text, struct lanes *lanes)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "shown",
                                        .poll_next = shown_poll_next,
                                        .marks = WEIR_MARKS_SETTLE};
    weir_stream *stream = weir_stream_new(source, sizeof(struct shown), &ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    WEIR_SELF(struct shown, stream)->text = text;
    WEIR_SELF(struct shown, stream)->lanes = lanes;
    text[0] = '\0';
    return stream;
}

static void expect_of(weir_stream *source, struct lanes *lanes, const char *wanted)
{
    char text[TEXT_BYTES] = "";
    weir_error error;
    if (weir_run(shown(source, text, lanes), NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_string_equal(text, wanted);
    assert_int_equal(kept, given);
    assert_int_equal(lost, 0);
}

/* ---- the stages ---- */

static const struct node before = {.gives = FLOW_LINES};
static struct chain chain = {.marked = true};

static weir_stream *built(const struct entry *entry, struct node *node, weir_stream *source)
{
    struct flow flow = {.stream = source};
    node->before = &before;
    node->chain = &chain;
    entry->build(&flow, node);
    return flow.stream;
}

static void runs_of_lines(void **state)
{
    (void)state;
    struct node first = {.gives = FLOW_LINES}, counts = first;
    counts.args[0].given = true;
    expect_of(built(&weir_pl_entry_uniq, &first, lines("| a a | a b | b |")), NULL, "| a | b | | ");
    expect_of(built(&weir_pl_entry_uniq, &counts, lines("| a a | a b | b |")), NULL,
              "|       3 a |       2 b | | ");
}

static void batches(void **state)
{
    (void)state;
    struct node node = {.gives = FLOW_BATCHES};
    node.args[0].number = 2;
    expect_of(built(&weir_pl_entry_batch, &node, lines("| a b c | d e | f")), NULL,
              "| a+b c+d | e+f | ");
}

static bool is_short(weir_line line, const struct node *node)
{
    (void)node;
    return line.size == 1;
}

static void on_several_workers(void **state)
{
    (void)state;
    static const struct node node = {.before = &before};
    expect_of(weir_pl_par_filter_lines(lines("| a bb b | c | dd |"), is_short, &node, 2, true),
              NULL, "| a b | c | | ");
}

static void one_of_each_key(void **state)
{
    (void)state;
    weir_stream *source = lines("| a b a | | a c | c");
    struct lanes *lanes = weir_pl_lanes_new(source->stage.arena, 2, 0, NULL);
    expect_of(weir_pl_lanes_stage(source, lanes, 10), lanes, "| a b a | | a c | c ");
}

/* ---- what failed ---- */

static void say_nothing(const struct judge *self, const struct result *result, char *what,
                        char *why)
{
    (void)self, (void)result;
    what[0] = why[0] = '\0';
}

static struct judge the_judge;

static weir_poll judged_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_pl_judge_poll_next(&the_judge, weir_source(stream), cx, out);
}

static weir_stream *judged(enum judge_policy policy, struct node *node)
{
    static const weir_stream_ops ops = {.size = sizeof ops,
                                        .name = "judged",
                                        .poll_next = judged_poll_next,
                                        .marks = WEIR_MARKS_PASS};
    the_judge = (struct judge){.node = node, .policy = policy, .one = "one", .say = say_nothing};
    return weir_stream_new(source_of(&weir_pl_result_type, "a | -b | c |"), sizeof(weir_stream),
                           &ops, &weir_pl_result_type);
}

static weir_state run_judged(enum judge_policy policy)
{
    struct node node = {.gives = FLOW_RESULTS};
    weir_error error;
    weir_stream *results = weir_settle_here(judged(policy, &node));
    weir_state got = weir_run(weir_count(results), &(uint64_t){0}, &error);
    weir_pl_judge_fini(&the_judge);
    return got;
}

/* What is told at the end is not done before: marks behind it are lost. What is left out is. */
static void behind_a_failure(void **state)
{
    (void)state;
    assert_int_equal(run_judged(FAIL_AT_END), WEIR_ERROR);
    assert_int_equal(kept, 1);
    assert_int_equal(lost, 2);
    assert_int_equal(run_judged(LEAVE_OUT), WEIR_READY);
    assert_int_equal(kept, 3);
}

static char directory[] = "/tmp/weir-marks-XXXXXX";

static weir_state run_save(struct node *node, weir_error *error)
{
    struct flow flow = {.stream = source_of(&weir_pl_result_type, "a | b c |")};
    node->args[0].text = directory;
    return weir_run(weir_pl_entry_save.consume(&flow, node), &(uint64_t){0}, error);
}

static bool there(const char *name)
{
    char path[TEXT_BYTES];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    bool is = stat(path, &about) == 0;
    unlink(path);
    return is;
}

static void saved_files(void **state)
{
    (void)state;
    struct node node = {.gives = FLOW_RESULTS};
    weir_error error;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(run_save(&node, &error), WEIR_READY);
    assert_int_equal(kept, 2);
    assert_true(there("a") && there("b") && there("c"));
    node.args[2].given = true; /* sync=no */
    assert_int_equal(run_save(&node, &error), WEIR_ERROR);
    assert_string_equal(error.cure, "leave sync=no out");
    assert_int_equal(given, 0);
}

static void rejected_lines(void **state)
{
    (void)state;
    struct node node = {.gives = FLOW_LINES};
    char path[TEXT_BYTES], text[TEXT_BYTES];
    weir_error error;
    snprintf(path, sizeof path, "%s/dead", directory);
    node.path = path;
    weir_stream *stream = built(&weir_pl_entry_dead, &node, lines("a !x | b | !y c |"));
    assert_int_equal(weir_run(shown(stream, text, NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.cure, "dead FILE append, without sync=no");
    node.args[SINK_APPEND].given = true;
    expect_of(built(&weir_pl_entry_dead, &node, lines("a !x | b | !y c |")), NULL, "a | b | c | ");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text, file), 4);
    assert_memory_equal(text, "x\ny\n", 4);
    fclose(file);
    assert_true(there("dead"));
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_lines),      cmocka_unit_test(batches),
        cmocka_unit_test(on_several_workers), cmocka_unit_test(one_of_each_key),
        cmocka_unit_test(behind_a_failure),   cmocka_unit_test(saved_files),
        cmocka_unit_test(rejected_lines),
    };
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
