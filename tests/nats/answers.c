/* What a server says, in all its forms, and what is made of it. No server is asked. */

#include "broker.h"
#include "nats/message.h"
#include "nats/outbox.h"
#include "taken.h"

enum { FETCH = 4, OPEN = 4 };

static natsMsg *message_of(const char *subject, const char *reply, const char *text)
{
    natsMsg *message = NULL;
    assert_int_equal(natsMsg_Create(&message, subject, reply, text, text ? (int)strlen(text) : 0),
                     NATS_OK);
    return message;
}

/* ---- where a message stands ---- */

#define PLACE "$JS.ACK.S.w.3.17.5.1700000000000000000.42"
#define FAR_PLACE "$JS.ACK.domain.account.S.w.3.17.5.1700000000000000000.42"

static const struct {
    const char *reply;
    uint32_t tries;
    int64_t offset;
    uint64_t to_come;
} places[] = {
    {PLACE, 3, 17, 42},
    {FAR_PLACE, 3, 17, 42},
    {FAR_PLACE ".more", 3, 17, 42},
    {FAR_PLACE ".a.b.c.d.e.f.g", 3, 17, 42},
    {PLACE ".more", 0, -1, WEIR_LAG_UNKNOWN}, /* of no known form */
    {"_INBOX.x", 0, -1, WEIR_LAG_UNKNOWN},
    {"$JS.ACK.S.w.a.1/.5.1.x", 0, 1, 0}, /* no number is 0, and one ends where it ends */
    {NULL, 0, -1, WEIR_LAG_UNKNOWN},
};

static void places_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        weir_message out;
        natsMsg *message = message_of("in.S", places[i].reply, i ? NULL : "x");
        weir_nats_message(message, &out);
        assert_int_equal(out.tries, places[i].tries);
        assert_int_equal(out.offset, places[i].offset);
        assert_true(weir_nats_to_come(message) == places[i].to_come);
        assert_non_null(out.value.data); /* empty is no tombstone */
        natsMsg_Destroy(message);
    }
    assert_int_equal(weir_nats_last_number("a.b.12"), 12);
    assert_int_equal(weir_nats_last_number("12"), 0);
    assert_int_equal(weir_nats_last_number(NULL), 0);
}

static int headers_of(unsigned n, size_t bytes, int max)
{
    weir_header headers[WEIR_NATS_HEADERS_MAX];
    char name[16], *value = calloc(1, bytes + 1);
    natsMsg *message = message_of("in.S", NULL, "x");
    memset(value, 'v', bytes);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "n%u", i / 3); /* some have several values */
        assert_int_equal(natsMsgHeader_Add(message, name, value), NATS_OK);
    }
    int got = weir_nats_headers(message, headers, max);
    natsMsg_Destroy(message);
    free(value);
    return got;
}

static void headers_have_limits(void **state)
{
    (void)state;
    assert_int_equal(headers_of(0, 1, WEIR_NATS_HEADERS_MAX), 0);
    assert_int_equal(headers_of(7, 1, WEIR_NATS_HEADERS_MAX), 7);
    assert_int_equal(headers_of(WEIR_NATS_HEADERS_MAX + 1, 1, WEIR_NATS_HEADERS_MAX), -1);
    assert_int_equal(headers_of(7, 1, 2), -1);
    assert_int_equal(headers_of(9, 2000, WEIR_NATS_HEADERS_MAX), -1);
}

/* ---- what ends a request ---- */

static struct weir_nats_link *link_of(const char *consumer)
{
    weir_nats_from from = WEIR_NATS_FROM(.stream = "S", .consumer = consumer, .fetch_max = FETCH);
    struct weir_nats_link *link = weir_nats_link_new(&from, weir_nats_on_message);
    assert_non_null(link);
    snprintf(link->plain, sizeof link->plain, "one");
    link->asks[0].number = 7;
    link->asks[0].left = FETCH;
    link->asks[0].bytes_left = 100;
    return link;
}

