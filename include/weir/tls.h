/* weir/tls.h: encrypted connections over any pair of a reader and a writer: a socket, a child's
 * ends, two ends in memory. OpenSSL does the work; nothing of it shows here, and it makes no system
 * call but for reading the system's store of certificates.
 *
 *     weir_tls_context *client = weir_tls_client(NULL);
 *     weir_duplex far = weir_tls(transport, client, &(weir_tls_how){.host = "example.org"});
 *     weir_tls_context_unref(client);
 *
 * In a library that was built without OpenSSL each of these gives what reports just that. */
#ifndef WEIR_TLS_H
#define WEIR_TLS_H

#include "weir/duplex.h"

WEIR_BEGIN_C

/* Certificates and rules, for any number of connections. Counted, from any thread. */
typedef struct weir_tls_context weir_tls_context;

typedef enum weir_tls_version {
    WEIR_TLS_USUAL, /* 1.2 */
    WEIR_TLS_1_2,
    WEIR_TLS_1_3
} weir_tls_version;

/* All may be left out, but for a server's certificate and key. Files and texts are PEM. */
typedef struct weir_tls_options {
    uint32_t size;                /* sizeof(weir_tls_options) */
    const char *certificate_file; /* one's own, and those of its issuers behind it */
    const char *certificate;      /* the same as text */
    const char *key_file;         /* of that certificate; not encrypted */
    const char *key;
    const char *ca_file; /* whom to trust; unsaid: whom the system trusts */
    const char *ca;
    const char *const *alpn;      /* protocols, the best one first, NULL at the end */
    weir_tls_version version_min; /* the oldest that is spoken */
    bool insecure_no_verify;      /* of a client: anybody may answer. For tests */
    bool verify_client;           /* of a server: who has no certificate of ca is refused */
    const weir_sys *sys;          /* reads the files; NULL: the real one */
} weir_tls_options;

/* Rules for one side. A client asks for the other side's certificate, and whether it is that of the
 * host it wants, unless it is told not to. Renegotiation is refused, sessions may be resumed.
 * Errors: none at once: see weir_tls_context_error(). NULL: no memory, which weir_tls() tells.
 * Owns: keeps nothing of the options; one reference is the caller's.
 * Source: rustls ClientConfig and ServerConfig, Go tls.Config.
 *
 * Example:
 *     weir_tls_context *client = weir_tls_client(NULL), *server = weir_tls_server(NULL);
 *     p(yes(weir_tls_context_error(server))); // -> yes
 *     weir_tls_context_unref(client);
 *     weir_tls_context_unref(server);
 */
WEIR_API weir_tls_context *weir_tls_client(const weir_tls_options *options) WEIR_MUST_USE;
WEIR_API weir_tls_context *weir_tls_server(const weir_tls_options *options) WEIR_MUST_USE;

/* Why nothing can be built with it: the file, what is wrong with it, one cure; NULL: all is well.
 * Of a NULL context: no memory. A server asks before it listens.
 *
 * Example:
 *     weir_tls_context *server = weir_tls_server(NULL);
 *     p(code_name(weir_tls_context_error(server)->code)); // -> ARGUMENT
 *     weir_tls_context_unref(server);
 */
WEIR_API const weir_error *weir_tls_context_error(const weir_tls_context *context);

/* Connections hold it themselves; NULL: nothing.
 *
 * Example:
 *     weir_tls_context *client = weir_tls_client(NULL);
 *     weir_tls_context_unref(weir_tls_context_ref(client));
 *     weir_tls_context_unref(client);
 *     p("gone"); // -> gone
 */
WEIR_API weir_tls_context *weir_tls_context_ref(weir_tls_context *context);
WEIR_API void weir_tls_context_unref(weir_tls_context *context);

/* One connection. */
typedef struct weir_tls_how {
    uint32_t size;    /* sizeof(weir_tls_how) */
    const char *host; /* of a client: a name or an address, which is asked for (SNI) and must stand
                         in the certificate. Wanted, unless the context verifies nothing */
} weir_tls_how;

/* The bytes of a transport, encrypted there and plain here. The handshake happens at the first poll
 * of either half, weir_poll_open() of the writer included: so one can wait for it alone.
 *
 *     writer closed              close_notify, then the transport's writer is closed; the reader
 *                                goes on until the other side closes too
 *     END of the reader          the other side said close_notify
 *     END of the transport       without it: TRUNCATED, what came may be a part
 *     writer dropped unclosed    gives up: no close_notify, and the transport is given up, so that
 *                                nothing that was cut looks whole
 *     a half dropped before the handshake was done: the other half does it
 *
 * Shape: bytes in and out. What is written becomes one record a write, of up to 16 KiB, and goes on
 * at once where the transport takes it; where not, up to 64 KiB wait for the next write, flush,
 * close or read. The reader lends counted blocks (16 KiB, 64 KiB when much comes), none while it
 * waits. A write of few bytes costs a record of its own: gather before.
 * A handshake is 0.6 ms of computing a side: each of its steps takes a quarter of the task's
 * budget, so that a turn of a task has at most four.
 * Units: an idle server holds 14 KB of OpenSSL's for a connection, a client 33 KB; one in use up to
 * WEIR_TLS_BYTES; OpenSSL's memory comes from malloc and not from weir_allocate().
 * Errors: CORRUPT: a certificate that is not trusted, expired or somebody else's (number: OpenSSL's
 * X509_V_ERR_), or no TLS; CLOSED: the other side refused (number: its alert); TRUNCATED; MEMORY;
 * those of the transport. Each with the host or the transport's place, and told to both halves.
 * Owns: the transport, also when it fails; holds the context.
 * Source: tokio-rustls TlsStream, Go tls.Conn. They have one object; here each half is a chain.
 *
 * Example:
 *     weir_tls_context *client = weir_tls_client(NULL);
 *     weir_duplex peer = {text("no TLS at all"), weir_null_writer()};
 *     weir_duplex far = weir_tls(peer, client, &(weir_tls_how){.host = "example.org"});
 *     p(answer(weir_await_fill(far.reader, 1, NULL))); // -> ERROR
 *     weir_duplex_drop(far);
 *     weir_tls_context_unref(client);
 */
WEIR_API weir_duplex weir_tls(weir_duplex transport WEIR_TAKES, weir_tls_context *context,
                              const weir_tls_how *how) WEIR_MUST_USE;

enum { WEIR_TLS_BYTES = 128 << 10 }; /* that OpenSSL takes for a connection at most */

/* What was agreed on, once the handshake is done: the version ("TLSv1.3"; static text), the
 * protocol of weir_tls_options.alpn, and the subject of the other side's certificate ("CN =
 * example.org"). NULL or false: it is too early, there is none, or weir_tls() did not make that
 * reader. What does not fit is left out.
 *
 * Example:
 *     weir_reader *r = text("no TLS at all");
 *     char name[64];
 *     p(weir_tls_protocol(r)); // -> NULL
 *     p(weir_tls_alpn(r, name, sizeof name)); // -> false
 *     p(weir_tls_peer(r, name, sizeof name)); // -> false
 *     weir_drop(r);
 */
WEIR_API const char *weir_tls_protocol(const weir_reader *reader);
WEIR_API bool weir_tls_alpn(const weir_reader *reader, char *out, size_t size);
WEIR_API bool weir_tls_peer(const weir_reader *reader, char *out, size_t size);

WEIR_END_C

#endif
