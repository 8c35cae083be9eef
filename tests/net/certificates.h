/* Certificates for the tests of TLS, made when they are asked for first. */
#ifndef WEIR_TESTS_CERTIFICATES_H
#define WEIR_TESTS_CERTIFICATES_H

/* PEM texts. */
struct certificate {
    char *certificate, *key;
};

struct certificates {
    struct certificate ca, other_ca;
    struct certificate server;      /* by ca, of example.org, *.example.org and 127.0.0.1 */
    struct certificate expired;     /* by ca, of example.org, until 2021-01-02 */
    struct certificate early;       /* ... from 2100-01-01 on */
    struct certificate self_signed; /* of example.org */
    struct certificate client;      /* by ca, of a client */
    char *encrypted_key;            /* the server's */
};

const struct certificates *certificates(void);

#endif
