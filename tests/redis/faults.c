/* The reader of replies has no memory, once: the server is lost for it, and nothing else. */

#include <hiredis/hiredis.h>

#include "../broker/fault.h"
#include "stand_in.h"

#include "weir/redis.h"

static struct fault fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

redisReader *__real_redisReaderCreateWithFunctions(redisReplyObjectFunctions *makers);
redisReader *__wrap_redisReaderCreateWithFunctions(redisReplyObjectFunctions *makers);
redisReader *__wrap_redisReaderCreateWithFunctions(redisReplyObjectFunctions *makers)
{
    bool fails = fault_is_now(&fault, "create");
    return fails ? NULL : __real_redisReaderCreateWithFunctions(makers);
}

/* The stand-in's are no part of it: they are nobody's. */
int __real_redisReaderFeed(redisReader *reader, const char *bytes, size_t n);
int __wrap_redisReaderFeed(redisReader *reader, const char *bytes, size_t n);
int __wrap_redisReaderFeed(redisReader *reader, const char *bytes, size_t n)
{
    bool fails = reader->privdata && fault_is_now(&fault, "feed");
    return fails ? REDIS_ERR : __real_redisReaderFeed(reader, bytes, n);
}

/* The first is told, whichever it was; then the server is there again. */
static void fails_once(const char *name, long at, const char *words)
{
    static const struct stand_in_row row = {
        .asked = "STREAMS s >", .answer = PAGE(1) ENTRY(1), .always = true};
    weir_message message;
    stand_in_begin(&row, 1);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = stand_in_at, .stream = "s", .group = "g");
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    fault_arm(&fault, name, at);
    expect_error(stream, WEIR_E_CLOSED, false, words);
    expect_error(stream, WEIR_E_CLOSED, false, "there again");
    take(stream, &message);
    assert_int_equal(number_of(&message), 1);
    assert_true(fault_has_failed(&fault));
    fault_disarm(&fault);
    weir_drop(stream);
    stand_in_end();
}

static void without_memory_the_server_is_lost(void **state)
{
    (void)state;
    fails_once("create", 1, "no memory for a reader of replies");
    fails_once("feed", 1, "no memory for a reply");
    fails_once("feed", 2, "no memory for a reply");
}

int redis_faults(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_memory_the_server_is_lost),
    };
    if (!rig_has(NULL, NULL))
        return 0;
    return cmocka_run_group_tests_name("redis: faults", tests, NULL, NULL);
}
