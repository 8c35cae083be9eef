/* The answers of another parser's tests, told to the client by a peer that closes behind each: in
 * pieces of every size the same comes of it, and that is what the pure functions say. */

#include "client_run.h"
#include "corpus.h"
#include "http1_said.h"

enum { BODY_BYTES = 4096 };

struct outcome {
    weir_state state; /* READY: there was a reply; END: and its body was whole */
    weir_code code;
    unsigned status;
    char body[BODY_BYTES];
    size_t n;
};

static void read_body(struct outcome *out, weir_reply *reply)
{
    weir_error error = {0};
    struct bytes got = body_of(reply, 1, &error);
    out->state = got.state == WEIR_END ? WEIR_END : WEIR_READY;
    out->code = got.state == WEIR_END ? WEIR_OK : error.code;
    assert_true(got.n <= BODY_BYTES);
    if (got.n)
        memcpy(out->body, got.data, got.n);
    out->n = got.n;
    free(got.data);
}

static void ask(struct outcome *out, const struct corpus_value *in, size_t piece)
{
    weir_reply *reply;
    weir_error error;
    again();
    peer.piece = piece;
    peer.answers[0][0] = (struct peer_answer){in->bytes, PEER_CLOSE, false, in->n};
    weir_http_client_options options = peer_options(&peer);
    memset(out, 0, sizeof *out);
    out->state = peer_run(&peer, &test, weir_http_get("http://h/", &options), &reply, &error);
    out->code = out->state == WEIR_ERROR ? error.code : WEIR_OK;
    if (out->state == WEIR_ERROR)
        return;
    out->status = weir_reply_status(reply);
    read_body(out, reply);
    weir_reply_drop(reply);
}

/* The first message, where it is a final one. */
static void compare(const char *id, const struct outcome *got, const struct http1_said *said)
{
    const char *body = said->whole ? strstr(said->text, "\n\n") + 2 : "";
    bool interim = said->n && said->text[0] == '1';
    if (interim)
        return;
    if (said->verdict == HTTP1_REFUSED && !said->whole && got->state == WEIR_END)
        fail_msg("%s: it is taken, but refused: %s", id, said->fact);
    if (!said->whole)
        return;
    if (got->state != WEIR_END || got->status != (unsigned)atoi(said->text))
        fail_msg("%s: status %u, error %d", id, got->status, (int)got->code);
    if (memcmp(got->body, body, got->n) != 0)
        fail_msg("%s: '%.*s' is not its body", id, (int)got->n, got->body);
}

static struct http1_said said;

static void check(const struct corpus_value *test_case, void *arg)
{
    const struct corpus_value *in = corpus_get(test_case, "in");
    const char *id = corpus_get(test_case, "id")->bytes;
    struct outcome whole, pieces;
    if (strcmp(corpus_get(test_case, "kind")->bytes, "response") != 0)
        return;
    http1_say(&said, (struct http1_kind){.responses = true}, (const unsigned char *)in->bytes,
              in->n, in->n, 1);
    ask(&whole, in, 0);
    compare(id, &whole, &said);
    for (size_t piece = 1; piece < in->n; piece++) {
        ask(&pieces, in, piece);
        if (memcmp(&whole, &pieces, sizeof whole) != 0)
            fail_msg("%s: in pieces of %zu another outcome: %d, %u, %zu bytes", id, piece,
                     (int)pieces.code, pieces.status, pieces.n);
    }
    ++*(unsigned *)arg;
}

static void answers_of_the_corpus(void **state)
{
    unsigned n = 0;
    (void)state;
    corpus_for_each("http1-llhttp.jsonl", check, &n);
    assert_int_equal(n, 46);
}

int http_client_corpora(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_of_the_corpus),
    };
    return cmocka_run_group_tests_name("client_corpora", tests, NULL, NULL);
}
