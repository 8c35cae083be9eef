/* weir/pipe.h: chains that read from left to right.
 *
 *     weir_stream *sizes = weir_pipe(weir_lines(reader, WEIR_LINE_MAX_DEFAULT),
 *                                    (weir_map, &length_fn, NULL),
 *                                    (weir_filter, &is_long_fn, NULL),
 *                                    (weir_take, 10));
 *
 * is weir_take(weir_filter(weir_map(weir_lines(...), &length_fn, NULL), &is_long_fn, NULL), 10),
 * and costs no more: a step is a function, or a macro, whose first argument is what comes from the
 * left, and its other arguments. A stage of one's own is one, (change); a consumer may be the last;
 * the twins of weir/typed.h are too, (WEIR_MAP, length_fn, NULL), and then types are checked.
 *
 * Errors: none is ever lost, neither while a chain is built nor when it runs. A step that fails
 * gives a stream that reports why; what follows passes it on, or is not made. What a source fails
 * with while it runs comes out of the last stage.
 * Source: Node's pipe, which forwards no errors; pipelines of and_then, whose steps run while all
 * went well. */
#ifndef WEIR_PIPE_H
#define WEIR_PIPE_H

#include "weir/base.h"

WEIR_BEGIN_C

/* A step of a pipe that is made while the program runs, out of its arguments, say. `make` gives the
 * next stage over what it takes. */
typedef struct weir_step {
    weir_stream *(*make)(weir_stream *source WEIR_TAKES, void *arg WEIR_KEEPS);
    void *arg;
} weir_step;

/* The same as weir_pipe, of n steps that stand in an array. After one that failed no other is
 * called: what it reports is what the chain reports.
 * Shape: none of its own; 0 steps give the source itself.
 * Errors: ARGUMENT for a step without a function, or one that gives NULL.
 * Owns: the stages, as each step does; not the array.
 *
 * Example:
 *     p(weir_pipe_steps(weir_range(0, 3), NULL, 0)); // -> 0 1 2
 */
WEIR_NEW weir_stream *weir_pipe_steps(weir_stream *source WEIR_TAKES, const weir_step *steps,
                                      size_t n);

WEIR_END_C

/* Up to 16 steps; each is written in parentheses. Without them the compiler says
 * "WEIR_EACH_STEP_IN_PARENTHESES_ undeclared".
 *
 * Example:
 *     p(weir_pipe(weir_range(0, 9), (weir_map, &square_fn, NULL), (weir_take, 3))); // -> 0 1 4
 */
#define weir_pipe(source, ...)                                                                     \
    WEIR_PIPE_OF_(__VA_ARGS__, WEIR_PIPE_16_, WEIR_PIPE_15_, WEIR_PIPE_14_, WEIR_PIPE_13_,         \
                  WEIR_PIPE_12_, WEIR_PIPE_11_, WEIR_PIPE_10_, WEIR_PIPE_9_, WEIR_PIPE_8_,         \
                  WEIR_PIPE_7_, WEIR_PIPE_6_, WEIR_PIPE_5_, WEIR_PIPE_4_, WEIR_PIPE_3_,            \
                  WEIR_PIPE_2_, WEIR_PIPE_1_, )                                                    \
    (source, __VA_ARGS__)
#define WEIR_PIPE_OF_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, ...) q
#define WEIR_PIPE_1_(s, a) WEIR_STEP_(s, WEIR_EACH_STEP_IN_PARENTHESES_ a)
#define WEIR_PIPE_2_(s, a, ...) WEIR_PIPE_1_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_3_(s, a, ...) WEIR_PIPE_2_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_4_(s, a, ...) WEIR_PIPE_3_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_5_(s, a, ...) WEIR_PIPE_4_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_6_(s, a, ...) WEIR_PIPE_5_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_7_(s, a, ...) WEIR_PIPE_6_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_8_(s, a, ...) WEIR_PIPE_7_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_9_(s, a, ...) WEIR_PIPE_8_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_10_(s, a, ...) WEIR_PIPE_9_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_11_(s, a, ...) WEIR_PIPE_10_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_12_(s, a, ...) WEIR_PIPE_11_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_13_(s, a, ...) WEIR_PIPE_12_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_14_(s, a, ...) WEIR_PIPE_13_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_15_(s, a, ...) WEIR_PIPE_14_(WEIR_PIPE_1_(s, a), __VA_ARGS__)
#define WEIR_PIPE_16_(s, a, ...) WEIR_PIPE_15_(WEIR_PIPE_1_(s, a), __VA_ARGS__)

/* A step with arguments, up to 8, or without any. */
#define WEIR_EACH_STEP_IN_PARENTHESES_(...) __VA_ARGS__
#define WEIR_STEP_(s, ...) WEIR_STEP_TAKEN_(s, __VA_ARGS__)
#define WEIR_STEP_TAKEN_(s, ...)                                                                   \
    WEIR_STEP_OF_(__VA_ARGS__, WEIR_STEP_MORE_, WEIR_STEP_MORE_, WEIR_STEP_MORE_, WEIR_STEP_MORE_, \
                  WEIR_STEP_MORE_, WEIR_STEP_MORE_, WEIR_STEP_MORE_, WEIR_STEP_MORE_,              \
                  WEIR_STEP_ALONE_, )                                                              \
    (s, __VA_ARGS__)
#define WEIR_STEP_OF_(a, b, c, d, e, f, g, h, i, j, ...) j
#define WEIR_STEP_ALONE_(s, make) make(s)
#define WEIR_STEP_MORE_(s, make, ...) make(s, __VA_ARGS__)

#endif
