/* A Transform in object mode: a function of an item. There is no highWaterMark to set, and no
 * 'drain' to wait for: what is not asked for is not made. */

#include <ctype.h>
#include <stdio.h>

#include "weir.h"

/* A line may be long, so what is made of it owns its bytes. */
static bool shout(weir_line line, weir_owned_line *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = weir_owned_line_new(line.data, line.size);
    if (!out->data)
        return weir_error_set(error, WEIR_E_MEMORY, "no memory for %zu bytes", line.size), false;
    for (size_t i = 0; i < out->size; i++)
        out->data[i] = (char)toupper((unsigned char)out->data[i]);
    return true;
}
WEIR_TRY_MAP_FN(shout_fn, shout, weir_line, weir_owned_line, .to = &weir_type_owned_line)

int main(void)
{
    weir_stream *lines = weir_lines(weir_file_reader("access.log"), WEIR_LINE_MAX_DEFAULT);
    weir_stream *loud = weir_map(weir_take(lines, 2), &shout_fn, NULL);
    weir_error error;
    if (weir_run(
            weir_forward(weir_to_lines_each(loud, WEIR_LINE_MAX_DEFAULT), weir_stdout_writer()),
            NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
