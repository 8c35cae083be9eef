/* Each row of a table, by the names of its columns: a program for a person, sequential on purpose.
 */

#include <stdio.h>

#include "weir.h"

static const char table[] = "NAME,AGE\r\n"
                            "Daffy Duck,24\r\n"
                            "Bugs Bunny,22\r\n"
                            "\"Pig, Porky\",\r\n";

static void print(weir_row row, void *arg)
{
    static weir_name name = WEIR_NAME("NAME"), age = WEIR_NAME("AGE");
    weir_text who = weir_row_get(&row, &name), years = weir_row_get(&row, &age);
    (void)arg;
    printf("name: %.*s, age: %.*s\n", (int)who.size, who.data, (int)years.size, years.data);
}
WEIR_EACH_FN(print_fn, print, weir_row, .of = &weir_type_row)

int main(int argc, char **argv)
{
    weir_error error;
    weir_reader *bytes =
        argc > 1 ? weir_file_reader(argv[1]) : weir_memory_reader(table, sizeof table - 1);
    if (weir_run(weir_for_each(weir_csv(bytes, NULL), &print_fn, NULL), NULL, &error) == WEIR_READY)
        return 0;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return 1;
}
