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
    struct certificate addressed;   /* by ca, of 127.0.0.1; its subject is "a <b>server" */
    struct certificate nameless;    /* by ca, of 127.0.0.1; without a subject */
    struct certificate long_named;  /* by ca, of names that are longer than is shown */
    struct certificate weak;        /* by ca, of example.org; RSA of 512 bits */
    char *chain;                    /* the server's certificate, and its issuer's behind it */
    char *encrypted_key;            /* the server's */
};

const struct certificates *certificates(void);

#endif
