/* The parts of the command that need no pipeline: words, numbers, suggestions, text, progress. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory.h"
#include "outputs.h"
#include "pipeline/arguments.h"
#include "pipeline/columns.h"
#include "pipeline/room.h"
#include "pipeline/suggest.h"
#include "pipeline/text.h"
#include "progress.h"

static void distance(void **state)
{
    (void)state;
    assert_int_equal(weir_pl_suggest_distance("", ""), 0);
    assert_int_equal(weir_pl_suggest_distance("gzip", "gzip"), 0);
    assert_int_equal(weir_pl_suggest_distance("gzpi", "gzip"), 1);
    assert_int_equal(weir_pl_suggest_distance("gzi", "gzip"), 1);
    assert_int_equal(weir_pl_suggest_distance("gzzip", "gzip"), 1);
    assert_int_equal(weir_pl_suggest_distance("gunzip", "gzip"), 2);
    assert_int_equal(weir_pl_suggest_distance("", "gzip"), 4);
    assert_int_equal(weir_pl_suggest_distance("ab", "ba"), 1);
    char far[80];
    memset(far, 'x', 79);
    far[79] = 0;
    assert_true(weir_pl_suggest_distance(far, "gzip") > 60);
}

static const char *nearest(const char *word)
{
    static char out[64];
    return weir_pl_catalogue_suggest(word, STANDS_ANYWHERE, out);
}

static void suggestions(void **state)
{
    (void)state;
    assert_string_equal(nearest("gzpi"), "gzip");
    assert_string_equal(nearest("gunzp"), "gunzip");
    assert_string_equal(nearest("lnes"), "lines");
    assert_string_equal(nearest("cuont"), "count");
    assert_string_equal(nearest("wc"), "count");
    assert_string_equal(nearest("zcat"), "open");
    assert_string_equal(nearest("x"), "");
    assert_string_equal(nearest(""), "");
    assert_string_equal(nearest("something else altogether"), "");
}

static void numbers(void **state)
{
    uint64_t n = 0;

    (void)state;
    assert_true(weir_pl_arguments_number("0", false, &n) && n == 0);
    assert_true(weir_pl_arguments_number("18446744073709551615", false, &n) && n == UINT64_MAX);
    assert_false(weir_pl_arguments_number("18446744073709551616", false, &n));
    assert_false(weir_pl_arguments_number("", false, &n));
    assert_false(weir_pl_arguments_number("-1", false, &n));
    assert_false(weir_pl_arguments_number("1K", false, &n));
    assert_true(weir_pl_arguments_number("64K", true, &n) && n == 65536);
    assert_true(weir_pl_arguments_number("3M", true, &n) && n == 3 << 20);
    assert_true(weir_pl_arguments_number("16383G", true, &n));
    assert_false(weir_pl_arguments_number("17179869184G", true, &n));
    assert_false(weir_pl_arguments_number("1KB", true, &n));
    assert_false(weir_pl_arguments_number("K", true, &n));
}

static void words(void **state)
{
    static const char text[] = "#!/x\n a.log  # source\n! grep 'two words' \"\" a#b\n#end";
    struct words words;

    (void)state;
    assert_null(weir_pl_words_from_text(&words, NULL, text, sizeof text - 1));
    assert_int_equal(words.n, 6);
    assert_string_equal(words.shown, "a.log ! grep 'two words' '' 'a#b'");
    assert_string_equal(words.at[3].text, "two words");
    assert_true(words.at[3].quoted);
    assert_int_equal(words.at[3].column, 13);
    assert_int_equal(words.at[3].width, 11);
    assert_string_equal(words.at[4].text, "");
    weir_pl_words_drop(&words);
    assert_null(weir_pl_words_from_text(&words, NULL, "\xef\xbb\xbf#x\ra \\! '\\!'", 15));
    assert_int_equal(words.n, 3);
    assert_string_equal(words.at[0].text, "a");
    assert_string_equal(words.at[1].text, "!");
    assert_true(words.at[1].quoted);
    assert_string_equal(words.at[2].text, "\\!");
    weir_pl_words_drop(&words);
    assert_non_null(weir_pl_words_from_text(&words, NULL, "\xff\xfe!", 3));
    weir_pl_words_drop(&words);
    assert_non_null(weir_pl_words_from_text(&words, NULL, "a 'b", 4));
    weir_pl_words_drop(&words);
    assert_non_null(weir_pl_words_from_text(&words, NULL, "a\0b", 3));
    weir_pl_words_drop(&words);
}

static void harmless(const char *text, const char *wanted)
{
    char *got = weir_pl_text_harmless(text);
    assert_string_equal(got, wanted);
    weir_pl_room_free(got);
}

static void texts(void **state)
{
    char out[TEXT_NUMBER_BYTES];

    (void)state;
    harmless("plain.txt", "plain.txt");
    harmless("\x1b[2Jx\n", "\\x1b[2Jx\\x0a");
    harmless("\x7f\xc2\x9b", "\\x7f\\xc2\\x9b");
    harmless("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a");
    harmless("\xe2\x80\xae"
             "txt",
             "\\xe2\\x80\\xaetxt"); /* right to left from here */
    harmless("\xd8\x9c", "\\xd8\\x9c");
    harmless("\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80 \xe2\x82",
             "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5\\x80\\x80\\x80 \\xe2\\x82");
    harmless("a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", "a\\xe2\\x80\\x8b\\xef\\xbb\\xbf\\xc2\\xad");
    harmless("\xe2\x80\x8d", "\xe2\x80\x8d"); /* joins letters and emoji */
    assert_string_equal(weir_pl_text_memory(out, 512), "512 B");
    assert_string_equal(weir_pl_text_memory(out, 256 << 10), "256 KiB");
    assert_string_equal(weir_pl_text_memory(out, (1 << 20) + (1 << 18)), "1.2 MiB");
    assert_string_equal(weir_pl_text_amount(out, 412345678), "412 MB");
    assert_string_equal(weir_pl_text_amount(out, UINT64_MAX), "18446 PB");
    assert_string_equal(weir_pl_text_duration(out, 7), "0:07");
    assert_string_equal(weir_pl_text_duration(out, 3661), "1:01:01");
}

