/* What TLS contexts are made of: options that do not fit together, files that are missing, broken,
 * or of somebody else, and each call that reads them failing. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "weir/sys.h"

#ifdef WEIR_HAVE_OPENSSL

enum { ALPN_MANY = 1000 };

/* Files that stand in memory. */
struct files {
    weir_sys sys;
    unsigned calls, fail_at;
    int error;
    size_t at, at_most;
    int opened, closed;
    const char *text;
};

/* A text behind so many empty lines. */
static const char *padded(const char *text, size_t n)
{
    static char *bytes;
    free(bytes);
    bytes = malloc(n + strlen(text) + 1);
    memset(bytes, '\n', n);
    strcpy(bytes + n, text);
    return bytes;
}

static const char *text_of(const char *name)
{
    const struct certificates *all = certificates();
    if (!strcmp(name, "cert.pem"))
        return all->server.certificate;
    if (!strcmp(name, "key.pem"))
        return all->server.key;
    if (!strcmp(name, "large.pem") || !strcmp(name, "huge.pem"))
        return padded(all->ca.certificate, name[0] == 'l' ? 100000 : 4 << 20);
    return strcmp(name, "ca.pem") ? NULL : all->ca.certificate;
}

static struct files *files_of(const weir_sys *sys)
{
    return WEIR_CONTAINER((weir_sys *)(uintptr_t)sys, struct files, sys);
}

static int failing(struct files *files)
{
    return ++files->calls == files->fail_at ? files->error : 0;
}

static int files_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    struct files *files = files_of(sys);
    (void)dir, (void)flags, (void)mode;
    int error = failing(files);
    files->text = text_of(path);
    files->at = 0;
    if (error || !files->text)
        return error ? error : -ENOENT;
    files->opened++;
    return 7;
}

static int64_t files_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    struct files *files = files_of(sys);
    (void)fd;
    int error = failing(files);
    if (error)
        return error;
    size_t left = strlen(files->text) - files->at;
    n = n < left ? n : left;
    if (files->at_most && n > files->at_most)
        n = files->at_most;
    memcpy(out, files->text + files->at, n);
    files->at += n;
    return (int64_t)n;
}

static int files_close(const weir_sys *sys, int fd)
{
    (void)fd;
    files_of(sys)->closed++;
    return 0;
}

static void files_begin(struct files *files)
{
    memset(files, 0, sizeof *files);
    weir_sys_wrap(&files->sys, NULL);
    files->sys.open = files_open;
    files->sys.read = files_read;
    files->sys.close = files_close;
}

static weir_tls_options of_files(const struct files *files)
{
    return (weir_tls_options){.size = sizeof(weir_tls_options),
                              .certificate_file = "cert.pem",
                              .key_file = "key.pem",
                              .ca_file = "ca.pem",
                              .sys = &files->sys};
}

static void files_are_read(void **state)
{
    static struct link link;
    struct files files;
    (void)state;
    memory_begin(0, false);
    files_begin(&files);
    files.at_most = 100;
    link.client = (weir_tls_options){.ca_file = "ca.pem", .sys = &files.sys};
    link.server = of_files(&files);
    link.pumps[CLIENT_WRITES].n = 10;
    assert_true(link_all(&link));
    assert_int_equal(link.pumps[SERVER_READS].state, WEIR_END);
    assert_int_equal(link.pumps[SERVER_READS].moved, 10);
    assert_int_equal(files.opened, 4);
    assert_int_equal(files.closed, 4);
    assert_int_equal(memory_end(), 0);
}

/* Of a file that is larger than most; and a chain of one's own as text. */
static void long_texts_are_read(void **state)
{
    static struct link link;
    struct files files;
    (void)state;
    memory_begin(0, false);
    files_begin(&files);
    link.client = (weir_tls_options){.ca_file = "large.pem", .sys = &files.sys};
    link.server =
        (weir_tls_options){.certificate = certificates()->chain, .key = certificates()->server.key};
    link.pumps[CLIENT_WRITES].n = 10;
    assert_true(link_all(&link));
    assert_int_equal(link.pumps[SERVER_READS].state, WEIR_END);
    assert_int_equal(files.opened, 1);
    assert_int_equal(files.closed, 1);
    assert_int_equal(memory_end(), 0);
}

static void each_call_fails(void **state)
{
    static const int errors[] = {-EACCES, -EIO, -EINTR};
    (void)state;
    for (size_t error = 0; error < sizeof errors / sizeof *errors; error++) {
        bool failed = true;
        for (unsigned at = 1; failed; at++) {
            struct files files;
            files_begin(&files);
            files.fail_at = at;
            files.error = errors[error];
            weir_tls_options options = of_files(&files);
            memory_begin(0, false);
            weir_tls_context *context = weir_tls_server(&options);
            const weir_error *why = weir_tls_context_error(context);
            failed = files.calls >= at;
            if (errors[error] == -EINTR || !failed) {
                assert_null(why);
            } else {
                assert_int_equal(why->code, WEIR_E_SYSTEM);
                assert_int_equal(why->number, -errors[error]);
                assert_non_null(strstr(why->place, ".pem"));
            }
            assert_int_equal(files.opened, files.closed);
            weir_tls_context_unref(context);
            assert_int_equal(memory_end(), 0);
        }
    }
}

