/* Pages: what a reply says as messages. */

#include "redis/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "weir/alloc.h"

static void ids_are_read(void **state)
{
    (void)state;
    struct weir_redis_id id = weir_redis_read_id((weir_line){"1526919030474-55", 16});
    assert_true(id.first == 1526919030474 && id.second == 55);
    id = weir_redis_read_id((weir_line){"18446744073709551615-0", 22});
    assert_true(id.first == UINT64_MAX && !id.second);
    id = weir_redis_read_id((weir_line){"7:3", 3}); /* whatever stands between */
    assert_true(id.first == 7 && id.second == 3);
    id = weir_redis_read_id((weir_line){"", 0});
    assert_true(!id.first && !id.second);
}

/* ---- entries ---- */

enum { MAX = 2 };

/* What stands first in the reply. */
static void read_page(struct weir_redis_page *page, const char *text)
{
    struct weir_resp resp;
    *page = (struct weir_redis_page){.entries = weir_allocate(MAX * sizeof *page->entries)};
    assert_non_null(page->entries);
    assert_true(weir_resp_begin(&resp));
    assert_true(weir_resp_feed(&resp, (const unsigned char *)text, strlen(text)));
    assert_int_equal(weir_resp_next(&resp), WEIR_OK);
    assert_true(resp.whole);
    assert_true(weir_redis_page_take(page, &resp.reply, 0, MAX));
    weir_resp_end(&resp);
}

static void drop_page(struct weir_redis_page *page)
{
    weir_redis_receipts_drop(page->receipts);
    weir_resp_reply_drop(&page->reply);
    weir_release(page->entries, MAX * sizeof *page->entries);
}

#define NAMED(id, name)                                                                            \
    "*2\r\n$3\r\n" id "\r\n*4\r\n$5\r\n" name "\r\n$1\r\nv\r\n$3\r\nkey\r\n$1\r\nk\r\n"

/* Nobody has room for more than was asked for. */
static void no_more_than_was_asked_for(void **state)
{
    (void)state;
    struct weir_redis_page page;
    read_page(&page, "*3\r\n" NAMED("1-0", "value") NAMED("2-0", "value") NAMED("3-0", "value"));
    assert_int_equal(page.n, MAX);
    assert_int_equal(page.receipts->n, MAX);
    assert_int_equal(page.receipts->ids[1].first, 2);
    drop_page(&page);
}

/* "color" is as long as "value". */
static void the_first_field_is_the_value_where_none_is_called_so(void **state)
{
    (void)state;
    struct weir_redis_page page;
    weir_message message;
    weir_header headers[WEIR_REDIS_HEADERS_MAX];
    read_page(&page, "*2\r\n" NAMED("1-0", "color") NAMED("2-0", "value"));
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(weir_redis_page_message(&page, i, &message, headers));
        assert_memory_equal(message.value.data, "v", 1);
        assert_memory_equal(message.key.data, "k", 1);
        assert_int_equal(message.n_headers, 0);
        assert_int_equal(message.offset, i + 1);
    }
    drop_page(&page);
}

/* A second key is a header: the first one is the key. */
static void one_key_is_enough(void **state)
{
    (void)state;
    struct weir_redis_page page;
    weir_message message;
    weir_header headers[WEIR_REDIS_HEADERS_MAX];
    read_page(&page, "*1\r\n*2\r\n$3\r\n1-0\r\n*6\r\n$5\r\nvalue\r\n$1\r\nv\r\n"
                     "$3\r\nkey\r\n$1\r\nk\r\n$3\r\nkey\r\n$1\r\nl\r\n");
    assert_true(weir_redis_page_message(&page, 0, &message, headers));
    assert_memory_equal(message.key.data, "k", 1);
    assert_int_equal(message.n_headers, 1);
    assert_string_equal(headers[0].name, "key");
    assert_string_equal(headers[0].value, "l");
    drop_page(&page);
}

int redis_page(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_read),
        cmocka_unit_test(no_more_than_was_asked_for),
        cmocka_unit_test(the_first_field_is_the_value_where_none_is_called_so),
        cmocka_unit_test(one_key_is_enough),
    };
    return cmocka_run_group_tests_name("redis: page", tests, NULL, NULL);
}
