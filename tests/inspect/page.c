/* Who may see the live page, what it says of itself, and how many look at once: requests by hand,
 * over real sockets. */

#include "../driver/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "page_feed.h"
#include "weir/digest.h"

/* ---- what is no address ---- */

static void refused_addresses(void **state)
{
    (void)state;
    struct page_feed feed;
    char url[WEIR_INSPECT_URL_BYTES];
    weir_error error;
    page_feed_begin(&feed, "", 0, true);
    weir_inspect_page_options all = WEIR_INSPECT_PAGE_OPTIONS(.address = "0.0.0.0:0");
    assert_false(weir_page_begin(&all, &feed.feed, url, sizeof url, &error));
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "0.0.0.0:0 can be reached from other machines"));
    assert_non_null(strstr(error.cure, "weir_inspect_page_options.anywhere"));
    weir_inspect_page_options none = WEIR_INSPECT_PAGE_OPTIONS(.address = "8090");
    assert_false(weir_page_begin(&none, &feed.feed, url, sizeof url, &error));
    assert_non_null(strstr(error.message, "8090 is no address"));
    weir_inspect_page_stop();
    page_feed_end(&feed);
}

/* ---- the server ---- */

static struct {
    struct page_feed feed;
    char url[WEIR_INSPECT_URL_BYTES];
    char host[64], token[64];
    unsigned port;
} served;

static const char recorded[] =
    "{\"t\":\"hello\",\"v\":1}\n{\"t\":\"rows\",\"at_ns\":1,\"rows\":[]}\n";

static void take_url(void)
{
    if (sscanf(served.url, "http://%63[^/]/#%63s", served.host, served.token) != 2)
        fail_msg("%s", served.url);
    served.port = (unsigned)atoi(strrchr(served.host, ':') + 1);
}

static int begin_serving(void **state)
{
    weir_error error;
    (void)state;
    page_feed_begin(&served.feed, recorded, sizeof recorded - 1, true);
    if (!weir_page_begin(NULL, &served.feed.feed, served.url, sizeof served.url, &error))
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    take_url();
    return 0;
}

static int end_serving(void **state)
{
    (void)state;
    weir_inspect_page_stop();
    assert_int_equal(served.feed.looking, 0);
    page_feed_end(&served.feed);
    return 0;
}

/* -1: nobody listens. */
static int try_dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)served.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!connect(fd, (struct sockaddr *)&at, sizeof at))
        return fd;
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
    return -1;
}

static int dial(void)
{
    int fd = try_dial();
    assert_true(fd >= 0);
    return fd;
}

static void say(int fd, const char *method, const char *path, const char *fields)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\n%s\r\n", method, path, fields);
    assert_int_equal(write(fd, text, (size_t)n), n);
}

/* Until the peer closes, or what came has `until` in it. */
static size_t hear(int fd, char *out, size_t size, const char *until)
{
    size_t n = 0;
    struct pollfd ready = {fd, POLLIN, 0};
    for (;;) {
        out[n] = 0;
        if ((until && strstr(out, until)) || n + 1 == size)
            return n;
        if (poll(&ready, 1, 10000) != 1)
            fail_msg("nothing came for 10 s behind: %s", out);
        ssize_t got = read(fd, out + n, size - 1 - n);
        if (got <= 0)
            return n;
        n += (size_t)got;
    }
}

/* All that is answered to one request; its bytes. %h in fields is the page's own host, %t its
 * token. */
static size_t ask(const char *method, const char *path, const char *fields, char *out, size_t size)
{
    char all[1024] = "Connection: close\r\n";
    size_t n = strlen(all);
    for (; *fields; fields++) {
        const char *put = NULL;
        if (*fields == '%')
            put = *++fields == 'h' ? served.host : served.token;
        if (put)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s", put);
        else
            all[n++] = *fields;
    }
    int fd = dial();
    all[n] = 0;
    say(fd, method, path, all);
    n = hear(fd, out, size, NULL);
    close(fd);
    return n;
}

static void wants(const char *answer, const char *status, const char *what)
{
    if (strncmp(answer, "HTTP/1.1 ", 9) || strncmp(answer + 9, status, 3))
        fail_msg("%s: %.60s, not %s", what, answer, status);
}

static const char *field(const char *answer, const char *name, char *out, size_t size)
{
    for (const char *line = answer; (line = strstr(line, "\r\n")) && line[2] != '\r'; line += 2)
        if (!strncasecmp(line + 2, name, strlen(name)) && line[2 + strlen(name)] == ':') {
            size_t n = strcspn(line + 4 + strlen(name), "\r");
            snprintf(out, size, "%.*s", (int)n, line + 4 + strlen(name));
            return out;
        }
    return NULL;
}

