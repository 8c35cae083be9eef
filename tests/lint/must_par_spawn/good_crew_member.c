/* Members of a crew have a loop each, and many of them run: waiting in one stops none of the rest.
 */
#include <stdio.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("pictures are independent") picture {
    char path[200];
};

WEIR_CREW_FN(measure, struct picture, pictures, uint64_t *, bytes)
{
    weir_for_await (struct picture, picture, pictures) {
        weir_error error;
        uint64_t n = 0;
        weir_stream *copy = weir_copy(weir_file_reader(picture.path), weir_null_writer());
        if (weir_await(copy, &n, &error) != WEIR_READY)
            break;
        __atomic_add_fetch(bytes, n, __ATOMIC_RELAXED);
    }
}

bool measure_all(weir_stream *pictures, uint64_t *bytes, weir_error *error)
{
    return weir_run(weir_crew(pictures, &measure, bytes, 8, NULL), NULL, error) != WEIR_ERROR;
}
