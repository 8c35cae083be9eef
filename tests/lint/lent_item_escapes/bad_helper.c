/* Lines that are kept by functions of the file: what one gives of its line, what one stores, and
 * what memchr() found in it. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct best {
    weir_line name;
    size_t size;
};

static weir_line name_of(weir_line line)
{
    const char *end = memchr(line.data, ' ', line.size);
    return (weir_line){line.data, end ? (size_t)(end - (const char *)line.data) : line.size};
}

static void best_take(struct best *best, weir_line name, size_t size)
{
    if (size < best->size)
        return;
    best->size = size;
    best->name = name;
}

void print_first(weir_reader *in, weir_error *error)
{
    weir_line first = {NULL, 0};
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        if (!first.data)
            first = name_of(line); // lint: lent_item_escapes 29-33
    }
    printf("%.*s\n", (int)first.size, (const char *)first.data);
}

void print_best(weir_reader *in, weir_error *error)
{
    struct best best = {.size = 0};
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error)
        best_take(&best, line, line.size); // lint: lent_item_escapes 26-30
    printf("%.*s\n", (int)best.name.size, (const char *)best.name.data);
}

void print_last_word(weir_reader *in, weir_error *error)
{
    const char *last = "";
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        const char *word = memchr(line.data, ' ', line.size);
        if (word)
            last = word + 1; // lint: lent_item_escapes 20-24
    }
    puts(last);
}
