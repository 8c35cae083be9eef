/* What a connection of HTTP/1.x waits for, and how long; limits; the interim 100. */

#include "talk.h"

#define MS 1000000ull
#define S 1000000000ull
#define HOST "Host: a\r\n"
#define TEXT "content-type: text/plain\r\n"
#define HELLO(rest_) "HTTP/1.1 200 OK\r\n" TEXT "content-length: 6\r\n" rest_ "\r\nabcdef"
#define CLOSES "connection: close\r\n"
#define REFUSED(status_) "HTTP/1.1 " status_ "\r\ncontent-length: 0\r\n" CLOSES "\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define ECHO(text_, rest_)                                                                         \
    "HTTP/1.1 200 OK\r\nX-Made-By: a test\r\ncontent-length: " text_ "\r\n" rest_ "\r\n"
#define POST(target_, fields_) "POST " target_ " HTTP/1.1\r\n" HOST fields_ "\r\n"
#define GET(target_) "GET " target_ " HTTP/1.1\r\n" HOST "\r\n"

struct row {
    const char *name;
    struct talk_step steps[TALK_STEPS];
    const char *got;
    uint64_t ended_ns; /* when the client saw the end */
    bool cut;
};

static const struct row rows[] = {
    {"nothing is said", {{0}}, "", 10 * S, false},
    {"nothing more is said", {SAY(GET("/h6"))}, HELLO(""), 60 * S, false},
    {"a head drips",
     {SAY("GET"), UNTIL(4 * S), SAY(" /"), UNTIL(8 * S), SAY("h"), UNTIL(9900 * MS), SAY("6")},
     REFUSED("408 Request Timeout"),
     10 * S,
     false},
    {"a head that HTTP/2 might begin with drips",
     {SAY("P"), UNTIL(4 * S), SAY("RI * HT")},
     REFUSED("408 Request Timeout"),
     10 * S,
     false},
    {"one that is none of HTTP/2's in the end",
     {UNTIL(5 * S), SAY("P"), UNTIL(9 * S), SAY("UT /h6"), UNTIL(14 * S), SAY(" ")},
     REFUSED("408 Request Timeout"),
     15 * S,
     false},
    {"... and is slow enough",
     {UNTIL(9 * S), SAY("P"), UNTIL(18 * S), SAY("UT /h6 HTTP/1.1\r\n" HOST "\r\n"), CLOSE},
     HELLO(""),
     18 * S,
     false},
    {"a second head drips",
     {SAY(GET("/h6")), UNTIL(30 * S), SAY("G"), UNTIL(36 * S), SAY("E"), UNTIL(39 * S), SAY("T")},
     HELLO("") REFUSED("408 Request Timeout"),
     40 * S,
     false},
    {"a head is slow enough",
     {SAY("GET /h6 HT"), UNTIL(9900 * MS), SAY("TP/1.1\r\n" HOST "\r\n"), CLOSE},
     HELLO(""),
     9900 * MS,
     false},
    {"a body does not come",
     {SAY(POST("/b.r.h6", "Content-Length: 5\r\n") "he")},
     REFUSED("408 Request Timeout"),
     10 * S + 2 * S / 240,
     false},
    {"a body drips",
     {SAY(POST("/b.r.h6", "Content-Length: 9\r\n") "he"), UNTIL(5 * S), SAY("l"), UNTIL(9 * S),
      SAY("l")},
     REFUSED("408 Request Timeout"),
     10 * S + 4 * S / 240,
     false},
    {"chunks drip",
     {SAY(POST("/b.r.h6", "Transfer-Encoding: chunked\r\n") "1\r\nh\r\n"), UNTIL(9 * S),
      SAY("1\r\ne\r\n")},
     REFUSED("408 Request Timeout"),
     10 * S + 2 * S / 240,
     false},
    {"a handler takes its time",
     {SAY(POST("/b.p2.s60000.r.e.o.k", "Content-Length: 5\r\n") "he"), UNTIL(69 * S), SAY("llo"),
      CLOSE},
     ECHO("5", "") "hello",
     69 * S,
     false},
    {"an unread body does not come",
     {SAY(POST("/h6", "Content-Length: 5\r\n") "he")},
     HELLO(""),
     1 * S,
     false},
    {"an unread body drips",
     {SAY(POST("/h6", "Content-Length: 5\r\n") "h"), UNTIL(600 * MS), SAY("e"), UNTIL(900 * MS),
      SAY("l")},
     HELLO(""),
     1 * S,
     false},
    {"an unread body comes late",
     {SAY(POST("/h6", "Content-Length: 5\r\n") "he"), UNTIL(900 * MS), SAY("llo" GET("/h6")),
      CLOSE},
     HELLO("") HELLO(""),
     900 * MS,
     false},
    {"an unread body that is too long",
     {SAY(POST("/h6", "Content-Length: 65537\r\n") "he" GET("/h6"))},
     HELLO(CLOSES),
     0,
     false},
    {"100",
     {SAY(POST("/b.r.e.o.k", "Content-Length: 5\r\nExpect: 100-continue\r\n")), HEAR(CONTINUE),
      SAY("hello" GET("/h6")), CLOSE},
     CONTINUE ECHO("5", "") "hello" HELLO(""),
     0,
     false},
    {"100, asked for",
     {SAY(POST("/g.s5000.b.r.e.o.k", "Content-Length: 5\r\nExpect: 100-continue\r\n")),
      HEAR(CONTINUE), SAY("hello"), CLOSE},
     CONTINUE ECHO("5", "") "hello",
     5 * S,
     false},
    {"100 behind other answers",
     {SAY(GET("/h6") POST("/b.r.e.o.k", "Content-Length: 5\r\nExpect: 100-continue\r\n")),
      HEAR(CONTINUE), SAY("hello"), CLOSE},
     HELLO("") CONTINUE ECHO("5", "") "hello",
     0,
     false},
    {"no 100: answered first",
     {SAY(POST("/h6", "Content-Length: 5\r\nExpect: 100-continue\r\n"))},
     HELLO(CLOSES),
     0,
     false},
    {"no 100: HTTP/1.0",
     {SAY("POST /b.r.e.o.k HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")},
     ECHO("5", CLOSES) "hello",
     0,
     false},
    {"no 100: no body",
     {SAY("GET /b.r.h6 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n"), CLOSE},
     HELLO(""),
     0,
     false},
    {"no 100: not asked for",
     {SAY(POST("/b.r.e.o.k", "Content-Length: 5\r\n") "hello"), CLOSE},
     ECHO("5", "") "hello",
     0,
     false},
};

