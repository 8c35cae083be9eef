/* A limit that stands in a variable first, and is none all the same. */
#include <weir.h>

static weir_stream *answer(int64_t question, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &question);
}
WEIR_THEN_FN(answer_fn, answer, int64_t, int64_t)

weir_stream *answers(weir_stream *questions)
{
    size_t limit = WEIR_NO_LIMIT;
    return weir_par_map(questions, &answer_fn, NULL, limit, NULL); // lint: unbounded 54-59
}
