/* Writes by a script. */

#include "writes.h"

#include <stddef.h>
#include <string.h>

enum { WORD_BYTES = 128 };

/* One poll of what the word says; *at: bytes of it that are written. */
static weir_state step(weir_writer *writer, weir_cx *cx, const char *word, size_t n, size_t *at)
{
    if (n == 1 && *word == 'f')
        return weir_poll_flush(writer, cx).state;
    if (n == 1 && *word == 'x')
        return weir_poll_close(writer, cx).state;
    weir_poll got = weir_poll_write(writer, cx, word + *at, n - *at);
    *at += got.n;
    return got.state == WEIR_READY && *at < n ? WEIR_PENDING : got.state;
}

static bool run_word(weir_writer *writer, struct test_cx *test, const char *word, size_t n)
{
    size_t at = 0;
    for (unsigned turns = 0; turns < AWAIT_TURNS_MAX; turns++) {
        test_cx_turn(test);
        size_t before = at;
        weir_state state = step(writer, &test->cx, word, n, &at);
        if (state == WEIR_ERROR)
            return false;
        if (state != WEIR_PENDING)
            return true;
        if (at == before && !test_cx_woken(test))
            test_abort("writes: nothing wakes it at '%s'", word);
    }
    test_abort("writes: no end of '%s'", word);
}

static size_t unescape(char *out, const char *word, size_t n)
{
    size_t made = 0;
    for (size_t i = 0; i < n && made < WORD_BYTES; i++) {
        bool newline = word[i] == '\\' && i + 1 < n && word[i + 1] == 'n';
        out[made++] = newline ? '\n' : word[i];
        i += newline;
    }
    return made;
}

weir_code writes_try(weir_writer *writer, const char *steps)
{
    static struct test_cx test;
    weir_code code = WEIR_OK;
    test_cx_init(&test);
    while (*steps && code == WEIR_OK) {
        char word[WORD_BYTES];
        size_t n = strcspn(steps, " ");
        size_t made = unescape(word, steps, n);
        if (made && !run_word(writer, &test, word, made))
            code = test.cx.error.code;
        steps += n + (steps[n] == ' ');
    }
    test_cx_fini(&test);
    return code;
}

void writes_run(weir_writer *writer, const char *steps)
{
    weir_code code = writes_try(writer, steps);
    if (code != WEIR_OK)
        test_abort("writes: '%s' failed with code %d", steps, code);
}
