/* A pair of duplexes in memory that is as bad as a test wants: tiny, slow, cut, changed on its way.
 * And tasks over them, polled only when they were woken, so that a lost wake is found. */
#ifndef WEIR_TESTS_WIRE_H
#define WEIR_TESTS_WIRE_H

#include "doubles.h"

/* One direction. The first part is set before the first poll. */
struct way {
    size_t room;     /* bytes that stand in it at most; 0: 64 KiB */
    size_t piece;    /* bytes that one write or fill moves; 0: all */
    size_t cut_at;   /* the reader's end after so many bytes, as when a peer vanishes; 0: never */
    size_t wrong_at; /* this byte (from 1) arrives changed; 0: none */
    bool told;       /* it ends when it is empty, as what a stopped runtime reads from */
    bool hesitates;  /* PENDING, woken at once, before each answer */
    bool withheld;   /* wakes wait for wire_wake() */
    unsigned fail_write; /* this write fails (EPIPE); 0: none */

    unsigned char *bytes; /* the rest is the wire's */
    size_t begin, end, size;
    size_t passed; /* bytes that the reader was given */
    unsigned writes;
    bool hesitated[2];
    bool closed, reset, reader_gone, writer_gone;
    bool owes[2];             /* a wake that is withheld */
    weir_waker_slot slots[2]; /* of the reader, of the writer */
};

struct wire {
    struct way ways[2]; /* from the client to the server, and back */
};
enum { TO_SERVER, TO_CLIENT };

weir_duplex wire_client(struct wire *wire WEIR_KEEPS);
weir_duplex wire_server(struct wire *wire WEIR_KEEPS);
bool wire_wake(struct wire *wire); /* what was withheld; false: nothing was */
void wire_fini(struct wire *wire);

/* What a task does with a half: writes `n` bytes of a pattern in pieces and closes, or reads to the
 * end and compares. */
struct pump {
    weir_reader *reader; /* one of the two; the task drops it when it is done */
    weir_writer *writer;
    size_t n;         /* to write */
    size_t piece;     /* at once; 0: all */
    size_t min;       /* of the reader, 0: 1 */
    unsigned drop_at; /* drops the half instead of this poll, from 1; 0: never */
    bool stays;       /* does not close */

    struct test_cx cx; /* the rest is the pump's */
    bool begun, done, dropped, flushed;
    unsigned polls;
    size_t moved;
    bool wrong; /* other bytes came */
    weir_state state;
    weir_error error;
};

/* Runs until all are done, or nobody can be woken any more: false. */
bool pumps_run(struct pump *pumps, size_t n, struct wire *wire);
void pumps_fini(struct pump *pumps, size_t n);

#endif
