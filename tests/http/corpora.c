/* The corpora of two other parsers' tests: each input whole, byte by byte and cut once at every
 * offset says the same; and that is what both of them say, or what was decided here. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "http1_said.h"

/* ---- what was decided where they disagree, or where neither speaks of what weir speaks ---- */

static const struct decision {
    const char *id, *verdict, *why;
} decisions[] = {
    {"llhttp/request/connection:158", "400", "one empty line is passed over, not two"},
    {"llhttp/request/content-length:77", "incomplete", "a head that ends is read as a whole"},
    {"llhttp/request/invalid:358", "ok", "any token is a method"},
    {"llhttp/request/method:137", "400", "'*' is for OPTIONS, and not for M-SEARCH"},
    {"llhttp/request/method:374", "400", "ICE is no HTTP"},
    {"llhttp/request/sample:316", "400", "no HTTP/0.9"},
    {"llhttp/request/transfer-encoding:753", "501", "a coding that nobody here decodes"},
    {"llhttp/request/transfer-encoding:795", "501", "a coding that nobody here decodes"},
    {"llhttp/response/connection:6", "ok", "Proxy-Connection says nothing"},
    {"llhttp/response/sample:42", "400", "RTSP is no HTTP"},
    {"llhttp/response/sample:647", "400", "no HTTP/0.9"},
    {"llhttp/response/transfer-encoding:45", "400", "chunked is not the last"},
    {"llhttp/response/transfer-encoding:76", "400", "chunked is not the last"},
    {"llhttp/response/transfer-encoding:114", "501", "a coding that nobody here decodes"},
    {"gunicorn/valid/013", "400", "no blank before an extension's name"},
    {"gunicorn/valid/019", "ok", "what stands behind a request that closes is ignored"},
    {"gunicorn/valid/021", "ok", "what stands behind a request that closes is ignored"},
    {"gunicorn/valid/rfc9112_smuggle_gzip_chunked_01", "501", "nobody here decodes it"},
    {"gunicorn/invalid/001", "incomplete", "right so far"},
    {"gunicorn/invalid/003c", "ok", "any token is a method"},
    {"gunicorn/invalid/006", "ok", "lines of 4 KiB are within the limits here"},
    {"gunicorn/invalid/007", "431", "a line of more than 8 KiB"},
    {"gunicorn/invalid/008", "ok", "lines of 4 KiB are within the limits here"},
    {"gunicorn/invalid/009", "431", "more than 100 fields"},
    {"gunicorn/invalid/016", "400", "an authority that is none"},
    {"gunicorn/invalid/017", "ok", "a line of 8 KiB is within the limits here"},
    {"gunicorn/invalid/chunked_05", "400", "Transfer-Encoding in HTTP/1.0"},
    {"gunicorn/invalid/rfc9110_trailer_forbidden_host_01", "ok", "the trailer is dropped"},
    {"gunicorn/invalid/rfc9112_chunked_missing_final_crlf_01", "incomplete", "right so far"},
    {"gunicorn/invalid/rfc9112_leading_crlf_02", "400", "one empty line is passed over, not two"},
    {"gunicorn/invalid/rfc9112_target_asterisk_non_options_01", "400", "'*' is for OPTIONS"},
};

enum { DECISIONS = sizeof decisions / sizeof *decisions };

static const struct decision *decided(const char *id)
{
    for (size_t i = 0; i < DECISIONS; i++)
        if (!strcmp(decisions[i].id, id))
            return &decisions[i];
    return NULL;
}

/* ---- what they say, in the words of http1_said.h ---- */

static const char *text_of(const struct corpus_value *object, const char *name)
{
    const struct corpus_value *value = corpus_get(object, name);
    return value && value->kind == CORPUS_BYTES ? value->bytes : "";
}

static void add(struct http1_said *out, const char *bytes, size_t n)
{
    assert_true(n <= HTTP1_SAID_BYTES - out->n);
    memcpy(out->text + out->n, bytes, n);
    out->n += n;
}

static void add_value(struct http1_said *out, const struct corpus_value *value, const char *behind)
{
    if (value)
        add(out, value->bytes, value->n);
    add(out, behind, strlen(behind));
}

/* Blanks behind a value are a part of it there. */
static void add_fields(struct http1_said *out, const struct corpus_value *fields)
{
    for (size_t i = 0; fields && i < fields->n; i++) {
        struct corpus_value *pair = fields->parts[i].parts;
        while (pair[1].n && strchr(" \t", pair[1].bytes[pair[1].n - 1]))
            pair[1].n--;
        add(out, "\n", 1);
        add_value(out, &pair[0], ": ");
        add_value(out, &pair[1], "");
    }
}