static void says_of_itself(const char *answer, const char *what)
{
    static const char *const rows[][2] = {{"x-content-type-options", "nosniff"},
                                          {"x-frame-options", "DENY"},
                                          {"referrer-policy", "no-referrer"},
                                          {"cache-control", "no-store"}};
    char value[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = field(answer, rows[i][0], value, sizeof value);
        if (!got || strcmp(got, rows[i][1]))
            fail_msg("%s: %s is %s", what, rows[i][0], got ? got : "not said");
    }
    const char *policy = field(answer, "content-security-policy", value, sizeof value);
    if (!policy ||
        strncmp(policy, "default-src 'none'; connect-src 'self'; script-src 'sha256-", 58))
        fail_msg("%s: the policy is %s", what, policy ? policy : "not said");
    if (strcasestr(answer, "\r\nset-cookie") || strcasestr(answer, "\r\naccess-control"))
        fail_msg("%s: a cookie, or others may read it: %s", what, answer);
}

static void requests(void **state)
{
    (void)state;
    static char answer[80000];
    static const struct {
        const char *status, *method, *path, *fields;
    } rows[] = {
        {"200", "GET", "/", "Host: %h\r\n"},
        {"200", "HEAD", "/", "Host: %h\r\n"},
        {"200", "HEAD", "/events", "Host: %h\r\nX-Weir-Token: %t\r\n"},
        {"405", "POST", "/", "Host: %h\r\nContent-Length: 0\r\n"},
        {"405", "PUT", "/events", "Host: %h\r\nX-Weir-Token: %t\r\nContent-Length: 2\r\n"},
        {"405", "OPTIONS", "/events", "Host: %h\r\nAccess-Control-Request-Method: GET\r\n"},
        {"403", "GET", "/", "Host: evil.example\r\n"},
        {"403", "GET", "/events", "Host: evil.example\r\nX-Weir-Token: %t\r\n"},
        {"403", "GET", "/events", "Host: %h\r\n"},
        {"403", "GET", "/events", "Host: %h\r\nX-Weir-Token: 0123456789abcdef\r\n"},
        {"403", "GET", "/events", "Host: %h\r\nX-Weir-Token: %t\r\nX-Weir-Token: %t\r\n"},
        {"403", "GET", "/events",
         "Host: %h\r\nX-Weir-Token: %t\r\nOrigin: http://evil.example\r\n"},
        {"403", "GET", "/events",
         "Host: %h\r\nX-Weir-Token: %t\r\nOrigin: http://%h\r\nOrigin: http://evil.example\r\n"},
        {"403", "GET", "/events", "Host: %h\r\nX-Weir-Token: %t\r\nSec-Fetch-Site: cross-site\r\n"},
        {"403", "GET", "/events", "Host: %h\r\nCookie: token=%t\r\n"},
        {"404", "GET", "/favicon.ico", "Host: %h\r\n"},
        {"404", "GET", "/events?%t", "Host: %h\r\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char what[64];
        snprintf(what, sizeof what, "row %zu, %s %s", i, rows[i].method, rows[i].path);
        ask(rows[i].method, rows[i].path, rows[i].fields, answer, sizeof answer);
        wants(answer, rows[i].status, what);
        says_of_itself(answer, what);
    }
    ask("GET", "/", "", answer, sizeof answer);
    wants(answer, "400", "no Host at all"); /* HTTP/1.1 asks for one */
    assert_int_equal(served.feed.opened, 0);
}

/* ---- the page that is served ---- */

static const char *served_page(char *answer, size_t size, size_t *n)
{
    size_t all = ask("GET", "/", "Host: %h\r\n", answer, size);
    const char *page = strstr(answer, "\r\n\r\n") + 4;
    *n = all - (size_t)(page - answer);
    return page;
}

static void base64_of(const char *hex, char out[48])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, have = 0, n = 0;
    for (size_t i = 0; i < 64; i++) {
        const char *of = strchr("0123456789abcdef", hex[i]);
        bits = bits << 4 | (unsigned)(of - "0123456789abcdef");
        for (have += 4; have >= 6; have -= 6)
            out[n++] = digits[bits >> (have - 6) & 63];
    }
    out[n++] = digits[bits << (6 - have) & 63];
    memcpy(out + n, "=", 2);
}

