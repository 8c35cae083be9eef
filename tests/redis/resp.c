/* Replies as parts: whatever the pieces are that they come in, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "redis/page.h"

static const char all[] = "*2\r\n$5\r\nhello\r\n*3\r\n:42\r\n$-1\r\n*0\r\n"
                          "+PONG\r\n-ERR no\r\n$0\r\n\r\n*-1\r\n:-7\r\n";

/* One form for all of it: each reply, then a bar. */
static void show(const struct weir_resp_reply *reply, char *out)
{
    for (uint32_t i = 0; i < reply->n; i++) {
        struct weir_resp_part part = weir_resp_at(reply, i);
        weir_line text = weir_resp_text(reply, i);
        out += strlen(out);
        if (part.kind == WEIR_RESP_ARRAY)
            sprintf(out, "[%u ", part.n);
        else if (part.kind == WEIR_RESP_INTEGER)
            sprintf(out, "%lld ", (long long)part.value);
        else
            sprintf(out, "%u(%.*s) ", part.kind, (int)text.size, text.data);
    }
    strcat(out, "| ");
}

static void any_pieces_will_do(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof all; piece++) {
        struct weir_resp resp;
        char out[300] = "";
        assert_true(weir_resp_begin(&resp));
        for (size_t at = 0; at < sizeof all - 1; at += piece) {
            size_t left = sizeof all - 1 - at;
            const unsigned char *bytes = (const unsigned char *)all + at;
            assert_true(weir_resp_feed(&resp, bytes, piece < left ? piece : left));
            while (weir_resp_next(&resp) == WEIR_OK && resp.whole)
                show(&resp.reply, out);
        }
        assert_string_equal(out, "[2 3(hello) [3 42 0() [0 | 4(PONG) | 5(ERR no) | 3() | 0() | "
                                 "-7 | ");
        weir_resp_end(&resp);
    }
}

static weir_code read_text(const char *text)
{
    struct weir_resp resp;
    assert_true(weir_resp_begin(&resp));
    assert_true(weir_resp_feed(&resp, (const unsigned char *)text, strlen(text)));
    weir_code code = weir_resp_next(&resp);
    weir_resp_end(&resp);
    return code;
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("HTTP/1.1 400 Bad Request\r\n"), WEIR_E_CORRUPT);
    assert_int_equal(read_text("*x\r\n"), WEIR_E_CORRUPT);
    assert_int_equal(read_text("$-2\r\n"), WEIR_E_CORRUPT);
    assert_int_equal(read_text(":1x\r\n"), WEIR_E_CORRUPT);
    assert_int_equal(read_text("*2147483647\r\n"), WEIR_E_LIMIT);
    assert_int_equal(read_text("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"), WEIR_OK);
    assert_int_equal(read_text("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"),
                     WEIR_E_LIMIT);
}

/* It says how much comes, and goes on. */
static weir_code feed_without_end(const char *begin, const char *piece, size_t *fed)
{
    struct weir_resp resp;
    weir_code code = WEIR_OK;
    assert_true(weir_resp_begin(&resp));
    assert_true(weir_resp_feed(&resp, (const unsigned char *)begin, strlen(begin)));
    for (*fed = 0; code == WEIR_OK && *fed < 2 * WEIR_REDIS_REPLY_BYTES_MAX;) {
        size_t n = strlen(piece);
        assert_true(weir_resp_feed(&resp, (const unsigned char *)piece, n));
        *fed += n;
        code = weir_resp_next(&resp);
    }
    weir_resp_end(&resp);
    return code;
}

static void no_reply_fills_the_memory(void **state)
{
    (void)state;
    static char piece[16384];
    size_t fed;
    memset(piece, 'x', sizeof piece - 1);
    assert_int_equal(feed_without_end("$536870912\r\n", piece, &fed), WEIR_E_LIMIT);
    assert_in_range(fed, WEIR_REDIS_REPLY_BYTES_MAX - sizeof piece,
                    WEIR_REDIS_REPLY_BYTES_MAX + sizeof piece);
    assert_int_equal(feed_without_end("+", piece, &fed), WEIR_E_LIMIT);
    assert_true(fed <= WEIR_RESP_LINE_BYTES_MAX + sizeof piece);
    for (size_t i = 0; i + 4 < sizeof piece; i += 4)
        memcpy(piece + i, ":1\r\n", 5);
    assert_int_equal(feed_without_end("*1000000\r\n", piece, &fed), WEIR_E_LIMIT);
    assert_true(fed < WEIR_REDIS_REPLY_BYTES_MAX / 4); /* small parts take more than they say */
}

int redis_resp(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_pieces_will_do),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(no_reply_fills_the_memory),
    };
    return cmocka_run_group_tests_name("redis: resp", tests, NULL, NULL);
}
