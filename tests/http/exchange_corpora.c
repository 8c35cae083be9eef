/* The requests of the corpora through a connection: at every split, and byte by byte, the exchanges
 * are what the pure functions say of the same bytes, and so is the refusal behind them. */

#include "talk.h"

#include "core/stage.h"
#include "corpus.h"
#include "http/exchange.h"
#include "http1_said.h"

/* ---- a handler that writes down what it was given ---- */

enum { MESSAGES = 64 };

struct record {
    char *text;
    size_t n;
    size_t ends[MESSAGES]; /* of whole messages */
    unsigned whole;
};

struct recording {
    weir_stream stream;
    struct record *record;
    weir_exchange *x;
    weir_reader *body;
    weir_stream *answer;
};

static void add(struct record *record, const char *bytes, size_t n)
{
    record->text = realloc(record->text, record->n + n + 1);
    memcpy(record->text + record->n, bytes, n);
    record->n += n;
}

static void add_text(struct record *record, const char *text)
{
    add(record, text, strlen(text));
}

static void add_fields(struct record *record, const weir_header *fields, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        add_text(record, "\n");
        add_text(record, fields[i].name);
        add_text(record, ": ");
        add_text(record, fields[i].value);
    }
}

static void add_head(struct record *record, const weir_exchange *x)
{
    const weir_request *request = weir_exchange_request(x);
    add_text(record, request->method);
    add_text(record, " ");
    add_text(record, request->target);
    add_text(record, request->version == 10 ? " 1.0" : " 1.1");
    add_fields(record, x->fields, request->headers_n);
    add_text(record, "\n\n");
}

static weir_poll read_body(struct recording *self, weir_cx *cx)
{
    for (;;) {
        weir_poll got = weir_poll_fill(self->body, cx, 1);
        size_t n;
        const unsigned char *bytes = weir_peek(self->body, &n);
        if (got.state == WEIR_READY || got.state == WEIR_END)
            add(self->record, (const char *)bytes, n);
        if (got.state != WEIR_READY)
            return got;
        weir_consume(self->body, n);
    }
}

static weir_poll recording_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    static const weir_response ok = WEIR_RESPONSE(200, "");
    struct recording *self = WEIR_SELF(struct recording, stream);
    if (!self->body) {
        add_head(self->record, self->x);
        self->body = weir_exchange_body(self->x);
    }
    if (!self->answer) {
        weir_poll got = read_body(self, cx);
        if (got.state != WEIR_END)
            return got;
        add_fields(self->record, self->x->trailers, self->x->trailers_n);
        self->record->ends[self->record->whole++] = self->record->n;
        self->answer = weir_respond_bytes(self->x, &ok, NULL, 0);
        self->x = NULL;
    }
    return weir_poll_next(self->answer, cx, out, demand);
}

static void recording_fini(weir_stream *stream)
{
    struct recording *self = WEIR_SELF(struct recording, stream);
    if (self->body)
        weir_drop(self->body);
    if (self->answer)
        weir_drop(self->answer);
    weir_exchange_drop(self->x);
}

static const weir_stream_ops recording_ops = {.size = sizeof recording_ops,
                                              .name = "recording",
                                              .poll_next = recording_poll_next,
                                              .fini = recording_fini};

static weir_stream *record_one(weir_exchange *x, void *arg)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct recording), &recording_ops, &weir_type_unit);
    struct recording *self = WEIR_SELF(struct recording, stream);
    assert_false(weir_stage_failed(&stream->stage));
    self->record = ((struct talk *)arg)->arg;
    self->x = x;
    stream->stage.one = true;
    return stream;
}
WEIR_HTTP_FN(record_fn, record_one)

/* ---- beside the pure functions ---- */

static struct http1_said said;

/* What becomes of the connection behind a message stands between two of them there. */
static size_t word_at(const char *text, size_t at, size_t n)
{
    static const char *const words[] = {"\nkeep\n", "\nclose\n", "\nupgrade\n"};
    for (size_t i = 0; i < 3; i++)
        if (n - at >= strlen(words[i]) && !memcmp(text + at, words[i], strlen(words[i])))
            return strlen(words[i]);
    return 0;
}