/* The policy allows these bytes and no others. */
static void policy(void **state)
{
    (void)state;
    static char answer[80000];
    size_t n;
    char said[512], wanted[512], hash[2][48];
    const char *page = served_page(answer, sizeof answer, &n);
    static const char *const tags[2][2] = {{"<script>", "</script>"}, {"<style>", "</style>"}};
    if (!weir_hash_is_there(WEIR_SHA256))
        skip();
    for (int i = 0; i < 2; i++) {
        const char *begin = strstr(page, tags[i][0]) + strlen(tags[i][0]);
        weir_digest digest = {0};
        weir_reader *text = weir_memory_reader(begin, (size_t)(strstr(begin, tags[i][1]) - begin));
        weir_vec into = {0};
        weir_error error;
        weir_stream *copy =
            weir_copy(weir_hash(text, WEIR_SHA256, &digest), weir_memory_writer(&into, 1 << 20));
        assert_int_equal(weir_run(copy, NULL, &error), WEIR_READY);
        weir_vec_drop(&into);
        base64_of(digest.text, hash[i]);
    }
    snprintf(wanted, sizeof wanted,
             "default-src 'none'; connect-src 'self'; script-src 'sha256-%s'; style-src "
             "'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
             hash[0], hash[1]);
    assert_string_equal(field(answer, "content-security-policy", said, sizeof said), wanted);
}

/* Nothing of it comes from elsewhere, and names are text. */
static void loads_nothing(void **state)
{
    (void)state;
    static char answer[80000];
    size_t n;
    const char *page = served_page(answer, sizeof answer, &n);
    assert_in_range(n, 10000, 60000);
    assert_int_equal(strlen(page), n);
    for (const char *at = page; (at = strstr(at, "://")); at++)
        if (strncmp(at, "://tracing", 10) && strncmp(at, "://www.w3.org/2000/svg\"", 23))
            fail_msg("an address: %.60s", at - 8);
    static const char *const none[] = {
        "innerHTML",       "insertAdjacent", "document.write", "eval(",    "new Function",
        "<link",           "@import",        " src=",          "onclick=", "localStorage",
        "document.cookie", "<script ",       "style=\""};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (strstr(page, none[i]))
            fail_msg("%s stands in the page", none[i]);
}

/* ---- those who look ---- */

#define EVENT "data: {\"t\":\"hello\",\"v\":1}\n\n"

static int look(char *out, size_t size, const char *until)
{
    char fields[256];
    snprintf(fields, sizeof fields, "Host: %s\r\nX-Weir-Token: %s\r\n", served.host, served.token);
    int fd = dial();
    say(fd, "GET", "/events", fields);
    hear(fd, out, size, until);
    return fd;
}

static void events(void **state)
{
    (void)state;
    char answer[8192];
    int fd = look(answer, sizeof answer, "\"rows\":[]}\n\n");
    wants(answer, "200", "events");
    says_of_itself(answer, "events");
    assert_non_null(strstr(answer, "content-type: text/event-stream\r\n"));
    assert_non_null(strstr(answer, EVENT));
    assert_non_null(strstr(answer, "data: {\"t\":\"rows\",\"at_ns\":1,\"rows\":[]}\n\n"));
    close(fd);
}

static void wait_for_looking(unsigned n)
{
    for (int i = 0; served.feed.looking != n; i++) {
        if (i == 2000)
            fail_msg("%u look, not %u", served.feed.looking, n);
        usleep(5000);
    }
}

/* Eight are served and the others refused, in one line; who goes makes room. */
static void eight_look(void **state)
{
    (void)state;
    int fds[PAGE_FEED_MAX];
    char answer[8192];
    wait_for_looking(0);
    for (int i = 0; i < PAGE_FEED_MAX; i++)
        fds[i] = look(answer, sizeof answer, EVENT);
    for (int i = 0; i < 1000 - PAGE_FEED_MAX; i++) {
        ask("GET", "/events", "Host: %h\r\nX-Weir-Token: %t\r\n", answer, sizeof answer);
        wants(answer, "503", "the ninth");
        says_of_itself(answer, "the ninth");
        assert_string_equal(strstr(answer, "\r\n\r\n") + 4,
                            "as many look already as may: close one of the others\n");
    }
    ask("GET", "/", "Host: %h\r\n", answer, sizeof answer);
    wants(answer, "200", "the page itself");
    for (int i = 0; i < PAGE_FEED_MAX; i++)
        close(fds[i]);
    wait_for_looking(0);
    close(look(answer, sizeof answer, EVENT));
}

