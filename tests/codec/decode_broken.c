/* decode: what becomes of decoders that break their contract. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "my_frame.h"

#if !defined(WEIR_CHECKS)
#define WEIR_CHECKS 0
#endif

static weir_decoded number_decode(void *state, const unsigned char *bytes, size_t n, bool last,
                                  void *out, weir_error *error)
{
    (void)state, (void)last, (void)error;
    *(int64_t *)out = bytes[0];
    return (weir_decoded){n ? WEIR_FOUND_ITEM : WEIR_FOUND_NEED, 1};
}

/* Each makes an item of the first byte, and then does its wrong. */
static bool first(void *state, void *out)
{
    bool *before = state;
    *(int64_t *)out = 1;
    return !*before && (*before = true);
}

static weir_decoded stands_still(void *state, const unsigned char *bytes, size_t n, bool last,
                                 void *out, weir_error *error)
{
    (void)bytes, (void)n, (void)last, (void)error;
    return (weir_decoded){WEIR_FOUND_SKIP, first(state, out)};
}

static weir_decoded repeats(void *state, const unsigned char *bytes, size_t n, bool last, void *out,
                            weir_error *error)
{
    (void)bytes, (void)n, (void)last, (void)error;
    return (weir_decoded){WEIR_FOUND_ITEM, first(state, out)};
}

static weir_decoded uses_too_much(void *state, const unsigned char *bytes, size_t n, bool last,
                                  void *out, weir_error *error)
{
    (void)bytes, (void)last, (void)error;
    return (weir_decoded){WEIR_FOUND_ITEM, first(state, out) ? 1 : n + 1};
}

static weir_decoded is_silently_bad(void *state, const unsigned char *bytes, size_t n, bool last,
                                    void *out, weir_error *error)
{
    (void)bytes, (void)n, (void)last;
    if (!first(state, out))
        return (weir_decoded){WEIR_FOUND_BAD, 1};
    weir_error_set(error, WEIR_E_USER, "an error of another time");
    return (weir_decoded){WEIR_FOUND_ITEM, 1};
}

static weir_decoded is_lost(void *state, const unsigned char *bytes, size_t n, bool last, void *out,
                            weir_error *error)
{
    (void)bytes, (void)n, (void)last, (void)error;
    return (weir_decoded){first(state, out) ? WEIR_FOUND_ITEM : (weir_found)9, 1};
}

static bool does_not_begin(void *state, const void *options, weir_error *error)
{
    (void)state, (void)options, (void)error;
    return false;
}

static size_t makes_too_much(void *state, const unsigned char *bytes, size_t n, void *out,
                             size_t demand, size_t *used)
{
    (void)bytes, (void)n, (void)demand;
    *used = 1;
    return first(state, out) ? 1 : 65;
}

static const struct {
    weir_decoder decoder;
    const char *made;
    const char *breach;
} liars[] = {
    {{.decode = number_decode, .init = does_not_begin},
     "",
     "could not begin and described no error"},
    {{.decode = stands_still}, "", "used no bytes, twice in a row"},
    {{.decode = repeats}, "1 1 ", "used no bytes, twice in a row"},
    {{.decode = uses_too_much}, "1 ", "used more bytes than it was shown"},
    {{.decode = is_silently_bad}, "1 ", "answered BAD and described no error"},
    {{.decode = is_lost}, "1 ", "gave an answer that is none"},
    {{.decode = number_decode, .decode_many = makes_too_much},
     "1 ",
     "made more items, or used more bytes, than it was given"},
};

static weir_stream *liar_stream(weir_decoder *liar, unsigned i)
{
    *liar = liars[i].decoder;
    liar->name = "liar";
    liar->type = &weir_type_i64;
    liar->state_size = 1;
    return weir_decode(weir_memory_reader("abc", 3), liar, NULL, 99);
}

/* What the program that reads all of this says on stderr, if it was ended. */
static bool dies_saying(unsigned i, const char *sentence)
{
    weir_decoder liar;
    int ends[2];
    char said[256] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        trace(liar_stream(&liar, i), 64);
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return n > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, sentence);
}

static void a_decoder_that_breaks_its_contract_is_ended(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof liars / sizeof *liars; i++) {
        weir_decoder liar;
        char text[128];
        weir_format(text, sizeof text, "misuse: liar %s", liars[i].breach);
        if (WEIR_CHECKS) {
            assert_true(dies_saying(i, text));
            continue;
        }
        weir_format(text, sizeof text, "%s!!CORRUPT $", liars[i].made);
        assert_string_equal(trace(liar_stream(&liar, i), 64), text);
        weir_format(text, sizeof text, "the decoder can not go on: it %s", liars[i].breach);
        assert_string_equal(error_of(liar_stream(&liar, i)).message, text);
    }
}

int codec_decode_broken(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decoder_that_breaks_its_contract_is_ended),
    };
    return cmocka_run_group_tests_name("decode_broken", tests, NULL, NULL);
}
