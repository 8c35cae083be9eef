/* Connections, listeners and datagrams: what they say where there is no runtime, no memory to build
 * them of, and before they began. */

#include "net.h"

#include "doubles.h"
#include "weir/udp.h"

static struct test_cx test;

static weir_stream *copy_both(weir_duplex near)
{
    return weir_copy(near.reader, near.writer);
}

static weir_stream *by_name(void)
{
    return copy_both(weir_tcp("127.0.0.1", 7));
}

static weir_stream *by_six(void)
{
    return copy_both(weir_tcp("::1", 7));
}

static weir_stream *by_path(void)
{
    return copy_both(weir_unix("/nowhere"));
}

static weir_stream *by_descriptor(void)
{
    return copy_both(weir_socket(socket(AF_INET, SOCK_STREAM, 0)));
}

static weir_stream *connected(void)
{
    return weir_connected(weir_tcp("127.0.0.1", 7));
}

static weir_stream *incoming(void)
{
    return weir_incoming("127.0.0.1:0", NULL);
}

static weir_stream *server(void)
{
    return weir_serve(incoming(), &net_echo_fn, NULL, NULL);
}

static weir_stream *between(void)
{
    return weir_relay(weir_tcp("127.0.0.1", 7), weir_tcp("127.0.0.1", 7), NULL);
}

static weir_stream *datagrams(void)
{
    weir_udp_socket *socket = weir_udp("127.0.0.1:0", NULL);
    weir_stream *stream = weir_datagrams(socket);
    weir_udp_unref(socket);
    return stream;
}

static weir_stream *one_datagram(void)
{
    static weir_endpoint to;
    weir_udp_socket *socket = weir_udp("127.0.0.1:0", NULL);
    assert_true(weir_endpoint_parse(&to, "127.0.0.1:7"));
    weir_stream *stream = weir_send_to(socket, &to, "x", 1);
    weir_udp_unref(socket);
    return stream;
}

#ifdef WEIR_HAVE_OPENSSL
static weir_stream *over_tls(void)
{
    weir_tls_context *context = weir_tls_client(NULL);
    weir_duplex near = weir_tls(weir_tcp("127.0.0.1", 7), context,
                                &(weir_tls_how){.size = sizeof(weir_tls_how), .host = "localhost"});
    weir_tls_context_unref(context);
    return copy_both(near);
}
#endif

static weir_stream *(*const makers[])(void) = {
    by_name,  by_six,    by_path,      by_descriptor, connected,
    between,  datagrams, one_datagram, incoming,      server,
#ifdef WEIR_HAVE_OPENSSL
    over_tls,
#endif
};
enum { MAKERS = sizeof makers / sizeof *makers };

static weir_poll poll_once(weir_stream *stream)
{
    _Alignas(16) static unsigned char room[1024];
    assert_true(stream->type->size <= sizeof room);
    test_cx_turn(&test);
    return weir_poll_next(stream, &test.cx, room, 1);
}

/* Its error comes at the first poll, whoever tells it; a server goes on waiting for nobody. */
static void each_needs_a_runtime(void **state)
{
    (void)state;
    test_cx_init(&test);
    for (size_t i = 0; i < MAKERS; i++) {
        weir_stream *stream = makers[i]();
        assert_int_equal(poll_once(stream).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
        if (!strstr(test.cx.error.message, "runtime"))
            fail_msg("%zu: %s", i, test.cx.error.message);
        weir_drop(stream);
    }
    test_cx_fini(&test);
}

static void each_without_memory(void **state)
{
    (void)state;
    test_cx_init(&test);
    for (size_t i = 0; i < MAKERS; i++)
        for (int after = 0; after < 2; after++) {
            bool failed = true;
            for (unsigned long k = 1; failed; k++) {
                memory_begin(k, after);
                weir_stream *stream = makers[i]();
                failed = memory.failed;
                assert_int_equal(poll_once(stream).state, WEIR_ERROR);
                weir_code code = test.cx.error.code;
                weir_drop(stream);
                if (memory_end() || (code != WEIR_E_MEMORY && (failed || code != WEIR_E_ARGUMENT)))
                    fail_msg("%zu, allocation %lu: %s", i, k, test.cx.error.message);
            }
        }
    test_cx_fini(&test);
}

static void each_tells_of_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < MAKERS; i++) {
        weir_stream *stream = makers[i]();
        assert_in_range(weir_memory_max(stream), 1, (size_t)1 << 40);
        assert_int_equal(weir_size_hint(stream).lower, weir_size_hint(stream).upper == 1);
        weir_drop(stream);
    }
}

int net_alone(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_needs_a_runtime),
        cmocka_unit_test(each_without_memory),
        cmocka_unit_test(each_tells_of_itself),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