/* Connections that ask nothing make room for one that does. */
static void idle_ones_do_not_keep_it_busy(void **state)
{
    (void)state;
    enum { IDLE = 300 };
    int fds[IDLE];
    char answer[256 << 10];
    for (int i = 0; i < IDLE; i++)
        fds[i] = dial();
    ask("GET", "/", "Host: %h\r\n", answer, sizeof answer);
    wants(answer, "200", "behind the others");
    for (int i = 0; i < IDLE; i++)
        close(fds[i]);
}

/* It is said at the end, and nobody is waited for. */
static void the_end(void **state)
{
    (void)state;
    char answer[8192];
    int fd = look(answer, sizeof answer, EVENT);
    int idle = dial(), silent = look(answer, sizeof answer, EVENT);
    weir_inspect_page_stop();
    hear(fd, answer, sizeof answer, NULL);
    assert_non_null(strstr(answer, "data: {\"t\":\"end\",\"reason\":\"the program ended\"}\n\n"));
    assert_non_null(strstr(answer, "\r\n0\r\n\r\n"));
    close(fd);
    close(idle);
    close(silent);
}

static void served_twice(void **state)
{
    (void)state;
    char again[WEIR_INSPECT_URL_BYTES], small[10];
    weir_error error;
    weir_inspect_page_options other = WEIR_INSPECT_PAGE_OPTIONS(.address = "[::1]:0");
    assert_true(weir_page_begin(&other, &served.feed.feed, again, sizeof again, &error));
    assert_string_equal(again, served.url);
    assert_false(weir_page_begin(NULL, &served.feed.feed, small, sizeof small, &error));
    assert_int_equal(error.code, WEIR_E_LIMIT);
}

/* One that goes on without exec has neither the page nor its sockets: nobody listens any more when
 * the parent stopped, and its clients see their end. */
static void a_child_does_not_listen(void **state)
{
    (void)state;
    char answer[8192], go = 0;
    int fd = look(answer, sizeof answer, EVENT), ways[2], status;
    assert_int_equal(pipe2(ways, O_CLOEXEC), 0);
    pid_t child = fork();
    if (!child) {
        close(ways[1]);
        weir_inspect_page_stop(); /* there is none */
        _exit(read(ways[0], &go, 1) ? 1 : 0);
    }
    close(ways[0]);
    weir_inspect_page_stop();
    bool refused = try_dial() < 0;
    hear(fd, answer, sizeof answer, NULL);
    close(ways[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(refused && !status);
    assert_non_null(strstr(answer, "\r\n0\r\n\r\n"));
    close(fd);
}

/* ---- told by sessions ---- */

static bool is_seen(const char *text, const char *stage)
{
    char name[64];
    snprintf(name, sizeof name, "\"stage\":\"%s\"", stage);
    return strstr(text, name);
}

static void run_some(void)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
    weir_stream *ticks = weir_interval(1000000, WEIR_MISSED_SKIP);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_take(ticks, 700)), NULL, &error), WEIR_READY);
    weir_rt_drop(rt);
}

/* What runs is in it, and nothing of what serves it. */
static void sessions(void **state)
{
    (void)state;
    static const char *const own[] = {"page_lines", "incoming", "serve", "copy", "to_sse"};
    static char text[400000];
    weir_error error;
    if (!weir_inspect_page(NULL, served.url, sizeof served.url, &error))
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    take_url();
    int fd = look(text, sizeof text, "\"t\":\"hello\"");
    run_some();
    weir_inspect_page_stop();
    hear(fd, text, sizeof text, NULL);
    close(fd);
    assert_true(is_seen(text, "interval") && is_seen(text, "take") && is_seen(text, "count"));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (is_seen(text, own[i]))
            fail_msg("%s is told of", own[i]);
    assert_non_null(strstr(text, "data: {\"t\":\"machine\""));
    assert_non_null(strstr(text, "\"t\":\"rows\""));
    assert_non_null(strstr(text, "data: {\"t\":\"end\",\"reason\":\"the program ended\"}\n\n"));
}

int inspect_page(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_addresses),
        cmocka_unit_test_setup_teardown(requests, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(policy, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(loads_nothing, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(events, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(eight_look, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(idle_ones_do_not_keep_it_busy, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(the_end, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(served_twice, begin_serving, end_serving),
        cmocka_unit_test_setup_teardown(a_child_does_not_listen, begin_serving, end_serving),
        cmocka_unit_test(sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