static void come(struct weir_nats_link *link, natsMsg *message)
{
    weir_nats_on_message(NULL, NULL, message, &link->asks[0]);
}

static const struct {
    const char *subject, *code, *words;
    bool ends;
    unsigned happened;
    const char *refusal;
} ends[] = {
    {"in.7", "503", NULL, true, WEIR_NATS_REFUSED, "503"},
    {"in.7", "400", "Bad Request", true, WEIR_NATS_DELETED, "Bad Request"},
    {"in.7", "409", "Consumer Deleted", true, WEIR_NATS_DELETED, "Consumer Deleted"},
    {"in.7", "409", "Consumer is push based", true, WEIR_NATS_DELETED, "Consumer is push based"},
    {"in.7", "409", "Message Size Exceeds MaxBytes", true, 0, "Message Size Exceeds MaxBytes"},
    {"in.7", "409", "Exceeded MaxRequestBatch of 2", true, WEIR_NATS_REFUSED,
     "Exceeded MaxRequestBatch of 2"}, /* the next look finds what it allows */
    {"in.7", "404", "Consumer Deleted", true, 0, "Consumer Deleted"},
    {"in.7", "408", "", true, 0, "408"},
    {"in.6", "409", "Consumer Deleted", false, 0, ""}, /* of one that was given up */
    {"in.7", "100", "Idle Heartbeat", false, 0, ""},
    {"in.7", "", "nothing", false, 0, ""},
    {"in.7", NULL, "nothing", false, 0, ""},
};

static void requests_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct weir_nats_link *link = link_of("w");
        natsMsg *message = message_of(ends[i].subject, NULL, NULL);
        if (ends[i].code)
            natsMsgHeader_Set(message, "Status", ends[i].code);
        if (ends[i].words)
            natsMsgHeader_Set(message, "Description", ends[i].words);
        come(link, message);
        assert_int_equal(link->asks[0].left, ends[i].ends ? 0 : FETCH);
        assert_int_equal(link->happened, ends[i].happened);
        assert_string_equal(link->refusal, ends[i].refusal);
        weir_nats_link_leave(link);
    }
}

/* Where little is allowed, a message that is too large for that will never come. */
static void small_requests_end(void **state)
{
    (void)state;
    static const char *const words[] = {"Message Size Exceeds MaxBytes", "Leadership Change"};
    for (unsigned i = 0; i < 2; i++) {
        struct weir_nats_link *link = link_of("w");
        natsMsg *message = message_of("in.7", NULL, NULL);
        natsMsgHeader_Set(message, "Status", "409");
        natsMsgHeader_Set(message, "Description", words[i]);
        link->asks[0].wanted = FETCH;
        link->allowed.bytes = 50;
        come(link, message);
        assert_int_equal(link->happened, i ? 0 : WEIR_NATS_DELETED);
        assert_true(link->asks[0].refused);
        weir_nats_link_leave(link);
    }
}

/* Room for what was asked for; a reply subject that no receipt has room for is no message. */
static void what_comes_is_counted(void **state)
{
    (void)state;
    char far[WEIR_NATS_SUBJECT_BYTES + 100] = PLACE ".";
    memset(far + strlen(far), 'x', WEIR_NATS_SUBJECT_BYTES);
    struct weir_nats_link *link = link_of("w");
    link->asks[0].bytes_left = 600;
    come(link, message_of("in.S", far, "x"));
    come(link, message_of("in.S", "somewhere.else", "x"));
    assert_int_equal(taken(link), 0);
    come(link, message_of("in.S", PLACE, "x"));
    assert_int_equal(link->asks[0].left, FETCH - 1);
    assert_int_equal(link->asks[0].bytes_left, 600 - 1 - WEIR_NATS_MESSAGE_OVERHEAD);
    for (unsigned i = 0; i < 2 * FETCH; i++) /* more than was asked for */
        come(link, message_of("in.S", PLACE, "x"));
    assert_int_equal(link->asks[0].left, 0);
    assert_int_equal(link->asks[0].bytes_left, 0);
    assert_int_equal(link->happened, 0);
    assert_int_equal(taken(link), 2 * FETCH);
    link->leaving = true;
    come(link, message_of("in.S", PLACE, "x"));
    assert_int_equal(taken(link), 0);
    weir_nats_link_leave(link);
}