static void at_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct talk talk = {0};
        memcpy(talk.steps, row->steps, sizeof talk.steps);
        talk_run(&talk);
        if (strcmp(talk.got, row->got) || talk.ended_ns != row->ended_ns)
            print_message("%s: %lu ns, %s\n", row->name, talk.ended_ns, talk.error.message);
        assert_false(talk.stuck);
        assert_string_equal(talk.got, row->got);
        assert_int_equal(talk.ended, row->cut ? WEIR_ERROR : WEIR_END);
        assert_int_equal(talk.ended_ns, row->ended_ns);
        assert_int_equal(talk.served, WEIR_END);
        talk_end(&talk);
    }
}

/* Who takes nothing of an answer is cut after 30 s; who takes some of it, now and then, is not. */
static void answers_are_taken(void **state)
{
    (void)state;
    static const char *const said[] = {GET("/h900000"), GET("/l900000.w900000.k"),
                                       GET("/a200.w900000.f.k"), "nonsense\r\n\r\n"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        struct talk talk = {.steps = {SAY(said[i])}, .deaf_ever = true};
        talk.wire.ways[TO_CLIENT].room = i == 3 ? 10 : 0;
        talk_run(&talk);
        assert_int_equal(talk.served, WEIR_END);
        assert_int_equal(talk.served_ns, 30 * S);
        assert_int_equal(talk.error.code, WEIR_E_TIMEOUT);
        assert_int_equal(talk.counts.unanswered, i < 3);
        talk_end(&talk);
        talk = (struct talk){.steps = {SAY(said[i]), CLOSE}, .sip = 60000, .sip_ns = 20 * S};
        talk.wire.ways[TO_CLIENT].room = 60000;
        talk_run(&talk);
        assert_int_equal(talk.ended, WEIR_END);
        assert_true(i == 3 || talk.ended_ns > 200 * S);
        assert_int_equal(talk.counts.answered, i < 3);
        talk_end(&talk);
    }
}

/* What stands before a slow exchange does not wait for it, if somebody looks. */
static void not_held_back(void **state)
{
    (void)state;
    struct talk talk = {.steps = {SAY(GET("/h6") GET("/s5000.h6")), HEAR("abcdef"), CLOSE}};
    talk_run(&talk);
    assert_string_equal(talk.got, HELLO("") HELLO(""));
    assert_int_equal(talk.heard_ns, 0);
    assert_int_equal(talk.ended_ns, 5 * S);
    talk_end(&talk);
}

