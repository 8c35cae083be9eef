/* Sends a file, compressed, to the same program on another machine. Both know how it came out: the
 * file has its name there only when it is complete and on the disk, and then alone the sender reads
 * the end of the connection. When either side fails, the other sees a reset.
 *
 *     ship_file -l ADDRESS FILE      receives one
 *     ship_file FILE ADDRESS         sends it */

#include <stdio.h>
#include <string.h>

#include "weir.h"

/* A file that cannot be read is an error of the copy, which then gives the connection up. */
static bool ship(const char *path, const char *address, weir_error *error)
{
    weir_duplex far = weir_dial(address, NULL);
    weir_reader *packed = weir_gzip(weir_file_reader(path), WEIR_GZIP_LEVEL_DEFAULT);
    weir_stream *arrived = weir_copy(far.reader, weir_null_writer());
    if (weir_run(weir_copy(packed, far.writer), NULL, error) == WEIR_READY)
        return weir_run(arrived, NULL, error) == WEIR_READY;
    weir_drop(arrived);
    return false;
}

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static bool receive(const char *address, const char *path, weir_error *error)
{
    weir_stream *incoming =
        weir_incoming(address, &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_duplex near;
    bool well = weir_run(weir_next(incoming), &near, error) == WEIR_READY;
    weir_drop(incoming); /* who else has connected is refused */
    if (!well)
        return false;

    weir_stream *copy = weir_copy(weir_gunzip(near.reader), weir_file_writer(path, NULL));
    well = weir_run(copy, NULL, error) == WEIR_READY &&
           weir_run(weir_close(near.writer), NULL, error) == WEIR_READY;
    if (well)
        weir_drop(near.writer);
    else
        weir_duplex_abort((weir_duplex){NULL, near.writer}); /* dropping it alone would be an end */
    return well;
}

int main(int argc, char **argv)
{
    bool receives = argc == 4 && !strcmp(argv[1], "-l");
    weir_error error;
    if (!receives && argc != 3)
        return fprintf(stderr, "usage: ship_file FILE ADDRESS, or ship_file -l ADDRESS FILE\n"), 2;
    if (receives ? receive(argv[2], argv[3], &error) : ship(argv[1], argv[2], &error))
        return 0;
    return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
}