/* Without a consumer of its own: of the one that there is, and behind what was seen. */
static void strangers_do_not_count(void **state)
{
    (void)state;
    struct weir_nats_link *link = link_of(NULL);
    come(link, message_of("in.S", "$JS.ACK.S.two.1.3.3.1.0", "x"));
    assert_int_equal(taken(link), 0);
    come(link, message_of("in.S", "$JS.ACK.S.one.1.3.3.1.0", "x"));
    assert_int_equal(taken(link), 1);
    come(link, message_of("in.S", "$JS.ACK.S.one.1.3.3.1.0", "x"));
    link->stale = true;
    come(link, message_of("in.S", "$JS.ACK.S.one.1.4.4.1.0", "x"));
    link->stale = false;
    link->plain[0] = '\0';
    come(link, message_of("in.S", "$JS.ACK.S.one.1.4.4.1.0", "x"));
    assert_int_equal(taken(link), 0);
    weir_nats_link_leave(link);
}

/* ---- requests ---- */

/* Nobody is there to be asked: the request is over, and another may be made. */
static void what_cannot_be_asked_is_not_waited_for(void **state)
{
    (void)state;
    struct weir_nats_link *link = link_of("w");
    link->asks[0].left = 0;
    weir_nats_ask_more(link, 1); /* there is no connection */
    link->up = true;
    weir_nats_ask_more(link, 1);
    assert_true(weir_nats_asked_until_ns(link, 1) == UINT64_MAX);
    link->asks[0].left = link->asks[1].left = FETCH;
    link->asks[0].until_ns = link->asks[1].until_ns = 5;
    assert_int_equal(weir_nats_asked_until_ns(link, 4), 5);
    assert_true(weir_nats_asked_until_ns(link, 5) == UINT64_MAX); /* nobody looks at it now */
    weir_nats_ask_more(link, 4);
    assert_int_equal(link->asks[0].left, FETCH); /* it is still under way */
    weir_nats_ask_more(link, 5);
    assert_int_equal(link->asks[0].left, 0); /* it was given up */
    assert_int_equal(link->happened, WEIR_NATS_REFUSED);
    assert_false(link->stale);
    link->asks[0].refused = true; /* it would be at once, again and again */
    weir_nats_ask_more(link, 6);
    assert_int_equal(weir_nats_asked_until_ns(link, 6), 6 + 100000000);
    link->stale = true;
    weir_nats_ask_more(link, 7);
    assert_int_equal(link->asks[0].left, 0);
    link->stale = false;
    weir_nats_ask_no_more(link);
    weir_nats_ask_more(link, UINT64_MAX / 2);
    assert_int_equal(link->asks[0].number, 7 + 1); /* one was begun */
    weir_nats_link_leave(link);
}

/* Who has none of its own has another one made. */
static void who_is_not_answered_begins_anew(void **state)
{
    (void)state;
    struct weir_nats_link *link = link_of(NULL);
    link->up = true;
    link->asks[0].until_ns = 5;
    link->asks[1].left = FETCH;
    link->asks[1].until_ns = 50;
    weir_nats_ask_more(link, 5);
    assert_int_equal(link->happened, WEIR_NATS_REFUSED);
    assert_true(link->stale);
    assert_int_equal(link->asks[1].left, 0);
    weir_nats_link_leave(link);
}

/* ---- receipts ---- */

static weir_mark *mark_of(struct weir_nats_link *link, unsigned n)
{
    struct weir_nats_receipts *receipts = weir_nats_receipts_new(link, NULL);
    assert_non_null(receipts);
    for (unsigned i = 0; i < n; i++)
        weir_nats_receipts_add(receipts, PLACE, 1);
    return weir_nats_receipts_open(receipts, n);
}