/* Behind a refusal the client may still say something, for a second, and sees the answer. */
static void it_lingers(void **state)
{
    (void)state;
    struct talk talk = {.steps = {SAY("nonsense\r\n\r\n"), HEAR("\r\n\r\n"), SAY("and more")},
                        .stays = true};
    talk_run(&talk);
    assert_string_equal(talk.got, REFUSED("400 Bad Request"));
    assert_int_equal(talk.ended, WEIR_END);
    assert_int_equal(talk.served_ns, 1 * S);
    talk_end(&talk);
    talk = (struct talk){.steps = {SAY(GET("/h6"))}, .stays = true};
    talk_run(&talk); /* who was idle has nothing more to see */
    assert_int_equal(talk.served_ns, 60 * S);
    talk_end(&talk);
}

/* ---- limits ---- */

/* A head of so many bytes. */
static const char *head_of(size_t n, size_t line)
{
    static char text[1 << 17];
    size_t at = (size_t)sprintf(text, "GET /h6 HTTP/1.1\r\n" HOST);
    while (at + 2 < n) {
        size_t left = n - 2 - at, piece = left < line + 10 ? left : line;
        at += (size_t)sprintf(text + at, "a: %0*d\r\n", (int)piece - 5, 0);
    }
    strcpy(text + at, "\r\n");
    return text;
}

static const char *many_fields(unsigned n)
{
    static char text[1 << 14];
    size_t at = (size_t)sprintf(text, "GET /h6 HTTP/1.1\r\n" HOST);
    for (unsigned i = 1; i < n; i++)
        at += (size_t)sprintf(text + at, "a: b\r\n");
    strcpy(text + at, "\r\n");
    return text;
}

static const char *long_target(size_t n)
{
    static char text[1 << 15];
    sprintf(text, "GET /h6?%0*d HTTP/1.1\r\n" HOST "\r\n", (int)n, 0);
    return text;
}

static void check_limit(const char *said, const char *got, weir_http_options options, size_t piece)
{
    struct talk talk = {.steps = {SAY(said), CLOSE}, .options = options, .piece = piece};
    talk_run(&talk);
    assert_string_equal(talk.got, got);
    assert_int_equal(talk.ended, WEIR_END);
    talk_end(&talk);
}

static void limits(void **state)
{
    (void)state;
    const char *large = REFUSED("431 Request Header Fields Too Large");
    for (size_t piece = 0; piece < 8000; piece += 3999) {
        weir_http_options usual = {0}, small = {.head_bytes_max = 100};
        check_limit(head_of(32 << 10, 4000), HELLO(""), usual, piece);
        check_limit(head_of((32 << 10) + 1, 4000), large, usual, piece);
        check_limit(head_of(100, 50), HELLO(""), small, piece);
        check_limit(head_of(101, 50), large, small, piece);
        check_limit(head_of(20000, 8192 + 2), HELLO(""), usual, piece);
        check_limit(head_of(20000, 8193 + 2), large, usual, piece);
        check_limit(many_fields(100), HELLO(""), usual, piece);
        check_limit(many_fields(101), large, usual, piece);
        check_limit(long_target(9000), REFUSED("414 URI Too Long"), usual, piece);
        check_limit(POST("/h6", "Content-Length: 5\r\n") "hello" GET("/h6"), HELLO(CLOSES),
                    (weir_http_options){.unread_bytes_max = 4}, piece);
        check_limit(POST("/h6", "Content-Length: 5\r\n") "hello" GET("/h6"), HELLO("") HELLO(""),
                    (weir_http_options){.unread_bytes_max = 5}, piece);
        check_limit(
            POST("/h6", "Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n" GET("/h6"),
            HELLO(""), (weir_http_options){.unread_bytes_max = 4}, piece);
        check_limit(
            POST("/h6", "Transfer-Encoding: chunked\r\n") "5\r\nhello\r\n0\r\n\r\n" GET("/h6"),
            HELLO("") HELLO(""), (weir_http_options){.unread_bytes_max = 5}, piece);
    }
}

int http_exchange_times(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_its_time),   cmocka_unit_test(answers_are_taken),
        cmocka_unit_test(not_held_back), cmocka_unit_test(it_lingers),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