static void each_allocation_fails(void **state)
{
    static const char *const names[] = {"h2", NULL};
    (void)state;
    bool failed = true;
    for (unsigned long at = 1; failed; at++) {
        struct files files;
        files_begin(&files);
        weir_tls_options options = of_files(&files);
        options.alpn = names;
        memory_begin(at, false);
        weir_tls_context *context = weir_tls_server(&options);
        const weir_error *why = weir_tls_context_error(context);
        failed = memory.failed;
        assert_int_equal(why != NULL, failed);
        if (why)
            assert_int_equal(why->code, WEIR_E_MEMORY);
        weir_tls_context_unref(context);
        assert_int_equal(memory_end(), 0);
    }
}

static void is_refused(bool server, const weir_tls_options *options, weir_code code,
                       const char *text)
{
    memory_begin(0, false);
    weir_tls_context *context = server ? weir_tls_server(options) : weir_tls_client(options);
    const weir_error *why = weir_tls_context_error(context);
    if (!why || !strstr(why->message, text))
        fail_msg("'%s' is not in: %s", text, why ? why->message : "nothing");
    assert_int_equal(why->code, code);
    assert_true(why->fatal);
    weir_tls_context_unref(context);
    assert_int_equal(memory_end(), 0);
}

static void options_that_are_refused(void **state)
{
    static const char *const empty[] = {"", NULL};
    static const char *many[ALPN_MANY + 1];
    for (size_t i = 0; i < ALPN_MANY; i++)
        many[i] = "a-protocol-of-a-long-name";
    const struct certificates *all = certificates();
    char *cert = all->server.certificate, *key = all->server.key, *ca = all->ca.certificate;
    char broken[] = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    static char half_broken[4096];
    struct files files;
    files_begin(&files);
    strcat(strcpy(half_broken, cert), broken);
#define O(...) .options = {.size = sizeof(weir_tls_options), .sys = &files.sys, __VA_ARGS__ }
    const struct {
        bool server;
        weir_code code;
        const char *text;
        weir_tls_options options;
    } rows[] = {
        {true, WEIR_E_ARGUMENT, "both are missing", O(.alpn = NULL)},
        {true, WEIR_E_ARGUMENT, "the key is missing", O(.certificate = cert)},
        {true, WEIR_E_ARGUMENT, "the certificate is missing", O(.key = key)},
        {false, WEIR_E_ARGUMENT, "the key is missing", O(.certificate = cert)},
        {true, WEIR_E_ARGUMENT, "a file and a text",
         O(.certificate = cert, .certificate_file = "cert.pem", .key = key)},
        {true, WEIR_E_ARGUMENT, "verify_client wants ca",
         O(.certificate = cert, .key = key, .verify_client = true)},
        {true, WEIR_E_ARGUMENT, "is for clients",
         O(.certificate = cert, .key = key, .insecure_no_verify = true)},
        {false, WEIR_E_ARGUMENT, "is for servers", O(.ca = ca, .verify_client = true)},
        {false, WEIR_E_ARGUMENT, "no version", O(.version_min = 9)},
        {false, WEIR_E_ARGUMENT, "name of 0 bytes", O(.alpn = empty)},
        {false, WEIR_E_LIMIT, "protocols of ", O(.alpn = many)},
        {false, WEIR_E_LIMIT, "of 4 MiB or more", O(.ca_file = "huge.pem")},
        {true, WEIR_E_CORRUPT, "too weak", O(.certificate = all->weak.certificate, .key = key)},
        {false, WEIR_E_SYSTEM, "cannot open: No such file", O(.ca_file = "nothing.pem")},
        {false, WEIR_E_CORRUPT, "there is no certificate in it", O(.ca_file = "key.pem")},
        {false, WEIR_E_CORRUPT, "a certificate is broken", O(.ca = broken)},
        {true, WEIR_E_CORRUPT, "there is no certificate in it", O(.certificate = "", .key = key)},
        {true, WEIR_E_CORRUPT, "the certificate is broken", O(.certificate = broken, .key = key)},
        {true, WEIR_E_CORRUPT, "behind the first is broken",
         O(.certificate = half_broken, .key = key)},
        {true, WEIR_E_CORRUPT, "there is no key in it", O(.certificate = cert, .key = cert)},
        {true, WEIR_E_ARGUMENT, "the key is encrypted",
         O(.certificate = cert, .key = all->encrypted_key)},
        {true, WEIR_E_ARGUMENT, "not that of the certificate",
         O(.certificate = cert, .key = all->ca.key)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_refused(rows[i].server, &rows[i].options, rows[i].code, rows[i].text);
}

static void contexts_are_counted(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_tls_context *context = weir_tls_client(NULL);
    assert_null(weir_tls_context_error(context));
    assert_ptr_equal(weir_tls_context_ref(context), context);
    weir_tls_context_unref(context);
    assert_int_equal(memory.live, 1);
    weir_tls_context_unref(context);
    weir_tls_context_unref(NULL);
    assert_null(weir_tls_context_ref(NULL));
    assert_int_equal(weir_tls_context_error(NULL)->code, WEIR_E_MEMORY);
    assert_int_equal(memory_end(), 0);
}

int net_tls_context(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),           cmocka_unit_test(each_call_fails),
        cmocka_unit_test(long_texts_are_read),      cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(options_that_are_refused), cmocka_unit_test(contexts_are_counted),
    };
    return cmocka_run_group_tests_name("tls_context", tests, NULL, NULL);
}

#else

int net_tls_context(void)
{
    return 0;
}

#endif