static size_t compare(const char *id, const struct record *record)
{
    size_t at = 0, begin = 0;
    for (unsigned i = 0; i < record->whole && at < said.whole; i++) {
        size_t n = record->ends[i] - begin;
        if (said.whole - at < n || memcmp(said.text + at, record->text + begin, n))
            fail_msg("%s: '%.*s' is said, '%.*s' came", id, (int)(said.whole - at), said.text + at,
                     (int)n, record->text + begin);
        at += n;
        size_t word = word_at(said.text, at, said.whole);
        if (!word)
            fail_msg("%s: a message goes on: '%.*s'", id, (int)(said.whole - at), said.text + at);
        at += word;
        begin = record->ends[i];
    }
    return at;
}

static unsigned last_status(const struct talk *talk)
{
    unsigned status = 0;
    for (const char *at = talk->got; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        status = (unsigned)atoi(at + 9);
    return status;
}

static void check(const char *id, const struct talk *talk, const struct record *record)
{
    size_t at = compare(id, record);
    assert_false(talk->stuck);
    if (at != said.whole)
        fail_msg("%s: these did not come: %s", id, said.text + at);
    /* What speaks another protocol is not answered. */
    bool silent = said.verdict == HTTP1_REFUSED && !strcmp(said.fact, "no version of HTTP") &&
                  last_status(talk) % 200 == 0;
    assert_true(!silent || talk->counts.refused == 1);
    if (said.verdict == HTTP1_REFUSED && !silent && last_status(talk) != said.answer)
        fail_msg("%s: %u was answered, %u is right: %s", id, last_status(talk), said.answer,
                 said.fact);
    if (said.verdict == HTTP1_OK && last_status(talk) > 200)
        fail_msg("%s: %u was answered", id, last_status(talk));
    if (said.verdict == HTTP1_INCOMPLETE)
        assert_true(talk->errors > 0);
}

static void say(const char *id, const struct corpus_value *in, size_t first, size_t piece)
{
    struct record record = {0};
    struct talk talk = {.handler = &record_fn, .arg = &record, .piece = piece};
    unsigned step = 0;
    if (first)
        talk.steps[step++] = (struct talk_step){TALK_SAY, in->bytes, first};
    talk.steps[step++] = (struct talk_step){TALK_UNTIL, NULL, 1};
    if (in->n > first)
        talk.steps[step++] = (struct talk_step){TALK_SAY, in->bytes + first, in->n - first};
    talk.steps[step++] = (struct talk_step)CLOSE;
    talk_run(&talk);
    check(id, &talk, &record);
    talk_end(&talk);
    free(record.text);
}

static const char *text_of(const struct corpus_value *object, const char *name)
{
    const struct corpus_value *value = corpus_get(object, name);
    return value && value->kind == CORPUS_BYTES ? value->bytes : "";
}

static void check_test(const struct corpus_value *test, void *arg)
{
    const struct corpus_value *in = corpus_get(test, "in");
    const char *id = text_of(test, "id");
    if (!strcmp(text_of(test, "kind"), "response") || !in->n)
        return;
    http1_say(&said, (struct http1_kind){.host_wanted = true}, (const unsigned char *)in->bytes,
              in->n, in->n, 1);
    for (size_t at = 0; at <= in->n; at += 1 + in->n / 500)
        say(id, in, at, 0);
    say(id, in, in->n, 1);
    ++*(unsigned *)arg;
}

static void as_the_pure_functions_say(void **state)
{
    (void)state;
    unsigned n = 0;
    corpus_for_each("http1-llhttp.jsonl", check_test, &n);
    corpus_for_each("http1-gunicorn.jsonl", check_test, &n);
    assert_true(n > 150);
}

int http_exchange_corpora(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_pure_functions_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
