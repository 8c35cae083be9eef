/* Of lines of its own: copies of what is kept, and what a function gives and stores of a line while
 * it is there. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct best {
    char name[64];
    size_t size;
};

struct name {
    weir_line text;
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
    snprintf(best->name, sizeof best->name, "%.*s", (int)name.size, (const char *)name.data);
}

static void name_take(struct name *name, weir_line line)
{
    name->text = name_of(line);
}

static size_t size_of(weir_line line)
{
    return line.size;
}

void print_best(weir_reader *in, weir_error *error)
{
    struct best best = {.size = 0};
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error)
        best_take(&best, name_of(line), line.size);
    puts(best.name);
}

void print_names(weir_reader *in, weir_error *error)
{
    size_t last = 0;
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        struct name name;
        name_take(&name, line);
        printf("%.*s\n", (int)name.text.size, (const char *)name.text.data);
        last = size_of(line);
    }
    printf("%zu\n", last);
}

void print_last_word(weir_reader *in, weir_error *error)
{
    char last[64] = "";
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        const char *word = memchr(line.data, ' ', line.size);
        const char *end = (const char *)line.data + line.size;
        if (word)
            snprintf(last, sizeof last, "%.*s", (int)(end - word), word);
    }
    puts(last);
}
