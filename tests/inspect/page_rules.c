/* Who may see the live page: what is said of each request, and of each address to listen at. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "inspect/page.h"
#include "weir/net.h"

static const struct weir_page_door door = {.port = 8090,
                                           .token = "00112233445566778899aabbccddeeff"};
#define TOKEN "00112233445566778899aabbccddeeff"
#define HERE "127.0.0.1:8090"

/* ---- the rules ---- */

static const struct {
    enum weir_page_answer answer;
    struct weir_page_asked asked;
} judged[] = {
    {WEIR_PAGE_TEXT, {"GET", "/", HERE, NULL, NULL, NULL}},
    {WEIR_PAGE_TEXT, {"HEAD", "/", HERE, NULL, NULL, NULL}},
    {WEIR_PAGE_TEXT, {"GET", "/", "[::1]:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_TEXT, {"GET", "/", "localhost:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_TEXT, {"GET", "/", "LocalHost:8090", NULL, "none", NULL}},
    {WEIR_PAGE_TEXT, {"GET", "/", HERE, "http://" HERE, "same-origin", NULL}},
    {WEIR_PAGE_EVENTS, {"GET", "/events", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_EVENTS, {"HEAD", "/events", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_EVENTS, {"GET", "/events", HERE, "http://" HERE, "same-origin", TOKEN}},
    /* methods */
    {WEIR_PAGE_NO_METHOD, {"POST", "/", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_METHOD, {"PUT", "/events", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_METHOD, {"DELETE", "/", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_METHOD, {"OPTIONS", "/events", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_METHOD, {"get", "/", HERE, NULL, NULL, TOKEN}},
    /* names that lead here: DNS that was changed meanwhile */
    {WEIR_PAGE_NO_HOST, {"GET", "/", "evil.example:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.1.evil.example:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "evil.localhost:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.1", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.1:8091", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.1:18090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.1:08090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "127.0.0.2:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "0.0.0.0:8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", ":8090", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", "", NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/", NULL, NULL, NULL, NULL}},
    {WEIR_PAGE_NO_HOST, {"GET", "/events", "evil.example:8090", NULL, NULL, TOKEN}},
    /* pages of others */
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/events", HERE, "http://evil.example", NULL, TOKEN}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "http://localhost:8090", NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "http://127.0.0.1:3000", NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "https://" HERE, NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "http://" HERE ".evil.example", NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "null", NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, "", NULL, NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/", HERE, NULL, "cross-site", NULL}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/events", HERE, NULL, "same-site", TOKEN}},
    {WEIR_PAGE_NO_ORIGIN, {"GET", "/events", HERE, NULL, "", TOKEN}},
    /* paths */
    {WEIR_PAGE_NO_PATH, {"GET", "/events/", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_PATH, {"GET", "/events?token=" TOKEN, HERE, NULL, NULL, NULL}},
    {WEIR_PAGE_NO_PATH, {"GET", "/?x", HERE, NULL, NULL, NULL}},
    {WEIR_PAGE_NO_PATH, {"GET", "/../etc/passwd", HERE, NULL, NULL, TOKEN}},
    {WEIR_PAGE_NO_PATH, {"GET", "*", HERE, NULL, NULL, TOKEN}},
    /* tokens */
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, NULL}},
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, ""}},
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, TOKEN "0"}},
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, "0011"}},
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, "00112233445566778899AABBCCDDEEFF"}},
    {WEIR_PAGE_NO_TOKEN, {"GET", "/events", HERE, NULL, NULL, "10112233445566778899aabbccddeeff"}},
    {WEIR_PAGE_NO_TOKEN, {"HEAD", "/events", HERE, NULL, NULL, "00112233445566778899aabbccddeefe"}},
};

static void rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++)
        if (weir_page_judge(&door, &judged[i].asked) != judged[i].answer)
            fail_msg("row %zu: %d", i, weir_page_judge(&door, &judged[i].asked));
}

/* Told to listen to other machines it has any address in digits, and still no name. */
static void elsewhere(void **state)
{
    (void)state;
    struct weir_page_door open = door;
    open.anywhere = true;
    static const struct {
        const char *host;
        bool ours;
    } rows[] = {{"192.168.1.4:8090", true},   {"[fe80::1]:8090", true}, {HERE, true},
                {"evil.example:8090", false}, {"1.2.3:8090", false},    {"192.168.1.4:80", false},
                {"[evil]:8090", false},       {"fe80::1:8090", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_page_asked asked = {.method = "GET", .path = "/", .host = rows[i].host};
        bool ours = weir_page_judge(&open, &asked) == WEIR_PAGE_TEXT;
        if (ours != rows[i].ours)
            fail_msg("%s", rows[i].host);
    }
    open.port = 80; /* which a browser does not say */
    struct weir_page_asked asked = {.method = "GET", .path = "/", .host = "localhost"};
    assert_int_equal(weir_page_judge(&open, &asked), WEIR_PAGE_TEXT);
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *said, *here, *anywhere; /* NULL: refused */
    } rows[] = {
        {NULL, "127.0.0.1:0", "127.0.0.1:0"},
        {":8090", "127.0.0.1:8090", "127.0.0.1:8090"},
        {"127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1"},
        {"[::1]:8090", "[::1]:8090", "[::1]:8090"},
        {"localhost:8090", "localhost:8090", "localhost:8090"},
        {"0.0.0.0:8090", NULL, "0.0.0.0:8090"},
        {"[::]:8090", NULL, "[::]:8090"},
        {"192.168.1.4:8090", NULL, "192.168.1.4:8090"},
        {"127.0.0.2:8090", NULL, "127.0.0.2:8090"},
        {"example.org:8090", NULL, NULL},
        {"unix:/tmp/page", NULL, NULL},
        {"8090", NULL, NULL},
        {"", NULL, NULL},
        {":70000", NULL, NULL},
        {"127.0.0.1", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int anywhere = 0; anywhere < 2; anywhere++) {
            char out[WEIR_ADDRESS_BYTES];
            const char *wanted = anywhere ? rows[i].anywhere : rows[i].here;
            bool may = weir_page_address(rows[i].said, anywhere, out);
            if (may != (wanted != NULL) || (may && strcmp(out, wanted)))
                fail_msg("%s: %s", rows[i].said, may ? out : "refused");
        }
}

int inspect_page_rules(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(elsewhere),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