static void add_message(struct http1_said *out, const struct corpus_value *message, bool upgrade)
{
    const struct corpus_value *status = corpus_get(message, "status");
    char digits[20];
    if (status)
        add(out, digits, (size_t)snprintf(digits, sizeof digits, "%lld", status->whole));
    add_value(out, corpus_get(message, "method"), " ");
    add_value(out, corpus_get(message, status ? "reason" : "target"), " ");
    add_value(out, corpus_get(message, "version"), "");
    add_fields(out, corpus_get(message, "headers"));
    add(out, "\n\n", 2);
    add_value(out, corpus_get(message, "body"), "");
    add_fields(out, corpus_get(message, "trailers"));
    add_value(out, NULL,
              upgrade                            ? "\nupgrade\n"
              : corpus_is(message, "keep_alive") ? "\nkeep\n"
                                                 : "\nclose\n");
}

static void add_messages(struct http1_said *out, const struct corpus_value *opinion)
{
    const struct corpus_value *messages = corpus_get(opinion, "messages");
    bool upgrade = !strcmp(text_of(opinion, "verdict"), "upgrade");
    out->n = 0;
    for (size_t i = 0; i < messages->n; i++)
        add_message(out, &messages->parts[i], upgrade && i + 1 == messages->n);
}

/* ---- what weir says ---- */

static struct http1_said said, other, wanted;
static unsigned disagreements;

static void disagree(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprint_error(format, arguments);
    va_end(arguments);
    print_error("\n");
    disagreements++;
}

static void verdict_of(const struct http1_said *it, char out[20])
{
    static const char *const words[] = {"ok", "upgrade", "incomplete", ""};
    strcpy(out, words[it->verdict]);
    if (it->verdict == HTTP1_REFUSED)
        sprintf(out, "%u", it->answer);
}

static void say_in_pieces(const char *id, const struct corpus_value *in, bool response)
{
    const unsigned char *bytes = (const unsigned char *)in->bytes;
    struct http1_kind kind = {.responses = response};
    http1_say(&said, kind, bytes, in->n, in->n, 1);
    http1_say(&other, kind, bytes, in->n, 0, 1);
    if (!http1_same(&said, &other))
        disagree("%s: byte by byte something else", id);
    for (size_t at = 0; at <= in->n; at++) {
        http1_say(&other, kind, bytes, in->n, at, in->n);
        if (!http1_same(&said, &other))
            disagree("%s: cut at %zu something else", id, at);
    }
}

/* A refusal's status is weir's own, unless it was decided. */
static void compare(const char *id, const char *verdict, const struct corpus_value *opinion)
{
    const struct decision *decision = decided(id);
    char mine[20];
    verdict_of(&said, mine);
    if (!strcmp(text_of(opinion, "reason"), "Data after `Connection: close`"))
        verdict = "ok"; /* it is ignored: all of these were decided so */
    if (decision)
        verdict = decision->verdict;
    bool refused = !strcmp(verdict, "error") && said.verdict == HTTP1_REFUSED;
    if (!refused && strcmp(mine, verdict) != 0)
        disagree("%s: %s at %zu (%s), wanted %s", id, mine, said.byte, said.fact ? said.fact : "",
                 verdict);
    if (decision)
        return;
    add_messages(&wanted, opinion);
    if (said.whole != wanted.n || memcmp(said.text, wanted.text, wanted.n) != 0)
        disagree("%s: '%.*s', wanted '%.*s'", id, (int)said.whole, said.text, (int)wanted.n,
                 wanted.text);
}

static void check_llhttp(const struct corpus_value *test, void *arg)
{
    const char *id = text_of(test, "id");
    const struct corpus_value *opinion = corpus_get(test, "strict");
    say_in_pieces(id, corpus_get(test, "in"), !strcmp(text_of(test, "kind"), "response"));
    compare(id, text_of(opinion, "verdict"), opinion);
    ++*(unsigned *)arg;
}

/* Two opinions: nothing in which they differ is left to chance. */
static void check_gunicorn(const struct corpus_value *test, void *arg)
{
    const char *id = text_of(test, "id");
    const struct corpus_value *opinion = corpus_get(test, "llhttp_strict");
    const char *verdict = text_of(opinion, "verdict");
    bool valid = !strcmp(text_of(test, "suite_verdict"), "valid");
    bool valid_there = !strcmp(verdict, "ok") || !strcmp(verdict, "upgrade");
    if (valid != valid_there && !decided(id))
        disagree("%s: they disagree, and nothing was decided", id);
    say_in_pieces(id, corpus_get(test, "in"), false);
    compare(id, verdict, opinion);
    ++*(unsigned *)arg;
}

static void test_llhttp(void **state)
{
    (void)state;
    unsigned n = disagreements = 0;
    corpus_for_each("http1-llhttp.jsonl", check_llhttp, &n);
    assert_int_equal(n, 147);
    assert_int_equal(disagreements, 0);
}

static void test_gunicorn(void **state)
{
    (void)state;
    unsigned n = disagreements = 0;
    corpus_for_each("http1-gunicorn.jsonl", check_gunicorn, &n);
    assert_int_equal(n, 78);
    assert_int_equal(disagreements, 0);
}

int http_corpora(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_llhttp),
        cmocka_unit_test(test_gunicorn),
    };
    return cmocka_run_group_tests_name("http corpora", tests, NULL, NULL);
}
