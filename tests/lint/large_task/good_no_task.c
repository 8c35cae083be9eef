/* A large buffer in a function that is no task: it has the thread's own stack. */

#include <stdio.h>

#include "weir.h"

static int print_file(const char *path)
{
    char buffer[65536];
    size_t n;
    weir_error error;
    weir_reader *in = weir_file_reader(path);
    while (weir_await_read(in, buffer, sizeof buffer, &n, &error) == WEIR_READY)
        fwrite(buffer, 1, n, stdout);
    weir_drop(in);
    return error.code == WEIR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    return print_file(argv[argc - 1]);
}
