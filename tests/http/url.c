/* URLs, taken apart, refused and resolved. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "doubles.h"
#include "http/url.h"

static const struct {
    const char *text, *whole, *host, *authority, *dialled, *target, *place;
} good[] = {
    {"http://a", "http://a/", "a", "a", "a:80", "/", "http://a/"},
    {"HTTP://A.b:80/", "http://a.b/", "a.b", "a.b", "a.b:80", "/", "http://a.b/"},
    {"https://a:443?x", "https://a/?x", "a", "a", "a:443", "/?x", "https://a/"},
    {"https://a:80/p/q?s=secret#f", "https://a:80/p/q?s=secret", "a", "a:80", "a:80",
     "/p/q?s=secret", "https://a:80/p/q"},
    {"http://[::1]:8080/x", "http://[::1]:8080/x", "::1", "[::1]:8080", "[::1]:8080", "/x",
     "http://[::1]:8080/x"},
    {"http://[FE80::1]", "http://[fe80::1]/", "fe80::1", "[fe80::1]", "[fe80::1]:80", "/",
     "http://[fe80::1]/"},
    {"http://127.0.0.1:1/%20", "http://127.0.0.1:1/%20", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:1",
     "/%20", "http://127.0.0.1:1/%20"},
    {"http://a:/?#", "http://a/?", "a", "a", "a:80", "/?", "http://a/"},
    {"http://xn--e1afmkfd.xn--p1ai", "http://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai",
     "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai:80", "/", "http://xn--e1afmkfd.xn--p1ai/"},
    {"http://a/b@c:d", "http://a/b@c:d", "a", "a", "a:80", "/b@c:d", "http://a/b@c:d"},
};

static void good_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct weir_url url;
        weir_error error;
        if (!weir_url_parse(&url, good[i].text, &error))
            fail_msg("%s: %s", good[i].text, error.message);
        assert_string_equal(url.whole, good[i].whole);
        assert_string_equal(url.host, good[i].host);
        assert_string_equal(url.authority, good[i].authority);
        assert_string_equal(url.dialled, good[i].dialled);
        assert_string_equal(url.target, good[i].target);
        assert_string_equal(url.place, good[i].place);
        weir_url_drop(&url);
        assert_null(url.block);
    }
}

static const struct {
    const char *text;
    uint64_t byte;
} bad[] = {
    {"", 0},
    {"a", 0},
    {"/a", 0},
    {"ftp://a/", 0},
    {"http:/a", 0},
    {"http://", 7},
    {"http:///a", 7},
    {"http://u@a/", 7},
    {"http://u:p@a/", 7},
    {"http://a b/", 8},
    {"http://a/ b", 9},
    {"http://a/\x01", 9},
    {"http://\xc3\xa9/", 7},
    {"http://a/\xc3\xa9", 9},
    {"http://a/\x7f", 9},
    {"http://a/\"", 9},
    {"http://a/<", 9},
    {"http://a/>", 9},
    {"http://a/\\", 9},
    {"http://a~b/", 8},
    {"http://a{/", 8},
    {"http://[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]/", 7},
    {"http://a\\b/", 8},
    {"http://a%20b/", 8},
    {"http://a:0/", 9},
    {"http://a:65536/", 9},
    {"http://a:1x/", 10},
    {"http://a:000080/", 9},
    {"http://a:-1/", 9},
    {"http://[::1/", 7},
    {"http://[]/", 7},
    {"http://[::g]/", 7},
    {"http://[127.0.0.1]/", 7},
    {"http://[::1]x/", 12},
    {"http://[fe80::1%25eth0]/", 7},
    {"http://a\r\n/", 8},
    {"http://?x", 7},
};

static void bad_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct weir_url url;
        weir_error error;
        if (weir_url_parse(&url, bad[i].text, &error))
            fail_msg("%s is taken", bad[i].text);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        if (error.byte != bad[i].byte)
            fail_msg("%s: byte %lu", bad[i].text, (unsigned long)error.byte);
        assert_null(url.block);
    }
}

static void long_ones(void **state)
{
    struct weir_url url;
    weir_error error;
    char text[WEIR_URL_BYTES_MAX + 2];
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://a/", 9);
    text[WEIR_URL_BYTES_MAX] = 0;
    assert_true(weir_url_parse(&url, text, &error));
    assert_int_equal(strlen(url.whole), WEIR_URL_BYTES_MAX);
    weir_url_drop(&url);
    memcpy(text + WEIR_URL_BYTES_MAX, "a", 2);
    assert_false(weir_url_parse(&url, text, &error));
    assert_int_equal(error.code, WEIR_E_LIMIT);
    memset(text, 'a', 300);
    memcpy(text, "http://", 7);
    text[7 + 254] = 0;
    assert_false(weir_url_parse(&url, text, &error));
    text[7 + 253] = 0;
    assert_true(weir_url_parse(&url, text, &error));
    weir_url_drop(&url);
}

static const struct {
    const char *base, *text, *whole;
} relative[] = {
    {"http://a/b/c/d?q", "g", "http://a/b/c/g"},
    {"http://a/b/c/d?q", "./g", "http://a/b/c/g"},
    {"http://a/b/c/d?q", "g/", "http://a/b/c/g/"},
    {"http://a/b/c/d?q", "/g", "http://a/g"},
    {"http://a/b/c/d?q", "//g", "http://g/"},
    {"https://a/b/c/d?q", "//g/x", "https://g/x"},
    {"http://a/b/c/d?q", "?y", "http://a/b/c/d?y"},
    {"http://a/b/c/d?q", "g?y", "http://a/b/c/g?y"},
    {"http://a/b/c/d?q", "#s", "http://a/b/c/d?q"},
    {"http://a/b/c/d?q", "g#s", "http://a/b/c/g"},
    {"http://a/b/c/d?q", "", "http://a/b/c/d?q"},
    {"http://a/b/c/d?q", ".", "http://a/b/c/"},
    {"http://a/b/c/d?q", "./", "http://a/b/c/"},
    {"http://a/b/c/d?q", "..", "http://a/b/"},
    {"http://a/b/c/d?q", "../", "http://a/b/"},
    {"http://a/b/c/d?q", "../g", "http://a/b/g"},
    {"http://a/b/c/d?q", "../..", "http://a/"},
    {"http://a/b/c/d?q", "../../g", "http://a/g"},
    {"http://a/b/c/d?q", "../../../g", "http://a/g"},
    {"http://a/b/c/d?q", "/./g", "http://a/g"},
    {"http://a/b/c/d?q", "/../g", "http://a/g"},
    {"http://a/b/c/d?q", "g.", "http://a/b/c/g."},
    {"http://a/b/c/d?q", "..g", "http://a/b/c/..g"},
    {"http://a/b/c/d?q", ".g", "http://a/b/c/.g"},
    {"http://a/b/c/d?q", "g.h/..i", "http://a/b/c/g.h/..i"},
    {"http://a/b/c/d?q", "gg/../h", "http://a/b/c/h"},
    {"http://a/b/c/d?q", "./../g", "http://a/b/g"},
    {"http://a/b/c/d?q", "g/./h", "http://a/b/c/g/h"},
    {"http://a/b/c/d?q", "g/../h", "http://a/b/c/h"},
    {"http://a/b/c/d?q", "g?y/../x", "http://a/b/c/g?y/../x"},
    {"http://a/b/c/d?q", "https://h:1/", "https://h:1/"},
    {"http://a:8080", "x", "http://a:8080/x"},
    {"http://a/b/c/d?q=1/2", "g", "http://a/b/c/g"},
};

static void resolved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
        struct weir_url base, url;
        weir_error error;
        assert_true(weir_url_parse(&base, relative[i].base, &error));
        if (!weir_url_resolve(&url, &base, relative[i].text, &error))
            fail_msg("%s: %s", relative[i].text, error.message);
        assert_string_equal(url.whole, relative[i].whole);
        weir_url_drop(&base);
        weir_url_drop(&url);
    }
}

static void not_resolved(void **state)
{
    static const char *const texts[] = {
        "ftp://a/",          "mailto:a", "a b", "//u@h/", "http://", "//", "javascript:alert(1)",
        "file:///etc/passwd"};
    struct weir_url base, url;
    weir_error error;
    (void)state;
    assert_true(weir_url_parse(&base, "http://a/b", &error));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (weir_url_resolve(&url, &base, texts[i], &error))
            fail_msg("%s is taken", texts[i]);
    weir_url_drop(&base);
}

static void local_hosts(void **state)
{
    static const char *const local[] = {"localhost",
                                        "LocalHost.",
                                        "a.localhost",
                                        "127.0.0.1",
                                        "127.9.9.9",
                                        "0.0.0.0",
                                        "::1",
                                        "::",
                                        "fe80::1",
                                        "169.254.169.254",
                                        "127.0.0.1:80",
                                        "[::1]:80",
                                        "::ffff:127.0.0.1",
                                        "[fe80::1]:1",
                                        "unix:/x",
                                        "127.1",
                                        "2130706433",
                                        "0x7f.1",
                                        "localhost:80",
                                        "::127.0.0.1",
                                        "febf::1",
                                        "::ffff:0.0.0.1",
                                        "::ffff:169.254.1.1",
                                        "",
                                        "[",
                                        "1"};
    static const char *const not_local[] = {"example.org",
                                            "10.0.0.1",
                                            "1.2.3.4",
                                            "2001:db8::1",
                                            "localhost.example.org",
                                            "notlocalhost",
                                            "[2001:db8::1]:80",
                                            "1.2.3.4:80",
                                            "x1.org",
                                            "::1.2.3.4",
                                            "::ffff:1.2.3.4",
                                            "fe00::1",
                                            "fec0::1",
                                            "100::",
                                            "0:0:1::1",
                                            "0:0:0:1::1",
                                            "0:0:0:0:1::1",
                                            "0:0:0:0:0:1::1",
                                            "169.253.1.1",
                                            "nine.host"};
    static char long_name[300];
    memset(long_name, 'x', sizeof long_name - 1);
    (void)state;
    assert_true(weir_url_is_local(long_name)); /* nobody has that name */
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (!weir_url_is_local(local[i]))
            fail_msg("%s is not local", local[i]);
    for (size_t i = 0; i < sizeof not_local / sizeof *not_local; i++)
        if (weir_url_is_local(not_local[i]))
            fail_msg("%s is local", not_local[i]);
}

static void memory_fails(void **state)
{
    struct weir_url base = {0}, url;
    weir_error error;
    (void)state;
    for (unsigned long at = 1; at < 4; at++) {
        memory_begin(at, true);
        bool parsed = weir_url_parse(&base, "http://a/b", &error);
        assert_true(parsed == (at > 1));
        bool resolved = parsed && weir_url_resolve(&url, &base, "c", &error);
        assert_false(resolved);
        assert_int_equal(error.code, WEIR_E_MEMORY);
        weir_url_drop(&base);
        assert_int_equal(memory_end(), 0);
    }
}

int http_url(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones),    cmocka_unit_test(bad_ones),
        cmocka_unit_test(long_ones),    cmocka_unit_test(resolved),
        cmocka_unit_test(not_resolved), cmocka_unit_test(local_hosts),
        cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
