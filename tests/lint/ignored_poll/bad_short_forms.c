/* Answers that are thrown away behind &&, in a choice, by a macro, and in the parts of a `for`. */
#include <weir.h>

#define SEND(out, text, error) weir_await_write((out), (text), sizeof(text) - 1, (error))

void greet(weir_writer *out, bool loud, weir_error *error)
{
    SEND(out, "hello\n", error);         // lint: ignored_poll 5-9
    loud &&weir_await_flush(out, error); // lint: ignored_poll 12-28
    // lint-next: ignored_poll 12-28, ignored_poll 43-59
    loud ? weir_await_flush(out, error) : weir_await_close(out, error);
    for (int i = 0; i < 3; weir_await_flush(out, error)) // lint: ignored_poll 28-44
        i++;
}