/* In any order; what is open is told of, and goes back. */
static void marks_are_settled_in_any_order(void **state)
{
    (void)state;
    static const unsigned order[] = {1, 0, 2};
    struct weir_nats_link *link = link_of("w");
    weir_mark *marks[3];
    for (unsigned i = 0; i < 3; i++)
        marks[i] = mark_of(link, i);
    assert_int_equal(link->receipts, 3);
    weir_nats_tick(link, NULL);
    weir_nats_tick(link, NULL);
    weir_nats_open_give_back(link);
    for (unsigned i = 0; i < 3; i++)
        weir_mark_settle(marks[order[i]], i);
    assert_int_equal(link->receipts, 0);
    assert_int_equal(link->marks, 0);
    weir_nats_link_leave(link);
}

/* ---- what a stream answers to who publishes ---- */

static const struct {
    const char *text;
    enum weir_nats_answer answer;
    const char *wrong;
} answers[] = {
    {"{\"stream\":\"S\",\"seq\":7}", WEIR_NATS_STORED, ""},
    {NULL, WEIR_NATS_NOBODY, ""},
    {"{\"error\":{\"code\":503,\"description\":\"later\"}}", WEIR_NATS_NOBODY, "later"},
    {"{\"error\":{\"code\":400,\"description\":\"too large\"}}", WEIR_NATS_WRONG, "too large"},
    {"{\"error\":{\"code\":400}}", WEIR_NATS_WRONG, "refused"},
    {"{\"error\":{\"description\":\"cut", WEIR_NATS_WRONG, "cut"},
};

static struct weir_nats_link *sink_link(void)
{
    weir_nats_from from = {.stream = "in.S"};
    struct weir_nats_link *link = weir_nats_link_new(&from, weir_nats_on_stored);
    assert_non_null(link);
    struct weir_nats_outbox *outbox = weir_nats_outbox_new(link, OPEN, 100);
    assert_non_null(outbox);
    for (unsigned i = 0; i < 2; i++)
        assert_int_not_equal(weir_nats_outbox_put(link, message_of("in.S", NULL, "x"), 10),
                             NATS_OK); /* nobody is there; it stays */
    return link;
}

static void answer(struct weir_nats_link *link, unsigned number, const char *text)
{
    char subject[32];
    snprintf(subject, sizeof subject, "_INBOX.x.%u", number);
    weir_nats_on_stored(NULL, NULL, message_of(subject, NULL, text), &link->asks[0]);
}

static void answers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct weir_nats_link *link = sink_link();
        struct weir_nats_outbox *outbox = link->outbox;
        answer(link, 2, answers[i].text); /* of nothing that was sent */
        assert_false(weir_nats_outbox_has_news(outbox));
        answer(link, 0, answers[i].text);
        assert_int_equal(outbox->sent[0].answer, answers[i].answer);
        assert_string_equal(outbox->wrong, answers[i].wrong);
        assert_true(weir_nats_outbox_has_news(outbox));
        answer(link, 0, answers[1].text); /* stored once is stored */
        assert_int_equal(outbox->sent[0].answer == WEIR_NATS_STORED, i == 0);
        weir_nats_link_leave(link);
    }
}

/* The first that is not stored holds back what is behind it. */
static void what_is_stored_goes_in_order(void **state)
{
    (void)state;
    struct weir_nats_link *link = sink_link();
    struct weir_nats_outbox *outbox = link->outbox;
    answer(link, 1, answers[0].text);
    assert_false(weir_nats_outbox_has_news(outbox));
    assert_int_equal(weir_nats_outbox_look(link, 20, false), WEIR_NATS_STORED);
    assert_int_equal(outbox->first, 0);
    answer(link, 0, answers[0].text);
    (void)weir_nats_outbox_look(link, 20, true);
    assert_int_equal(outbox->first, 2);
    answer(link, 0, answers[0].text); /* again: it is gone */
    assert_int_equal(outbox->bytes, 0);
    weir_nats_link_leave(link);
}

