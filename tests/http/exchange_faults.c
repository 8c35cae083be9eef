/* A connection of HTTP/1.x that goes wrong: dropped at each poll, without memory at each
 * allocation, cut at each byte, failed at each write. What looks whole to the client is whole, and
 * nothing is left behind. */

#include "talk.h"

#define HOST "Host: a\r\n"

/* Each has its own way to be in the midst of something. */
static const char *const said[] = {
    "GET /h6 HTTP/1.1\r\n" HOST "\r\n",
    "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /h100 HTTP/1.1\r\n" HOST "\r\nGET /d HTTP/1.1\r\n" HOST
    "\r\n",
    "POST /b.r.e.o.k HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /h6 HTTP/1.1\r\n" HOST
    "\r\n",
    "POST /b.r9.t.e.o.k HTTP/1.1\r\n" HOST
    "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n"
    "5\r\n, you\r\n0\r\nx: y\r\n\r\nGET /h6 HTTP/1.1\r\n" HOST "\r\n",
    "POST /h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\nx: y\r\n\r\n"
    "GET /a200.w6.f.w300.k HTTP/1.1\r\n" HOST "\r\n",
    "POST /g.b.s1.r.a200.w6.k HTTP/1.1\r\n" HOST
    "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    "GET /h6 HTTP/1.1\r\n" HOST "\r\nPOST /b.r.h6 HTTP/1.1\r\n" HOST
    "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    "GET /s1.l20000.w20000.k HTTP/1.1\r\n" HOST "\r\nGET /a200.w20000.W HTTP/1.1\r\n" HOST "\r\n",
    "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /x HTTP/1.1\r\nHost\r\n\r\n",
};
enum { SAID = sizeof said / sizeof *said };

static void begin(struct talk *talk, const char *text, unsigned how)
{
    *talk = (struct talk){.steps = {SAY(text), CLOSE}};
    for (int i = 0; i < 2; i++) {
        talk->wire.ways[i].room = !(how & 1) ? 0 : strstr(text, "20000") ? 3000 : 7;
        talk->wire.ways[i].hesitates = how & 2;
        talk->wire.ways[i].withheld = how & 4;
    }
}

/* As many whole answers as were counted at least; behind them nothing that could be taken for one.
 */
static void check(const struct talk *talk)
{
    bool rest;
    unsigned whole = talk_whole(talk, &rest);
    const weir_http_counts *counts = &talk->counts;
    assert_false(talk->stuck);
    assert_true(whole <= counts->answered + counts->refused + counts->unanswered);
    assert_true(counts->answered <= counts->requests);
    if (talk->ended == WEIR_END)
        assert_in_range(whole, counts->answered + counts->refused,
                        counts->answered + counts->refused + counts->unanswered);
}

static void dropped_at_each_poll(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAID * 8; i++)
        for (unsigned at = 1;; at += 1 + at / 32) {
            struct talk talk;
            begin(&talk, said[i / 8], i % 8);
            talk.drop_at = at;
            talk_run(&talk);
            bool dropped = talk.polls == at && talk.served == WEIR_PENDING;
            bool rest;
            talk_whole(&talk, &rest);
            assert_false(talk.stuck);
            assert_true(talk.counts.requests - talk.counts.answered - talk.counts.unanswered <=
                        talk.counts.refused);
            talk_end(&talk);
            if (!dropped)
                break;
        }
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAID * 4; i++)
        for (unsigned at = 1;; at += 1 + at / 32) {
            struct talk talk;
            begin(&talk, said[i / 4], i % 2);
            memory_begin(at, i / 2 % 2);
            talk_run(&talk);
            talk_end(&talk);
            bool failed = memory.failed > 0;
            assert_int_equal(memory_end(), 0);
            if (!failed)
                break;
        }
}

static void a_write_fails(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAID * 8; i++)
        for (unsigned at = 1;; at += 1 + at / 32) {
            struct talk talk;
            begin(&talk, said[i / 8], i % 8);
            talk.wire.ways[TO_CLIENT].fail_write = at;
            talk_run(&talk);
            bool failed = talk.wire.ways[TO_CLIENT].writes >= at;
            assert_false(talk.stuck);
            assert_int_equal(talk.served, WEIR_END);
            if (failed)
                assert_int_equal(talk.ended, WEIR_ERROR);
            talk_end(&talk);
            if (!failed)
                break;
        }
}

/* The client is gone after so many bytes: as one that closed, or with a reset. */
static void the_client_goes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAID * 8; i++)
        for (size_t at = 1; at < strlen(said[i / 8]); at++) {
            struct talk talk;
            begin(&talk, said[i / 8], i % 8);
            talk.wire.ways[TO_SERVER].cut_at = at;
            talk_run(&talk);
            assert_int_equal(talk.served, WEIR_END);
            check(&talk);
            talk_end(&talk);
        }
}

static void the_client_resets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SAID * 8; i++)
        for (size_t at = 1; at < strlen(said[i / 8]); at += 3) {
            struct talk talk;
            char text[1024];
            snprintf(text, sizeof text, "%.*s", (int)at, said[i / 8]);
            begin(&talk, text, i % 8);
            talk.steps[1] = (struct talk_step)RESET;
            talk_run(&talk);
            assert_int_equal(talk.served, WEIR_END);
            talk_end(&talk);
        }
}

int http_exchange_faults(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropped_at_each_poll), cmocka_unit_test(without_memory),
        cmocka_unit_test(a_write_fails),        cmocka_unit_test(the_client_goes),
        cmocka_unit_test(the_client_resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
