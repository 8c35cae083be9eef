/* A program whose texts may reach brokers, for tests/cli/brokers_text.sh: brokers_text WAY TEXT. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "weir.h"
#include "weir/implement.h"
#include "weir/pipeline.h"

enum { THREADS = 8 };

static void print_note(void *arg, const weir_note *note)
{
    (void)arg;
    fprintf(stderr, "%s\n", note->message);
}

static void print(weir_line line, void *arg)
{
    (void)arg;
    printf("%.*s\n", (int)line.size, line.data);
}
WEIR_EACH_FN(print_fn, print, weir_line, .of = &weir_type_line)

/* All but commands are allowed. */
static weir_pipeline *parse(const char *text, weir_writer *output, weir_note *note)
{
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_READ | WEIR_ALLOW_WRITE |
                                                             WEIR_ALLOW_NET | WEIR_ALLOW_BROKERS,
                                                    .output = output, .on_note = print_note);
    return weir_parse(text, strlen(text), &options, note);
}

static void *parse_one(void *text)
{
    weir_note note;
    weir_pipeline *pipeline = parse(text, NULL, &note);
    if (!pipeline)
        fprintf(stderr, "%s\n", note.message);
    weir_pipeline_drop(pipeline);
    return pipeline;
}

/* All at once: the first that names a broker loads it. */
static int parse_on_threads(char *text)
{
    pthread_t threads[THREADS];
    int wrong = 0;

    for (int i = 0; i < THREADS; i++)
        wrong |= pthread_create(&threads[i], NULL, parse_one, text);
    for (int i = 0; i < THREADS; i++) {
        void *parsed = NULL;
        pthread_join(threads[i], &parsed);
        wrong |= !parsed;
    }
    return wrong;
}

/* ---- a program that keeps the first mark until the text is gone ---- */

static weir_mark *kept;

static weir_poll keep_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);

    if (got.state != WEIR_MARK)
        return got;
    kept = weir_mark_take(cx);
    return (weir_poll){0, WEIR_END};
}

static const weir_stream_ops keep_ops = {.size = sizeof keep_ops,
                                         .name = "keep",
                                         .poll_next = keep_poll_next,
                                         .marks = WEIR_MARKS_SETTLE};

static weir_stream *keep(weir_stream *lines)
{
    return weir_stream_new(lines, sizeof(weir_stream), &keep_ops, lines->type);
}

/* ---- what becomes of a text ---- */

static weir_stream *future_of(const char *way, weir_pipeline *pipeline)
{
    if (!strcmp(way, "lines"))
        return weir_for_each(weir_settle_here(weir_pipeline_lines(pipeline)), &print_fn, NULL);
    if (!strcmp(way, "late"))
        return weir_for_each(keep(weir_pipeline_lines(pipeline)), &print_fn, NULL);
    if (!strcmp(way, "bytes"))
        return weir_copy(weir_pipeline_reader(pipeline), weir_null_writer());
    return weir_pipeline_future(pipeline);
}

int main(int argc, char **argv)
{
    weir_note note = {0};
    weir_error error;

    if (argc != 3)
        return 2;
    setlinebuf(stdout); /* it is killed */
    if (!strcmp(argv[1], "threads"))
        return parse_on_threads(argv[2]);
    bool out = !strcmp(argv[1], "output");
    weir_pipeline *pipeline = parse(argv[2], out ? weir_null_writer() : NULL, &note);
    if (!pipeline) {
        fprintf(stderr, "%s\n%s\n", note.message, note.hint);
        return 2;
    }
    weir_state ended = weir_run(future_of(argv[1], pipeline), NULL, &error);
    if (kept)
        weir_mark_settle(kept, true);
    if (ended == WEIR_READY)
        return 0;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return 1;
}
