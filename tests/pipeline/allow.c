/* A text reaches what it is allowed, and nothing else: it is refused before anything is looked at.
 */

#include <stdio.h>
#include <unistd.h>

#include "rig.h"

enum { READ = WEIR_ALLOW_READ, WRITE = WEIR_ALLOW_WRITE, NET = WEIR_ALLOW_NET };
enum { EXEC = WEIR_ALLOW_EXEC, ALL = READ | WRITE | NET | EXEC };

/* What each needs; with it, it is right, unless something else is wrong with it. */
static const struct {
    const char *text;
    unsigned needs;
} rows[] = {
    {"seq 3 ! null", 0},
    {"zero ! gzip ! null", 0},
    {"/etc/passwd ! null", READ},
    {"file:/etc/passwd ! null", READ},
    {"/dev/stdin ! null", READ},
    {"merge /etc/passwd /etc/group ! null", READ},
    {"open /etc/passwd ! null", READ},
    {"tail /etc/passwd ! null", READ},
    {"glob '/etc/*' ! null", READ},
    {"watch /etc ! null", READ},
    {"zero ! ./never-made", WRITE},
    {"zero ! ./never-made append", WRITE},
    {"zero ! file:never-made", WRITE},
    {"zero ! tee ./never-made ! null", WRITE},
    {"seq 3 ! dead ./never-made ! null", WRITE},
    {"seq 3 ! sort ! null", WRITE},
    {"tcp:localhost:1 ! null", NET},
#ifdef WEIR_HAVE_OPENSSL
    {"tls:localhost:1 ! null", NET},
    {"tls:localhost:1,ca=/etc/passwd ! null", NET | READ},
    {"https://localhost/ ! null", NET},
    {"https://localhost/,ca=/etc/passwd ! null", NET | READ},
    {"zero ! https://localhost/,ca=/etc/passwd", NET | READ},
#endif
    {"unix:/run/never ! null", NET},
    {"tcp-listen:0 ! null", NET},
    {"unix-listen:/run/never ! null", NET},
    {"http://localhost/ ! null", NET},
    {"zero ! tcp:localhost:1", NET},
    {"zero ! http://localhost/", NET},
    {"seq 3 ! http-get ! null", NET},
    {"seq 3 ! http-get ! save /tmp", NET | WRITE},
    {"seq 3 ! http-get ca=/etc/passwd ! null", NET | READ},
    {"seq 3 ! par 2 http-get ca=/etc/passwd ! null", NET | READ},
    {"exec:true ! null", EXEC},
    {"zero ! exec:true", EXEC},
    {"seq 3 ! exec true ! null", EXEC},
    {"seq 3 ! par 2 exec true ! null", EXEC},
    {"zero ! exec true ! null", EXEC},
    {"seq 3 ! exec true log=./never-made ! null", EXEC | WRITE},
    {"seq 3 ! null + /etc/passwd ! null", READ},
};

static bool is_right(const char *text, unsigned allow)
{
    weir_pipeline *pipeline = parsed(text, &WEIR_PARSE_OPTIONS(.allow = allow));
    bool right = pipeline != NULL;
    weir_pipeline_drop(pipeline);
    return right;
}

/* By each set of bits: it is right where nothing is missing, else it names one that is. */
static void each_needs_what_it_reaches(void **state)
{
    static const char *const names[] = {"WEIR_ALLOW_READ", "WEIR_ALLOW_WRITE", "WEIR_ALLOW_NET",
                                        "WEIR_ALLOW_EXEC"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned allow = 0; allow <= ALL; allow++) {
            unsigned missing = rows[i].needs & ~allow;
            if (is_right(rows[i].text, allow) != !missing)
                fail_msg("%s, with %u allowed: %s", rows[i].text, allow, said.message);
            bool named = false;
            for (unsigned bit = 0; bit < 4; bit++)
                named |= missing & 1u << bit && !strncmp(said.hint, names[bit], strlen(names[bit]));
            if (missing && !named)
                fail_msg("%s, with %u allowed, names no bit: %s", rows[i].text, allow, said.hint);
        }
}

/* A name that nobody may read is not even looked for, nor what may have been meant. */
static void nothing_is_looked_for(void **state)
{
    (void)state;
    refused("passwd ! null", NULL, "passwd", "'passwd' reads files, and that is not allowed");
    refused("/nowhere/at-all ! null", NULL, "/nowhere/at-all",
            "'/nowhere/at-all' reads files, and that is not allowed");
    assert_null(strstr(said.hint, "did you mean"));
}

/* Every name of the catalogue says what it reaches: one that is not in this list reaches nothing.
 */
static void the_catalogue_says_so(void **state)
{
    static const struct {
        const char *name;
        unsigned allow;
    } reach[] = {{"open", READ},    {"tail", READ}, {"glob", READ},  {"watch", READ},
                 {"http-get", NET}, {"exec", EXEC}, {"save", WRITE}, {"sort", WRITE}};
    weir_entry entry;

    (void)state;
    for (size_t at = 0; weir_catalogue_next(&at, &entry);) {
        unsigned wanted = 0;
        for (size_t i = 0; i < sizeof reach / sizeof *reach; i++)
            wanted |= strcmp(reach[i].name, entry.name) ? 0 : reach[i].allow;
        if (entry.allow != wanted && !entry.make)
            fail_msg("%s reaches %u", entry.name, entry.allow);
    }
}

/* Their libraries are not even looked for. */
static void brokers_are_allowed_by_themselves(void **state)
{
    (void)state;
    for (unsigned allow = 0; allow <= ALL; allow++) {
        weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = allow);
        refused("nats:STREAM/worker ! null", &options, "nats:STREAM/worker",
                "'nats:STREAM/worker' loads the library of a broker, and that is not allowed");
        refused("kafka:topic ! null", &options, "kafka:topic",
                "'kafka:topic' loads the library of a broker, and that is not allowed");
        refused("seq 3 ! redis:stream", &options, "redis:stream",
                "'redis:stream' loads the library of a broker, and that is not allowed");
        assert_string_equal(said.hint, "WEIR_ALLOW_BROKERS, if this text may");
    }
    refused("nats:STREAM/worker ! null", &WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_BROKERS | READ),
            "nats:STREAM/worker",
            "'nats:STREAM/worker' makes connections, and that is not allowed");
    refused("nats:STREAM/worker ! null", &WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_BROKERS | NET),
            "nats:STREAM/worker", "'nats:STREAM/worker' reads files, and that is not allowed");
}

/* This program is linked with the archives, and no module is beside it. */
static void a_module_that_is_missing_is_told(void **state)
{
    static const char nats[] = "this weir has no nats: ";

    (void)state;
    weir_parse_options options = WEIR_PARSE_OPTIONS(.allow = WEIR_ALLOW_BROKERS | ALL);
    assert_null(parsed("nats:STREAM/worker ! null", &options));
    assert_memory_equal(said.message, nats, sizeof nats - 1);
    assert_memory_equal(said.hint, "install libnats", strlen("install libnats"));
}

static void nothing_was_made(void **state)
{
    (void)state;
    assert_int_equal(access("never-made", F_OK), -1);
}

int pipeline_allow(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_needs_what_it_reaches),
        cmocka_unit_test(nothing_is_looked_for),
        cmocka_unit_test(the_catalogue_says_so),
        cmocka_unit_test(brokers_are_allowed_by_themselves),
        cmocka_unit_test(a_module_that_is_missing_is_told),
        cmocka_unit_test(nothing_was_made),
    };
    return cmocka_run_group_tests_name("pipeline: allow", tests, NULL, NULL);
}
