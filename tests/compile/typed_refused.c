/* Typed chains that must not compile: each #ifdef is one, and the comment behind it is what the
 * compiler must say. Without any of them it compiles. Run by refused.sh. */

#include "weir.h"
#include "weir/typed.h"

static int64_t length(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(length_fn, length, weir_line, int64_t)

struct row {
    weir_line name, age;
};
static struct row parse(weir_line line, void *arg)
{
    (void)arg;
    return (struct row){line, line};
}
WEIR_MAP_FN(parse_fn, parse, weir_line, struct row)

static bool is_long(int64_t n, void *arg)
{
    (void)arg;
    return n > 3;
}
WEIR_FILTER_FN(is_long_fn, is_long, int64_t)

static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static bool running(int64_t *sum, int64_t n, int64_t *out)
{
    *out = *sum += n;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)

static void see(int64_t n, void *arg)
{
    (void)n, (void)arg;
}
WEIR_EACH_FN(see_fn, see, int64_t)

static bool count_down(int64_t *n, int64_t *out)
{
    *out = (*n)--;
    return *out > 0;
}
WEIR_UNFOLD_FN(count_down_fn, count_down, int64_t, int64_t)

static bool greater(double x, double *next, void *arg)
{
    (void)arg;
    *next = 2 * x;
    return x < 9;
}
WEIR_FILTER_MAP_FN(greater_fn, greater, double, double)

static bool half(int64_t n, double *out, void *arg)
{
    (void)arg;
    *out = (double)n / 2;
    return true;
}
WEIR_FILTER_MAP_FN(half_fn, half, int64_t, double)

WEIR_PAIR(weir_vec, weir_vec, two_vecs)

WEIR_INDEXED(int64_t, numbered)
WEIR_PAIR(int64_t, double, reading)

extern const void *const all_functions[];
const void *const all_functions[] = {&length_fn,  &parse_fn,     &is_long_fn,    &add_fn,
                                     &running_fn, &see_fn,       &count_down_fn, &greater_fn,
                                     &half_fn,    &two_vecs_type};

#define LINES WEIR_LINES(weir_memory_reader("", 0), WEIR_LINE_MAX_DEFAULT)
#define NUMBERS WEIR_RANGE(0, 9)
#define DROPPED(...) weir_stream_drop((__VA_ARGS__).stream)

void functions(void);
void functions(void)
{
    DROPPED(NUMBERS);
#ifdef FILTER /* filter: is_long_fn takes another type than the items it gets */
    DROPPED(WEIR_FILTER(LINES, is_long_fn, NULL));
#endif
#ifdef FILTER_BEHIND_MAP /* filter: is_long_fn takes another type than the items it gets */
    DROPPED(WEIR_FILTER(WEIR_MAP(LINES, parse_fn, NULL), is_long_fn, NULL));
#endif
#ifdef MAP /* map: length_fn takes another type than the items it gets */
    DROPPED(WEIR_MAP(NUMBERS, length_fn, NULL));
#endif
#ifdef MAP_OF_OWNED_LINES /* map: length_fn takes another type than the items it gets */
    DROPPED(WEIR_MAP(WEIR_OWN(LINES), length_fn, NULL));
#endif
#ifdef INSPECT /* inspect: see_fn takes another type than the items it gets */
    DROPPED(WEIR_INSPECT(LINES, see_fn, NULL));
#endif
#ifdef FOR_EACH /* for_each: see_fn takes another type than the items it gets */
    DROPPED(WEIR_FOR_EACH(WEIR_COLLECT(NUMBERS, 9), see_fn, NULL));
#endif
#ifdef ANY /* any: is_long_fn takes another type than the items it gets */
    DROPPED(WEIR_ANY(LINES, is_long_fn, NULL));
#endif
#ifdef MAP_WITH_A_FILTER /* incompatible pointer type */
    DROPPED(WEIR_MAP(NUMBERS, running_fn, NULL));
#endif
}

void states(void);
void states(void)
{
#ifdef SCAN_STATE /* scan: running_fn has a state of another type than it is given */
    double zero = 0;
    DROPPED(WEIR_SCAN(NUMBERS, running_fn, &zero));
#endif
#ifdef FOLD_ACC /* fold: add_fn has a state of another type than it is given */
    uint64_t zero = 0;
    DROPPED(WEIR_FOLD(NUMBERS, add_fn, &zero, NULL));
#endif
#ifdef FOLD_ITEM /* fold: add_fn takes another type than the items it gets */
    int64_t zero = 0;
    DROPPED(WEIR_FOLD(LINES, add_fn, &zero, NULL));
#endif
#ifdef UNFOLD_STATE /* unfold: count_down_fn has a state of another type than it is given */
    int32_t ten = 10;
    DROPPED(WEIR_UNFOLD(count_down_fn, &ten));
#endif
#ifdef ONCE /* once: what it is given is no int64_t */
    int32_t ten = 10;
    DROPPED(WEIR_ONCE(int64_t, &ten));
#endif
#ifdef SUCCESSORS_FIRST /* successors: the first one is of another type than greater_fn makes */
    float one = 1;
    DROPPED(WEIR_SUCCESSORS(greater_fn, &one, NULL));
#endif
#ifdef SUCCESSORS_FN /* successors: half_fn makes another type than it takes */
    double one = 1;
    DROPPED(WEIR_SUCCESSORS(half_fn, &one, NULL));
#endif
#ifdef INTERSPERSE /* intersperse: an item beside the others is of another type */
    int32_t ten = 10;
    DROPPED(WEIR_INTERSPERSE(NUMBERS, NULL, &ten, NULL));
#endif
#ifdef PARTITION /* partition: is_long_fn takes another type than the items it gets */
    DROPPED(WEIR_PARTITION(WEIR_EMPTY(double), struct two_vecs, is_long_fn, NULL, 9));
#endif
#ifdef CONCAT /* concat: its items are no weir_vec */
    DROPPED(WEIR_CONCAT(NUMBERS, 9));
#endif
#ifdef ITER /* iter: what it is given is no double */
    static const int64_t three[3];
    DROPPED(WEIR_ITER(double, three, 3));
#endif
}

void lent_items(void);
void lent_items(void)
{
#ifdef COLLECT_OF_LINES /* collect holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_COLLECT(LINES, 10));
#endif
#ifdef COLLECT_OF_VIEWS /* collect holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_COLLECT(WEIR_MAP(LINES, parse_fn, NULL), 10));
#endif
#ifdef CHUNKS_OF_LINES /* chunks holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_CHUNKS(WEIR_TAKE(LINES, 3), 10));
#endif
#ifdef PEEKABLE_LINES /* peekable holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_PEEKABLE(LINES));
#endif
#ifdef ZIP_OF_LINES /* zip holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_ZIP(NUMBERS, LINES, struct reading));
#endif
}

void structs_and_inputs(void);
void structs_and_inputs(void)
{
#ifdef ZIP_STRUCT /* zip: second of struct reading is of another type than the items it gets */
    DROPPED(WEIR_ZIP(NUMBERS, NUMBERS, struct reading));
#endif
#ifdef ENUMERATE_STRUCT /* enumerate: item of struct numbered is of another type */
    DROPPED(WEIR_ENUMERATE(LINES, struct numbered));
#endif
#ifdef ENUMERATE_NO_STRUCT /* no member named */
    DROPPED(WEIR_ENUMERATE(NUMBERS, struct row));
#endif
#ifdef ERRORS_OF_NUMBERS /* request for member; is not a structure or union */
    DROPPED(WEIR_ERRORS(NUMBERS));
#endif
#ifdef FLATTEN /* flatten: its items are no streams */
    DROPPED(WEIR_FLATTEN(NUMBERS, int64_t));
#endif
#ifdef CHAIN /* chain: its inputs are of different types */
    DROPPED(WEIR_CHAIN(NUMBERS, LINES));
#endif
#ifdef CHAIN_LENT /* chain: one input lends its items, another does not: put WEIR_OWN around it */
    DROPPED(WEIR_CHAIN(WEIR_OF(struct row, weir_empty(NULL)), WEIR_MAP(LINES, parse_fn, NULL)));
#endif
#ifdef MERGE_THIRD /* merge: its inputs are of different types */
    DROPPED(WEIR_MERGE(NUMBERS, NUMBERS, LINES));
#endif
#ifdef TO_LINES /* to_lines: its items are no lines */
    weir_drop(WEIR_TO_LINES(NUMBERS));
#endif
}

static void plus(int64_t *sum, int64_t more, void *arg)
{
    (void)arg;
    *sum += more;
}
WEIR_FOLD_FN(plus_fn, plus, int64_t, int64_t)
static void append(double *sum, double more, void *arg)
{
    (void)arg;
    *sum += more;
}
WEIR_FOLD_FN(append_fn, append, double, double)
WEIR_PAR_FN(visit, int64_t, n, void *, arg)
{
    (void)n, (void)arg;
}
WEIR_CREW_FN(visit_all, int64_t, items, void *, arg)
{
    (void)arg;
    weir_drop(items);
}
static int64_t size(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(size_fn, size, weir_line, int64_t)
static bool has_size(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_FILTER_FN(has_size_fn, has_size, weir_line)

void in_parallel(void);
void in_parallel(void)
{
    int64_t zero = 0;
    DROPPED(WEIR_PAR_FOLD(NUMBERS, &zero, plus_fn, plus_fn, NULL, 4, NULL));
    DROPPED(WEIR_PAR_FOR_EACH(NUMBERS, visit, NULL, 4, NULL));
    DROPPED(WEIR_CREW(NUMBERS, visit_all, NULL, 4, NULL));
#ifdef PAR_MAP_LENT /* par_map holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_PAR_MAP(LINES, size_fn, NULL, 4, NULL));
#endif
#ifdef PAR_FILTER_LENT /* par_filter holds lent items: put WEIR_OWN before it */
    DROPPED(WEIR_PAR_FILTER(LINES, has_size_fn, NULL, 4, NULL));
#endif
#ifdef CREW_FROM /* crew: visit_all takes another type than the items it gets */
    DROPPED(WEIR_CREW(LINES, visit_all, NULL, 4, NULL));
#endif
#ifdef PAR_FOR_EACH_FROM /* par_for_each: visit takes another type than the items it gets */
    DROPPED(WEIR_PAR_FOR_EACH(LINES, visit, NULL, 4, NULL));
#endif
#ifdef PAR_FOLD_COMBINE /* par_fold: append_fn combines another type than plus_fn folds into */
    DROPPED(WEIR_PAR_FOLD(NUMBERS, &zero, plus_fn, append_fn, NULL, 4, NULL));
#endif
#ifdef PAR_FOLD_ZERO /* par_fold: plus_fn has a state of another type than it is given */
    double nothing = 0;
    DROPPED(WEIR_PAR_FOLD(NUMBERS, &nothing, plus_fn, plus_fn, NULL, 4, NULL));
#endif
}

void who_waits(weir_error *error);
void who_waits(weir_error *error)
{
    (void)error;
#ifdef RUN_OUT /* run: out points at another type than the future gives */
    int32_t n;
    WEIR_RUN(WEIR_COUNT(LINES), &n, error);
#endif
#ifdef RUN_COLLECT /* run: out points at another type than the future gives */
    uint64_t n;
    WEIR_RUN(WEIR_COLLECT(NUMBERS, 10), &n, error);
#endif
#ifdef RUN_A_STREAM /* run: it is a stream and no future: put a consumer around it */
    int64_t n;
    WEIR_RUN(WEIR_FILTER(NUMBERS, is_long_fn, NULL), &n, error);
#endif
#ifdef RUN_LENT /* run: what it gives is lent and gone with its chain: put WEIR_OWN in */
    weir_line line;
    WEIR_RUN(WEIR_NEXT(LINES), &line, error);
#endif
#ifdef AWAIT_OUT /* await: out points at another type than the future gives */
    int64_t n;
    WEIR_AWAIT(WEIR_COUNT(LINES), &n, error);
#endif
#ifdef AWAIT_NEXT_OUT /* await_next: out points at another type than the future gives */
    double n;
    WEIR_AWAIT_NEXT(NUMBERS, &n, error);
#endif
#ifdef LOOP /* the variable of the loop is of another type */
    WEIR_FOR_AWAIT(int32_t, n, NUMBERS)
    (void)n;
#endif
#ifdef ADDRESS_OF_FUNCTION /* expected specifier-qualifier-list before; expected a type */
    WEIR_AUTO longer = WEIR_FILTER(NUMBERS, &is_long_fn, NULL);
#endif
#ifdef PLAIN_STREAM /* is a pointer; did you mean */
    WEIR_AUTO some = WEIR_TAKE(weir_range(0, 3), 2);
#endif
}
