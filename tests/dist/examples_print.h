/* How the examples of the headers print, and are compared: what examples.h ends with. */
#ifndef EXAMPLES_PRINT_H
#define EXAMPLES_PRINT_H

#include "weir.h"

/* clang-format off */
#define p(...)                                                                                     \
    _Generic((__VA_ARGS__), weir_stream *: p_stream, weir_reader *: p_reader, char *: p_text,      \
             const char *: p_text, bool: p_bool, int: p_int, long: p_int, unsigned: p_int,         \
             long long: p_int, unsigned long: p_int, unsigned long long: p_int, double: p_double,  \
             weir_vec: p_vec, weir_line: p_line, weir_owned_line: p_owned_line,                    \
             weir_poll: p_poll)(__VA_ARGS__)
/* clang-format on */

void p_stream(weir_stream *stream);
void p_reader(weir_reader *reader);
void p_text(const char *said);
void p_bool(bool yes);
void p_int(long long number);
void p_double(double number);
void p_vec(weir_vec vec);
void p_line(weir_line line);
void p_poll(weir_poll got); /* READY 2 */
void p_owned_line(weir_owned_line line);

/* READY, PENDING, END, ERROR or MARK; SENT, FULL, CLOSED, NO_MEMORY or DROPPED; OK, SYSTEM ... */
const char *answer(weir_state state);
const char *sent(weir_sent how);
const char *code_name(weir_code code);

/* The statement of this line ends: what was printed since the last one was this. */
void same_as(const char *place, const char *wanted);

struct example {
    const char *names;
    void (*run)(void);
};
int run_examples(const struct example *examples, size_t n);

#endif
