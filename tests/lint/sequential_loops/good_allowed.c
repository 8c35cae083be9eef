/* One operator at a time is meant, and said so. */
#include <stdio.h>

#include <weir.h>

int main(void)
{
    weir_error error;
    /* weir-lint: allow(sequential_loops) the console has one operator at a time */
    weir_for_try (weir_duplex, operator, weir_incoming("unix:/run/console", NULL), error) {
        weir_error failed;
        if (weir_await(weir_copy(operator.reader, operator.writer), NULL, &failed) != WEIR_READY)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
    }
    return 1;
}