/* It is asked again a while, sooner than what nobody answered. */
static void nobody_may_be_late(void **state)
{
    (void)state;
    struct weir_nats_link *link = sink_link();
    struct weir_nats_outbox *outbox = link->outbox;
    answer(link, 1, NULL);
    assert_true(weir_nats_outbox_has_news(outbox));
    assert_int_equal(weir_nats_outbox_look(link, 20, true), WEIR_NATS_NONE);
    assert_true(outbox->sent[1].again_ns < outbox->sent[0].again_ns);
    answer(link, 1, NULL);
    assert_int_equal(weir_nats_outbox_look(link, 150, false), WEIR_NATS_NOBODY);
    weir_nats_link_leave(link);
}

/* Of who takes it and says nothing, as long as there is a connection; a new one begins anew. */
static void silence_has_an_end(void **state)
{
    (void)state;
    struct weir_nats_link *link = sink_link();
    assert_int_equal(weir_nats_outbox_look(link, 110, false), WEIR_NATS_NONE);
    link->up = true;
    assert_int_equal(weir_nats_outbox_look(link, 109, false), WEIR_NATS_NONE);
    assert_int_equal(weir_nats_outbox_look(link, 110, false), WEIR_NATS_SILENT);
    assert_int_equal(weir_nats_outbox_look(link, 110, true), WEIR_NATS_NONE);
    assert_int_equal(weir_nats_outbox_look(link, 209, false), WEIR_NATS_NONE);
    answer(link, 0, answers[0].text);
    assert_int_equal(weir_nats_outbox_look(link, 210, false), WEIR_NATS_SILENT);
    weir_nats_link_leave(link);
}

/* That nobody stored it yet, of a server that started, is no matter once there is another. */
static void each_start_has_its_time(void **state)
{
    (void)state;
    struct weir_nats_link *link = sink_link();
    answer(link, 0, NULL);
    assert_int_equal(weir_nats_outbox_look(link, 20, false), WEIR_NATS_NONE);
    assert_int_equal(weir_nats_outbox_look(link, 200, true), WEIR_NATS_NONE);
    answer(link, 0, NULL);
    assert_int_equal(weir_nats_outbox_look(link, 210, false), WEIR_NATS_NONE);
    answer(link, 0, NULL);
    assert_int_equal(weir_nats_outbox_look(link, 310, false), WEIR_NATS_NOBODY);
    weir_nats_link_leave(link);
}

/* Unlike what a stream says against one. */
static void what_is_wrong_stays_wrong(void **state)
{
    (void)state;
    struct weir_nats_link *link = sink_link();
    answer(link, 1, answers[3].text);
    assert_true(weir_nats_outbox_has_news(link->outbox));
    assert_int_equal(weir_nats_outbox_look(link, 20, false), WEIR_NATS_WRONG);
    weir_nats_link_leave(link);
}

int nats_answers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_read),
        cmocka_unit_test(headers_have_limits),
        cmocka_unit_test(requests_end),
        cmocka_unit_test(small_requests_end),
        cmocka_unit_test(what_comes_is_counted),
        cmocka_unit_test(strangers_do_not_count),
        cmocka_unit_test(what_cannot_be_asked_is_not_waited_for),
        cmocka_unit_test(who_is_not_answered_begins_anew),
        cmocka_unit_test(marks_are_settled_in_any_order),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(what_is_stored_goes_in_order),
        cmocka_unit_test(nobody_may_be_late),
        cmocka_unit_test(silence_has_an_end),
        cmocka_unit_test(each_start_has_its_time),
        cmocka_unit_test(what_is_wrong_stays_wrong),
    };
    assert_int_equal(nats_Open(-1), NATS_OK);
    return cmocka_run_group_tests_name("nats: answers", tests, NULL, NULL);
}
