/* Answers of JSON. */

#include "json_answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "format/json_write.h"

weir_stream *json_lines(weir_reader *reader)
{
    return weir_ndjson(reader, NULL);
}

weir_stream *json_whole(weir_reader *reader)
{
    return weir_json_doc(reader, 1 << 20);
}

__attribute__((format(printf, 2, 3))) static void say(struct json_answer *answer,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    answer->n +=
        (size_t)vsnprintf(answer->text + answer->n, JSON_ANSWER_MAX - answer->n, format, args);
    va_end(args);
    assert_true(answer->n < JSON_ANSWER_MAX);
}

static void say_json(struct json_answer *answer, const weir_json *json)
{
    weir_error error;
    weir_value value = weir_json_value(json);
    say(answer, "%.*s=", (int)json->text.size, json->text.data);
    size_t n = weir_json_write(&value, (unsigned char *)answer->text + answer->n,
                               JSON_ANSWER_MAX - answer->n - 1, &error);
    assert_true(n && n < JSON_ANSWER_MAX - answer->n);
    answer->n += n;
    say(answer, " ");
    answer->values++;
}

static void say_error(struct json_answer *answer, const weir_stream *stream,
                      const weir_error *error)
{
    weir_line line;
    answer->rejected[0] = '\0';
    if (!error->fatal && weir_rejected(stream, &line) && line.size < sizeof answer->rejected) {
        memcpy(answer->rejected, line.data, line.size);
        answer->rejected[line.size] = '\0';
    }
    answer->error = *error;
    say(answer, "!%d byte %lld record %lld at %llu:%llu%s ", (int)error->code,
        (long long)error->byte, (long long)error->record, (unsigned long long)error->line,
        (unsigned long long)error->column, error->fatal ? " fatal" : "");
}

/* Values are looked at when all of a poll are there. */
void json_answer_of(weir_stream *stream, size_t demand, struct json_answer *answer)
{
    struct check check = {0};
    struct test_cx test;
    weir_json values[64];
    weir_poll got;
    answer->text[0] = '\0';
    answer->n = answer->values = 0;
    answer->error = (weir_error){0};
    answer->rejected[0] = '\0';
    test_cx_init(&test);
    stream = check_stream(stream, &check);
    do {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, values, demand);
        for (uint32_t i = 0; i < got.n; i++)
            say_json(answer, &values[i]);
        if (got.state == WEIR_ERROR)
            say_error(answer, stream, &test.cx.error);
    } while (got.state != WEIR_END);
    weir_drop(stream);
    test_cx_fini(&test);
    if (check.complaints)
        fail_msg("%s", check.first);
}

static void same(weir_stream *stream, size_t demand, const struct json_answer *wanted)
{
    static struct json_answer other;
    json_answer_of(stream, demand, &other);
    assert_string_equal(other.text, wanted->text);
    assert_string_equal(other.error.message, wanted->error.message);
    assert_string_equal(other.rejected, wanted->rejected);
}

void json_answer_any_way(json_over *over, const void *in, size_t n, struct json_answer *answer)
{
    const unsigned char *bytes = in;
    json_answer_of(over(weir_memory_reader(in, n)), 64, answer);
    same(over(weir_memory_reader(in, n)), 1, answer);
    same(over(one_byte_reader(in, n, false)), 3, answer);
    same(over(one_byte_reader(in, n, true)), 3, answer);
    for (size_t at = 1; at < n && n < 512; at++)
        same(over(weir_chain_reader(weir_memory_reader(bytes, at),
                                    weir_memory_reader(bytes + at, n - at))),
             2, answer);
}
