/* Members of a crew have a loop each, and many of them run: waiting in one stops none of the rest.
 */
#include <stdio.h>

#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("pictures are independent") picture {
    char path[200];
};

WEIR_CREW_FN(shrink, struct picture, pictures, weir_sender *, sizes)
{
    weir_for_await (struct picture, picture, pictures) {
        weir_error error;
        uint64_t n = 0;
        weir_stream *copy = weir_copy(weir_file_reader(picture.path), weir_null_writer());
        if (weir_await(copy, &n, &error) != WEIR_READY ||
            weir_await(weir_send(sizes, &n), NULL, &error) == WEIR_ERROR)
            break;
    }
}

bool shrink_all(weir_stream *pictures, weir_sender *sizes, weir_error *error)
{
    return weir_run(weir_crew(pictures, &shrink, sizes, 8, NULL), NULL, error) != WEIR_ERROR;
}
