/* weir/fn_make_source.h: weir/fn_make.h goes on, with the functions that sources are made of. */
#ifndef WEIR_FN_MAKE_SOURCE_H
#define WEIR_FN_MAKE_SOURCE_H

#include "weir/fn_make.h"

#ifndef __cplusplus

#define WEIR_MAKE_FN(name_, f, ...) WEIR_MAKE_FN_(name_, f, __VA_ARGS__, .name = #f)
#define WEIR_RESOURCE_FN(name_, open_, next_, close_, State, ...)                                  \
    WEIR_RESOURCE_FN_(name_, open_, next_, close_, State, __VA_ARGS__, .name = #next_)

#define WEIR_MAKE_FN_(name_, f, T, ...)                                                            \
    WEIR_IS_(f, T (*)(void *))                                                                     \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    static void name_##_one(void *weir_out_, void *weir_arg_)                                      \
    {                                                                                              \
        *(T *)weir_out_ = f(weir_arg_);                                                            \
    }                                                                                              \
    static weir_poll name_##_poll(weir_stream *weir_stream_, weir_cx *weir_cx_, void *weir_out_,   \
                                  size_t weir_demand_)                                             \
    {                                                                                              \
        T *weir_to_ = weir_out_;                                                                   \
        (void)weir_cx_;                                                                            \
        for (size_t weir_i_ = 0; weir_i_ < weir_demand_; weir_i_++)                                \
            weir_to_[weir_i_] = f(weir_arg_of(weir_stream_));                                      \
        return (weir_poll){(uint32_t)weir_demand_, WEIR_READY};                                    \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_make_fn name_ = {.size = sizeof(weir_make_fn),                               \
                                       .of = WEIR_TYPE_OF_(T, name_##_of),                         \
                                       .of_size = sizeof(T),                                       \
                                       .one = name_##_one,                                         \
                                       .poll = name_##_poll,                                       \
                                       __VA_ARGS__};                                               \
    WEIR_OVERRIDE_END_

#define WEIR_RESOURCE_FN_(name_, open_, next_, close_, State, T, ...)                              \
    WEIR_IS_(open_, bool (*)(State *, void *, weir_error *))                                       \
    WEIR_IS_(next_, weir_state (*)(State *, T *, weir_error *))                                    \
    WEIR_IS_(close_, void (*)(State *))                                                            \
    WEIR_SAYS_TO_(name_, T)                                                                        \
    static bool name_##_open(void *weir_state_, void *weir_arg_, weir_error *weir_error_)          \
    {                                                                                              \
        return open_((State *)weir_state_, weir_arg_, weir_error_);                                \
    }                                                                                              \
    static weir_state name_##_next(void *weir_state_, void *weir_out_, weir_error *weir_error_)    \
    {                                                                                              \
        return next_((State *)weir_state_, (T *)weir_out_, weir_error_);                           \
    }                                                                                              \
    static void name_##_close(void *weir_state_)                                                   \
    {                                                                                              \
        close_((State *)weir_state_);                                                              \
    }                                                                                              \
    static const weir_type name_##_of = WEIR_TYPE(T);                                              \
    WEIR_OVERRIDE_BEGIN_                                                                           \
    static const weir_resource_fn name_ = {.size = sizeof(weir_resource_fn),                       \
                                           .of = WEIR_TYPE_OF_(T, name_##_of),                     \
                                           .of_size = sizeof(T),                                   \
                                           .state_size = sizeof(State),                            \
                                           .state_align = _Alignof(State),                         \
                                           .open = name_##_open,                                   \
                                           .next = name_##_next,                                   \
                                           .close = name_##_close,                                 \
                                           __VA_ARGS__};                                           \
    WEIR_OVERRIDE_END_

#endif
#endif
