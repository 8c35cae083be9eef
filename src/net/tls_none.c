/* TLS in a library that was built without OpenSSL: everything says so. */

#ifndef WEIR_HAVE_OPENSSL
#include "weir/tls.h"

#define MISSING "no TLS: built without OpenSSL"
#define CURE "a library that was built with -Dtls=enabled (libssl-dev)"

struct weir_tls_context {
    weir_error error;
};

static weir_tls_context tls_none_missing = {{.size = sizeof(weir_error),
                                             .code = WEIR_E_ARGUMENT,
                                             .fatal = true,
                                             .byte = WEIR_NOWHERE,
                                             .record = WEIR_NOWHERE,
                                             .cure = CURE,
                                             .message = MISSING}};

weir_tls_context *weir_tls_client(const weir_tls_options *options)
{
    (void)options;
    return &tls_none_missing;
}

weir_tls_context *weir_tls_server(const weir_tls_options *options)
{
    return weir_tls_client(options);
}

const weir_error *weir_tls_context_error(const weir_tls_context *context)
{
    (void)context;
    return &tls_none_missing.error;
}

weir_tls_context *weir_tls_context_ref(weir_tls_context *context)
{
    return context;
}

void weir_tls_context_unref(weir_tls_context *context)
{
    (void)context;
}

weir_duplex weir_tls(weir_duplex transport, weir_tls_context *context, const weir_tls_how *how)
{
    (void)context;
    (void)how;
    weir_duplex_abort(transport);
    return (weir_duplex){weir_reader_refused(WEIR_E_ARGUMENT, CURE, MISSING, NULL, NULL, 0),
                         weir_writer_refused(WEIR_E_ARGUMENT, CURE, MISSING, NULL, NULL, 0)};
}

const char *weir_tls_protocol(const weir_reader *reader)
{
    (void)reader;
    return NULL;
}

bool weir_tls_peer(const weir_reader *reader, char *out, size_t size)
{
    (void)reader;
    (void)out;
    (void)size;
    return false;
}

bool weir_tls_alpn(const weir_reader *reader, char *out, size_t size)
{
    return weir_tls_peer(reader, out, size);
}
#endif
