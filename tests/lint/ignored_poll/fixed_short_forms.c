/* Answers that are looked at, or said not to matter. */
#include <weir.h>

#define SEND(out, text, error) weir_await_write((out), (text), sizeof(text) - 1, (error))

bool greet(weir_writer *out, bool loud, weir_error *error)
{
    if (SEND(out, "hello\n", error) != WEIR_READY)
        return false;
    if (loud && weir_await_flush(out, error) != WEIR_READY)
        return false;
    loud ? weir_ignore(weir_await_flush(out, error)) : weir_ignore(weir_await_close(out, error));
    for (int i = 0; i < 3; weir_ignore(weir_await_flush(out, error)))
        i++;
    return true;
}
