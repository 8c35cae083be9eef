/* Parallel iteration that must not compile, as refused.c. Run by refused.sh. */

#include "weir.h"

#ifdef PAR_BREAK /* break statement not within loop or switch; 'break' statement not in loop */
WEIR_PAR_FN(f, int64_t, n, void *, arg)
{
    (void)arg;
    if (n)
        break;
}
#endif

#ifdef PAR_CONTINUE /* continue statement not within a loop; 'continue' statement not in loop */
WEIR_PAR_FN(f, int64_t, n, void *, arg)
{
    (void)arg;
    if (n)
        continue;
}
#endif

#ifdef PAR_LENT /* f: a weir_line is lent, and another thread handles it: weir_own() */
WEIR_PAR_FN(f, weir_line, line, void *, arg)
{
    (void)arg, (void)line;
}
#endif

#ifdef PAR_TRY_LENT /* f: a weir_line is lent, and another thread handles it: weir_own() */
WEIR_TRY_PAR_FN(f, weir_line, line, void *, arg, error)
{
    (void)arg, (void)line, (void)error;
    return true;
}
#endif

#ifdef PAR_MAP_LENT /* f_fn: a weir_line is lent, and another thread handles it: weir_own() */
static bool f(weir_line line, int64_t *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = (int64_t)line.size;
    return true;
}
WEIR_PAR_MAP_FN(f_fn, f, weir_line, int64_t)
#endif

#ifdef PAR_LIMIT_ZERO /* the limit is 0: nothing would ever run */
WEIR_PAR_FN(f, int64_t, n, void *, arg)
{
    (void)arg, (void)n;
}
weir_stream *all(weir_stream *source)
{
    return weir_par_for_each(source, &f, NULL, 0, NULL);
}
#endif

#ifdef CREW_OF_NONE /* the limit is 0: nothing would ever run */
WEIR_CREW_FN(f, int64_t, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
}
weir_stream *all(weir_stream *source)
{
    return weir_crew(source, &f, NULL, 0, NULL);
}
#endif

#ifdef CREW_LENT /* f: a weir_line is lent, and another thread handles it: weir_own() */
WEIR_TRY_CREW_FN(f, weir_line, items, void *, arg, error)
{
    (void)arg, (void)error;
    weir_drop(items);
    return true;
}
#endif

#ifdef PAR_FILTER_LIMIT_ZERO /* the limit is 0: nothing would ever run */
weir_stream *all(weir_stream *source, const weir_filter_fn *fn)
{
    return weir_par_filter(source, fn, NULL, 0, NULL);
}
#endif

#ifdef PAR_WHICH_FUNCTION /* not compatible with any */
weir_stream *all(weir_stream *source, const weir_filter_fn *fn)
{
    return weir_par_map(source, fn, NULL, 1, NULL);
}
#endif

#ifdef PAR_WHICH_BODY /* not compatible with any */
weir_stream *all(weir_stream *source, const weir_map_fn *fn)
{
    return weir_par_for_each(source, fn, NULL, 1, NULL);
}
#endif

#ifdef PAR_WHICH_FOLD /* incompatible */
weir_stream *all(weir_stream *source, const weir_map_fn *fn, const weir_fold_fn *combine)
{
    int64_t zero = 0;
    return weir_par_fold(source, &zero, fn, combine, NULL, 1, NULL);
}
#endif

#ifdef PAR_UNORDERED_LIMIT_ZERO /* the limit is 0: nothing would ever run */
weir_stream *all(weir_stream *source, const weir_map_fn *fn)
{
    return weir_par_map_unordered(source, fn, NULL, 0, NULL);
}
#endif

#ifdef PAR_FOLD_LIMIT_ZERO /* the limit is 0: nothing would ever run */
weir_stream *all(weir_stream *source, const weir_fold_fn *fn)
{
    int64_t zero = 0;
    return weir_par_fold(source, &zero, fn, fn, NULL, 0, NULL);
}
#endif

#ifdef PAR_MAP_GIVES_LENT /* f_fn: a weir_line is lent, and another thread handles it */
static bool f(int64_t n, weir_line *out, void *arg, weir_error *error)
{
    (void)n, (void)arg, (void)error;
    *out = (weir_line){NULL, 0};
    return true;
}
WEIR_PAR_MAP_FN(f_fn, f, int64_t, weir_line)
#endif

#ifdef PAR_MAP_SIGNATURE /* f has another signature than is said here */
static bool f(int64_t n, int64_t *out, void *arg)
{
    (void)arg;
    *out = n;
    return true;
}
WEIR_PAR_MAP_FN(f_fn, f, int64_t, int64_t)
#endif

#ifdef CREW_WHICH_FUNCTION /* incompatible */
WEIR_PAR_FN(f, int64_t, n, void *, arg)
{
    (void)arg, (void)n;
}
weir_stream *all(weir_stream *source)
{
    return weir_crew(source, &f, NULL, 2, NULL);
}
#endif

#ifdef CREW_BREAK /* break statement not within loop or switch; 'break' statement not in loop */
WEIR_CREW_FN(f, int64_t, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
    break;
}
#endif