static void widths(void **state)
{
    static const struct {
        uint32_t code;
        unsigned columns;
    } table[] = {
        {'a', 1},     {0xdf, 1},    {0x3b1, 1},   {0x301, 0},   {0x300, 0},    {0x36f, 0},
        {0x370, 1},   {0x5d0, 1},   {0x5b4, 0},   {0x903, 1},   {0x94d, 0},    {0xe01, 1},
        {0xe49, 0},   {0x10ff, 1},  {0x1100, 2},  {0x1161, 0},  {0x11a8, 0},   {0x200b, 0},
        {0x200d, 0},  {0x2026, 1},  {0x20ac, 1},  {0x2122, 1},  {0x2500, 1},   {0x2603, 1},
        {0x2614, 2},  {0x2764, 1},  {0x3000, 2},  {0x302a, 0},  {0x303e, 2},   {0x303f, 1},
        {0x3042, 2},  {0x3099, 0},  {0x3400, 2},  {0x4dc0, 1},  {0x4e00, 2},   {0x9fff, 2},
        {0xac00, 2},  {0xd7a3, 2},  {0xe000, 1},  {0xf900, 2},  {0xfe0f, 0},   {0xff01, 2},
        {0xff61, 1},  {0xfffd, 1},  {0x1f1e6, 1}, {0x1f30a, 2}, {0x1f3fb, 2},  {0x1f600, 2},
        {0x1f6dc, 2}, {0x1fae8, 2}, {0x1f53e, 1}, {0x20000, 2}, {0x30000, 2},  {0x3fffd, 2},
        {0x3fffe, 1}, {0xe0100, 0}, {0xe01ef, 0}, {0xe01f0, 1}, {0x10ffff, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (weir_pl_columns_of_character(table[i].code) != table[i].columns)
            fail_msg("%x is %u wide", table[i].code, weir_pl_columns_of_character(table[i].code));
    assert_int_equal(weir_pl_columns(""), 0);
    assert_int_equal(weir_pl_columns("gr\xc3\xbc\xc3\x9f"), 4);
    assert_int_equal(weir_pl_columns("e\xcc\x81t\xe6\xbc\xa2"), 4);
    assert_int_equal(weir_pl_columns("\xff\xe6\xbc"), 3); /* bytes that are no characters */
    assert_int_equal(weir_pl_columns_cut("abc", 2, 99), 2);
    assert_int_equal(weir_pl_columns_cut("abc", 99, 1), 1);
    assert_int_equal(weir_pl_columns_cut("abc", 99, 99), 3);
    assert_int_equal(weir_pl_columns_cut("a\xe6\xbc\xa2", 2, 99), 1); /* no half of one */
    assert_int_equal(weir_pl_columns_cut("a\xe6\xbc\xa2", 99, 3), 1);
    assert_int_equal(weir_pl_columns_cut("e\xcc\x81t", 1, 99), 3); /* the mark with its letter */
}

#define JOIN "\xe2\x80\x8d"
#define EMOJI "\xef\xb8\x8f"
#define WOMAN "\xf0\x9f\x91\xa9"
#define GIRL "\xf0\x9f\x91\xa7"
#define DARK "\xf0\x9f\x8f\xbf"
#define HEART "\xe2\x9d\xa4"
#define REGION_D "\xf0\x9f\x87\xa9"
#define REGION_E "\xf0\x9f\x87\xaa"

/* What stands there as one picture is two wide, and is not cut. */
static void emoji_of_several(void **state)
{
    static const struct {
        const char *text;
        unsigned columns;
        size_t first; /* bytes of what two columns have room for */
    } table[] = {
        {WOMAN JOIN WOMAN JOIN GIRL "x", 3, 18},
        {WOMAN DARK "x", 3, 8},
        {WOMAN DARK JOIN HEART EMOJI JOIN WOMAN "x", 3, 24},
        {HEART "x", 2, 4},
        {HEART EMOJI "x", 3, 6},
        {"\xe2\x98\x9d" DARK "x", 3, 7}, /* a narrow one, until it gets a colour */
        {REGION_D REGION_E "x", 3, 8},
        {REGION_D "x", 2, 5},
        {REGION_D REGION_E REGION_D, 3, 8},
        {REGION_D REGION_E REGION_D REGION_E, 4, 8},
        {"1" EMOJI "\xe2\x83\xa3x", 3, 7},
        {"1" EMOJI "x", 2, 5},
        {"1\xe2\x83\xa3x", 2, 5},
        {"a" EMOJI "b", 2, 5},
        {"a" JOIN "b", 2, 5},
        {WOMAN JOIN "b", 3, 7},
        {"a" DARK, 3, 1},
        {WOMAN JOIN "\xff", 3, 7},
        {WOMAN WOMAN, 4, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(weir_pl_columns(table[i].text), table[i].columns);
        assert_int_equal(weir_pl_columns_cut(table[i].text, 2, 99), table[i].first);
        assert_true(weir_pl_columns_cut(table[i].text, 1, 99) <=
                    4); /* nothing, or one narrow character */
    }
    char family[401] = WOMAN; /* no name is one picture of any length */
    for (size_t n = 4; n + 7 < sizeof family; n += 7)
        memcpy(family + n, JOIN WOMAN, 8);
    assert_true(weir_pl_columns(family) > 2 && weir_pl_columns_cut(family, 2, 999) < 200);
}

/* Marks stand under the words, also where nothing is seen of one. */
static void words_in_columns(void **state)
{
    char first[] = "\xe6\xbc\xa2.txt", mark[] = "\xcc\x81", plus[] = "\\+", last[] = "x";
    const char *const arguments[] = {first, mark, plus, last};
    struct words words;

    (void)state;
    assert_true(weir_pl_words_from_arguments(&words, NULL, 4, arguments));
    assert_string_equal(words.shown, "\xe6\xbc\xa2.txt '\xcc\x81' '\\+' x");
    assert_int_equal(words.at[1].column, 7);
    assert_int_equal(words.at[1].width, 2);
    assert_int_equal(words.at[3].column, 15);
    assert_string_equal(words.at[2].text, "+");
    assert_false(weir_pl_word_is(&words.at[2], "+"));
    weir_pl_words_drop(&words);
}

static void progress(void **state)
{
    static const char kanji[] = "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
                                "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
                                "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
                                "x\xe6\xbc\xa2";
    const uint64_t second = 1000000000;
    struct progress p;
    char line[256];

    (void)state;
    progress_start(&p, PROGRESS_NONE, "in.csv.gz", 1000000000, 5 * second);
    for (uint64_t i = 0; i <= 100; i++)
        progress_tick(&p, i * 6100000, (5 + i / 10) * second + i % 10 * (second / 10));
    progress_line(&p, 610000000, 15 * second, 80, line, sizeof line);
    assert_string_equal(line, "in.csv.gz 61% [######----] 61 MB/s eta 0:07");
    progress_line(&p, 610000000, 15 * second, 13, line, sizeof line);
    assert_string_equal(line, "in.csv.gz 61%");
    progress_line(&p, 2000000000, 15 * second, 80, line, sizeof line); /* it grew meanwhile */
    assert_non_null(strstr(line, " 100% [##########] "));
    progress_start(&p, PROGRESS_NONE, "-", UINT64_MAX, 0);
    progress_line(&p, 0, 0, 80, line, sizeof line);
    assert_string_equal(line, "- 0 B 0 B/s 0:00");
    progress_line(&p, 3000000, 3 * second, 80, line, sizeof line);
    assert_string_equal(line, "- 3 MB 1 MB/s 0:03");
    progress_start(&p, PROGRESS_NONE, "a name whose last letter is cut \xe2\x82\xac", 0, 0);
    progress_line(&p, 0, 0, 80, line, sizeof line);
    assert_string_equal(line, "a name whose last letter is cut  100% [##########] 0 B/s 0:00");
    progress_start(&p, PROGRESS_NONE, "a name that is 33 wide at the end\xe6\xbc\xa2", 0, 0);
    progress_line(&p, 0, 0, 80, line, sizeof line);
    assert_string_equal(line, "a name that is 33 wide at the en 100% [##########] 0 B/s 0:00");
    progress_line(&p, 0, 0, 50, line, sizeof line); /* the numbers have room, then the name */
    assert_string_equal(line, "a name that is 33 wid 100% [##########] 0 B/s 0:00");
    progress_line(&p, 0, 0, 20, line, sizeof line);
    assert_string_equal(line, "a name tha 100%");
    progress_start(&p, PROGRESS_NONE, kanji, 0, 0);
    progress_line(&p, 0, 0, 80, line, sizeof line);
    assert_int_equal(weir_pl_columns(line), 15 * 2 + 1 + 29);
    progress_line(&p, 0, 0, 40, line, sizeof line);
    assert_true(weir_pl_columns(line) <= 40 && strstr(line, "0:00"));
    char marks[2002];
    for (size_t i = 0; i < sizeof marks - 2; i += 2)
        memcpy(marks + i, "\xcc\x81", 2);
    marks[sizeof marks - 2] = 0;
    progress_start(&p, PROGRESS_NONE, marks, 0, 0); /* a thousand marks have no width */
    assert_true(progress_line(&p, 0, 0, 80, line, sizeof line) < 200);
    progress_start(&p, PROGRESS_NONE, "empty", 0, 0);
    progress_line(&p, 0, second, 80, line, sizeof line);
    assert_string_equal(line, "empty 100% [##########] 0 B/s 0:01");
    p.slowest = "from csv";
    p.busy_percent = 94;
    progress_line(&p, 0, second, 80, line, sizeof line);
    assert_string_equal(line, "empty 100% [##########] 0 B/s 0:01 | slowest: from csv (94% busy)");
    progress_line(&p, 0, second, 65, line, sizeof line);
    assert_int_equal(weir_pl_columns(line), 65);
    progress_line(&p, 0, second, 64, line, sizeof line); /* all of it, or nothing */
    assert_string_equal(line, "empty 100% [##########] 0 B/s 0:01");
    p.slowest = "exec 'a command that is far too long' par=4";
    progress_line(&p, 0, second, 120, line, sizeof line);
    assert_non_null(strstr(line, " | slowest: exec 'a command that ... (94% busy)"));
}

/* A child that opens `path` as a sink would, does something with it, and finds no memory. */
static int without_memory(const char *path, int (*then)(const weir_sys *, const char *))
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        static struct outputs outputs;
        outputs_init(&outputs);
        memory_on_end(outputs_clear, &outputs);
        int fd = outputs.sys.open(&outputs.sys, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || (then && then(&outputs.sys, path)))
            _exit(9);
        if (!freopen("/dev/null", "w", stderr))
            _exit(9);
        memory_end();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static int give_name(const weir_sys *sys, const char *path)
{
    return sys->rename(sys, AT_FDCWD, path, "cli_unit.named");
}

static void no_memory_leaves_no_hidden_file(void **state)
{
    (void)state;
    assert_int_equal(without_memory(".cli_unit.hidden", NULL), 1);
    assert_int_equal(access(".cli_unit.hidden", F_OK), -1);
    assert_int_equal(without_memory(".cli_unit.hidden", give_name), 1);
    assert_int_equal(unlink("cli_unit.named"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(numbers),
        cmocka_unit_test(words),
        cmocka_unit_test(texts),
        cmocka_unit_test(progress),
        cmocka_unit_test(widths),
        cmocka_unit_test(words_in_columns),
        cmocka_unit_test(emoji_of_several),
        cmocka_unit_test(no_memory_leaves_no_hidden_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
