#include "rig.h"

#include <stdlib.h>

weir_note said;

weir_pipeline *parsed(const char *text, const weir_parse_options *options)
{
    memset(&said, 0, sizeof said);
    return weir_parse(text, strlen(text), options, &said);
}

void refused(const char *text, const weir_parse_options *options, const char *at,
             const char *message)
{
    assert_null(parsed(text, options));
    assert_string_equal(said.message, message);
    if (!at) {
        assert_int_equal(said.size, 0);
        return;
    }
    assert_int_equal(said.size, strlen(at));
    assert_memory_equal(text + said.at, at, said.size);
}

char *made_of(const char *text, const char *input)
{
    weir_parse_options options =
        WEIR_PARSE_OPTIONS(.input = weir_memory_reader(input, strlen(input)));
    weir_pipeline *pipeline = parsed(text, &options);
    if (!pipeline)
        fail_msg("%s: %s", text, said.message);
    weir_error error;
    struct bytes bytes = reader_bytes(weir_pipeline_reader(pipeline), &error);
    if (bytes.state != WEIR_END)
        fail_msg("%s: %s", text, error.message);
    char *all = malloc(bytes.n + 1);
    memcpy(all, bytes.data ? bytes.data : (unsigned char *)"", bytes.n);
    all[bytes.n] = 0;
    free(bytes.data);
    return all;
}
