/* Used in the loop alone: in locals, in a struct of the turn, in functions, and over a wait. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct field {
    const char *name;
    size_t size;
};

static size_t first_word(const struct field *field)
{
    size_t n = 0;
    while (n < field->size && field->name[n] != ' ')
        n++;
    return n;
}

bool write_words(weir_reader *in, weir_writer *out, weir_error *error)
{
    weir_line current;
    const char *end;
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        struct field field = {line.data, line.size};
        struct field *at = &field;
        current = line;
        end = current.data + current.size;
        at->name = line.data;
        if (at->name == end)
            continue;
        if (weir_await_write(out, current.data, first_word(&field), error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
